"""The page of a run: one self-contained file with figures, tables and an interactive map."""

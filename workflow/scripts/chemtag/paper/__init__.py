"""Figures, tables, numbers and manuscript."""

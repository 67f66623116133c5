"""A catalogue, in any format that astropy or Arrow reads, as the canonical star table.

`files` opens a table by its first bytes, `cells` says what a cell is, `columns` turns blocks of
rows into canonical columns, `stars` puts the table together, `suspects` looks for numbers that are
none, `labels` and `membership` say who belongs to which cluster, `field` adds field stars. Names of
a survey's columns end here: they come from the config, never from code.
"""

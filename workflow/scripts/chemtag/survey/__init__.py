"""A user's or a survey's catalogue, in any of five formats, as the canonical star table.

`files` reads blocks of rows, `columns` turns raw values into canonical ones, `stars` puts the
table together. Names of a survey's columns end here: they come from the config, never from code.
"""

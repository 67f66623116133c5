"""Strong chemical tagging: pure functions, arrays in and arrays out."""

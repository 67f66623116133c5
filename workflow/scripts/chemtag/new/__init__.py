"""From a table to a config: what its columns are by their names, what they hold, what to tag."""

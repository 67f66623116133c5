"""What every stage stands on: problems, seeds, tables, log, configuration."""

"""Page, provenance and archive of a run."""

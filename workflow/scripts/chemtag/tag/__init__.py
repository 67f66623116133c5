"""Groups: algorithms, their settings, draws and consensus."""

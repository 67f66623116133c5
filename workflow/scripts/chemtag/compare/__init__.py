"""Many algorithms on one sample: run apart, scored alike, compared, timed."""

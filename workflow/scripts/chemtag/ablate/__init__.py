"""Ablations: what the headline owes to metric, space, ratio and elements, one change at a time."""

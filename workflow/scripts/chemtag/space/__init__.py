"""Coordinates in which stars are tagged."""

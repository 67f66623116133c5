"""Taggers of stars that move together: open clusters in proper motions and parallaxes."""

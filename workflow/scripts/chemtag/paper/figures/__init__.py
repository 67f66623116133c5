"""Figures of the paper: each module makes the drawn data from tables, and draws them."""

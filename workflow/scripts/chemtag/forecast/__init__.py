"""Scores of many simulated surveys: what it would take to find birth clusters by chemistry.

`realisations` draws surveys, `bayes` says what the known densities allow, `views` scores both and
HDBSCAN over a grid of field stars, errors and elements, `summary` averages over realisations.
"""

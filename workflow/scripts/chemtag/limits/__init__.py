"""How much of the birth clusters anybody could find, and what takes the rest away.

`ceiling`, `doppelgangers`, `information`, `tuning` and `told_width` ask this of a sample whose
clusters are known; `bayes`, `realisations` and `forecast` of the simulator, where all densities are
known.
"""

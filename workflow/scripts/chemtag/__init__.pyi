from chemtag.estimators import HDBSCAN as HDBSCAN

__all__ = ["HDBSCAN"]

from chemtag.estimators import HDBSCAN as HDBSCAN
from chemtag.estimators import KnownWidth as KnownWidth

__all__ = ["HDBSCAN", "KnownWidth"]

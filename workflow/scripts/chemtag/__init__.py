"""Strong chemical tagging: pure functions, arrays in and arrays out.

`from chemtag import HDBSCAN, KnownWidth` are the taggers as scikit-learn estimators. They are
loaded on first use and their types stand in the stub beside this file: jobs of the workflow import
parts of the library, and a change of an estimator is no reason to make them again.
"""

from importlib import import_module
from typing import Any

__all__ = ["HDBSCAN", "KnownWidth"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("chemtag.estimators"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Compiled code that numba keeps between runs: a damaged copy is made anew."""

import logging
from importlib import import_module
from typing import Any

logger = logging.getLogger(__name__)


def mend_damaged_cache() -> None:
    """Let numba compile again what it cannot read from its cache, and say so.

    It catches missing files only. A full disk or a power cut leaves files that are cut or empty,
    each of which would end every job until somebody deletes it.
    """
    # By name: steps without numba, in environments without it, never come here.
    Cache = import_module("numba.core.caching").Cache
    if getattr(Cache.load_overload, "mends", False):
        return
    load = Cache.load_overload

    def mending(self: Any, *words: Any) -> Any:
        try:
            return load(self, *words)
        # Whatever unpickling and rebuilding raise: EOFError, UnpicklingError, TypeError, ...
        except Exception as error:
            logger.warning(
                "%s: compiled code is damaged (%s); it is made anew",
                self.cache_path,
                " ".join(str(error).split()) or type(error).__name__,
            )
            self.flush()
            return None

    mending.mends = True  # type: ignore[attr-defined]
    Cache.load_overload = mending

"""Compiled code that numba keeps between runs: a damaged copy is made anew."""

import logging
from typing import Any

logger = logging.getLogger(__name__)


def mend_damaged_cache() -> None:
    """Let numba compile again what it cannot read from its cache, and say so.

    It catches missing files only. A full disk or a power cut leaves files that are cut or empty,
    each of which would end every job until somebody deletes it.
    """
    from numba.core.caching import IndexDataCacheFile

    if getattr(IndexDataCacheFile.load, "mends", False):
        return
    load = IndexDataCacheFile.load

    def mending(self: Any, key: Any) -> Any:
        try:
            return load(self, key)
        # Whatever unpickling raises: EOFError, UnpicklingError, ValueError, AttributeError, ...
        except Exception as error:
            logger.warning(
                "%s: compiled code is damaged (%s); it is made anew",
                self._index_path,
                " ".join(str(error).split()) or type(error).__name__,
            )
            self.flush()
            return None

    mending.mends = True  # type: ignore[attr-defined]
    IndexDataCacheFile.load = mending

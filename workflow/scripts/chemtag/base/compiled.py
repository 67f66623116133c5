"""Compiled code that numba keeps: made by one process at a time, and anew where damaged."""

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

LONGEST = 120
"""Seconds to wait for another process that compiles the same function."""


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator `numba.njit` with `options`, whose code is kept and guarded.

    A compiled function may call only functions of its own file: numba's cache looks at that file
    alone to see whether a function has changed.
    """
    guard_cache()
    return import_module("numba").njit(cache=True, **options)


def guard_cache() -> None:
    """Let numba compile each function in one process at a time, and anew what it cannot read.

    Jobs that start together would each compile the same functions, and of two that save one at the
    same time the later forgets what the earlier kept. Files that a full disk or a power cut has
    left empty or cut would end every job until somebody deletes them: numba catches missing files
    only.
    """
    # By name: steps without numba, in environments without it, never come here.
    Cache = import_module("numba.core.caching").Cache
    if getattr(Cache.load_overload, "guarded", False):
        return
    load, save = Cache.load_overload, Cache.save_overload

    def read(self: Any, *words: Any) -> Any:
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

    def load_alone(self: Any, *words: Any) -> Any:
        """What is kept, if need be by a process that compiles it now; else lock it until saved."""
        found = read(self, *words)
        if found is None and _locked(self):
            found = read(self, *words)
            if found is not None:
                self.lock.release()
        return found

    def save_and_release(self: Any, *words: Any) -> None:
        try:
            save(self, *words)
        finally:
            lock = getattr(self, "lock", None)
            if lock is not None and lock.is_locked:
                lock.release()

    load_alone.guarded = True  # type: ignore[attr-defined]
    Cache.load_overload, Cache.save_overload = load_alone, save_and_release


def _locked(cache: Any) -> bool:
    """Lock the compiled code of one function, `cache`; False where that cannot be done."""
    filelock = import_module("filelock")
    if not hasattr(cache, "lock"):
        path = Path(cache.cache_path) / f".{cache._impl.filename_base}.lock"
        # numba compiles in one thread at a time, not always the same.
        cache.lock = filelock.FileLock(path, thread_local=False)
    try:
        Path(cache.cache_path).mkdir(parents=True, exist_ok=True)
        cache.lock.acquire(timeout=LONGEST)
    # Nothing depends on the lock but time: a folder without locks, or where nobody may write.
    except (OSError, NotImplementedError, filelock.Timeout) as error:
        logger.debug("%s: not locked (%s)", cache.cache_path, error)
        return False
    return True

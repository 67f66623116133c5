"""Compiled code that numba keeps: made by one process at a time, and anew where damaged."""

import logging
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from chemtag.base.imports import version_of_code

logger = logging.getLogger(__name__)

SOON, LONGEST = 5, 120
"""Seconds to wait for another process that compiles the same function: silently, and at all."""

_held: dict[tuple[int, Path], Any] = {}
"""Locks by process and file; those of the process that forked this one are not its own."""


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator `numba.njit` with `options`, whose code is kept and guarded.

    The code is compiled anew where any module of the library has changed that its file imports;
    numba alone looks at the file itself, and would keep the old code of what it calls elsewhere.
    """
    guard_cache()
    njit = import_module("numba").njit

    def decorated(function: Callable[..., Any]) -> Any:
        dispatcher = njit(cache=True, **options)(function)
        if hasattr(dispatcher, "_cache"):  # not where NUMBA_DISABLE_JIT is set
            index, file = dispatcher._cache._cache_file, Path(function.__code__.co_filename)
            index._source_stamp = (*index._source_stamp, _version(file))
        return dispatcher

    return decorated


def _version(file: Path) -> str:
    """Digest of a file of the library and of what it imports; empty for other files."""
    try:
        return version_of_code(file)
    except ValueError:
        return ""


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
        if found is None and _lock(_lock_of(self)):
            found = read(self, *words)
            if found is not None:
                _release(_lock_of(self))
        return found

    def save_and_release(self: Any, *words: Any) -> None:
        try:
            save(self, *words)
        finally:
            _release(_lock_of(self))

    load_alone.guarded = True  # type: ignore[attr-defined]
    Cache.load_overload, Cache.save_overload = load_alone, save_and_release


def _lock_of(cache: Any) -> Path:
    """The file that locks the compiled code of one function."""
    return Path(cache.cache_path) / f".{cache._impl.filename_base}.lock"


def _lock(path: Path) -> bool:
    """Lock a file, waiting while another process compiles; False where that cannot be done."""
    _release(path)  # a compilation that failed has saved nothing
    filelock = import_module("filelock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # numba compiles in one thread at a time, not always the same.
        lock = filelock.FileLock(path, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire(timeout=SOON)
        except filelock.Timeout:
            logger.info("another process compiles %s; waiting for it", path.stem)
            lock.acquire(timeout=LONGEST)
    # Nothing depends on it but time: a folder without locks, or where nobody may write.
    except Exception as error:
        logger.debug("%s: not locked (%s)", path, error)
        return False
    _held[os.getpid(), path] = lock
    return True


def _release(path: Path) -> None:
    """Release a file if this process holds it."""
    lock = _held.pop((os.getpid(), path), None)
    if lock is not None:
        lock.release(force=True)

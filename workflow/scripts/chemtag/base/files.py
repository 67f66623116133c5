"""Files that are there whole or not at all, surely on disk."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def settle(partial: str | Path, target: str | Path) -> None:
    """Give a whole file its final name, surely on disk: after a power cut it is whole or absent."""
    partial, target = Path(partial), Path(target)
    with partial.open("rb") as stream:
        os.fsync(stream.fileno())
    partial.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def whole_file(target: str | Path) -> Iterator[Path]:
    """Yield a hidden path beside `target` to write to, which becomes `target` if all goes well.

    It ends in the suffix of `target`, whose folder is made. After an error it is removed, and
    `target` is what it was. What killed writers of the same target left on this host is removed
    first: on a disk of several hosts numbers of processes and locks may be of one host alone, so
    that what one killed on another host left stays.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    start, end = _around_number(target)
    partial = target.with_name(f"{start}{os.getpid()}{end}")
    try:
        # Held while it is written: the lock of a writer that is killed is free.
        with partial.open("wb") as held:
            with suppress(OSError):  # a disk without locks
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield partial
            settle(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: str | Path, text: str) -> None:
    """Write a small text file whole or not at all."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _around_number(target: Path) -> tuple[str, str]:
    """Start and end of the names of the partial files of `target` that this host writes."""
    return f".{target.name}.{socket.gethostname()}.", f".partial{target.suffix}"


def _remove_abandoned(target: Path) -> None:
    """Remove the partial files of `target` that no process of this host holds."""
    start, end = _around_number(target)
    for path in target.parent.iterdir():
        number = path.name.removeprefix(start).removesuffix(end)
        if path.name != f"{start}{number}{end}" or not number.isdigit():
            continue
        with suppress(OSError), path.open("r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()

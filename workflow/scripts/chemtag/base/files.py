"""Files that are there whole or not at all, surely on disk."""

import os
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


def write_whole(path: str | Path, text: str) -> None:
    """Write a small text file whole or not at all."""
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        settle(partial, path)
    finally:
        partial.unlink(missing_ok=True)

"""What a table on disk holds, as a digest: a file may be replaced by one that is older."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from chemtag.survey.files import readme_beside

_WHOLE = 2**27  # bytes up to which all of a file is read: about 0.1 s
_PIECES, _PIECE = 64, 2**16


def digest_of_tables(paths: Iterable[str | Path | list]) -> str:
    """Return a digest of the content of the files among `paths`; empty entries do not count.

    A ReadMe beside a table that describes it counts with it.

    Of files beyond 128 MB, size and 64 pieces of 64 kB spread over the file stand for all of it, as
    a digest is taken whenever a run is planned.
    """
    digest = hashlib.sha256()
    tables = [Path(p) for p in paths if p and isinstance(p, (str, Path)) and Path(p).is_file()]
    for path in tables:
        for file in filter(None, (path, readme_beside(path))):
            status = file.stat()
            digest.update(_digest_of(str(file), status.st_size, status.st_mtime_ns).encode())
    return digest.hexdigest()[:16]


@cache
def _digest_of(path: str, size: int, _changed: int) -> str:
    digest = hashlib.sha256(str(size).encode())
    with Path(path).open("rb") as file:
        if size <= _WHOLE:
            while block := file.read(2**22):
                digest.update(block)
        else:
            for piece in range(_PIECES):
                file.seek(piece * (size - _PIECE) // (_PIECES - 1))
                digest.update(file.read(_PIECE))
    return digest.hexdigest()

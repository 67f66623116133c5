"""What code a script runs: its imports of the library, and theirs, as one digest."""

import hashlib
import os.path
import re
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2]

# Scripts of the workflow import the library by statements of this form only (tests/contract).
_IMPORT = re.compile(r"^[ \t]*from (chemtag[\w.]*) import (\([^)]*\)|.+)$", re.M)


@cache
def _content(file: Path) -> bytes:
    """What is in a file: a module is imported by many scripts and read for each of them."""
    return file.read_bytes()


@cache
def imported_files(path: Path) -> tuple[Path, ...]:
    """Return the files of the library that the file `path` imports itself, packages included."""
    found: set[Path] = set()
    for module, names in _IMPORT.findall(_content(path).decode("utf-8")):
        submodules = [f"{module}.{name}" for name in re.findall(r"\w+", names)]
        for name in (module, *submodules):
            found.update(_files_of(name))
    return tuple(sorted(found))


@cache
def _files_of(module: str) -> tuple[Path, ...]:
    """Files that an import of `module` runs: its own and the `__init__` of each package above."""
    parts, above = module.split("."), f"{SCRIPTS.as_posix()}/"
    folders = [f"{above}{'/'.join(parts[: n + 1])}/__init__.py" for n in range(len(parts))]
    files = (*folders, f"{above}{'/'.join(parts)}.py")
    return tuple(Path(file) for file in files if os.path.isfile(file))  # noqa: PTH113


def import_closure(path: Path) -> list[Path]:
    """Return `path` and all files of the library that running it imports, sorted."""
    found: set[Path] = set()
    todo = [path]
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            todo.extend(imported_files(file))
    return sorted(found)


def version_of_code(*paths: Path) -> str:
    """Return a digest of the import closures of `paths`: it changes when code that they run does.

    Names are relative to the folder of the scripts, so that a checkout elsewhere has the same.
    Raises ValueError for a file outside that folder.
    """
    files = sorted({file for path in paths for file in import_closure(path.resolve())})
    digest, folder = hashlib.sha256(), f"{SCRIPTS.as_posix()}/"
    for file in files:
        name = file.as_posix()
        if not name.startswith(folder):  # `relative_to` would double the time
            raise ValueError(f"{name} is not in {folder}")
        digest.update(name.removeprefix(folder).encode() + b"\0")
        digest.update(_content(file) + b"\0")
    return digest.hexdigest()[:16]

"""Names and other texts of a user, made harmless where they are shown.

A label, a cluster or a file may be called anything. Figures, messages and archives read some
characters as orders or tell more than they should. Captions escape labels where they name them
(workflow/report/), LaTeX in paper.latex, the page and the manuscript take them as data.
"""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
_SECRETS = re.compile(
    r"(?i)([?&][^=&\s]*(?:token|key|secret|password|passwd|signature|sig|auth)[^=&\s]*=)[^&#\s]+"
)


def without_credentials(text: str) -> str:
    """Return a text without user, password and keys of the addresses in it."""
    return _SECRETS.sub(r"\1...", _CREDENTIALS.sub("", text))


def on_figures(value: Any) -> Any:
    """Return a value whose texts matplotlib shows as they are: `$` is no mathematics.

    Texts inside tables (columns, not their names), mappings and sequences as well; anything else is
    returned as it is. A text that begins with `_` would be left out of legends.
    """
    import pandas as pd  # Other stages take what is here without it.

    if isinstance(value, str):
        plain = value.replace("$", r"\$")
        return f" {plain}" if plain.startswith("_") else plain
    if isinstance(value, pd.DataFrame):
        texts = [
            name
            for name, column in value.items()
            if pd.api.types.is_object_dtype(column) or pd.api.types.is_string_dtype(column)
        ]
        if not texts:
            return value
        shown = value.assign(**{str(name): value[name].map(on_figures) for name in texts})
        shown.attrs = dict(value.attrs)
        return shown
    if isinstance(value, Mapping):
        return {on_figures(key): on_figures(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [on_figures(entry) for entry in value]
    if type(value) is tuple:
        return tuple(on_figures(entry) for entry in value)
    return value


def without_folder(path: str, root: Path) -> str:
    """Return a path relative to `root` if it lies inside, else the name of its file alone.

    Folders of a user's machine name the user and are of no use elsewhere. Texts that are no path
    out of `root` come back as they are.
    """
    plain = path.removeprefix("file://")
    outside = re.match(r"/|~[^/\s]*/", plain) or ".." in PurePosixPath(plain).parts
    if not outside:
        return path
    try:
        whole = Path(plain).expanduser()
    except RuntimeError:  # There is no home to put in the place of `~`.
        whole = Path(plain)
    if whole.is_absolute() and ".." not in whole.parts and whole.is_relative_to(root):
        return whole.relative_to(root).as_posix()
    return whole.name or "/"

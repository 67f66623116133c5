"""Texts of a user that tell more than they should: addresses and paths.

What else a label or a cluster may be called is made plain where it is shown: on figures in
paper.plain, in LaTeX in paper.latex, in captions in workflow/report; page and manuscript take it as
data.
"""

import re
from pathlib import Path, PurePosixPath

_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
_SECRETS = re.compile(
    r"(?i)([?&][^=&\s]*(?:token|key|secret|password|passwd|signature|sig|auth)[^=&\s]*=)[^&#\s]+"
)


def without_credentials(text: str) -> str:
    """Return a text without user, password and keys of the addresses in it."""
    return _SECRETS.sub(r"\1...", _CREDENTIALS.sub("", text))


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

"""YAML files, and those that come with the code: in a checkout, or in an installed package."""

from pathlib import Path
from typing import Any

import yaml

from chemtag.base.problems import InputProblem

_PACKAGE = Path(__file__).resolve().parents[1]
# A wheel holds the schemas and small tables under the paths that they have in the checkout.
_INSTALLED = _PACKAGE / "of_checkout"
CHECKOUT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[2]
"""The folder with `workflow/schemas`, `config` and `resources`."""


def read_document(path: str | Path, meaning: str) -> Any:
    """Return what the YAML file at `path` holds; `meaning` says in the message what it should be.

    Raises `InputProblem` for a file that is not there, not text or not YAML.
    """
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputProblem(f"{path}: not a readable {meaning} (there is no such file).") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputProblem(f"{path}: not a readable {meaning} ({reason}).") from None

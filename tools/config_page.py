"""A hook of MkDocs: the manual of each config key becomes a page of the site."""

import sys
from pathlib import Path
from typing import Any

import yaml
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))

from config_reference import SCHEMA, manual_of

PAGE = "reference/config.md"


def on_files(files: Any, config: Any) -> Any:
    """Add the page to the files of the site."""
    manual = manual_of(yaml.safe_load(SCHEMA.read_text(encoding="utf-8")))
    files.append(File.generated(config, PAGE, content=manual))
    return files

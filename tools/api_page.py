"""A hook of MkDocs: the docstrings of the library's public names become a page of the site."""

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

PAGE = "reference/api.md"
MODULES = {
    "chemtag": "The taggers as scikit-learn estimators.",
    "chemtag.tag.density": "The exact HDBSCAN\\* core, stage by stage.",
    "chemtag.score": "Scores of groups against clusters.",
}


def page_of(modules: dict[str, str]) -> str:
    """Return signature and docstring of every class and function that the modules name as Markdown.

    Classes come with their public methods.
    """
    lines = [
        "# Library",
        "",
        "Made from the docstrings. How to use it: [In a notebook](../library.md).",
    ]
    for module, words in modules.items():
        loaded = import_module(module)
        lines += ["", f"## {module}", "", words]
        for name in loaded.__all__:
            found = getattr(loaded, name)
            if inspect.isclass(found) or inspect.isfunction(found):
                lines += _entry(name, found, 3)
            if inspect.isclass(found):
                for method, body in vars(found).items():
                    if inspect.isfunction(body) and not method.startswith("_"):
                        lines += _entry(f"{name}.{method}", body, 4)
    return "\n".join(lines) + "\n"


def _entry(name: str, found: Any, level: int) -> list[str]:
    """Heading, signature and docstring of one name; texts of docstrings are shown as they are."""
    try:
        signature = str(inspect.signature(found)).replace("chemtag.base.types.", "")
    except ValueError:
        signature = ""
    words = inspect.cleandoc(found.__doc__ or "")
    return ["", f"{'#' * level} {name}", "", f"```python\n{name}{signature}\n```", "", words]


def on_files(files: Any, config: Any) -> Any:
    """Add the page to the files of the site."""
    files.append(File.generated(config, PAGE, content=page_of(MODULES)))
    return files

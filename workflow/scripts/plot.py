"""Draw one figure of the paper: the functions of its module, on the tables that its rule names."""

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.step import run
from chemtag.base.tables import contract_names, read_table, write_table
from chemtag.paper.figures.style import paper_style, save_figure
from chemtag.paper.plain import on_figures


def plot(
    figure: str,
    contract: str,
    several: Mapping[str, Any],
    tables: Mapping[str, list[Path]],
    options: Mapping[str, Any],
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Write the drawn data of `figure` under its contract, and the figure.

    Each function of the module `chemtag.paper.figures.<figure>` takes what it names of the tables
    and of the `options`. `several` says for tables of several samples or spaces which option
    names them; they come as a dict by these names. A `draw` that returns several figures makes a
    PDF of as many pages, and a PNG of the first.
    """
    module = import_module(f"chemtag.paper.figures.{figure}")
    offered = dict(options)
    for name, paths in tables.items():
        documents = [document_of(name, path) for path in paths]
        if name in several:
            offered[name] = dict(zip(options[several[name]], documents, strict=True))
        else:
            offered[name] = documents[0] if documents else None
    data = called(module.data, offered)
    about = called(module.about, offered) if hasattr(module, "about") else {}
    write_table(data, drawn, contract, about)
    with paper_style(style):
        shown = on_figures(offered | {"data": data, "about": about})
        drawn_figure = called(module.draw, shown)
        pages = drawn_figure if isinstance(drawn_figure, list) else [drawn_figure]
        save_figure(pages, pdf, png)


def called(function: Callable[..., Any], offered: Mapping[str, Any]) -> Any:
    """Call `function` with those of the `offered` values that it names."""
    return function(**{name: offered[name] for name in inspect.signature(function).parameters})


def document_of(name: str, path: Path) -> Any:
    """Return the table of contract `name`, or what a YAML file says."""
    if path.suffix == ".yaml":
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    return read_table(path, name if name in contract_names() else None)


if __name__ == "__main__":
    run(plot, snakemake)

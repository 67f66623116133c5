"""Draw one figure of the paper: the functions of its module, on the tables that its rule names."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.tables import contract_names, read_table, write_table
from chemtag.paper.figures.style import paper_style, save_figure
from chemtag.paper.plain import on_figures


def plot(
    figure: str,
    contract: str,
    tables: Mapping[str, Path | Mapping[str, Path]],
    params: Mapping[str, Any],
    pdf: Path,
    png: Path,
    drawn: Path,
    style: Path,
) -> None:
    """Write the drawn data of `figure` under its contract, and the figure.

    Each function of the module `chemtag.paper.figures.<figure>` takes what it names of the tables,
    by the names of samples or spaces where there are several, and of the parameters.
    """
    module = import_module(f"chemtag.paper.figures.{figure}")
    offered = {name: document_of(name, path) for name, path in tables.items()} | dict(params)
    data = called(module.data, offered)
    about = called(module.about, offered) if hasattr(module, "about") else {}
    write_table(data, drawn, contract, about)
    with paper_style(style):
        shown = on_figures(offered | {"data": data, "about": about})
        save_figure(called(module.draw, shown), pdf, png)


def called(function: Callable[..., Any], offered: Mapping[str, Any]) -> Any:
    """Call `function` with those of the `offered` values that it names."""
    return function(**{name: offered[name] for name in inspect.signature(function).parameters})


def document_of(name: str, path: Path | Mapping[str, Path]) -> Any:
    """Return the table of contract `name`, or what a YAML file says; a dict of several."""
    if isinstance(path, Mapping):
        return {key: document_of(name, one) for key, one in path.items()}
    if path.suffix == ".yaml":
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    return read_table(path, name if name in contract_names() else None)


def paths_of(
    files: Mapping[str, str | Sequence[str]], several: Mapping[str, Any]
) -> dict[str, Path | dict[str, Path]]:
    """Return the file of each name, or the files by the keys that `several` has for the name."""
    found: dict[str, Path | dict[str, Path]] = {}
    for name, value in files.items():
        paths = [value] if isinstance(value, str) else list(value)
        if name in several:
            found[name] = {k: Path(p) for k, p in zip(several[name], paths, strict=True)}
        else:
            (path,) = paths
            found[name] = Path(path)
    return found


if __name__ == "__main__":
    from chemtag.base.log import log_to

    with log_to(snakemake.log[0]):
        params = dict(snakemake.params.items())
        files = dict(snakemake.input.items())
        style = Path(files.pop("style"))
        keys = {name: params[param] for name, param in params.pop("several").items()}
        plot(
            figure=params.pop("figure"),
            contract=params.pop("contract"),
            tables=paths_of(files, keys),
            params=params,
            pdf=Path(snakemake.output.pdf),
            png=Path(snakemake.output.png),
            drawn=Path(snakemake.output.drawn),
            style=style,
        )

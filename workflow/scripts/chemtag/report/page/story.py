"""The story of a run in figures: which ones, their headings, captions and alternative texts."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined

N_FIGURES = 5


@dataclass(frozen=True)
class Figure:
    """A figure of the page: name of its caption, sample or task if any, PNG file, drawn data."""

    name: str
    sample: str
    path: str
    drawn: str = ""


def story_entries(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the entries `story` of workflow/figures.yaml, by the names of the figures."""
    return {name: entry["story"] for name, entry in figures.items() if "story" in entry}


def chosen_figures(
    entries: Mapping[str, Mapping[str, Any]],
    available: Iterable[Figure],
    samples: Iterable[str],
    tasks: Iterable[str] = (),
) -> list[Figure]:
    """Return the figures of the story, at most five, in the order of `entries`, and of a task.

    Each of the `entries` has a `rank`: where there are more than five figures, those of the lowest
    ranks are taken. Of a figure of one sample that of the last of `samples` is taken, the hardest
    case by the custom of the configs. Figures of the first of `tasks` follow, whatever their
    number.
    """
    found = {(figure.name, figure.sample): figure for figure in available}
    order = list(samples)[::-1]
    story = []
    for place, (name, entry) in enumerate(entries.items()):
        figure = next((found[name, s] for s in ["", *order] if (name, s) in found), None)
        if figure:
            story.append((entry["rank"], place, figure))
    best = sorted(story, key=lambda item: item[:2])[:N_FIGURES]
    shown = [figure for _, _, figure in sorted(best, key=lambda item: item[1])]
    of_task = [found[name, t] for t in [*tasks][:1] for name in entries if (name, t) in found]
    return [*shown, *(figure for figure in of_task if figure not in shown)]


def filled(text: str, params: Mapping[str, Any], config: Mapping[str, Any] | None = None) -> str:
    """Return a caption with `{{ snakemake.params.… }}` filled in, as `snakemake --report` does.

    Raises `jinja2.UndefinedError` for a name that is in neither `params` nor `config`.
    """
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(text)
    names = SimpleNamespace(params=SimpleNamespace(**params), config=config or {})
    return template.render(snakemake=names)


def as_html(text: str) -> str:
    """Return reStructuredText of a caption as HTML; faults in it raise."""
    parts = publish_parts(
        text,
        writer="html5",
        settings_overrides={
            "halt_level": 2,
            "report_level": 2,
            "file_insertion_enabled": False,
            "raw_enabled": False,
            "embed_stylesheet": False,
            "stylesheet_path": None,
        },
    )
    return parts["body"].strip()


def image_address(png: bytes) -> str:
    """Return a PNG file as an address that holds the image itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")

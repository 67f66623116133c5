"""Write the page of a run: story, tables and interactive map in one file."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table
from chemtag.paper.manuscript import split_name
from chemtag.paper.tables import clusters_of
from chemtag.report.page.alternatives import alternative
from chemtag.report.page.content import (
    answer_card,
    figure_entry,
    further_files,
    headline_groups,
    table_kinds,
)
from chemtag.report.page.document import page_text
from chemtag.report.page.sample_map import SampleMap, SampleTables, SpaceMaps, sample_map
from chemtag.report.page.sampling import shares_of_cap
from chemtag.report.page.story import (
    Figure,
    as_html,
    chosen_figures,
    filled,
    story_entries,
)

logger = logging.getLogger("chemtag")
Paths = Sequence[Path]


def write_report(
    run: str,
    seed: int,
    cap: int,
    samples: Mapping[str, Mapping[str, Any]],
    caption_params: Mapping[str, Any],
    of_samples: Mapping[str, list[Path]],
    figures: list[Path],
    drawn: list[Path],
    tables: list[Path],
    story: Path,
    captions: list[Path],
    templates: list[Path],
    page: Path,
) -> None:
    """Write the page from the tables `of_samples`, by name, in the order of `samples`.

    `samples` give label, spaces, those with maps, headline space and setting by name. Tables are
    one a sample, or one a space (`space`, `groups`, `settings`), or one a space with maps (`umap`,
    `maps`, `quality`); `drawn` are the data of the `figures`, in the same order.
    """
    maps = maps_of_samples(samples, of_samples, cap, seed)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in captions}
    settings = {"run": run, "seed": seed}
    shown = {
        "run": run,
        "answers": answers_of_samples(samples, of_samples),
        "tables": tables_of_run(samples, of_samples, tables, page),
        "words": as_html(filled(texts["workflow"], {}, settings)),
        **figures_of_run(samples, caption_params, figures, drawn, texts, story, page),
    }
    text = page_text(templates[0].parent, maps, shown)
    page.write_text(text, encoding="utf-8")
    logger.info("wrote %s: %.1f MB", page, len(text.encode()) / 1e6)


def maps_of_samples(
    samples: Mapping[str, Mapping[str, Any]],
    of_samples: Mapping[str, Paths],
    cap: int,
    seed: int,
) -> dict[str, SampleMap]:
    """Return what the map shows of each sample, `cap` stars in all."""
    rows = zip(*(of_samples[key] for key in ("space", "groups", "settings")), strict=True)
    mapped = zip(*(of_samples[key] for key in ("umap", "maps", "quality")), strict=True)
    found = {}
    for place, (name, block) in enumerate(samples.items()):
        files = dict(zip(block["spaces"], rows, strict=False))
        reported = read_table(of_samples["recovery"][place], "recovery")
        oracle = reported.loc[reported["role"] == "oracle", "setting"]
        found[name] = SampleTables(
            label=block["label"],
            headline_space=block["space"],
            headline_setting=block["setting"],
            abundances=read_table(of_samples["abundances"][place], "abundances"),
            cluster=clusters_of(read_table(of_samples["truth"][place], "truth")),
            spaces={space: read_table(paths[0], "space") for space, paths in files.items()},
            groups={space: read_table(paths[1], "groups") for space, paths in files.items()},
            settings={space: read_table(paths[2], "settings") for space, paths in files.items()},
            embeddings={
                space: space_maps(*paths)
                for space, paths in zip(block["mapped"], mapped, strict=False)
            },
            recovered=read_table(of_samples["recovered"][place], "table_groups"),
            oracle=str(oracle.iloc[0]) if len(oracle) else "",
        )
    shares = shares_of_cap({name: len(tables.abundances) for name, tables in found.items()}, cap)
    maps = {
        name: sample_map(tables, shares[name], generator_for(seed, "report", name))
        for name, tables in found.items()
    }
    for name, shown in maps.items():
        number = sum(shown.about["shown"].values())
        logger.info("%s: %d of %d stars on the map", name, number, shown.about["stars"])
    return maps


def space_maps(umap: Path, maps: Path, quality: Path) -> SpaceMaps:
    """Read the maps of one space."""
    return SpaceMaps(
        umap=read_table(umap, "embedding"),
        several=read_table(maps, "maps"),
        quality=read_table(quality, "map_quality"),
    )


def answers_of_samples(
    samples: Mapping[str, Mapping[str, Any]], of_samples: Mapping[str, Paths]
) -> list[dict[str, str]]:
    """Return the answer of each sample in words."""
    return [
        answer_card(
            block["label"],
            block["space"],
            block["setting"],
            read_table(of_samples["metrics"][place], "table_metrics"),
            read_table(of_samples["recovery"][place], "recovery"),
            read_table(of_samples["funnel"][place], "funnel"),
        )
        for place, block in enumerate(samples.values())
    ]


def tables_of_run(
    samples: Mapping[str, Mapping[str, Any]],
    of_samples: Mapping[str, Paths],
    tables: Paths,
    page: Path,
) -> list[dict[str, Any]]:
    """Return the tables of the page: those printed, the groups and the funnel of each sample."""
    found = []
    for place, (name, block) in enumerate(samples.items()):
        funnel, groups = of_samples["funnel"][place], of_samples["group_scores"][place]
        found.append((read_table(funnel), name, shown_path(funnel, page)))
        rows = headline_groups(read_table(groups), block["setting"])
        found.append((rows, name, shown_path(groups, page)))
    for path in tables:
        _, sample = split_name(path.stem, samples)
        found.append((read_table(path), sample, shown_path(path, page)))
    labels = {name: block["label"] for name, block in samples.items()}
    return table_kinds(found, labels)


def figures_of_run(
    samples: Mapping[str, Mapping[str, Any]],
    caption_params: Mapping[str, Any],
    figures: Paths,
    drawn: Paths,
    texts: Mapping[str, str],
    story: Path,
    page: Path,
) -> dict[str, Any]:
    """Return the figures of the story with caption and alternative text, and the further files."""
    entries = story_entries(yaml.safe_load(story.read_text(encoding="utf-8")))
    labels = {name: block["label"] for name, block in samples.items()}
    files = {}
    for path, data in zip(figures, drawn, strict=True):
        name = split_name(path.stem, samples)
        files[Figure(*name, shown_path(path, page), shown_path(data, page))] = path, data
    chosen = chosen_figures(entries, files, samples)
    shown = []
    for figure in chosen:
        image, data = files[figure]
        entry = entries[figure.name]
        alt = alternative(figure.name, entry["alt"], read_table(data), labels)
        params = {**caption_params, **samples.get(figure.sample, {})}
        shown.append(
            figure_entry(figure, entry, image.read_bytes(), alt, texts[figure.name], params)
        )
    return {"figures": shown, "further": further_files(files, chosen)}


def shown_path(path: Path, page: Path) -> str:
    """Return where a result lies as seen from the page, in `results/<run>/report/`."""
    return "../" + path.relative_to(page.parents[1]).as_posix()


if __name__ == "__main__":
    run(write_report, snakemake)

"""Write the page of a run: story, tables and interactive map in one file."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from chemtag.base.seeds import generator_for
from chemtag.base.tables import read_table
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
    split_name,
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
    per_sample: Mapping[str, Paths],
    per_space: Mapping[str, Paths],
    per_map: Mapping[str, Paths],
    figures: Paths,
    drawn: Paths,
    tables: Paths,
    story: Path,
    captions: Paths,
    templates: Path,
    page: Path,
) -> None:
    """Write the page from the tables of each sample, in the order of `samples`, and of each space.

    `samples` give label, spaces, those with maps, headline space and setting by name; `per_map` has
    the tables of the spaces with maps; `drawn` are the data of the `figures`, in the same order.
    """
    maps = maps_of_samples(samples, per_sample, per_space, per_map, cap, seed)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in captions}
    settings = {"run": run, "seed": seed}
    shown = {
        "run": run,
        "answers": answers_of_samples(samples, per_sample),
        "tables": tables_of_run(samples, per_sample, tables, page),
        "words": as_html(filled(texts["workflow"], {}, settings)),
        **figures_of_run(samples, caption_params, figures, drawn, texts, story, page),
    }
    text = page_text(templates, maps, shown)
    page.write_text(text, encoding="utf-8")
    logger.info("wrote %s: %.1f MB", page, len(text.encode()) / 1e6)


def maps_of_samples(
    samples: Mapping[str, Mapping[str, Any]],
    per_sample: Mapping[str, Paths],
    per_space: Mapping[str, Paths],
    per_map: Mapping[str, Paths],
    cap: int,
    seed: int,
) -> dict[str, SampleMap]:
    """Return what the map shows of each sample, `cap` stars in all."""
    rows = zip(*(per_space[key] for key in ("space", "groups", "settings")), strict=True)
    mapped = zip(*(per_map[key] for key in ("umap", "maps", "quality")), strict=True)
    found = {}
    for place, (name, block) in enumerate(samples.items()):
        files = dict(zip(block["spaces"], rows, strict=False))
        reported = read_table(per_sample["recovery"][place], "recovery")
        oracle = reported.loc[reported["role"] == "oracle", "setting"]
        found[name] = SampleTables(
            label=block["label"],
            headline_space=block["space"],
            headline_setting=block["setting"],
            abundances=read_table(per_sample["abundances"][place], "abundances"),
            cluster=clusters_of(read_table(per_sample["truth"][place])),
            spaces={space: read_table(paths[0], "space") for space, paths in files.items()},
            groups={space: read_table(paths[1], "groups") for space, paths in files.items()},
            settings={space: read_table(paths[2], "settings") for space, paths in files.items()},
            embeddings={
                space: space_maps(*paths)
                for space, paths in zip(block["mapped"], mapped, strict=False)
            },
            recovered=read_table(per_sample["recovered"][place], "table_groups"),
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
    samples: Mapping[str, Mapping[str, Any]], per_sample: Mapping[str, Paths]
) -> list[dict[str, str]]:
    """Return the answer of each sample in words."""
    return [
        answer_card(
            block["label"],
            block["space"],
            block["setting"],
            read_table(per_sample["metrics"][place], "table_metrics"),
            read_table(per_sample["recovery"][place], "recovery"),
            read_table(per_sample["funnel"][place], "funnel"),
        )
        for place, block in enumerate(samples.values())
    ]


def tables_of_run(
    samples: Mapping[str, Mapping[str, Any]],
    per_sample: Mapping[str, Paths],
    tables: Paths,
    page: Path,
) -> list[dict[str, Any]]:
    """Return the tables of the page: those printed, the groups and the funnel of each sample."""
    found = []
    for place, (name, block) in enumerate(samples.items()):
        funnel, groups = per_sample["funnel"][place], per_sample["group_scores"][place]
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
    from chemtag.base.log import log_to

    def paths(name: str) -> list[Path]:
        """Return the files of a named input."""
        return [Path(file) for file in snakemake.input[name]]

    with log_to(snakemake.log[0]):
        write_report(
            run=snakemake.params.run,
            seed=snakemake.params.seed,
            cap=snakemake.params.cap,
            samples=snakemake.params.samples,
            caption_params=snakemake.params.caption_params,
            per_sample={
                name: paths(name)
                for name in (
                    "abundances", "funnel", "truth", "recovery", "group_scores", "recovered",
                    "metrics",
                )
            },
            per_space={name: paths(name) for name in ("space", "groups", "settings")},
            per_map={name: paths(name) for name in ("umap", "maps", "quality")},
            figures=paths("figures"),
            drawn=paths("drawn"),
            tables=paths("tables"),
            story=Path(snakemake.input.story[0]),
            captions=paths("captions"),
            templates=Path(snakemake.input.templates[0]).parent,
            page=Path(snakemake.output.page),
        )  # fmt: skip

"""Write the page of a run: story, tables and interactive map in one file."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
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
    seeds_in_words,
    short_leaderboard,
    table_kinds,
    unscored_card,
    verdicts_shown,
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

SCORED = ("truth", "recovery", "group_scores", "recovered", "metrics")
"""Tables of the samples whose clusters are known."""


def write_report(
    run: str,
    seed: int,
    cap: int,
    samples: Mapping[str, Mapping[str, Any]],
    tasks: Mapping[str, Mapping[str, Any]],
    caption_params: Mapping[str, Any],
    of_samples: Mapping[str, list[Path]],
    figures: list[Path],
    drawn: list[Path],
    tables: list[Path],
    leaderboards: list[Path],
    story: Path,
    captions: list[Path],
    templates: list[Path],
    page: Path,
) -> None:
    """Write the page from the tables `of_samples`, by name, in the order of `samples`.

    `samples` give label, spaces, those with maps, headline space and setting by name, why it has no
    truth (`no_truth`), if it has none, and which groups are it (`found_truth`), if it was found.
    Tables are one a sample, or one a sample with a truth (`SCORED`) or without (`stability`), or
    one a sample that is vetted (`verdicts`) or repeated with other seeds (`repeats`), or one a
    space (`space`, `groups`, `settings`), or one a space with maps (`umap`, `maps`, `quality`);
    `drawn` are the data of the `figures`, in their
    order. `tasks` give the title of each task of label transfer, whose `leaderboards` are shown.
    """
    maps = maps_of_samples(samples, of_samples, cap, seed)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in captions}
    settings = {"run": run, "seed": seed}
    shown = {
        "run": run,
        "answers": answers_of_samples(samples, of_samples),
        "tables": tables_of_run(samples, of_samples, [*tables, *leaderboards], page),
        "words": as_html(filled(texts["workflow"], {}, settings)),
        **figures_of_run(samples, tasks, caption_params, figures, drawn, texts, story, page),
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
    for name, block in samples.items():
        files = dict(zip(block["spaces"], rows, strict=False))
        own = files_of(name, samples, of_samples)
        truth = read_table(own["truth"], "truth") if "truth" in own else None
        found[name] = SampleTables(
            label=block["label"],
            headline_space=block["space"],
            headline_setting=block["setting"],
            abundances=read_table(own["abundances"], "abundances"),
            cluster=clusters_of(truth),
            spaces={space: read_table(paths[0], "space") for space, paths in files.items()},
            groups={space: read_table(paths[1], "groups") for space, paths in files.items()},
            settings={space: read_table(paths[2], "settings") for space, paths in files.items()},
            embeddings={
                space: space_maps(*paths)
                for space, paths in zip(block["mapped"], mapped, strict=False)
            },
            recovered=recovered_of(own),
            oracle=oracle_of(own),
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


def files_of(
    name: str, samples: Mapping[str, Mapping[str, Any]], of_samples: Mapping[str, Paths]
) -> dict[str, Path]:
    """Return the tables of one sample of which there is one a sample, by name."""
    scored = [key for key, block in samples.items() if not block["no_truth"]]
    unscored = [key for key in samples if key not in scored]
    found = {}
    for table, paths in of_samples.items():
        vetted = [key for key, block in samples.items() if block.get("vetted")]
        kind = {"abundances": samples, "funnel": samples, "stability": unscored, "verdicts": vetted}
        kind["repeats"] = [key for key, block in samples.items() if block.get("repeated")]
        owners = scored if table in SCORED else list(kind.get(table, ()))
        if name in owners and paths:
            found[table] = paths[owners.index(name)]
    return found


def recovered_of(own: Mapping[str, Path]) -> pd.DataFrame:
    """Return T2 of a sample, without rows where its clusters are not known."""
    if "recovered" in own:
        return read_table(own["recovered"], "table_groups")
    return pd.DataFrame({"group": pd.Series(dtype=int), "cluster": pd.Series(dtype=object)})


def oracle_of(own: Mapping[str, Path]) -> str:
    """Return the setting of the oracle of a sample, empty where it has none."""
    if "recovery" not in own:
        return ""
    reported = read_table(own["recovery"], "recovery")
    oracle = reported.loc[reported["role"] == "oracle", "setting"]
    return str(oracle.iloc[0]) if len(oracle) else ""


def space_maps(umap: Path, maps: Path, quality: Path) -> SpaceMaps:
    """Read the maps of one space."""
    return SpaceMaps(
        umap=read_table(umap, "embedding"),
        several=read_table(maps, "maps"),
        quality=read_table(quality, "map_quality"),
    )


def answers_of_samples(
    samples: Mapping[str, Mapping[str, Any]], of_samples: Mapping[str, Paths]
) -> list[dict[str, Any]]:
    """Return the answer of each sample in words."""
    cards: list[dict[str, Any]] = []
    for name, block in samples.items():
        own = files_of(name, samples, of_samples)
        words = block["label"], block["space"], block["setting"]
        funnel = read_table(own["funnel"], "funnel")
        if block["no_truth"]:
            cards.append(unscored_card(*words, funnel, block["no_truth"]))
            continue
        metrics = read_table(own["metrics"], "table_metrics")
        card = answer_card(*words, metrics, read_table(own["recovery"], "recovery"), funnel)
        if "repeats" in own:
            card |= seeds_in_words(read_table(own["repeats"], "repeats"))
        told = {"truth": block.get("found_truth", ""), "simulated": block.get("simulated", False)}
        cards.append(card | told)
    return cards


def tables_of_run(
    samples: Mapping[str, Mapping[str, Any]],
    of_samples: Mapping[str, Paths],
    tables: Paths,
    page: Path,
) -> list[dict[str, Any]]:
    """Return the tables of the page: those printed, the groups and the funnel of each sample."""
    found = []
    for name, block in samples.items():
        own = files_of(name, samples, of_samples)
        for key in ("funnel", "stability"):
            if key in own:
                found.append((read_table(own[key]), name, shown_path(own[key], page)))
        if "verdicts" in own:
            rows = verdicts_shown(read_table(own["verdicts"], "verdicts"))
            found.append((rows, name, shown_path(own["verdicts"], page)))
        if "group_scores" in own:
            rows = headline_groups(read_table(own["group_scores"]), block["setting"])
            found.append((rows, name, shown_path(own["group_scores"], page)))
    for path in tables:
        _, sample = split_name(path.stem, samples)
        table = read_table(path)
        if table.attrs["contract"] == "predictor_leaderboard":
            table = short_leaderboard(table)
        found.append((table, sample, shown_path(path, page)))
    labels = {name: block["label"] for name, block in samples.items()}
    return table_kinds(found, labels)


def figures_of_run(
    samples: Mapping[str, Mapping[str, Any]],
    tasks: Mapping[str, Mapping[str, Any]],
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
        name = split_name(path.stem, [*samples, *tasks])
        files[Figure(*name, shown_path(path, page), shown_path(data, page))] = path, data
    chosen = chosen_figures(entries, files, samples, tasks)
    shown = []
    for figure in chosen:
        image, data = files[figure]
        entry = entries[figure.name]
        alt = alternative(figure.name, entry["alt"], read_table(data), labels)
        of = figure.sample  # of a sample, or of a task, which may bear the name of one
        params = {**caption_params, **samples.get(of, {}), **tasks.get(of, {})}
        shown.append(
            figure_entry(figure, entry, image.read_bytes(), alt, texts[figure.name], params)
        )
    return {"figures": shown, "further": further_files(files, chosen)}


def shown_path(path: Path, page: Path) -> str:
    """Return where a result lies as seen from the page, in `results/<run>/report/`."""
    return "../" + path.relative_to(page.parents[1]).as_posix()


if __name__ == "__main__":
    run(write_report, snakemake)

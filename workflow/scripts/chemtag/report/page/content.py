"""Parts of the page besides the map: answers, figures and tables as the template wants them."""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from chemtag.base.settings import setting_words
from chemtag.report.page.story import Figure, as_html, filled, image_address
from chemtag.report.page.tables import page_table
from chemtag.score.matching import RECOVERED

# Tables in the order of the page; others that the run makes follow by name.
HEADINGS = {
    "verdicts": "Candidate siblings and the verdicts of independent data",
    "table_metrics": "Scores, with interval and chance level",
    "group_scores": "Groups of the headline setting, largest first",
    "group_stability": "Groups of the headline setting and their stability",
    "table_groups": "Groups that recover a cluster",
    "table_clusters": "Clusters",
    "table_settings": "Settings that recover each cluster",
    "table_taggers": "The tagger of known width beside HDBSCAN",
    "predictor_leaderboard": "Label transfer: models on stars that they have not seen",
    "funnel": "Stars lost at each cut",
}
# Scores of a model of label transfer that the page shows.
BOARD = ("rmse", "scatter", "bias", "slope", "coverage", "width")
# Candidates that have a sheet (paper.figures.vet_sheets).
SHEETS = 200
# Columns whose cells choose stars on the map, and what they choose.
PICKS = {"group": "group", "best_group": "group", "cluster": "cluster"}


def answer_card(
    label: str, space: str, setting: str, metrics: pd.DataFrame, recovery: pd.DataFrame,
    funnel: pd.DataFrame,
) -> dict[str, str]:  # fmt: skip
    """Return the answer of one sample in words: RF40 with interval and chance level, and counts.

    `metrics` is T3, `recovery` the curve of the sample and `funnel` its stars after each cut.
    """
    score = metrics[metrics["metric"] == "rf40"].iloc[0]
    headline = recovery[recovery["role"] == "headline"]
    at_40 = headline.iloc[int((headline["threshold"] - RECOVERED).abs().argmin())]
    last = funnel.iloc[-1]
    numbers = {k: f"{score[k]:.2f}" for k in ("value", "low", "high", "null_mean", "null_p95")}
    match = metrics[metrics["metric"] == "rf_area"]
    if len(match):
        numbers["match"] = f"{match['value'].iloc[0]:.2f}"
        numbers["match_null"] = f"{match['null_mean'].iloc[0]:.2f}"
    return {
        "label": label,
        "space": space.replace("_", "-"),
        "setting": setting_words(setting),
        "recovered": str(int(at_40["n_recovered"])),
        "eligible": str(int(at_40["n_eligible"])),
        "stars": f"{int(last['stars_left']):,} stars",
        "members": f"{int(last['members_left']):,}",
        **numbers,
    }


def seeds_in_words(repeats: pd.DataFrame) -> dict[str, str]:
    """Return what the headline gives over other seeds (table of contract repeats), for a card."""
    row = repeats[repeats["score"] == "rf40"].iloc[0]
    return {
        "seeds": f"{int(row['n_realisations'])}",
        "mean": f"{row['mean']:.2f}",
        "sd": f"{row['sd']:.2f}",
        "as_high": f"{row['share_as_high']:.0%}".replace("%", "\N{NO-BREAK SPACE}%"),
    }


def unscored_card(
    label: str, space: str, setting: str, funnel: pd.DataFrame, reason: str
) -> dict[str, str]:
    """Return what is said of a sample that is not scored, and why it is not."""
    stars = f"{int(funnel.iloc[-1]['stars_left']):,} stars"
    words = {"space": space.replace("_", "-"), "setting": setting_words(setting)}
    return {"label": label, **words, "stars": stars, "reason": reason}


def figure_entry(
    figure: Figure,
    entry: Mapping[str, Any],
    image: bytes,
    alt: str,
    caption: str,
    params: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a figure of the story for the template, from its PNG file, its words and caption."""
    width, height = struct.unpack(">II", image[16:24])
    return {
        "heading": entry["heading"],
        "alt": alt,
        "address": image_address(image),
        # The files have 300 points an inch, screens about 96 and twice that.
        "width": width // 2,
        "height": height // 2,
        "caption": as_html(filled(caption, params)),
        "pdf": figure.path.removesuffix(".png") + ".pdf",
        "drawn": figure.drawn,
    }


def further_files(available: Iterable[Figure], story: Sequence[Figure]) -> list[dict[str, str]]:
    """Return PDF file, drawn data and words of each figure that is not in the story."""
    return [
        {
            "path": figure.path.removesuffix(".png") + ".pdf",
            "drawn": figure.drawn,
            "words": " ".join([figure.name.replace("_", " "), figure.sample]).strip(),
        }
        for figure in available
        if figure not in story
    ]


def table_kinds(
    tables: Iterable[tuple[pd.DataFrame, str, str]], labels: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the tables of the page by kind, each (table, sample or empty, shown path).

    The kind of a table is its contract, as its meta says.
    """
    kinds: dict[str, list[dict[str, Any]]] = {}
    for table, sample, path in tables:
        contract = table.attrs["contract"]
        entry = page_table(table, contract, path)
        picks = {i: PICKS[name] for i, name in enumerate(table.columns) if name in PICKS}
        if contract == "verdicts":
            link_sheets(entry, table, sample)
        entry |= {
            "sample": sample,
            # A table of no sample may say by itself what it is of.
            "label": labels.get(sample) or table.attrs.get("title", ""),
            "picks": picks if sample else {},
        }
        kinds.setdefault(contract, []).append(entry)
    order = [*HEADINGS, *sorted(set(kinds) - set(HEADINGS))]
    return [
        {"heading": HEADINGS.get(kind, kind.replace("_", " ").capitalize()), "tables": kinds[kind]}
        for kind in order
        if kind in kinds
    ]


def link_sheets(entry: dict[str, Any], verdicts: pd.DataFrame, sample: str) -> None:
    """Let each candidate of the table lead to its sheet, a page of the file of sheets."""
    page = {name: at for at, name in enumerate(sorted(verdicts["candidate"]), start=1)}
    at = list(verdicts.columns).index("candidate")
    for row in entry["rows"]:
        number = page[row[at]["text"]]
        if number <= SHEETS:
            row[at]["link"] = f"../paper/figures/vet_sheets_{sample}.pdf#page={number}"


def verdicts_shown(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts on candidates, those supported first, then those contradicted.

    Numbers of groups that are not those of the headline choose no stars on the map, so they go.
    """
    rank = {"supported": 0, "contradicted": 1}
    order = verdicts["verdict"].map(rank).fillna(2).to_numpy()
    shown = verdicts.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    if not str(verdicts.attrs.get("found_by", "")).startswith("headline"):
        shown = shown.drop(columns="group")
    shown.attrs = dict(verdicts.attrs)
    return shown


def short_leaderboard(board: pd.DataFrame) -> pd.DataFrame:
    """Return the main scores of each model of a leaderboard, best model first."""
    shown = board[board["metric"].isin(BOARD)].drop(columns=["as_good"])
    place = shown["metric"].map(BOARD.index)
    shown = shown.assign(place=place).sort_values(["rank", "place"]).drop(columns="place")
    shown = shown.reset_index(drop=True)
    shown.attrs = {**board.attrs, "title": board.attrs.get("title") or board.attrs.get("task", "")}
    return shown


def headline_groups(group_scores: pd.DataFrame, setting: str) -> pd.DataFrame:
    """Return the groups of the headline setting, largest first."""
    rows = group_scores[group_scores["setting"] == setting].drop(columns="setting")
    rows = rows.sort_values(["n_stars", "group"], ascending=[False, True]).reset_index(drop=True)
    rows.attrs = dict(group_scores.attrs)
    return rows

"""Find what the groups of many draws agree upon, and how stable the headline groups are."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from chemtag.base.problems import InputProblem
from chemtag.base.settings import AnySetting, Setting, headline_of
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.tag.consensus import (
    Agreement,
    best_jaccard,
    consensus_labels,
    edges_of,
    memberships,
    no_agreement,
    stability_of,
)
from chemtag.tag.density import as_euclidean, neighbours_for
from chemtag.tag.numbering import number_groups
from chemtag.tag.protocol import NOISE
from chemtag.tag.tagging import check_memory

logger = logging.getLogger("chemtag.find_consensus")


def find_consensus(
    space: Path,
    groups: Path,
    redrawn: list[Path],
    consensus: Path,
    stability: Path,
    redraws: Path,
    headline: Mapping[str, Any],
    threshold: float,
    memory_mb: int,
) -> None:
    """Write consensus groups and memberships, the stability of each group, and each draw."""
    setting = headline_of(headline)
    points = read_table(space, "space")
    star_id = points["star_id"].to_numpy(dtype=str)
    values = points.drop(columns="star_id").to_numpy(dtype=float)
    check_memory(*values.shape, [setting], memory_mb, str(space), "find_consensus")
    labels = headline_groups(groups, setting.name, star_id)
    near = neighbours_in(values, setting)
    agreement = no_agreement(edges_of(near), len(star_id))
    rows, similarity = [], []
    for draw, drawn in groups_of_draws(redrawn, star_id):
        agreement.add(drawn)
        similarity.append(best_jaccard(labels, drawn)[0])
        rows.append(draw_row(draw, labels, drawn))
    joined = consensus_labels(agreement, threshold, setting.min_cluster_size)
    number = number_groups(joined, star_id)
    found = np.where(joined >= 0, number[joined], NOISE) if len(number) else joined
    stars = stars_table(points["star_id"], found, labels, agreement)
    each = groups_rows(labels, found, np.array(similarity), stars["headline_membership"])
    attributes = {**points.attrs, **read_table(redrawn[0], columns=["star_id"]).attrs}
    meta = {name: entry for name, entry in attributes.items() if name != "contract"}
    meta |= {"draws": len(rows), "threshold": threshold, "neighbours": int(near.shape[1])}
    write_table(stars, consensus, "consensus", meta)
    write_table(each, stability, "group_stability", meta)
    write_table(pd.DataFrame(rows), redraws, "redraws", meta)
    logger.info(
        "%d headline groups, %.1f a draw, %d consensus groups; mean best Jaccard %.2f",
        len(each),
        np.mean([row["n_groups"] for row in rows]),
        found.max(initial=NOISE) + 1,
        each["jaccard"].mean() if len(each) else np.nan,
    )


def headline_groups(path: Path, setting: str, star_id: np.ndarray) -> np.ndarray:
    """Return the groups of one setting in the order of `star_id`, −1 = noise."""
    table = read_table(path, "groups")
    rows = table[table["setting"] == setting]
    at = pd.Index(star_id).get_indexer(rows["star_id"])
    if (at < 0).any():
        raise other_stars(path)
    labels = np.full(len(star_id), NOISE, np.int32)
    labels[at] = rows["group"]
    return labels


def other_stars(path: Path) -> InputProblem:
    """Return the complaint that a table has other stars than the space."""
    return InputProblem(
        f"{path}: its stars are not those of the space, as the files are of different runs; delete "
        "it and run again."
    )


def neighbours_in(values: np.ndarray, setting: AnySetting) -> np.ndarray:
    """Return the rows of each star's nearest neighbours (N, k) in the space as observed.

    Distance is that of the setting; under the Manhattan metric, Euclidean: the lists only say for
    which pairs agreement is counted.
    """
    own = isinstance(setting, Setting) and setting.metric == "mahalanobis"
    metric = "mahalanobis" if own else "euclidean"
    return neighbours_for(as_euclidean(values, metric), [setting.min_samples]).indices


def groups_of_draws(redrawn: list[Path], star_id: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield number and groups (N,) of each draw; one batch is held at a time."""
    for path in redrawn:
        table = read_table(path, "redrawn_groups")
        if table["star_id"].tolist() != star_id.tolist():
            raise other_stars(path)
        for name in table.columns.drop("star_id"):
            yield int(name.removeprefix("draw_")), table[name].to_numpy(dtype=np.int32)


def draw_row(draw: int, headline: np.ndarray, labels: np.ndarray) -> dict:
    """Return one row of the table `redraws`."""
    return {
        "draw": draw,
        "n_groups": int(labels.max(initial=NOISE)) + 1,
        "noise_fraction": float((labels < 0).mean()),
        "adjusted_rand_index": adjusted_rand_score(headline, labels),
    }


def stars_table(
    star_id: pd.Series, found: np.ndarray, headline: np.ndarray, agreement: Agreement
) -> pd.DataFrame:
    """Return the table `consensus`."""
    return pd.DataFrame(
        {
            "star_id": star_id,
            "group": found,
            "membership": memberships(found, agreement),
            "headline_group": headline,
            "headline_membership": memberships(headline, agreement),
            "noise_share": agreement.noise / agreement.n_partitions,
        }
    )


def groups_rows(
    headline: np.ndarray, found: np.ndarray, similarity: np.ndarray, firmness: pd.Series
) -> pd.DataFrame:
    """Return the table `group_stability`; `similarity` (draws, groups)."""
    steady = stability_of(similarity)
    shared, nearest = best_jaccard(headline, found)
    grouped = headline >= 0
    numbers = np.arange(len(nearest))
    mean = firmness[grouped].groupby(headline[grouped]).mean()
    return pd.DataFrame(
        {
            "group": numbers,
            "n_stars": np.bincount(headline[grouped], minlength=len(numbers)),
            "jaccard": steady.mean,
            "jaccard_low": steady.low,
            "jaccard_high": steady.high,
            "dissolved": steady.dissolved,
            "membership": mean.reindex(numbers).to_numpy(dtype=float),
            "consensus_group": nearest,
            "consensus_jaccard": shared,
        }
    )


if __name__ == "__main__":
    run(find_consensus, snakemake)

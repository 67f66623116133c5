"""The tagger of known width on real stars: known clusters by each width, and published groups.

    uv run python benchmarks/tagger_real.py clusters --members M.fits --giants G.fits
    uv run python benchmarks/tagger_real.py published --giants G.fits
    uv run python benchmarks/tagger_real.py widths --rows R.jsonl

`clusters`: giants of open clusters, alone and among real field giants, with the width of each
source. A width of `other_clusters` is measured without the cluster that is scored, so there is one
tagging for each cluster. The members have no errors: `quoted` is the median error of the field.
`published`: groups that others found by chemistry alone (column PJ20_GROUP: Price-Jones et al.
2020) among all giants: the evidence of a group at the place of each. No table is part of the
project. With `--rows FILE` scores are appended as JSON lines; `widths --rows FILE` prints them as
rows of `real_clusters` of resources/measured/tagger.yaml.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy.table import Table
from tagger import hdbscan_rows, scored
from tagger_cases import ELEMENTS, ROOT, Case
from tagger_rows import keep, summary

from chemtag.base.seeds import generator_for
from chemtag.forecast.widths import summarise_widths
from chemtag.score.intervals import jeffreys_interval
from chemtag.space.signal import signal_space
from chemtag.space.width import Width, published_width, quoted_width
from chemtag.space.width_clusters import width_of_clusters
from chemtag.tag.scan.calibrate import self_width
from chemtag.tag.scan.climb import climb
from chemtag.tag.scan.field import fit_field
from chemtag.tag.scan.sample import make_sample
from chemtag.tag.scan.scanning import scan

N_CLUSTERS = 16
FIVE = ["fe", "mg", "o", "si", "al"]


def abundances(table: Table, elements: list[str], suffix: str = "") -> np.ndarray:
    """Columns of [X/H] (N, E), NaN where masked."""
    columns = [table[f"{e.upper()}_H{suffix}"].astype(float) for e in elements]
    return np.column_stack([np.ma.filled(column, np.nan) for column in columns])


def published_scatter() -> dict[str, float]:
    path = ROOT / "resources" / "published" / "poovelil2020_intrinsic_scatter.ecsv"
    table = Table.read(path)
    return {str(row["element"]): float(row["scatter"]) for row in table}


def sources(
    values: np.ndarray, errors: np.ndarray, members: np.ndarray, clusters: np.ndarray
) -> dict[str, Callable[[str], Width]]:
    """Width of each source for a scored cluster; only `other_clusters` depends on which."""
    everywhere = np.tile(errors, (len(values), 1))
    quoted = quoted_width(everywhere, FIVE)
    published = published_width(everywhere, FIVE, FIVE, "x_h", published_scatter(), "Poovelil+2020")
    blind = self_width(values, quoted, "held_out", 0)

    def others(left_out: str) -> Width:
        kept = clusters != left_out
        return width_of_clusters(members[kept], FIVE, clusters[kept])

    return {
        "quoted": lambda name: quoted,
        "published": lambda name: published,
        "self": lambda name: blind,
        "other_clusters": others,
    }


def recovered_one_by_one(
    case: Case, names: list[str], width: Callable[[str], Width]
) -> Iterator[dict[str, Any]]:
    """Scores at each level; one tagging a cluster where the width depends on it, else one."""
    tagged: dict[bytes, dict[str, np.ndarray]] = {}
    recovered: dict[str, list[bool]] = {}
    scores: dict[str, list[dict[str, float]]] = {}
    for code, name in enumerate(names):
        covariance = width(name).covariance
        key = covariance.tobytes()
        if key not in tagged:
            signal = signal_space(case.values, covariance)
            found = scan(signal.coordinates, signal.variance, "held_out", 0).found
            tagged[key] = {level: one.group for level, one in found.items()}
        for level, group in tagged[key].items():
            alone = Case(
                case.values, covariance, case.scale, np.where(case.clusters == code, 0, -1)
            )
            recovered.setdefault(level, []).append(scored(group, alone)["recovered"] > 0)
            scores.setdefault(level, []).append(scored(group, case))
    for level, hits in recovered.items():
        mean = {k: float(np.nanmean([s[k] for s in scores[level]])) for k in scores[level][0]}
        yield {"method": f"scan {level}", **mean, "recovered": float(sum(hits))}


def clusters(options: argparse.Namespace) -> None:
    table = Table.read(options.members)
    members = abundances(table, FIVE)
    kept = np.isfinite(members).all(axis=1)
    members, of = members[kept], np.asarray(table["CLUSTER"]).astype(str)[kept]
    names, code = np.unique(of, return_inverse=True)
    giants = Table.read(options.giants)
    field, errors = abundances(giants, FIVE), abundances(giants, FIVE, "_ERR")
    free = np.isfinite(field).all(axis=1) & (np.asarray(giants["LABEL_QUALITY"]) == 0)
    field, scale = field[free], np.nanmedian(errors[free], axis=0)
    for n_field in options.n_field:
        rows: list[dict[str, Any]] = []
        for seed in range(*options.seeds) if n_field else [0]:
            rng = generator_for(seed, "benchmark", "clusters")
            drawn = field[np.sort(rng.choice(len(field), n_field, replace=False))]
            values = np.vstack([members, drawn])
            case = Case(values, np.empty(0), scale, np.append(code, np.full(n_field, -1)))
            for source, width in sources(values, scale, members, of).items():
                for row in recovered_one_by_one(case, list(names), width):
                    rows.append({"n_field": n_field, "seed": seed, "width": source, **row})
                    keep(options, rows[-1:])
            beside = [
                {"n_field": n_field, "seed": seed, "width": "", **row} for row in hdbscan_rows(case)
            ]
            keep(options, beside)
            rows += beside
        summary(rows, ["n_field", "width", "method"])


def widths(options: argparse.Namespace) -> None:
    """Rows of `real_clusters` of resources/measured/tagger.yaml."""
    rows = [json.loads(line) for line in options.rows.read_text().splitlines()]
    cells = pd.DataFrame([row for row in rows if row["what"] == "clusters" and row["width"]])
    cells = cells.assign(
        level=cells["method"].str.removeprefix("scan "),
        factor=1.0,
        correlated=True,
        realisation=cells["seed"],
        n_false=(cells["groups"] * cells["statistical"]).fillna(0.0),
    )
    table = summarise_widths(cells, N_CLUSTERS).drop(columns=["factor", "correlated"])
    # The clusters are the same in all draws of the field, so with one draw it is they that vary.
    for at in table.index[table["recovered_low"].isna()]:
        ends = jeffreys_interval(round(table.loc[at, "recovered"]), N_CLUSTERS, 0.68)
        table.loc[at, ["recovered_low", "recovered_high"]] = np.multiply(ends, N_CLUSTERS)
    print(f"  columns: [{', '.join(table.columns)}]\n  rows:")
    for row in table.to_dict("records"):
        each = [f"{x:.4g}" if isinstance(x, float) else str(x) for x in row.values()]
        print(f"  - [{', '.join(each)}]".replace("nan", ".nan"))


def published(options: argparse.Namespace) -> None:
    giants = Table.read(options.giants)
    values, errors = abundances(giants, ELEMENTS), abundances(giants, ELEMENTS, "_ERR")
    kept = np.isfinite(values + errors).all(axis=1)
    group = np.asarray(giants["PJ20_GROUP"])[kept]
    width = published_width(
        errors[kept], ELEMENTS, ELEMENTS, "x_h", published_scatter(), "Poovelil+2020"
    )
    signal = signal_space(values[kept], width.covariance)
    sample = make_sample(signal.coordinates, signal.variance)
    field = fit_field(sample, "held_out", 0)
    group = group[sample.order]
    print(f"{len(sample)} giants, {len(field.mixture)} components")
    print("| group | stars | spread | evidence | expected members |\n|---|---|---|---|---|")
    for name in np.unique(group[group >= 0]):
        mine = group == name
        centre = sample.z[mine].mean(axis=0)
        spread = np.sqrt(((sample.z[mine] - centre) ** 2 * sample.precision[mine]).mean())
        best = climb(sample, field.prior, field.log_density, centre[None], [float(mine.sum())])
        cells = f"{best.evidence[0]:.1f} | {best.size[0]:.1f}" if len(best) else "none |"
        print(f"| {name} | {mine.sum()} | {spread:.2f} | {cells} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["clusters", "published", "widths"])
    parser.add_argument("--giants", type=Path)
    parser.add_argument("--members", type=Path)
    parser.add_argument("--rows", type=Path, help="file of JSON lines to append to, or to read")
    parser.add_argument("--n-field", type=int, nargs="+", default=[0, 500, 2000])
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 3))
    options = parser.parse_args()
    start = time.process_time()
    {"clusters": clusters, "published": published, "widths": widths}[options.what](options)
    print(f"\n{time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()

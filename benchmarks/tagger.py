"""Measure the tagger of known width: what it recovers, what it claims wrongly, what it costs.

    uv run python benchmarks/tagger.py survey --seeds 0 12 --n-field 0 400 2000 8000
    uv run python benchmarks/tagger.py --help

`survey`, `highres`: clusters of a recipe of the simulator, plain observation. `observed`: the same
with everything a survey does to it, cut as the shipped config does. `field-only`: simulated field
stars without a cluster. `real-field`: real giants that are on no list of members. `injection`:
published clusters hidden among them; `plane`: the same with every setting of the grid, as rows of
resources/measured/tagger.yaml. `width`: a width wrong by a factor, or without correlations.
`null`: samples without a group, and the law of their largest evidence. `cost`: time and memory.
The real giants are read from a FITS table (`--giants`), which is not part
of the project. Prints Markdown: clusters recovered at 40 %, groups, share of statistical groups, as
means over samples with the standard error of the mean. HDBSCAN stands beside with its headline
setting and as oracle, the best of its grid by the truth. `limit`: the same criterion told where to
look (chemtag.forecast.detectability). With `--rows FILE` the scores of each sample and the groups
of each scan are appended to a file of JSON lines, so that a measurement can be made in pieces:
`summarise --rows FILE` prints the means over all of them, and `reliability --rows FILE` how true
the expected purity and completeness of the groups are, with the calibration that it fits.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tagger_cases import (
    ROOT,
    Case,
    field_case,
    observed_case,
    plain_case,
    read_giants,
    real_case,
    signal_of,
)
from tagger_null import null
from tagger_rows import keep, reliability, summarise, summary

from chemtag.base.settings import Setting, settings_of
from chemtag.forecast.detectability import detectable
from chemtag.forecast.false_groups import false_groups_rows
from chemtag.forecast.tagger import scan_rows as library_scan_rows
from chemtag.forecast.views import tagged_rows
from chemtag.score.contingency import contingency
from chemtag.score.matching import RECOVERED, cluster_matches, statistical_fraction
from chemtag.survey.simulation import read_recipe
from chemtag.tag.linkage import known_width_linkage
from chemtag.tag.scan.scanning import THRESHOLDS, Found, scan

GRID = {
    "min_cluster_size": [3, 5, 7, 10, 15],
    "min_samples": [1, 2, 3, 5],
    "method": ["eom", "leaf"],
    "metric": ["euclidean"],
}
HEADLINE = Setting("euclidean", "leaf", 5, 3).name


def scored(group: np.ndarray, case: Case) -> dict[str, float]:
    """Recovered clusters, groups, share of statistical groups."""
    counts = contingency(group, case.clusters, None, case.n_clusters)
    return {
        "recovered": float((cluster_matches(counts) >= RECOVERED).sum()),
        "recovered_70": float((cluster_matches(counts) >= 0.7).sum()),
        "groups": float((counts.group_sizes > 0).sum()),
        "statistical": float(statistical_fraction(counts, RECOVERED)),
    }


def group_rows(found: Found, case: Case) -> Iterator[dict[str, Any]]:
    """Each group: what the tagger expects of it, and its likest cluster by the truth."""
    sizes = np.bincount(case.clusters[case.clusters >= 0], minlength=max(case.n_clusters, 1))
    for g in range(len(found)):
        mine = case.clusters[found.group == g]
        inside = np.bincount(mine[mine >= 0], minlength=len(sizes))
        best = int(np.argmax(np.minimum(inside / len(mine), inside / np.maximum(sizes, 1))))
        yield {
            "evidence": found.evidence[g],
            "size": found.size[g],
            "n_stars": len(mine),
            "expected_purity": found.purity[g],
            "expected_completeness": found.completeness[g],
            "purity": inside[best] / len(mine),
            "completeness": inside[best] / max(sizes[best], 1),
        }


def scan_rows(case: Case, kind: str, limit: bool = True) -> Iterator[dict[str, Any]]:
    """Scores of the scan at each threshold, and of the detectability limit."""
    start = time.process_time()
    result = scan(*signal_of(case), kind, 0)
    seconds = time.process_time() - start
    for name, found in result.found.items():
        score = scored(found.group, case)
        yield {
            "method": f"scan {name}", **score, "cpu": seconds,
            "each": list(group_rows(found, case)),
        }  # fmt: skip
    if limit and result.sample is not None and result.field is not None and case.n_clusters:
        for name, least in THRESHOLDS.items():
            found = detectable(result.sample, result.field, case.clusters, least)
            yield {"method": f"limit {name}", **scored(found.group, case)}


def hdbscan_rows(case: Case) -> Iterator[dict[str, Any]]:
    """Scores of HDBSCAN in units of the errors: headline setting, and the best by the truth."""
    k = case.n_clusters
    for row in tagged_rows(
        case.values / case.scale, case.clusters, k, settings_of(GRID), HEADLINE
    ):  # fmt: skip
        yield {
            "method": f"HDBSCAN {row['role']}",
            "recovered": row["rf40"] * k,
            "recovered_70": row["rf70"] * k,
            "groups": row["n_groups"],
            "statistical": row["statistical_40"],
        }


def linkage_rows(case: Case) -> Iterator[dict[str, Any]]:
    """Scores of Ward's tree cut by the width."""
    z, _ = signal_of(case)
    for alpha in (0.05, 0.3, 0.5):
        yield {"method": f"linkage {alpha:g}", **scored(known_width_linkage(z, alpha), case)}


def measure(
    options: argparse.Namespace, draw: Callable[[int, int], Case], field_free: bool = True
) -> None:
    """Tag the samples of all seeds and numbers of field stars with all methods."""
    for n_field in options.n_field:
        rows: list[dict[str, Any]] = []
        for seed in range(*options.seeds):
            case = draw(n_field, seed)
            found = list(scan_rows(case, options.field))
            if not options.no_hdbscan:
                found += hdbscan_rows(case)
            if n_field == 0 and field_free:
                found += linkage_rows(case)
            new = [{"n_field": n_field, "seed": seed, **row} for row in found]
            keep(options, new)
            rows += new
        summary(rows, ["n_field", "method"])


def survey(options: argparse.Namespace) -> None:
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    measure(options, lambda n, seed: plain_case(recipe, n, seed))


def highres(options: argparse.Namespace) -> None:
    recipe = read_recipe(ROOT / "resources" / "recipes" / "highres.yaml")
    options.n_field = [0]
    measure(options, lambda n, seed: plain_case(recipe, n, seed))


def observed(options: argparse.Namespace) -> None:
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    measure(options, lambda n, seed: observed_case(recipe, n, seed), field_free=False)


def injection(options: argparse.Namespace) -> None:
    giants = read_giants(options.giants)
    measure(options, lambda n, seed: real_case(giants, n, seed, hidden=True), field_free=False)


def counts_of(case: Case, kind: str) -> dict[str, float]:
    """Groups at each threshold, where no group is right."""
    result = scan(*signal_of(case), kind, 0)
    row: dict[str, float] = {name: float(len(found)) for name, found in result.found.items()}
    row["any_claim"] = float(row["claims"] > 0)
    row["components"] = float(len(result.field.mixture)) if result.field else np.nan
    return row


def real_field(options: argparse.Namespace) -> None:
    giants = read_giants(options.giants)
    for n_field in options.n_field:
        rows = []
        for seed in range(*options.seeds):
            case = real_case(giants, n_field, seed, hidden=False)
            rows.append({"n_field": n_field, "seed": seed, **counts_of(case, options.field)})
            keep(options, rows[-1:])
        summary(rows, ["n_field"])


def field_only(options: argparse.Namespace) -> None:
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    for n_field in options.n_field:
        rows = []
        for seed in range(*options.seeds):
            case = field_case(recipe, n_field, seed)
            rows.append({"n_field": n_field, "seed": seed, **counts_of(case, options.field)})
            keep(options, rows[-1:])
        summary(rows, ["n_field"])


def width(options: argparse.Namespace) -> None:
    """The width wrong by a factor in variance, and without correlations."""
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    for n_field in options.n_field:
        rows = []
        for seed in range(*options.seeds):
            case = plain_case(recipe, n_field, seed)
            wrong = {f"x {f:g}": f * case.width for f in (0.5, 0.7, 1, 1.4, 2)}
            for name, one in {**wrong, "diagonal": np.diag(np.diag(case.width))}.items():
                changed = Case(case.values, one, case.scale, case.clusters)
                for row in scan_rows(changed, options.field, limit=False):
                    rows.append({"n_field": n_field, "width": name, "seed": seed, **row})
                    keep(options, rows[-1:])
        summary(rows, ["n_field", "width", "method"])


def cost(options: argparse.Namespace) -> None:
    """CPU seconds of one tagging (claims) and the peak memory of the process."""
    giants = read_giants(options.giants) if options.giants else None
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    small = plain_case(recipe, 400, 0)
    for kind in (options.field, "many"):  # compile
        scan(*signal_of(small), kind, 0)
    for n_field in options.n_field:
        cases = {"simulated": plain_case(recipe, n_field, 0)}
        if giants and n_field:
            cases["real giants"] = real_case(giants, n_field, 0, hidden=False)
        for name, case in cases.items():
            start = time.process_time()
            result = scan(*signal_of(case), options.field, 0, {"claims": THRESHOLDS["claims"]})
            seconds = time.process_time() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            components = len(result.field.mixture) if result.field else 0
            print(
                f"{name}: {len(case.values)} stars, {components} components, "
                f"{seconds:.1f} CPU s, peak {peak:.0f} MB",
                flush=True,
            )


def plane(options: argparse.Namespace) -> None:
    """Rows of `real_field` of resources/measured/tagger.yaml: every setting and tagger."""
    giants = read_giants(options.giants)
    cells = []
    for n_field in options.n_field:
        for seed in range(*options.seeds):
            case = real_case(giants, n_field, seed, hidden=True)
            truth, k = case.clusters, case.n_clusters
            rows = list(
                tagged_rows(case.values / case.scale, truth, k, settings_of(GRID), HEADLINE, True)
            )
            rows += library_scan_rows(case.values, case.width, truth, k)
            cells += [{"n_field": n_field, "realisation": seed, **row} for row in rows]
    table = false_groups_rows(pd.DataFrame(cells), case.n_clusters)
    print(f"columns: [{', '.join(table.columns)}]\nrows:")
    for row in table.to_dict("records"):
        cells_of = [f"{x:.4g}" if isinstance(x, float) else str(x or '""') for x in row.values()]
        print(f"  - [{', '.join(cells_of)}]".replace("nan", ".nan"))


COMMANDS = {
    "plane": plane,
    "null": null,
    "survey": survey,
    "highres": highres,
    "observed": observed,
    "field-only": field_only,
    "real-field": real_field,
    "injection": injection,
    "width": width,
    "cost": cost,
    "summarise": summarise,
    "reliability": reliability,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=COMMANDS)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 12), help="first, last + 1")
    parser.add_argument("--n-field", type=int, nargs="+", default=[0, 400, 2000, 8000])
    parser.add_argument("--field", default="held_out", choices=["held_out", "few", "many"])
    parser.add_argument("--giants", type=Path, help="FITS table of real giants")
    parser.add_argument("--kinds", nargs="+", default=["parametric", "smoothed"], help="of `null`")
    parser.add_argument("--draws", type=int, default=60, help="of the smaller samples of `null`")
    parser.add_argument("--no-hdbscan", action="store_true")
    parser.add_argument("--rows", type=Path, help="file of JSON lines to append to, or to read")
    options = parser.parse_args()
    if options.what in ("real-field", "injection", "plane") and options.giants is None:
        parser.error(f"{options.what} needs --giants")
    if options.what in ("summarise", "reliability") and options.rows is None:
        parser.error(f"{options.what} needs --rows")
    start = time.process_time()
    COMMANDS[options.what](options)
    print(f"\n{time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()

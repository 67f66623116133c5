"""Measure the tagger of known width: what it recovers, what it claims wrongly, what it costs.

    uv run python benchmarks/tagger.py survey --seeds 0 12 --n-field 0 400 2000 8000
    uv run python benchmarks/tagger.py --help

`survey`, `highres`: clusters of a recipe of the simulator, plain observation. `observed`: the same
with everything a survey does to it, cut as the shipped config does. `field-only`: simulated field
stars without a cluster. `real-field`: real giants that are on no list of members. `injection`:
published clusters hidden among them; `plane`: the same with every setting of the grid, as rows of
resources/measured/tagger.yaml. `width`: a width wrong by a factor, or without correlations.
`cost`: time and memory. The real giants are read from a FITS table (`--giants`), which is not part
of the project. Prints Markdown: clusters recovered at 40 %, groups, share of statistical groups, as
means over samples with the standard error of the mean. HDBSCAN stands beside with its headline
setting and as oracle, the best of its grid by the truth. `limit`: the same criterion told where to
look (chemtag.forecast.detectability).
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from chemtag.base.seeds import generator_for  # noqa: E402
from chemtag.base.settings import Setting, settings_of  # noqa: E402
from chemtag.forecast.detectability import detectable  # noqa: E402
from chemtag.forecast.false_groups import false_groups_rows  # noqa: E402
from chemtag.forecast.injection import PublishedClusters, inject, published_clusters  # noqa: E402
from chemtag.forecast.realisations import draw_realisation  # noqa: E402
from chemtag.forecast.tagger import scan_rows as library_scan_rows  # noqa: E402
from chemtag.forecast.views import tagged_rows  # noqa: E402
from chemtag.score.contingency import contingency  # noqa: E402
from chemtag.score.matching import cluster_matches, statistical_fraction  # noqa: E402
from chemtag.space.signal import signal_space  # noqa: E402
from chemtag.space.width import common_mode, published_width, quoted_width  # noqa: E402
from chemtag.survey.simulation import (  # noqa: E402
    field_model,
    member_model,
    noise_model,
    read_recipe,
    simulate_survey,
)
from chemtag.tag.linkage import known_width_linkage  # noqa: E402
from chemtag.tag.scan.scanning import THRESHOLDS, scan  # noqa: E402

GRID = {
    "min_cluster_size": [3, 5, 7, 10, 15],
    "min_samples": [1, 2, 3, 5],
    "method": ["eom", "leaf"],
    "metric": ["euclidean"],
}
HEADLINE = Setting("euclidean", "leaf", 5, 3).name
ELEMENTS = ["mg", "al", "si", "s", "k", "ca", "cr", "mn", "fe", "ni"]
"""Elements of the real giants with a published scatter within clusters."""


@dataclass(frozen=True)
class Case:
    """One sample: values (N, D), width, errors (D,) to scale by for HDBSCAN, true codes (N,)."""

    values: np.ndarray
    width: np.ndarray
    scale: np.ndarray
    clusters: np.ndarray

    @property
    def n_clusters(self) -> int:
        return int(self.clusters.max(initial=-1)) + 1


# ---- samples


def plain_case(recipe: dict[str, Any], n_field: int, seed: int) -> Case:
    """Plain observation of a recipe; the width is the true one."""
    survey = draw_realisation(recipe, n_field, generator_for(seed, "compare"))
    noise = noise_model(recipe).covariance
    elements = np.arange(len(recipe["elements"]))
    return Case(
        survey.observed(n_field, 1.0, elements),
        member_model(recipe).covariance + noise,
        np.sqrt(np.diag(noise)),
        survey.codes(n_field),
    )


def observed_case(recipe: dict[str, Any], n_field: int, seed: int) -> Case:
    """Full observation; the width is `quoted`: each star's errors times the recipe's correlation.

    Tagged are stars as the shipped config cuts them (S/N, Teff, log g, [Fe/H], complete).
    """
    survey = simulate_survey(recipe, generator_for(seed, "benchmark"), n_field=n_field)
    ratio = [f"{e}_h" if e == "fe" else f"{e}_fe" for e in recipe["elements"]]
    stars = survey.stars.merge(survey.members[["star_id", "cluster"]], on="star_id", how="left")
    kept = stars[ratio].notna().all(axis=1) & (stars["snr"] >= 70)
    windows = (("teff", 4000, 5200), ("logg", 1.0, 3.3), ("fe_h", -0.9, 0.5))
    for column, low, high in windows:
        kept &= stars[column].between(low, high)
    stars = stars[kept].sort_values("star_id")
    names = stars["cluster"].fillna("").to_numpy(dtype=str)
    sizes = pd.Series(names[names != ""]).value_counts()
    known = {name: k for k, name in enumerate(sorted(sizes.index[sizes >= 5]))}
    errors = stars[[f"{column}_err" for column in ratio]].to_numpy(dtype=float)
    mode = recipe["measurement"]["common_mode"]
    correlation = common_mode(mode["loadings"], mode["share"], recipe["elements"])
    width = quoted_width(errors, ratio, correlation, "common mode of the recipe").covariance
    codes = np.array([known.get(name, -1) for name in names])
    return Case(stars[ratio].to_numpy(dtype=float), width, np.median(errors, axis=0), codes)


@dataclass(frozen=True)
class Giants:
    """Real field giants: [X/H] and errors (N, 10), the published clusters, scatter by element."""

    values: np.ndarray
    errors: np.ndarray
    published: PublishedClusters
    scatter: dict[str, float]


def read_giants(path: Path) -> Giants:
    """Giants on no list of members and with all `ELEMENTS`."""
    from astropy.table import Table

    table = Table.read(path)
    columns = [np.ma.filled(table[f"{e.upper()}_H"].astype(float), np.nan) for e in ELEMENTS]
    errors = [np.ma.filled(table[f"{e.upper()}_H_ERR"].astype(float), np.nan) for e in ELEMENTS]
    values, errors = np.column_stack(columns), np.column_stack(errors)
    kept = np.isfinite(values + errors).all(axis=1) & (np.asarray(table["LABEL_QUALITY"]) == 0)
    folder = ROOT / "resources" / "published"
    means = Table.read(folder / "occam_dr16_cluster_means.ecsv").to_pandas()
    scatter = Table.read(folder / "poovelil2020_intrinsic_scatter.ecsv").to_pandas()
    return Giants(
        values[kept],
        errors[kept],
        published_clusters(means, scatter, ELEMENTS, "benchmark"),
        dict(zip(scatter["element"], scatter["scatter"], strict=True)),
    )


def real_case(giants: Giants, n_field: int, seed: int, hidden: bool) -> Case:
    """A draw of field giants, with the published clusters hidden among them or not.

    Width `published`: each star's errors, independent, and the scatter within clusters. The errors
    of the injected stars are drawn independently, so here that is right.
    """
    rng = generator_for(seed, "benchmark", "real")
    rows = np.sort(rng.choice(len(giants.values), min(n_field, len(giants.values)), replace=False))
    values, errors = giants.values[rows], giants.errors[rows]
    clusters = np.full(len(rows), -1)
    if hidden:
        hosts = rng.choice(len(giants.values), 8000, replace=False)
        added = inject(
            giants.published, giants.values[hosts], giants.errors[hosts], "x_h", rng
        )  # fmt: skip
        values, errors = np.vstack([values, added.values]), np.vstack([errors, added.errors])
        clusters = np.append(clusters, added.clusters)
    width = published_width(errors, ELEMENTS, ELEMENTS, "x_h", giants.scatter, "Poovelil+2020")
    return Case(values, width.covariance, np.median(errors, axis=0), clusters)


# ---- methods


def scored(group: np.ndarray, case: Case) -> dict[str, float]:
    """Recovered clusters, groups, share of statistical groups."""
    counts = contingency(group, case.clusters, None, case.n_clusters)
    return {
        "recovered": float((cluster_matches(counts) >= 0.4).sum()),
        "recovered_70": float((cluster_matches(counts) >= 0.7).sum()),
        "groups": float((counts.group_sizes > 0).sum()),
        "statistical": float(statistical_fraction(counts, 0.4)),
    }


def scan_rows(case: Case, kind: str, limit: bool = True) -> Iterator[dict[str, Any]]:
    """Scores of the scan at each threshold, and of the detectability limit."""
    start = time.process_time()
    signal = signal_space(case.values, case.width)
    result = scan(signal.coordinates, signal.variance, kind, 0)
    seconds = time.process_time() - start
    for name, found in result.found.items():
        score = scored(found.group, case)
        expected = {"purity": float(found.purity.mean()) if len(found) else np.nan}
        yield {"method": f"scan {name}", **score, **expected, "cpu": seconds}
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
    z = signal_space(case.values, case.width).coordinates
    for alpha in (0.05, 0.3, 0.5):
        yield {"method": f"linkage {alpha:g}", **scored(known_width_linkage(z, alpha), case)}


# ---- tables


def summary(rows: list[dict[str, Any]], by: list[str]) -> None:
    """Print means over samples and the standard errors of the means, as Markdown."""
    table = pd.DataFrame(rows)
    scores = [c for c in table.columns if c not in (*by, "seed")]
    grouped = table.groupby(by, sort=False)[scores]
    mean, error, n = grouped.mean(), grouped.sem(), grouped.size()
    print(f"| {' | '.join([*by, 'samples', *scores])} |")
    print("|" + "---|" * (len(by) + 1 + len(scores)))
    for key in mean.index:
        cells = [
            "" if np.isnan(m) else f"{m:.2f} +- {e:.2f}" if np.isfinite(e) else f"{m:.2f}"
            for m, e in zip(mean.loc[key], error.loc[key], strict=True)
        ]
        names = key if isinstance(key, tuple) else (key,)
        print(f"| {' | '.join([*map(str, names), str(n.loc[key]), *cells])} |")
    sys.stdout.flush()


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
            rows += [{"n_field": n_field, "seed": seed, **row} for row in found]
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
    measure(options, lambda n, seed: observed_case(recipe, n, seed))


def injection(options: argparse.Namespace) -> None:
    giants = read_giants(options.giants)
    measure(options, lambda n, seed: real_case(giants, n, seed, hidden=True), field_free=False)


def counts_of(case: Case, kind: str) -> dict[str, float]:
    """Groups at each threshold, where no group is right."""
    signal = signal_space(case.values, case.width)
    result = scan(signal.coordinates, signal.variance, kind, 0)
    row: dict[str, float] = {name: float(len(found)) for name, found in result.found.items()}
    row["any_claim"] = float(row["claims"] > 0)
    row["components"] = float(len(result.field.mixture)) if result.field else np.nan
    return row


def real_field(options: argparse.Namespace) -> None:
    giants = read_giants(options.giants)
    for n_field in options.n_field:
        cases = (real_case(giants, n_field, seed, hidden=False) for seed in range(*options.seeds))
        summary([{"n_field": n_field, **counts_of(c, options.field)} for c in cases], ["n_field"])


def field_only(options: argparse.Namespace) -> None:
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    noise = noise_model(recipe)
    width = member_model(recipe).covariance + noise.covariance
    for n_field in options.n_field:
        rows = []
        for seed in range(*options.seeds):
            rng = generator_for(seed, "benchmark", "field only", n_field)
            values, _ = field_model(recipe).convolved(noise).draw(rng, n_field)
            case = Case(values, width, np.ones(values.shape[1]), np.full(n_field, -1))
            rows.append({"n_field": n_field, **counts_of(case, options.field)})
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
                    rows.append({"n_field": n_field, "width": name, **row})
        summary(rows, ["n_field", "width", "method"])


def cost(options: argparse.Namespace) -> None:
    """CPU seconds of one tagging (claims) and the peak memory of the process."""
    giants = read_giants(options.giants) if options.giants else None
    recipe = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
    small = plain_case(recipe, 400, 0)
    for kind in (options.field, "many"):  # compile
        scan(*_signal(small), kind, 0)
    for n_field in options.n_field:
        cases = {"simulated": plain_case(recipe, n_field, 0)}
        if giants and n_field:
            cases["real giants"] = real_case(giants, n_field, 0, hidden=False)
        for name, case in cases.items():
            start = time.process_time()
            result = scan(*_signal(case), options.field, 0, {"claims": THRESHOLDS["claims"]})
            seconds = time.process_time() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            components = len(result.field.mixture) if result.field else 0
            print(
                f"{name}: {len(case.values)} stars, {components} components, "
                f"{seconds:.1f} CPU s, peak {peak:.0f} MB",
                flush=True,
            )


def _signal(case: Case) -> tuple[np.ndarray, np.ndarray]:
    signal = signal_space(case.values, case.width)
    return signal.coordinates, signal.variance


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
    "survey": survey,
    "highres": highres,
    "observed": observed,
    "field-only": field_only,
    "real-field": real_field,
    "injection": injection,
    "width": width,
    "cost": cost,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=COMMANDS)
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 12), help="first, last + 1")
    parser.add_argument("--n-field", type=int, nargs="+", default=[0, 400, 2000, 8000])
    parser.add_argument("--field", default="held_out", choices=["held_out", "few", "many"])
    parser.add_argument("--giants", type=Path, help="FITS table of real giants")
    parser.add_argument("--no-hdbscan", action="store_true")
    options = parser.parse_args()
    if options.what in ("real-field", "injection", "plane") and options.giants is None:
        parser.error(f"{options.what} needs --giants")
    start = time.process_time()
    COMMANDS[options.what](options)
    print(f"\n{time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()

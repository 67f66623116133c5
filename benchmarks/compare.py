r"""Score every clustering algorithm on many simulated surveys, with and without field stars.

    PYTHONPATH=workflow/scripts uv run python benchmarks/compare.py --seeds 12
    PYTHONPATH=workflow/scripts uv run python benchmarks/compare.py --recipe survey --seeds 10 \
        --n-field 0 100 500

Draws the clusters of a recipe anew for each seed (plain observation: errors at S/N = 100, nothing
missing), divides abundances by their errors, and prints for each algorithm the mean over seeds of
clusters recovered at 40 % and 70 %, perfect matches, groups, statistical fraction and seconds, with
the standard error of the mean, as Markdown. Chance: the same groups, the truth permuted once a
seed. Algorithms above their cap (CAPS) are named as skipped.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from chemtag.base.seeds import generator_for, integer_seed_for
from chemtag.forecast.realisations import Realisation, draw_realisation
from chemtag.score import ScoreKey, contingency, eligible_clusters, matching_scores
from chemtag.survey.simulation import noise_model, read_recipe
from chemtag.tag.algorithms import ALGORITHMS, settings_of, told_settings
from chemtag.tag.numbering import find_groups
from chemtag.tag.protocol import NoGroups, Space

ROOT = Path(__file__).resolve().parents[1]
CAPS = {"extreme_deconvolution": 300, "mean_shift": 1000, "affinity_propagation": 3000}
SCORES = ("n_recovered_40", "rf70", "perfect_matches", "n_groups", "statistical_40")


def stars_of(survey: Realisation, n_field: int) -> Space:
    """Return members and `n_field` field stars, abundances in units of their errors."""
    covariance = noise_model(survey.recipe).covariance
    scale = np.sqrt(np.diag(covariance))
    everything = np.arange(len(scale))
    values = survey.observed(n_field, 1.0, everything)
    errors = np.tile(covariance / np.outer(scale, scale), (len(values), 1, 1))
    iron = values[:, survey.recipe["elements"].index("fe")]
    star_id = np.array([f"{i:08d}" for i in range(len(values))], dtype=object)
    return Space(star_id, values / scale, errors, beside={"fe_h": iron})


def scored(name: str, stars: Space, clusters: np.ndarray, seed: int) -> dict[str, Any]:
    """Return the scores of one algorithm on one survey, or why it has none."""
    algorithm = ALGORITHMS[name]
    sizes = np.bincount(clusters[clusters >= 0])
    settings = settings_of(algorithm) | told_settings(algorithm, sizes)
    if len(stars) > CAPS.get(name, len(stars)):
        return {"reason": f"{len(stars)} stars are above the cap of {CAPS[name]}"}
    start = time.perf_counter()
    try:
        groups = find_groups(algorithm.tagger, stars, settings, seed).group
    except NoGroups as reason:
        return {"reason": str(reason)}
    seconds = time.perf_counter() - start
    shuffled = generator_for(seed, "chance").permutation(clusters)
    row: dict[str, Any] = {"seconds": seconds, "reason": ""}
    for truth, prefix in ((clusters, ""), (shuffled, "chance_")):
        counts = contingency(groups, truth, n_clusters=len(sizes))
        found = matching_scores(counts, eligible_clusters(counts, 2))
        row |= {prefix + score: float(found[ScoreKey(score)]) for score in SCORES}
    row["n_recovered_70"] = row["rf70"] * len(sizes)
    row["noise_fraction"] = float((groups < 0).mean())
    return row


def run(recipe: dict[str, Any], n_fields: list[int], seeds: int, names: list[str]) -> pd.DataFrame:
    """Return one row a seed, number of field stars and algorithm."""
    rows = []
    for seed in tqdm(range(seeds), "surveys"):
        survey = draw_realisation(recipe, max(n_fields), generator_for(seed, "compare"))
        for n_field in n_fields:
            stars, clusters = stars_of(survey, n_field), survey.codes(n_field)
            for name in names:
                chosen = integer_seed_for(seed, "compare", name)
                row = scored(name, stars, clusters, chosen)
                rows.append({"algorithm": name, "n_field": n_field, "seed": seed, **row})
    return pd.DataFrame(rows)


def shown(values: pd.Series, digits: int) -> str:
    """Return mean and standard error, or why there is none."""
    known = values.dropna()
    if known.empty:
        return "-"
    error = known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else np.nan
    return f"{known.mean():.{digits}f} ± {error:.{digits}f}"


def print_tables(rows: pd.DataFrame) -> None:
    """Print one Markdown table for each number of field stars, best first."""
    header = (
        "| algorithm | told | recovered ≥ 0.4 | ≥ 0.7 | perfect | groups | statistical | noise | "
        "by chance ≥ 0.4 | s |"
    )
    for n_field, part in rows.groupby("n_field"):
        print(f"\n{n_field} field stars, {part['seed'].nunique()} surveys\n\n{header}")
        print("|" + "---|" * 10)
        order = part.groupby("algorithm")["n_recovered_40"].mean().sort_values(ascending=False)
        for name in order.index:
            one = part[part["algorithm"] == name]
            algorithm = ALGORITHMS[str(name)]
            if (one["reason"] != "").all():
                print(f"| {algorithm.label} | {algorithm.told} | {one['reason'].iloc[0]} |||||||||")
                continue
            cells = [
                shown(one[score], digits)
                for score, digits in (
                    ("n_recovered_40", 1), ("n_recovered_70", 1), ("perfect_matches", 1),
                    ("n_groups", 1), ("statistical_40", 2), ("noise_fraction", 2),
                    ("chance_n_recovered_40", 1),
                )
            ]  # fmt: skip
            failed = int((one["reason"] != "").sum())
            label = algorithm.label + (f" ({failed} surveys failed)" if failed else "")
            seconds = one["seconds"].median()
            print(f"| {label} | {algorithm.told} | " + " | ".join(cells) + f" | {seconds:.2f} |")


def main() -> None:
    """Draw, score, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="highres")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--n-field", type=int, nargs="+", default=[0])
    parser.add_argument("--algorithms", nargs="+", default=list(ALGORITHMS), choices=ALGORITHMS)
    parser.add_argument("--table", type=Path, help="CSV file for one row a survey and algorithm")
    given = parser.parse_args()
    recipe = read_recipe(ROOT / "resources" / "recipes" / f"{given.recipe}.yaml")
    rows = run(recipe, sorted(given.n_field), given.seeds, given.algorithms)
    if given.table:
        rows.to_csv(given.table, index=False)
    print_tables(rows)


if __name__ == "__main__":
    main()

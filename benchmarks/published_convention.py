"""Fit convention, setting and precision to Table 2 of Casamiquela et al. (2021).

    uv run python benchmarks/published_convention.py --samples 300

Prints, for each factor on the errors of recipe `highres` and each setting, the log likelihood of
the published outcomes with "at least 0.4" and "above 0.4", and what the samples give: RF40 by both
conventions, five-star clusters recovered (published: 0 of 8), clusters of seven stars and more
(3 of 5).
"""

import argparse
import copy
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from chemtag.base.seeds import generator_for  # noqa: E402
from chemtag.base.settings import grid_of  # noqa: E402
from chemtag.base.tables import read_table  # noqa: E402
from chemtag.forecast.convention import NOT_RECOVERED, log_likelihood  # noqa: E402
from chemtag.score import RECOVERED, cluster_matches, contingency  # noqa: E402
from chemtag.survey.abundances import column_of  # noqa: E402
from chemtag.survey.simulation import read_recipe, simulate_survey  # noqa: E402
from chemtag.tag.protocol import Space  # noqa: E402
from chemtag.tag.taggings import tag_with_core  # noqa: E402

PUBLISHED = ROOT / "resources" / "published"
GRID = {
    "metric": ["euclidean"],
    "method": ["eom", "leaf"],
    "min_cluster_size": [2, 3],
    "min_samples": [1, 2],
}


def published_outcomes() -> dict[int, list[float]]:
    """Outcomes of the 31 clusters by number of stars, matches in per cent."""
    sizes = read_table(PUBLISHED / "casamiquela2021_table1.ecsv").set_index("cluster")["n_stars"]
    groups = read_table(PUBLISHED / "casamiquela2021_table2.ecsv")
    whole = groups.groupby("group")["n_stars"].sum()
    found = groups[groups["recovered"]].set_index("cluster")
    result: dict[int, list[float]] = {}
    for cluster, size in sizes.items():
        outcome = NOT_RECOVERED
        if cluster in found.index:
            row = found.loc[cluster]
            outcome = round(100 * row["n_stars"] / max(whole[row["group"]], size))
        result.setdefault(int(size), []).append(float(outcome))
    return result


def matches_of(recipe: dict, n_samples: int, settings: list) -> tuple[np.ndarray, np.ndarray]:
    """Sizes (K,) and matches (n_settings, n_samples, K) of the clusters of simulated samples."""
    columns = [column_of(element, recipe["ratio"]) for element in recipe["elements"]]
    result = []
    for number in range(n_samples):
        survey = simulate_survey(recipe, generator_for(7, "convention", number))
        stars = survey.stars.sort_values("star_id")
        cluster = stars[["star_id"]].merge(survey.members, on="star_id", how="left")["cluster"]
        names, known = np.unique(cluster.to_numpy(dtype=str), return_inverse=True)
        values = stars[columns].to_numpy(dtype=float)
        found = tag_with_core(Space(stars["star_id"].to_numpy(), values), settings)
        parts = {part.setting: part.group for part in found}
        tables = [contingency(parts[one], known, n_clusters=len(names)) for one in settings]
        result.append([cluster_matches(table) for table in tables])
    return tables[0].cluster_sizes, np.moveaxis(np.array(result), 0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--scales", type=float, nargs="+", default=[0.8, 1.0, 1.2, 1.4, 1.7, 2.0])
    options = parser.parse_args()
    published, settings = published_outcomes(), grid_of(GRID)
    rows = []
    for scale in options.scales:
        recipe = copy.deepcopy(read_recipe(ROOT / "resources" / "recipes" / "highres.yaml"))
        sigma = recipe["measurement"]["sigma"]
        recipe["measurement"]["sigma"] = {e: scale * value for e, value in sigma.items()}
        sizes, matches = matches_of(recipe, options.samples, settings)
        for setting, match in zip(settings, matches, strict=True):
            five, many = match[:, sizes == 5], match[:, sizes >= 7]
            for convention in ("at_least", "above"):
                found = np.greater_equal if convention == "at_least" else np.greater
                rows.append(
                    {
                        "errors": scale,
                        "setting": setting.name.removeprefix("euclidean-"),
                        "convention": convention,
                        "ln_l": log_likelihood(published, sizes, match, convention),
                        "rf40": found(match, RECOVERED).mean(),
                        "five_of_8": found(five, RECOVERED).sum(axis=1).mean(),
                        "p_no_five": (~found(five, RECOVERED).any(axis=1)).mean(),
                        "seven_of_5": found(many, RECOVERED).sum(axis=1).mean(),
                    }
                )
    table = pd.DataFrame(rows).sort_values("ln_l", ascending=False)
    print(table.to_string(index=False, float_format="%.3f"))


if __name__ == "__main__":
    main()

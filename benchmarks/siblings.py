"""Independent data as dimensions of the tagging, or as witnesses of its groups: which loses less?

    uv run python benchmarks/siblings.py FOLDER --seeds 1 7
    uv run python benchmarks/siblings.py FOLDER --summary

Surveys of the recipe `siblings` (clusters bound, dissolving and dissolved, with orbits and ages)
are tagged by HDBSCAN with its headline setting: by abundances alone, and by abundances and the data
as one space, divided by the errors or by the standard deviation. The groups of abundances alone are
vetted by the same data: kept are the supported, or all but the contradicted. Writes `rows.csv`, one
row a seed and way, to FOLDER; --summary prints means with 95 % intervals over the seeds and the
figure. A cluster is recovered, and a group right, where purity and completeness are 0.4 or more.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from chemtag.base.seeds import generator_for  # noqa: E402
from chemtag.base.settings import Setting  # noqa: E402
from chemtag.score import cluster_matches, contingency  # noqa: E402
from chemtag.score.matching import RECOVERED, statistical_groups  # noqa: E402
from chemtag.space.chemical import make_space  # noqa: E402
from chemtag.survey.abundances import column_of  # noqa: E402
from chemtag.survey.galactic import SEEN  # noqa: E402
from chemtag.survey.simulation import read_recipe, simulate_survey  # noqa: E402
from chemtag.tag.protocol import Space  # noqa: E402
from chemtag.tag.taggings import tagging  # noqa: E402
from chemtag.vet.orbits import Galaxy, actions_of  # noqa: E402
from chemtag.vet.verdicts import CONTRADICTED, SUPPORTED, joint_verdicts  # noqa: E402
from chemtag.vet.vetting import Datum, Terms, vet_group  # noqa: E402

ELEMENTS = ["fe", "mg", "o", "si", "al", "ca", "mn", "ni", "na", "s", "ti", "cr"]
SETTING = Setting("euclidean", "leaf", 5, 3)
DATA = {
    "velocity": ["radial_velocity"],
    "astrometry": ["pmra", "pmdec", "parallax"],
    "age": ["age"],
}
# Of true values within a bound cluster at 1 kpc. Actions are told wider than the recipe makes them
# (2.6, 30 and 0.46 on average), as its epicycles are not orbits of the potential.
SPREAD = {"radial_velocity": 0.5, "pmra": 0.1, "pmdec": 0.1, "parallax": 0.0, "age": 0.0}
ACTIONS_SPREAD = {"jr": 5.0, "lz": 40.0, "jz": 1.0}
STATES = ("bound", "dissolving", "dissolved")


def tagged(table: pd.DataFrame, features: list[str], scale: str) -> np.ndarray:
    """Return the group (N,) of each star in the space of the columns `features`."""
    values = table[features].to_numpy(dtype=float)
    errors = table[[f"{name}_err" for name in features]].to_numpy(dtype=float)
    space = make_space(values, errors, scale, features)
    return tagging(Space.of(space.coordinates), SETTING).group


def scored(group: np.ndarray, cluster: np.ndarray, state: np.ndarray) -> dict[str, float]:
    """Return clusters recovered by state, groups and right groups."""
    n_groups, n_clusters = int(group.max(initial=-1)) + 1, len(state)
    counts = contingency(group, cluster, max(n_groups, 1), n_clusters)
    found = cluster_matches(counts) >= RECOVERED
    occupied = counts.group_sizes > 0
    right = ~statistical_groups(counts, RECOVERED) & occupied
    return {
        **{name: int((found & (state == name)).sum()) for name in STATES},
        **{f"n_{name}": int((state == name).sum()) for name in STATES},
        "groups": int(occupied.sum()),
        "right": int(right.sum()),
    }


def data_of(table: pd.DataFrame) -> dict[str, Datum]:
    """Return the independent data, and the actions computed from them."""
    found = {}
    for name, columns in DATA.items():
        errors = table[[f"{c}_err" for c in columns]].to_numpy(dtype=float)
        found[name] = Datum(table[columns].to_numpy(dtype=float), errors,
                            np.array([SPREAD[c] for c in columns]))  # fmt: skip
    seen = table.rename(columns={"radial_velocity": "rv", "radial_velocity_err": "rv_err"})
    seen = seen.assign(ra_err=0.0, dec_err=0.0)
    errors = seen[[f"{name}_err" for name in SEEN]].to_numpy(dtype=float)
    measured = Datum(seen[list(SEEN)].to_numpy(dtype=float), errors, np.zeros(len(SEEN)))
    found["actions"] = actions_of(measured, list(SEEN), ACTIONS_SPREAD, Galaxy(draws=25), 1)
    return found


def verdicts(
    group: np.ndarray, table: pd.DataFrame, terms: Terms, seed: int
) -> dict[str, list[str]]:
    """Return the verdicts on the groups by each datum alone, and by all together."""
    parameters = table[["teff", "logg", "fe_h"]].to_numpy(dtype=float)
    p: dict[str, np.ndarray] = {}
    pure: dict[str, np.ndarray] = {}
    for name, datum in data_of(table).items():
        found = [
            vet_group(datum, parameters, group == g, terms,
                      generator_for(seed, "siblings", name, str(g)))
            for g in range(int(group.max()) + 1)
        ]  # fmt: skip
        p[name] = np.array([one.p for one in found])
        pure[name] = np.array([one.p_pure for one in found])
    ways = {**{name: [name] for name in p}, "all": list(DATA), "all and actions": list(p)}
    return {
        way: joint_verdicts({n: p[n] for n in names}, {n: pure[n] for n in names}, names,
                            terms.alpha).verdict
        for way, names in ways.items()
    }  # fmt: skip


def one_survey(seed: int, n_field: int, error_scale: float, terms: Terms) -> list[dict[str, Any]]:
    """Return a row for each way of tagging and vetting one survey."""
    recipe = read_recipe(ROOT / "resources" / "recipes" / "siblings.yaml")
    survey = simulate_survey(recipe, generator_for(seed, "siblings"), n_field, error_scale)
    chemistry = [column_of(element, "x_fe") for element in ELEMENTS]
    table = survey.stars.merge(survey.birth, on="star_id").dropna(subset=chemistry)
    table = table.sort_values("star_id", ignore_index=True)
    born = pd.Categorical(table["birth_cluster"].replace("", None))
    cluster = born.codes.astype(np.int64)
    state = table[cluster >= 0].groupby("birth_cluster")["state"].first()[born.categories]
    rows = []

    def add(way: str, data: str, group: np.ndarray) -> None:
        rows.append({"seed": seed, "way": way, "data": data,
                     **scored(group, cluster, state.to_numpy(dtype=object))})  # fmt: skip

    alone = tagged(table, chemistry, "error_scaled")
    add("abundances alone", "none", alone)
    everything = {**DATA, "all": [c for columns in DATA.values() for c in columns]}
    for name, columns in everything.items():
        for scale in ("error_scaled", "zscore"):
            add(f"dimension, {scale}", name, tagged(table, [*chemistry, *columns], scale))
    for name, told in verdicts(alone, table, terms, seed).items():
        verdict = np.array([*told, ""], dtype=object)[alone]
        add("supported alone", name, np.where(verdict == SUPPORTED, alone, -1))
        add("not contradicted", name, np.where(verdict == CONTRADICTED, -1, alone))
    return rows


def interval(values: np.ndarray, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return the mean and its 95 % interval by a bootstrap over the seeds."""
    drawn = values[rng.integers(0, len(values), (4000, len(values)))].mean(axis=1)
    return float(values.mean()), *np.quantile(drawn, [0.025, 0.975]).tolist()


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Return mean, low and high of each column by way and data, and print them as Markdown."""
    rows = rows.assign(recovered=rows[list(STATES)].sum(axis=1))
    rows["share_right"] = np.where(rows["groups"] > 0, rows["right"] / rows["groups"], np.nan)
    alone = rows[rows["way"] == "abundances alone"].set_index("seed")["recovered"]
    rows["gain"] = rows["recovered"] - rows["seed"].map(alone)
    found = []
    for (way, data), part in rows.groupby(["way", "data"], sort=False):
        one: dict[str, Any] = {"way": way, "data": data, "seeds": len(part)}
        for name in (*STATES, "recovered", "gain", "groups", "share_right"):
            rng = np.random.default_rng(1)
            known = part[name].dropna().to_numpy(dtype=float)
            values = interval(known, rng) if len(known) else (np.nan,) * 3
            one |= dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
        found.append(one)
    table = pd.DataFrame(found)
    for one in table.itertuples():
        cells = [f"{getattr(one, s):.1f}" for s in STATES]
        cells.append(f"{one.recovered:.1f} ({one.recovered_low:.1f}–{one.recovered_high:.1f})")
        cells.append(f"{one.gain:+.1f} ({one.gain_low:+.1f} to {one.gain_high:+.1f})")
        right = f"{one.share_right:.2f} ({one.share_right_low:.2f}–{one.share_right_high:.2f})"
        cells += [f"{one.groups:.1f}", right]
        print(f"| {one.way} | {one.data} | {' | '.join(cells)} |")
    means = rows.groupby("way", sort=False)[[f"n_{s}" for s in STATES]].mean().iloc[0]
    print("clusters a survey:", means.round(1).to_dict())
    return table


def figure(table: pd.DataFrame, path: Path) -> None:
    """Draw clusters recovered by state, and the share of right groups, a row for each way."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    y = np.arange(len(table))[::-1]
    drawn, (left, right) = plt.subplots(1, 2, figsize=(8, 6), sharey=True, layout="constrained",
                                        width_ratios=[3, 2])  # fmt: skip
    start = np.zeros(len(table))
    for state, tone in zip(STATES, ("#0072B2", "#56B4E9", "#D55E00"), strict=True):
        left.barh(y, table[state], left=start, color=tone, label=state)
        start += table[state].to_numpy()
    for axes, name in ((left, "recovered"), (right, "share_right")):
        arms = np.array([table[name] - table[f"{name}_low"], table[f"{name}_high"] - table[name]])
        axes.errorbar(table[name], y, xerr=np.maximum(arms, 0), fmt="k.", ms=4, lw=0.8)
        alone = table.loc[table["way"] == "abundances alone", name].iloc[0]
        axes.axvline(alone, color="#8c8c8c", lw=0.8, ls="--")
    left.set_yticks(y, [f"{one.way}: {one.data}" if one.data != "none" else one.way
                        for one in table.itertuples()], fontsize=8)  # fmt: skip
    left.set_xlabel("Clusters recovered")
    right.set_xlabel("Share of right groups")
    right.set_xlim(0, 1)
    left.legend(fontsize=8, loc="lower right")
    drawn.savefig(path, dpi=150)


def main() -> None:
    """Tag and vet surveys, or sum up what was written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, nargs=2, default=[1, 7], help="first, end")
    parser.add_argument("--n-field", type=int, default=800)
    parser.add_argument(
        "--error-scale", type=float, default=0.5, help="factor on errors of abundances"
    )
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--summary", action="store_true")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    path = asked.folder / "rows.csv"
    if asked.summary:
        table = summary(pd.read_csv(path, keep_default_na=False, na_values=[""]))
        table.to_csv(asked.folder / "summary.csv", index=False)
        figure(table, asked.folder / "siblings.png")
        return
    for seed in range(*asked.seeds):
        start = time.process_time()
        terms = Terms(draws=asked.draws, simulations=100)
        rows = one_survey(seed, asked.n_field, asked.error_scale, terms)
        pd.DataFrame(rows).to_csv(path, mode="a", header=not path.exists(), index=False)
        print(f"seed {seed}: {time.process_time() - start:.0f} s of processor", flush=True)


if __name__ == "__main__":
    main()

"""Small tables that satisfy the contracts, for the tests of figures, tables and numbers.

The numbers are drawn, not tagged: what matters is that every table is consistent with the others.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from chemtag.base.tables import conform, contract_of
from chemtag.paper.tables import cluster_table, group_table, metric_table, settings_table
from chemtag.score.coherence import cluster_coherence, element_coherence
from chemtag.score.recovery_sizes import size_rows

ELEMENTS = [
    "fe", "na", "mg", "al", "si", "ca", "sc", "ti", "v", "cr", "mn", "co", "ni", "y", "ba", "ce",
]  # fmt: skip
SETTING = "euclidean-leaf-mcs2-ms1"
ORACLE = "euclidean-leaf-mcs3-ms1"


@dataclass
class Tables:
    """Tables of one sample."""

    abundances: pd.DataFrame
    members: pd.DataFrame
    embedding: pd.DataFrame
    groups: pd.DataFrame
    settings: pd.DataFrame
    scores: pd.DataFrame
    clusters: pd.DataFrame
    group_scores: pd.DataFrame
    recovery: pd.DataFrame
    recovery_sizes: pd.DataFrame
    funnel: pd.DataFrame
    coherence: pd.DataFrame
    elements: pd.DataFrame

    @property
    def t1(self) -> pd.DataFrame:
        rows = self.clusters[self.clusters["setting"] == SETTING].drop(columns="setting")
        return cluster_table(rows, self.coherence)

    @property
    def t4(self) -> pd.DataFrame:
        others = [self.clusters.assign(setting=f"s{i}") for i in range(3)]
        rows = pd.concat([self.clusters, *others]) if len(self.clusters) else self.clusters
        return settings_table({"raw": rows, "zscore": pd.concat(others)}, ("raw", SETTING))

    @property
    def t2(self) -> pd.DataFrame:
        rows = self.group_scores[self.group_scores["setting"] == SETTING]
        return group_table(self.t1, rows.drop(columns="setting"))

    @property
    def t3(self) -> pd.DataFrame:
        rows = self.scores[self.scores["setting"] == SETTING]
        return metric_table(rows.drop(columns="setting"))


def coherence_tables(
    abundances: pd.DataFrame, members: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables coherence and elements, built in the plainest way."""
    columns = [c for c in abundances if c.endswith(("_fe", "_h"))]
    truth = members.set_index("star_id")["cluster"]
    cluster = abundances["star_id"].map(truth).fillna("")
    names = sorted(set(cluster) - {""})
    codes = cluster.map({n: i for i, n in enumerate(names)}).fillna(-1).to_numpy(np.int64)
    values = abundances[columns].to_numpy(float)
    errors = abundances[[f"{c}_err" for c in columns]].to_numpy(float)
    measured = cluster_coherence(values, errors, codes)
    rows = {key: getattr(measured, key).ravel() for key in measured.__dataclass_fields__}
    coherence = pd.DataFrame(
        {"cluster": np.repeat(names, len(columns)), "element": columns * len(names), **rows}
    )
    summary = element_coherence(measured, np.random.default_rng(1), 50)
    fields = {key: getattr(summary, key) for key in summary.__dataclass_fields__}
    elements = pd.DataFrame(
        {
            "element": columns,
            "sample_mean": np.nanmean(values, axis=0),
            "median_error": np.nanmedian(errors, axis=0),
            **fields,
        }
    )
    return coherence, elements


def make_tables(n_clusters: int = 31, size: int = 6, n_field: int = 0, seed: int = 3) -> Tables:
    """Tables of a sample with `n_clusters` clusters of about `size` members and field stars."""
    rng = np.random.default_rng(seed)
    sizes = np.maximum(rng.poisson(size - 4, n_clusters) + 4, 4)
    names = [f"NGC {i}" if i % 3 else f"Ruprecht {i}" for i in range(1001, 1001 + n_clusters)]
    truth = np.repeat([*names, ""], [*sizes, n_field])
    n_stars = len(truth)
    star_id = np.array([f"s{i:06d}" for i in range(n_stars)])
    centres = rng.normal(0, 0.12, (n_clusters + 1, len(ELEMENTS)))
    index = np.repeat(np.arange(n_clusters + 1), [*sizes, n_field])
    values = centres[index] + rng.normal(0, 0.03, (n_stars, len(ELEMENTS)))
    values[index == n_clusters] += rng.normal(0, 0.12, (n_field, len(ELEMENTS)))
    columns = ["fe_h", *[f"{e}_fe" for e in ELEMENTS[1:]]]
    abundances = pd.DataFrame({"star_id": star_id})
    abundances[columns] = values
    abundances["ra"], abundances["dec"] = (
        rng.uniform(0, 360, n_stars),
        rng.uniform(-80, 80, n_stars),
    )
    abundances["teff"], abundances["logg"] = (
        rng.normal(4700, 150, n_stars),
        rng.normal(2.5, 0.2, n_stars),
    )
    abundances[[f"{c}_err" for c in columns]] = rng.uniform(0.01, 0.04, values.shape)
    members = pd.DataFrame(
        {"star_id": star_id[truth != ""], "cluster": truth[truth != ""], "probability": 1.0}
    ).assign(source="mock")
    place = rng.normal(0, 3, (n_clusters + 1, 2))[index] + rng.normal(0, 0.5, (n_stars, 2))
    place[index == n_clusters] = rng.normal(0, 4, (n_field, 2))
    embedding = pd.DataFrame({"star_id": star_id, "x": place[:, 0], "y": place[:, 1]})
    group = np.where(rng.random(n_stars) < 0.55, index, -1)
    mixed = rng.random(n_stars) < 0.15
    group[mixed] = rng.integers(0, max(n_clusters, 1), mixed.sum())
    group[truth == ""] = np.where(
        rng.random(n_field) < 0.2, rng.integers(0, n_clusters + 40, n_field), -1
    )
    coherence, elements = coherence_tables(abundances, members)
    clusters, group_scores = _matches(truth, group, names, rng)
    inside = group >= 0
    groups = pd.DataFrame(
        {
            "setting": SETTING,
            "star_id": star_id[inside],
            "group": group[inside],
            "probability": 1.0,
        }
    )
    rf40 = float(clusters["recovered_40"].astype(float).mean())
    settings = _settings(n_stars, rng)
    return Tables(
        abundances=abundances,
        members=members,
        embedding=embedding,
        groups=groups,
        settings=settings,
        scores=_scores(settings, rf40, rng),
        clusters=clusters,
        group_scores=group_scores,
        recovery=_recovery(clusters),
        recovery_sizes=_recovery_sizes(clusters, rng),
        funnel=_funnel(n_stars, len(members), n_clusters),
        coherence=coherence,
        elements=elements,
    )


def _matches(
    truth: np.ndarray, group: np.ndarray, names: list[str], rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, contents = [], []
    for name in names:
        inside = truth == name
        held = sorted(set(group[inside]) - {-1})
        best, n_best, shared = -1, 0, 0
        for code in held:
            both, whole = int((inside & (group == code)).sum()), int((group == code).sum())
            now = min(shared / n_best, shared / inside.sum()) if n_best else -1.0
            if min(both / whole, both / inside.sum()) > now:
                best, n_best, shared = code, whole, both
        purity = shared / n_best if n_best else 0.0
        completeness = shared / inside.sum()
        match = min(purity, completeness)
        p = float(np.clip(rng.exponential(0.02) + 0.3 * (match < 0.4), 0.005, 1))
        rows.append(
            {
                "setting": SETTING, "cluster": name, "n_members": int(inside.sum()),
                "eligible": bool(inside.sum() >= 4), "best_group": best, "n_best": n_best,
                "n_shared": shared, "purity": purity, "completeness": completeness,
                "f1": 2 * purity * completeness / max(purity + completeness, 1e-9),
                "match": match, "recovered_40": match >= 0.4, "recovered_40_strict": match > 0.4,
                "recovered_40_one_to_one": match >= 0.4, "recovered_70": match >= 0.7,
                "n_groups": len(held), "n_noise": int((inside & (group < 0)).sum()),
                "p_value": p, "q_value": min(1.5 * p, 1.0),
            }
        )  # fmt: skip
    for code in sorted(set(group) - {-1}):
        inside = group == code
        counts = pd.Series(truth[inside]).value_counts()
        members = counts.drop("", errors="ignore")
        top = members.index[0] if len(members) else ""
        content = ", ".join(f"{name} x{n}" for name, n in members.items())
        contents.append(
            {
                "setting": SETTING, "group": int(code), "n_stars": int(inside.sum()),
                "n_members": int(members.sum()), "n_field": int(counts.get("", 0)),
                "cluster": top, "n_majority": int(members.iloc[0]) if len(members) else 0,
                "purity": 0.5, "completeness": 0.5, "statistical_40": False,
                "statistical_70": True, "content": content,
            }
        )  # fmt: skip
    return empty_or(rows, "clusters"), empty_or(contents, "group_scores")


def empty_or(rows: list[dict], contract: str) -> pd.DataFrame:
    """A table of `rows`, or one without rows that has the columns of its contract."""
    if rows:
        return pd.DataFrame(rows)
    return conform(pd.DataFrame(columns=list(contract_of(contract)["columns"])), contract, "")


def _settings(n_stars: int, rng: np.random.Generator) -> pd.DataFrame:
    rows = [
        {
            "setting": f"euclidean-{method}-mcs{mcs}-ms{ms}", "metric": "euclidean",
            "method": method, "min_cluster_size": mcs, "min_samples": ms, "n_stars": n_stars,
            "n_groups": int(rng.integers(1, 40)), "noise_fraction": 0.4, "largest_group": 9,
            "median_group": 3.0,
        }
        for method in ("eom", "leaf")
        for mcs in (2, 3, 4, 5, 6)
        for ms in (1, 2, 3, 4)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _scores(settings: pd.DataFrame, rf40: float, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for setting in settings["setting"]:
        shift = 0.0 if setting == SETTING else float(rng.uniform(-0.8, 0.1))
        for metric, noise, value in (
            ("rf_area", "none", 0.3),
            ("rf40_one_to_one", "none", 0.9 * max(rf40 + shift, 0.0)),
            ("rf40_strict", "none", 0.7 * max(rf40 + shift, 0.0)),
            ("rf40", "none", max(rf40 + shift, 0.0)),
            ("rf70", "none", 0.3 * max(rf40 + shift, 0.0)),
            ("statistical_40", "none", 0.7),
            ("v_measure", "group", 0.55),
            ("v_measure", "drop", 0.65),
            ("ami", "group", 0.2),
        ):
            rows.append(
                {
                    "setting": setting, "metric": metric, "noise": noise, "field": "none",
                    "value": value, "low": value - 0.07, "high": value + 0.07,
                    "low_95": value - 0.14, "high_95": value + 0.14, "interval": "jeffreys",
                    "null_mean": 0.03, "null_low": 0.0, "null_high": 0.1, "null_p95": 0.09,
                    "z": 4.2, "p_value": 0.005, "n_null": 200, "note": "",
                }
            )  # fmt: skip
        rows.append(
            {
                "setting": setting, "metric": "n_groups", "noise": "none", "field": "none",
                "value": 34.0, "n_null": 0, "interval": "none",
                "note": "the null keeps the groups: no chance level",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _recovery(clusters: pd.DataFrame) -> pd.DataFrame:
    rows = []
    eligible = clusters[clusters["eligible"].astype(bool)]
    n = len(eligible)
    for role, setting, gain in (("headline", SETTING, 1.0), ("oracle", ORACLE, 1.25)):
        for t in np.round(np.arange(0.05, 1.001, 0.05), 2):
            match = np.minimum(eligible["match"] * gain, 1.0) if n else np.zeros(0)
            found = int((match >= t - 1e-12).sum())
            fraction = found / n if n else np.nan
            spread = np.sqrt(fraction * (1 - fraction) / n) if n else np.nan
            rows.append(
                {
                    "setting": setting, "role": role, "threshold": t, "n_recovered": found,
                    "n_eligible": n, "recovery_fraction": fraction,
                    "low": fraction - spread, "high": fraction + spread,
                    "null_mean": 0.5 * (1 - t) ** 3, "null_p95": 0.7 * (1 - t) ** 2,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _recovery_sizes(clusters: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    sizes, match = clusters["n_members"].to_numpy(np.int64), clusters["match"].to_numpy(float)
    draws = rng.beta(1, 6, (100, len(sizes)))
    parts = [
        size_rows(role, setting, sizes, np.minimum(match * gain, 1.0), draws)
        for role, setting, gain in (("headline", SETTING, 1.0), ("oracle", ORACLE, 1.25))
    ]
    return pd.concat(parts)


def _funnel(n_stars: int, n_members: int, n_clusters: int) -> pd.DataFrame:
    left = [60 * n_stars, 3 * n_stars, 2 * n_stars, n_stars]
    return pd.DataFrame(
        {
            "step": range(4),
            "cut": ["catalogue", "quality flags", "signal-to-noise", "abundances complete"],
            "detail": ["as read", "no bit of STAR_BAD set", "snr > 100",
                       "every element of the space measured and unflagged: " + ", ".join(ELEMENTS)],
            "stars_left": left,
            "stars_lost": [0, *[a - b for a, b in pairwise(left)]],
            "members_left": [2 * n_members, 2 * n_members, n_members + 1, n_members],
            "clusters_left": n_clusters,
        }
    )  # fmt: skip

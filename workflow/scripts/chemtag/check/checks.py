"""Invariants of the tables a run has made: value, limit, verdict."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Verdict:
    """One check: what was asked, the value found, the limit it must keep, whether it does."""

    check: str
    value: float
    limit: str
    passed: bool

    def as_dict(self) -> dict:
        return asdict(self)


def _none(check: str, count: float) -> Verdict:
    return Verdict(check, int(count), "0", bool(count == 0))


def check_groups(groups: pd.DataFrame, settings: pd.DataFrame, star_id: pd.Series) -> list[Verdict]:
    """Return the verdicts on a groups table, its settings table and the stars of the space.

    A star is in one group at most, groups hold stars of the space only and at least
    min_cluster_size of them, numbers run from 0 by falling size, and the summary counts agree.
    """
    named = groups.astype({"setting": str})
    sizes = named.groupby(["setting", "group"]).size().rename("n_stars").reset_index()
    smallest = sizes.groupby("setting")["n_stars"].min()
    rows = settings.set_index("setting")
    floor = rows["min_cluster_size"].reindex(smallest.index)
    ordered = sizes.sort_values(["setting", "group"])
    rises = ordered.groupby("setting")["n_stars"].diff() > 0
    gaps = ordered["group"] != ordered.groupby("setting").cumcount()
    n_groups = sizes.groupby("setting").size().reindex(rows.index, fill_value=0)
    grouped = named.groupby("setting").size().reindex(rows.index, fill_value=0)
    share = 1 - grouped / len(star_id)
    return [
        _none("stars in two groups of one setting", named.duplicated(["setting", "star_id"]).sum()),
        _none("grouped stars that are not in the space", (~named["star_id"].isin(star_id)).sum()),
        _none("groups below min_cluster_size", (smallest < floor).sum()),
        _none("groups not numbered by falling size", (rises | gaps).sum()),
        _none("settings whose number of groups disagrees", (n_groups != rows["n_groups"]).sum()),
        _none(
            "settings whose noise fraction disagrees",
            (~np.isclose(share, rows["noise_fraction"])).sum(),
        ),
        _none("settings unknown to the settings table", (~sizes["setting"].isin(rows.index)).sum()),
    ]


def check_scores(scores: pd.DataFrame, clusters: pd.DataFrame) -> list[Verdict]:
    """Return the verdicts on a scores table and its clusters table.

    Recovery fractions are shares that do not rise with the threshold, agree with the clusters
    table, and the adjusted mutual information averages zero under its permutation null (its
    expectation is taken over the same permutations: Vinh, Epps & Bailey 2010).
    """
    wide = scores.pivot_table(
        index="setting", columns="metric", values="value", aggfunc="first", dropna=False
    )
    counted = clusters[clusters["eligible"]].groupby("setting")["recovered_40"].mean()
    agreement = np.isclose(counted.reindex(wide.index), wide["rf40"], equal_nan=True)
    verdicts = [
        _none("recovery fractions outside [0, 1]", (~wide["rf40"].dropna().between(0, 1)).sum()),
        _none("recovery fractions that rise with the threshold", (wide.rf70 > wide.rf40).sum()),
        _none("recovery fractions that disagree with the clusters table", (~agreement).sum()),
        _none("p-values outside (0, 1]", (~scores["p_value"].dropna().between(1e-9, 1)).sum()),
    ]
    ami = scores[(scores["metric"] == "ami") & (scores["n_null"] > 0)].dropna(subset=["z"])
    deviation = (ami["value"] - ami["null_mean"]) / ami["z"]
    error = deviation.abs() / np.sqrt(ami["n_null"])
    pull = (ami["null_mean"].abs() / error).replace([np.inf, -np.inf], np.nan).dropna()
    worst = float(pull.max()) if len(pull) else 0.0
    limit = 6.0
    verdicts.append(
        Verdict("largest null mean of AMI in standard errors", worst, f"< {limit}", worst < limit)
    )
    return verdicts


def check_funnel(funnel: pd.DataFrame, n_stars: int) -> list[Verdict]:
    """Return the verdicts on a funnel and the number of stars it must end with."""
    left = funnel["stars_left"].to_numpy()
    lost = funnel["stars_lost"].to_numpy()
    return [
        _none("cuts whose stars do not add up", (left[:-1] - lost[1:] != left[1:]).sum()),
        _none("cuts that gain stars", (np.diff(left) > 0).sum()),
        _none("stars of the sample that the funnel does not end with", abs(left[-1] - n_stars)),
    ]

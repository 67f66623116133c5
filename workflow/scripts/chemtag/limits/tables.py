"""Rows of the tables of stage `limits` (contracts ceiling, doppelgangers, information, ...)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.problems import InputProblem
from chemtag.base.tables import contract_of
from chemtag.base.types import Floats, Ints
from chemtag.limits import doppelgangers as pairing
from chemtag.limits import information as info
from chemtag.limits.ceiling import CeilingScore, cluster_answers
from chemtag.limits.tuning import Nested, first_best
from chemtag.score import RECOVERED, intervals
from chemtag.score.evaluation import LEVELS
from chemtag.score.intervals import Interval
from chemtag.score.nulls import false_discovery
from chemtag.select.truth import Truth

_FEW = "interval: fewer than 3 clusters"


def _ends(narrow: Interval, wide: Interval) -> dict[str, float]:
    return {"low": narrow.low, "high": narrow.high, "low_95": wide.low, "high_95": wide.high}


def ceiling_rows(method: str, scores: Mapping[str, CeilingScore]) -> pd.DataFrame:
    """Rows of the contract `ceiling` of one classifier."""
    rows = [
        {
            "method": method,
            "score": name,
            "value": score.value,
            **_ends(score.interval.narrow, score.interval.wide),
            "interval": score.interval.method,
            "baseline": score.baseline,
            "note": "" if np.isfinite(score.interval.narrow.low) else _FEW,
        }
        for name, score in scores.items()
    ]
    return pd.DataFrame(rows)


def empty_ceiling_rows(method: str, reason: str) -> pd.DataFrame:
    """Row of a classifier that cannot be used on the sample, with the reason."""
    nothing = _ends(intervals.NO_INTERVAL, intervals.NO_INTERVAL)
    row = {"method": method, "score": "member_accuracy", "value": np.nan, **nothing}
    return pd.DataFrame([row | {"interval": "none", "baseline": np.nan, "note": reason}])


def ceiling_cluster_rows(method: str, answers: Ints, truth: Truth) -> pd.DataFrame:
    """Rows of the contract `ceiling_clusters` of one classifier."""
    correct, sizes, match = cluster_answers(answers, truth)
    return pd.DataFrame(
        {
            "method": method,
            "cluster": truth.names,
            "n_members": sizes,
            "eligible": truth.eligible,
            "n_correct": correct,
            "accuracy": correct / np.maximum(sizes, 1),
            "match": match,
        }
    )


def ranked_cluster_rows(method: str, hits: Ints, truth: Truth) -> pd.DataFrame:
    """Rows of the contract `ceiling_clusters` from the members (K,) among the best ranked stars."""
    sizes = np.bincount(truth.clusters[truth.clusters >= 0], minlength=truth.n_clusters)
    share = hits / np.maximum(sizes, 1)
    known = {"cluster": truth.names, "n_members": sizes, "eligible": truth.eligible}
    return pd.DataFrame(
        {"method": method, **known, "n_correct": hits, "accuracy": share, "match": share}
    )


PairSet = dict[tuple[str, str], pairing.Pairs]


def stranger_sets(
    clusters: Ints, fe_h: Floats | None, width: float, n_pairs: int, rng: np.random.Generator
) -> PairSet:
    """Pairs of stars of different birth by (kind, matched): with like [Fe/H] if `fe_h` is given."""
    members, field, matched = rng.spawn(3)
    sets: PairSet = {("members", "none"): pairing.stranger_pairs(clusters)}
    if (clusters < 0).sum() >= 2:
        sets["member_field", "none"] = pairing.member_field_pairs(clusters, n_pairs, members)
        sets["field", "none"] = pairing.field_pairs(clusters, n_pairs, field)
    if fe_h is not None:
        for kind in [kind for kind, _ in sets if kind != "field"]:
            sets[kind, "fe_h"] = pairing.within_width(sets[kind, "none"], fe_h, width)
        if ("field", "none") in sets:
            sets["field", "fe_h"] = pairing.matched_field_pairs(
                clusters, fe_h, width, n_pairs, matched
            )
    return sets


def doppelganger_tables(
    measures: Mapping[str, pairing.Separation],
    truth: Truth,
    strangers: PairSet,
    n_bootstrap: int,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `doppelgangers` and `pair_separations`; `measures` has `distance` and may have `chi2`.

    All clusters with at least two members count, eligible or not.
    """
    siblings = pairing.sibling_pairs(truth.clusters)
    sizes = np.bincount(truth.clusters[truth.clusters >= 0], minlength=truth.n_clusters)
    drawn = intervals.resampled_clusters(sizes >= 2, n_bootstrap, rng)
    rows: list[dict[str, Any]] = []
    bins: list[dict[str, Any]] = []
    for definition, separation in measures.items():
        within = separation(siblings.first, siblings.second)
        shown = {"siblings": within}
        for (kind, matched), pairs in strangers.items():
            apart = separation(pairs.first, pairs.second)
            where = {"definition": definition, "pairs": kind, "matched": matched}
            if matched == "none":
                shown[kind] = apart
            if definition == "distance":
                rows += _distance_rows(where, within, siblings, apart, pairs, sizes, drawn)
            else:
                rate = pairing.chi2_rate(within, siblings.cluster, apart, pairs.sampled, drawn)
                rows.append(_rate_row(where | {"weighting": "pairs"}, rate))
        for kind, low, high, count, density in pairing.histograms(shown):
            entry = {"definition": definition, "pairs": kind, "low": low, "high": high}
            bins.append(entry | {"n_pairs": count, "density": density})
    return pd.DataFrame(rows), pd.DataFrame(bins)


def _distance_rows(
    where: dict[str, str],
    within: Floats,
    siblings: pairing.Pairs,
    apart: Floats,
    pairs: pairing.Pairs,
    sizes: Ints,
    drawn: Ints,
) -> list[dict[str, Any]]:
    limits = pairing.median_separations(within, siblings.cluster, len(sizes))
    rates, counts = pairing.rates_of_clusters(limits, apart, pairs)
    weightings = {"clusters": np.ones(len(sizes)), "members": sizes.astype(float)}
    return [
        _rate_row(
            where | {"weighting": name},
            pairing.distance_rate(rates, counts, weights, drawn, pairs),
        )
        for name, weights in weightings.items()
    ]


def _rate_row(where: dict[str, str], rate: pairing.Rate) -> dict[str, Any]:
    note = "" if np.isfinite(rate.narrow.low) else _FEW
    if not np.isfinite(rate.value):
        note = "no pair to compare"
    return {
        **where,
        "value": rate.value,
        **_ends(rate.narrow, rate.wide),
        "sampling_error": rate.sampling_error,
        "n_pairs": rate.n_pairs,
        "note": note,
    }


def information_tables(
    values: Floats, clusters: Ints, errors: Floats | None
) -> tuple[pd.DataFrame, pd.DataFrame, Floats]:
    """Tables `spectrum` and `information`, and ratios (D, 5): value, 68 and 95 % interval.

    `errors` (N, D) in the units of `values` add the spectrum of all stars in units of errors.
    Intervals are delete-one jackknifes over clusters.
    """
    whole = info.scatter_of(values, clusters)
    left = _left_out(values, clusters)
    spectra: list[dict[str, Any]] = []
    quantities: list[dict[str, Any]] = []
    bases: tuple[info.Basis, ...] = ("within_sd", "whitened")
    for basis in bases:
        spectrum = info.eigenvalues(whole, basis)
        draws = [info.eigenvalues(part, basis) for part in left]
        for k, value in enumerate(spectrum):
            ends = _jackknife(value, [draw[k] for draw in draws], (-np.inf, np.inf))
            spectra.append({"basis": basis, "rank": k + 1, "eigenvalue": value, **ends})
        quantities += _dimension_rows(basis, spectrum, draws)
    if errors is not None:
        found = _error_rows(values, errors)
        spectra, quantities = spectra + found[0], quantities + found[1]
    ratios = info.element_ratios(whole)
    without = [info.element_ratios(part) for part in left]
    columns = [
        [ratio, *_jackknife(ratio, [draw[k] for draw in without], (0.0, np.inf)).values()]
        for k, ratio in enumerate(ratios)
    ]
    return pd.DataFrame(spectra), pd.DataFrame(quantities), np.array(columns, dtype=float)


def _dimension_rows(basis: str, spectrum: Floats, draws: Sequence[Floats]) -> list[dict[str, Any]]:
    """Effective number of dimensions, and number of eigenvalues above that within clusters."""
    measures: dict[str, tuple[Callable[[Floats], float], float]] = {
        "participation_ratio": (info.participation_ratio, 1.0),
        "eigenvalues_above_1": (lambda s: float((s > 1).sum()), 0.0),
    }
    rows = []
    for name, (measure, least) in measures.items():
        known = bool(np.isfinite(spectrum).all())
        value = measure(spectrum) if known else np.nan
        ends = _jackknife(value, [measure(s) for s in draws] if known else [], (least, np.inf))
        note = "" if known else "needs more members than elements and clusters"
        if known and not np.isfinite(ends["low"]):
            note = "interval: the same without any one cluster, or fewer than 4 clusters"
        rows.append({"basis": basis, "quantity": name, "value": value, **ends, "note": note})
    return rows


def _error_rows(
    values: Floats, errors: Floats
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Spectrum of all stars in units of errors, and how much of it noise cannot explain."""
    spectrum = info.error_spectrum(values, errors)
    edge = info.noise_edge(*values.shape)
    nothing = _ends(intervals.NO_INTERVAL, intervals.NO_INTERVAL)
    common = {"basis": "errors", **nothing}
    spectra = [{**common, "rank": k + 1, "eigenvalue": value} for k, value in enumerate(spectrum)]
    note = "interval: describes the stars of this sample"
    quantities = [
        {**common, "quantity": name, "value": value, "note": note}
        for name, value in (
            ("eigenvalues_above_noise", float((spectrum > edge).sum())),
            ("noise_edge", edge),
        )
    ]
    return spectra, quantities


def _left_out(values: Floats, clusters: Ints) -> list[info.Scatter]:
    """Scatter without each cluster of two members or more; empty if fewer than three would stay."""
    sizes = np.bincount(clusters[clusters >= 0])
    codes = np.flatnonzero(sizes >= 2)
    if len(codes) < 4:
        return []
    result = []
    for code in codes:
        weights = np.ones(len(sizes))
        weights[code] = 0
        result.append(info.scatter_of(values, clusters, weights))
    return result


def _jackknife(value: float, draws: npt.ArrayLike, bounds: tuple[float, float]) -> dict[str, float]:
    narrow, wide = (intervals.jackknife_interval(value, draws, level, bounds) for level in LEVELS)
    return _ends(narrow, wide)


def element_rows(
    dimensions: list[str], ratios: Floats, values: Floats, truth: Truth, drawn: Ints
) -> pd.DataFrame:
    """Rows of the contract `element_information`: ratio and drop-one ablation of each element.

    The ablation is NaN where there are too few members for the LDA ceiling.
    """
    try:
        entries = list(info.ablation(values, truth))
    except InputProblem:
        entries = []
    losses = _loss_columns(entries, truth, drawn) if entries else [_no_losses()] * len(dimensions)
    names = ("ratio", "low", "high", "low_95", "high_95")
    return pd.DataFrame(
        {"dimension": dimension, **dict(zip(names, ratio, strict=True)), **loss}
        for dimension, ratio, loss in zip(dimensions, ratios, losses, strict=True)
    )


def _no_losses() -> dict[str, float]:
    ends = (f"loss_{end}{level}" for end in ("low", "high") for level in ("", "_95"))
    return dict.fromkeys(("accuracy", "accuracy_without", "loss", *ends), np.nan)


def _loss_columns(
    entries: list[tuple[int, Ints, Ints]], truth: Truth, drawn: Ints
) -> list[dict[str, float]]:
    """Accuracy with all dimensions, without each, and the loss with its paired intervals."""
    (_, whole, sizes), single = entries[0], entries[1:]
    one = truth.eligible.astype(float)
    n, total = int(truth.eligible.sum()), float((sizes * one).sum())
    rows = []
    for _, correct, _ in single:
        lost = (whole - correct) * one
        row = _no_losses() | {
            "accuracy": float((whole * one).sum()) / total,
            "accuracy_without": float((correct * one).sum()) / total,
            "loss": float(lost.sum()) / total,
        }
        if n >= intervals.MIN_UNITS:
            draws = intervals.bootstrap_ratios(lost, sizes * one, drawn)
            for level, suffix in zip(LEVELS, ("", "_95"), strict=True):
                end = intervals.percentile_interval(draws, level, n)
                row |= {f"loss_low{suffix}": end.low, f"loss_high{suffix}": end.high}
        rows.append(row)
    return rows


def cluster_pair_rows(scatter: info.Scatter, names: list[str]) -> pd.DataFrame:
    """Rows of the contract `cluster_pairs`; `names` (K,) of the clusters of `scatter`."""
    pairs = info.cluster_pairs(scatter)
    label = np.array(names, dtype=object)
    return pd.DataFrame(
        {
            "cluster_a": label[pairs.first],
            "cluster_b": label[pairs.second],
            "distance": pairs.distance,
            "confusion": pairs.confusion,
            "p_value": pairs.p_value,
            "q_value": false_discovery(pairs.p_value),
        }
    )


def tuned_setting_rows(criteria: pd.DataFrame, match: Floats, outcome: Nested) -> pd.DataFrame:
    """Rows of the contract `tuned_settings`; `match` (n_settings, clusters), rows as `criteria`.

    `criteria`: rows of that contract for each space of the sample, with the column `space`.
    """
    return criteria.assign(rf40=(match >= RECOVERED).mean(axis=1), nested_share=outcome.chosen)


def tuning_rows(
    criteria: pd.DataFrame, match: Floats, outcome: Nested, headline: tuple[str, str]
) -> pd.DataFrame:
    """Rows of the contract `tuning`; `criteria` with `space`, rows as `match`.

    `headline` is its space and its setting. The blind rules choose in that space, by the column
    `chosen_by`: their criteria are not comparable between spaces. What knows the truth searches
    all spaces.
    """
    places = list(zip(criteria["space"], criteria["setting"], strict=True))
    n_groups = criteria["n_groups"].to_numpy()
    n_clusters = match.shape[1]
    area, rf40_of = match.mean(axis=1), (match >= RECOVERED).mean(axis=1)
    best = np.where(rf40_of == rf40_of.max(), area, -np.inf)
    chosen: dict[str, tuple[int, float]] = {"headline": (places.index(headline), np.nan)}
    for setting, rules in enumerate(criteria["chosen_by"]):
        if places[setting][0] != headline[0]:
            continue
        for rule in filter(None, rules.split(",")):
            chosen[rule] = (setting, float(criteria[rule].iloc[setting]))
    setting = first_best(best, n_groups)
    chosen["oracle"] = (setting, float(rf40_of[setting]))
    rows = []
    for rule, (setting, criterion) in chosen.items():
        recovered = int((match[setting] >= RECOVERED).sum())
        narrow, wide = (
            intervals.jeffreys_interval(recovered, n_clusters, level) for level in LEVELS
        )
        space, name = places[setting]
        row = {"rule": rule, "space": space, "setting": name, "criterion": criterion}
        rf40 = recovered / n_clusters
        rows.append(row | {"rf40": rf40, **_ends(narrow, wide), "interval": "jeffreys", "note": ""})
    favourite = int(outcome.chosen.argmax())
    same = "interval: the same without any one cluster, or fewer than 3 clusters"
    alone = "no other cluster to score the choice on"
    for rule, (space, name), value, narrow, wide in (
        ("nested", places[favourite], outcome.value, outcome.value_narrow, outcome.value_wide),
        ("optimism", ("", ""), outcome.optimism, outcome.narrow, outcome.wide),
    ):
        criterion = float(outcome.chosen[favourite]) if rule == "nested" else np.nan
        note = "" if np.isfinite(narrow.low) else same if np.isfinite(value) else alone
        row = {"rule": rule, "space": space, "setting": name, "criterion": criterion}
        row["rf40"] = value
        rows.append(row | {**_ends(narrow, wide), "interval": "jackknife", "note": note})
    return pd.DataFrame(rows)


def nothing_known(contract: str) -> pd.DataFrame:
    """An empty table of a contract, for a sample that tells nothing about it."""
    return pd.DataFrame(columns=list(contract_of(contract)["columns"]))

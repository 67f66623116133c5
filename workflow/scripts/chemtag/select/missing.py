"""Missing abundances: complete cases, sparse elements dropped, or nearest neighbours."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chemtag.base.problems import InputProblem
from chemtag.base.types import Floats
from chemtag.select.sample import Selection, refuse_empty
from chemtag.survey.quantities import is_element


def resolve_missing(selection: Selection) -> None:
    """Treat missing abundances by the policy of `cuts/missing`; the last cut of the funnel."""
    policy, limit = selection.cuts["missing"]["policy"], selection.cuts["missing"]["max_fraction"]
    funnel = selection.funnel
    values = selection.values[:, selection.indices(selection.features)]
    shares = missing_shares(values[funnel.left])
    remedy = (
        f"missing are {in_percent(selection.features, shares)}: leave out sparse elements, or see "
        "cuts/missing"
    )
    if policy == "impute":
        impute_missing(selection, values, limit, remedy)
        return
    dropped = ""
    if policy == "drop_sparse":
        sparse = sparse_elements(values[funnel.left], selection.features, limit)
        if sparse:
            lost = [float(shares[selection.features.index(e)]) for e in sparse]
            dropped = (
                f" (dropped {in_percent(sparse, np.array(lost))}: missing in more than "
                f"{100 * limit:g} % of the stars)"
            )
            selection.notes["dropped_elements"] = sparse
            selection.features = [e for e in selection.features if e not in sparse]
            values = selection.values[:, selection.indices(selection.features)]
    what = "abundances" if all(map(is_element, selection.features)) else "quantities"
    detail = f"all {len(selection.features)} {what} measured{dropped}"
    funnel.cut("missing", detail, np.asarray(np.isfinite(values).all(axis=1)), remedy)


def impute_missing(selection: Selection, values: Floats, limit: float, remedy: str) -> None:
    """Cut stars that lack more than the share `limit`, fill in the rest; imputed errors are NaN."""
    refuse_empty(selection)
    funnel = selection.funnel
    keep = np.asarray(np.isnan(values).mean(axis=1) <= limit)
    left = funnel.left & keep
    missing = np.isnan(values[left])
    detail = (
        f"at most {100 * limit:g} % of {values.shape[1]} abundances missing "
        f"({int(missing.sum())} abundances of {int(missing.any(axis=1).sum())} stars imputed)"
    )
    funnel.cut("missing", detail, keep, remedy)
    refuse_empty(selection)
    filled, counts = impute(values[left], selection.cuts["missing"]["neighbours"])
    for i, at in enumerate(selection.indices(selection.features)):
        selection.values[left, at] = filled[:, i]
    selection.imputed = np.zeros(len(left), dtype=np.int64)
    selection.imputed[left] = counts
    each = dict(zip(selection.features, missing.sum(axis=0).tolist(), strict=True))
    selection.notes["imputed"] = {element: n for element, n in each.items() if n}


def missing_shares(values: Floats) -> Floats:
    """Return the share of stars without each abundance, (E,), of values (N, E)."""
    return np.isnan(values).mean(axis=0) if len(values) else np.zeros(values.shape[1])


def sparse_elements(values: Floats, elements: Sequence[str], max_fraction: float) -> list[str]:
    """Return the elements missing in more than `max_fraction` of the stars of values (N, E).

    Raises `InputProblem` when fewer than two elements would be left.
    """
    shares = missing_shares(values)
    sparse = [e for e, share in zip(elements, shares, strict=True) if share > max_fraction]
    if len(elements) - len(sparse) < 2:
        listed = in_percent(elements, shares)
        raise InputProblem(
            f"cuts/missing would drop all but {len(elements) - len(sparse)} of {len(elements)} "
            f"elements (missing: {listed}); raise max_fraction or choose other elements."
        )
    return sparse


def in_percent(elements: Sequence[str], shares: Floats) -> str:
    """Return "na 40 %, ce 30 %", the largest share first."""
    order = np.argsort(-np.asarray(shares), kind="stable")
    return ", ".join(f"{elements[i]} {100 * shares[i]:.3g} %" for i in order)


def impute(values: Floats, neighbours: int) -> tuple[Floats, NDArray[np.int64]]:
    """Fill in missing abundances (N, E) from the nearest stars; return them and the count a star.

    scikit-learn's `KNNImputer` (weights by inverse distance) on columns divided by their robust
    sigma, so that no element dominates the distance. Every element needs at least one value.
    """
    from sklearn.impute import KNNImputer

    missing = np.isnan(values)
    counts = missing.sum(axis=1).astype(np.int64)
    centre = np.nanmedian(values, axis=0)
    sigma = 1.4826 * np.nanmedian(np.abs(values - centre), axis=0)
    sigma[~(sigma > 0)] = 1.0
    imputer = KNNImputer(n_neighbors=neighbours, weights="distance", keep_empty_features=True)
    filled = imputer.fit_transform((values - centre) / sigma) * sigma + centre
    return np.where(missing, filled, values), counts

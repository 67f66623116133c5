"""How the time of an algorithm grows with the number of stars."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chemtag.tag.algorithms import ALGORITHMS

LEAST_SIZES = 3


def fitted_exponent(n_stars: Sequence[float], seconds: Sequence[float]) -> dict[str, float]:
    """Return exponent, 68 % interval and seconds at 1000 stars of log t = log c + a log N.

    Least squares over all runs, Student's t with runs - 2 degrees of freedom; NaN for fewer than
    three sizes. The repeats of one size are no independent sizes: curvature is not in the interval.
    """
    from scipy import stats  # takes a second to load

    x, y = np.log10(np.asarray(n_stars, float) / 1000), np.log10(np.asarray(seconds, float))
    if len(set(x)) < LEAST_SIZES:
        return {"exponent": np.nan, "low": np.nan, "high": np.nan, "seconds_1000": np.nan}
    line = stats.linregress(x, y)
    half = stats.t.isf(0.16, len(x) - 2) * line.stderr
    return {
        "exponent": float(line.slope),
        "low": float(line.slope - half),
        "high": float(line.slope + half),
        "seconds_1000": float(10**line.intercept),
    }


def scaling_rows(timings: pd.DataFrame) -> pd.DataFrame:
    """Rows of the contract `scaling`: measured beside stated growth; `timings` of that contract."""
    rows = []
    for name, runs in timings.groupby("algorithm", sort=False):
        done = runs[runs["status"] == "ok"]
        fit = fitted_exponent(list(done["n_stars"]), list(done["seconds"]))
        stated = ALGORITHMS[str(name)].scaling
        sizes = done["n_stars"].nunique()
        note = "" if sizes >= LEAST_SIZES else f"no exponent from {sizes} sizes"
        left = [reason for reason in runs["reason"] if reason]
        rows.append(
            {
                "algorithm": name,
                "label": ALGORITHMS[str(name)].label,
                "n_sizes": sizes,
                "n_runs": len(done),
                **fit,
                "stated_exponent": np.nan if stated.exponent is None else stated.exponent,
                "stated": stated.words,
                "source": stated.source,
                "note": "; ".join([note] * bool(note) + left[:1]),
            }
        )
    return pd.DataFrame(rows)

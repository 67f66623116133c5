"""Invented stars with a known relation between features and label."""

import numpy as np
import pandas as pd

from chemtag.predict.protocol import Labelled, Observed, plain_layout


def linear_stars(n, seed=1, noise=0.3, repeats=1, missing=0.0, errors=None):
    """Labels 2 x0 - x1 + noise of `n` stars, each in `repeats` rows that share label and group."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 3))
    label = 2 * values[:, 0] - values[:, 1] + noise * rng.normal(size=n)
    values[rng.random(values.shape) < missing] = np.nan
    rows = np.repeat(np.arange(n), repeats)
    star_id = np.array([f"s{i:06d}" for i in range(len(rows))], dtype=object)
    given = None if errors is None else np.broadcast_to(errors, (len(rows), 3)).astype(float)
    stars = Observed(star_id, values[rows], plain_layout(["x0", "x1", "x2"]), given)
    return Labelled(stars, label[rows], np.array([f"g{i:06d}" for i in rows]))


def table_of(n=200, seed=1):
    """A training table of `n` rows: star_id, bands, an abundance, its error, a label."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(10, 1, (n, 3)), columns=["g", "j", "ks"])
    table["mg_h"] = rng.normal(0, 0.2, n)
    table["mg_h_err"] = rng.uniform(0.02, 0.1, n)
    table["fe_h"] = 0.5 * (table["g"] - table["ks"]) / 1.4 + rng.normal(0, 0.1, n)
    table["star_id"] = [f"star {i:04d}" for i in range(n)]
    table["star"] = [f"one {i // 2:04d}" for i in range(n)]
    return table

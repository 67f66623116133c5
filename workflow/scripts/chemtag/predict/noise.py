"""What the errors of the measured columns do to a predicted label."""

import numpy as np

from chemtag.base.seeds import generator_for
from chemtag.predict.models import Fitted, one_thread, predict_with
from chemtag.predict.protocol import Observed


def input_scatter(fitted: Fitted, stars: Observed, n_draws: int, seed: int) -> np.ndarray:
    """Return the standard deviation (N,) of the predicted label from the errors of the columns.

    Columns are drawn from independent Gaussians in pairs x + e z, x - e z; of each pair half the
    difference of the two predictions counts, so that a curved model adds no bias. All stars share
    the z, so that the result depends neither on their order nor on how they are cut into chunks.
    A column without an error is taken as exact. Zero without errors or draws.
    """
    if stars.errors is None or n_draws < 2:
        return np.zeros(len(stars))
    errors = np.nan_to_num(stars.errors, nan=0.0)
    draws = generator_for(seed, "noise").standard_normal((n_draws // 2, errors.shape[1]))
    total = np.zeros(len(stars))
    with one_thread():
        for z in draws:
            pair = [
                predict_with(fitted, stars.layout.features(stars.values + sign * errors * z))
                for sign in (1, -1)
            ]
            total += ((pair[0] - pair[1]) / 2) ** 2
    return np.sqrt(total / len(draws))


def intrinsic_scatter(residual: np.ndarray, scatter: np.ndarray) -> float:
    """Return the scatter of the residuals (M,) beyond that of the inputs `scatter` (M,).

    Robust: 1.4826 times the median absolute residual, less the median input scatter in quadrature,
    at least a third of the former.
    """
    spread = 1.4826 * float(np.median(np.abs(residual)))
    rest = spread**2 - float(np.median(scatter)) ** 2
    return float(np.sqrt(max(rest, (spread / 3) ** 2, np.finfo(float).tiny)))

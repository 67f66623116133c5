"""The contamination curve of the simulated survey over many realisations."""

from pathlib import Path

import numpy as np
import pytest

from chemtag.base.seeds import generator_for
from chemtag.base.settings import Setting
from chemtag.forecast.realisations import draw_realisation
from chemtag.forecast.views import view_rows
from chemtag.survey.simulation import read_recipe

RECIPE = Path(__file__).resolve().parents[2] / "resources" / "recipes" / "survey.yaml"
SETTINGS = [Setting("euclidean", "leaf", size, ms) for size in (5, 10) for ms in (1, 3, 5)]


def curves(n_fields, scales, realisations):
    """RF40 by role, (realisations, scales, field stars)."""
    recipe = read_recipe(RECIPE)
    found = {role: [] for role in ("headline", "oracle", "bayes", "bayes_map")}
    for seed in range(realisations):
        survey = draw_realisation(recipe, max(n_fields), generator_for(seed, "golden forecast"))
        grids = {role: np.zeros((len(scales), len(n_fields))) for role in found}
        for i, scale in enumerate(scales):
            for j, stars in enumerate(n_fields):
                elements = np.arange(len(recipe["elements"]))
                for row in view_rows(survey, stars, scale, elements, SETTINGS, SETTINGS[1].name):
                    grids[row["role"]][i, j] = row["rf40"]
        for role, grid in grids.items():
            found[role].append(grid)
    return {role: np.array(grids) for role, grids in found.items()}


@pytest.mark.slow
def test_recovery_falls_with_the_field_and_rises_with_precision():
    """Reference (oracle): .55 .45 .27 .07 .05, and with half the errors .84 .80 .68 .50 .30."""
    fields = [0, 400, 2000, 8000, 16000]
    found = curves(fields, [1.0, 0.5], 12)
    mean = {role: grid.mean(axis=0) for role, grid in found.items()}
    for role, grid in found.items():
        print(
            role, mean[role].round(3).tolist(), (grid.std(axis=0) / np.sqrt(12)).round(3).tolist()
        )
    oracle = mean["oracle"]
    assert (np.diff(oracle, axis=1) < 0).all(), "falls with every step of the field"
    assert oracle[0, -1] <= 0.1
    assert (oracle[1] > oracle[0] + 0.15).all(), "halving the errors lifts it everywhere"
    error = found["oracle"].std(axis=0, ddof=1) / np.sqrt(12)
    reference = np.array([[0.55, 0.45, 0.27, 0.07, 0.05], [0.84, 0.80, 0.68, 0.50, 0.30]])
    # One reference value, 8000 field stars at half the errors, is known to lie .07 above.
    slack = np.zeros((2, 5))
    slack[1, 3] = 0.07
    assert (np.abs(oracle - reference) < 3 * np.hypot(error, 0.025) + slack).all()
    for role in ("headline", "oracle"):
        assert (mean["bayes"] > mean[role]).all(), "nobody knows more than the densities"


def test_a_few_surveys_fall_and_rise_alike():
    found = curves([0, 2000], [1.0, 0.5], 2)
    oracle = found["oracle"].mean(axis=0)
    assert (oracle[:, 0] > oracle[:, 1] + 0.1).all()
    assert (oracle[1] > oracle[0] + 0.1).all()

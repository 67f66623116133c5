"""The planner's plane holds: monotone, foretold where left out, and the sample `field` agrees."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from chemtag.base.configuration import checked_config
from chemtag.base.seeds import generator_for
from chemtag.base.settings import headline_of, settings_of
from chemtag.forecast.plan import ROLES, plan_rows, recovered_units
from chemtag.forecast.realisations import draw_realisation, element_sets
from chemtag.forecast.repeats import SampleRecipe, repeat
from chemtag.forecast.surface import fit_surface, shares
from chemtag.select.quality import bit_mask_from
from chemtag.survey.simulation import read_recipe

ROOT = Path(__file__).resolve().parents[2]
CONFIG = checked_config(
    yaml.safe_load((ROOT / "config" / "config.yaml").read_text()),
    ROOT / "workflow" / "schemas" / "config.schema.yaml",
)
RECIPE = read_recipe(ROOT / "resources" / "recipes" / "survey.yaml")
FIELDS, SCALES, SURVEYS = [1000, 4000, 16000, 100000], [0.1, 0.25, 0.5, 1.0, 2.0], 8
GRID = {"min_cluster_size": [5, 10], "min_samples": [1, 3, 5], "method": ["leaf"],
        "metric": ["euclidean"]}  # fmt: skip
REPEATS = 12
OWN_ERRORS, OWN_FIELD = 0.807, 7410
"""Median error of the shipped sample `field` over the recipe's, and its field stars."""


@pytest.fixture(scope="module")
def surfaces():
    elements = element_sets(RECIPE, [15], ["c", "n"])[15]
    settings = settings_of(GRID)
    rows = []
    for number in range(SURVEYS):
        survey = draw_realisation(RECIPE, FIELDS[-1], generator_for(11, "planner", number))
        found = plan_rows(survey, FIELDS, SCALES, elements, settings, settings[1].name, 4000)
        rows.extend({"realisation": number, **row} for row in found)
    matches = pd.DataFrame(rows)
    units = {role: recovered_units(matches, role) for role in ROLES}
    return {
        role: (shown, fit_surface(*np.array(shown.columns.tolist()).T, shown.to_numpy()))
        for role, shown in units.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_recovery_falls_with_errors_and_field(surfaces, role):
    """From cell to cell no rise beyond 95 % of the paired differences of the same clusters."""
    units, _ = surfaces[role]
    cells = list(units.columns)
    for one, two in [(a, b) for a in cells for b in cells if (a[0] < b[0]) != (a[1] < b[1])]:
        if not (one[0] <= two[0] and one[1] <= two[1]):
            continue
        rise = (units[two] - units[one]).to_numpy()
        assert rise.mean() <= 1.645 * rise.std(ddof=1) / np.sqrt(len(rise)), (one, two)


@pytest.mark.slow
def test_cells_left_out_are_foretold(surfaces):
    """At least 90 % of the cells within their 95 % interval, over all roles."""
    inside = []
    for _, surface in surfaces.values():
        mean, deviation = surface.left_out()
        inside.append(np.abs(surface.value - mean) < 1.96 * deviation)
    assert np.mean(inside) >= 0.9


@pytest.mark.slow
@pytest.mark.xfail(
    strict=True,
    reason="missed: the plane has no tails, trends or contaminants and lies just above it",
)
def test_the_point_of_the_sample_field_agrees_with_the_sample(surfaces):
    """RF40 of the whole way of the sample, over other seeds, within both 95 % intervals."""
    block = CONFIG["samples"]["field"]
    masks = {
        name: bit_mask_from(yaml.safe_load((ROOT / path).read_text()), path)
        for name, path in block["cuts"]["masks"].items()
    }
    sample = SampleRecipe(
        recipe=RECIPE, n_field=8000, error_scale=1.0, keep="all", elements=block["elements"],
        cuts=block["cuts"], masks=masks, min_members=block["min_members"],
        space=CONFIG["spaces"]["error_scaled"], setting=headline_of(block["headline"]),
    )  # fmt: skip
    own = np.array(
        [repeat(sample, generator_for(5, "own", number))["rf40"] for number in range(REPEATS)]
    )
    mean, deviation = surfaces["headline"][1].at(np.log([[OWN_ERRORS, OWN_FIELD]]))
    low, high = (float(end[0]) for end in shares(mean, deviation, 0.95))
    half = 2.2 * own.std(ddof=1) / np.sqrt(REPEATS)
    print(f"planner {low:.3f} to {high:.3f}; sample {own.mean():.3f} +- {half:.3f}")
    assert low <= own.mean() + half
    assert own.mean() - half <= high

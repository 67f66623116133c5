"""Samples whose cuts leave no whole cluster."""

import pytest

from chemtag.cmd.completeness import why_incomplete


@pytest.mark.parametrize(
    ("cuts", "named"),
    [
        ({"windows": {"logg": {"max": 3.5}}}, "windows/logg"),
        ({"windows": {"teff": {"min": 4000}, "g": {"max": 18}}}, "windows/teff"),
        ({"windows": {"logg": {"max": 3}, "teff": {"max": 5500}}}, "windows/teff and windows/logg"),
        ({"members": {"windows": {"logg": {"max": 3.5}}}}, "members/windows/logg"),
        ({"require_flags": {"logg": ["SPEC_RC"]}}, "require_flags/logg"),
    ],
)
def test_a_choice_by_evolution_is_named(cuts, named):
    assert f"chosen by {named} (cuts)" in why_incomplete(cuts)


@pytest.mark.parametrize(
    "cuts",
    [
        {},
        {
            "windows": {
                "phot_g_mean_mag": {"max": 18},
                "parallax": {"min": 1},
                "teff_err": {"max": 9},
            }
        },
        {"flags": {"logg": ["BAD"]}, "members": {}},
    ],
)
def test_a_limit_in_g_is_none(cuts):
    assert why_incomplete(cuts) == ""

"""Columns that are read and doubted: units, codes and digits that only their values betray."""

import logging

import numpy as np
import pandas as pd
import pytest
from small_catalogue import block, catalogue, written

from chemtag.base.problems import InputProblem
from chemtag.survey.cells import lost_digits
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.columns import Wanted, read_columns
from chemtag.survey.doubles import warn_of_doubles
from chemtag.survey.membership import assigned
from chemtag.survey.stars import read_stars
from chemtag.survey.suspects import warn_of_linear

N = 60
RNG = np.random.default_rng(5)
BLOCK = block(
    columns={"star_id": "ID", "ra": "RA", "dec": "DEC", "gaia_source_id": "GAIA"},
    flags={},
    elements={
        element: {"value": element.upper(), "error": f"{element.upper()}_ERR"}
        for element in ("fe", "mg", "si")
    },
    quantities={"pmra": {"value": "PM", "error": "PM_ERR"}},
)


def columns(**changes):
    values = {
        "ID": [f"s{i:02d}" for i in range(N)],
        "RA": RNG.uniform(0, 360, N),
        "DEC": RNG.uniform(-80, 80, N),
        "GAIA": 2**62 + 128 * RNG.permutation(10_000)[:N] + 128,
        "PM": RNG.normal(0, 5, N),
        "PM_ERR": RNG.uniform(0.02, 0.08, N),
    }
    for name in ("FE", "MG", "SI"):
        values[name] = RNG.normal(0, 0.2, N)
        values[f"{name}_ERR"] = RNG.uniform(0.01, 0.03, N)
    return pd.DataFrame(values | changes)


def said(tmp_path, caplog, **changes):
    """Warnings of reading the columns with `changes`."""
    path = tmp_path / "t.parquet"
    columns(**changes).to_parquet(path)
    with caplog.at_level(logging.WARNING):
        read_stars(path, BLOCK, (), ["fe", "mg", "si", "pmra"])
    return caplog.text


def test_a_plain_table_is_not_doubted(tmp_path, caplog):
    assert said(tmp_path, caplog) == ""


@pytest.mark.parametrize("code", [-99.99, 9999.0, 0.0])
def test_a_code_among_proper_motions_is_named(tmp_path, caplog, code):
    values = np.where(np.arange(N) % 3, RNG.normal(0, 5, N), code)
    text = said(tmp_path, caplog, PM=values)
    assert f"'PM' (quantities/pmra/value): 20 of 60 rows hold exactly {code:g}" in text


def test_a_code_of_the_config_counts_for_proper_motions(tmp_path):
    path = tmp_path / "t.parquet"
    columns(PM=np.where(np.arange(N) % 3, 1.5, 9999.0)).to_parquet(path)
    stars, _ = read_stars(path, {**BLOCK, "missing_codes": [9999]}, (), ["fe", "mg", "si", "pmra"])
    assert int(stars["pmra"].isna().sum()) == 20


@pytest.mark.parametrize("code", [99.0, 100.0, 9999.0])
@pytest.mark.parametrize("many", [False, True])
def test_a_code_of_the_config_amid_coarse_velocities_is_one_of_them(tmp_path, caplog, code, many):
    values = np.round(RNG.normal(0, 100, N)) + 0.0
    values[:3] = 98, 101, 250
    values[3 : 3 + (24 if many else 1)] = code
    path = tmp_path / "t.parquet"
    columns(PM=values, PM_ERR=np.round(RNG.uniform(0, 3, N)) + 1).to_parquet(path)
    asked = ["fe", "mg", "si", "pmra"]
    stars, _ = read_stars(path, {**BLOCK, "missing_codes": [code]}, (), asked)
    missing = many or code == 9999
    assert int((stars["pmra"] == code).sum()) == (0 if missing else 1)
    assert int(stars["pmra"].isna().sum()) == (int((values == code).sum()) if missing else 0)
    assert (f"hold a number of missing_codes, such as {code:g}" in caplog.text) == (not missing)


def test_proper_motions_without_errors_and_with_errors_of_zero_are_said(tmp_path, caplog):
    errors = np.where(np.arange(N) % 3, 0.05, np.nan)
    errors[1] = 0
    text = said(tmp_path, caplog, PM_ERR=errors)
    assert "without an error: pmra 20 of 60" in text
    assert "errors of 0 (or 1e-5 dex at most): pmra 1" in text


def test_errors_too_small_for_any_abundance_are_said(tmp_path, caplog):
    errors = np.where(np.arange(N) % 3, 0.02, 1e-30)
    assert "errors of 0 (or 1e-5 dex at most): mg_fe 20" in said(tmp_path, caplog, MG_ERR=errors)


@pytest.mark.parametrize(("column", "name"), [("PM", "pmra"), ("MG", "mg_fe")])
def test_errors_far_beyond_the_spread_are_of_another_unit(tmp_path, caplog, column, name):
    values = RNG.normal(0, 0.2, N) / (1000 if column == "PM" else 100)
    text = said(tmp_path, caplog, **{column: values})
    assert f"{name}: median error" in text
    assert "are both in the same unit? (values of a regularised" in text


def test_abundances_none_of_which_is_negative_look_linear(tmp_path, caplog):
    linear = {name: 10 ** RNG.normal(0, 0.2, N) for name in ("FE", "MG", "SI")}
    assert "none of the abundances of fe, mg, si is negative" in said(tmp_path, caplog, **linear)


@pytest.mark.parametrize(("centre", "doubted"), [(0.35, False), (1.05, True)])
def test_alpha_elements_of_the_halo_do_not_look_linear(caplog, centre, doubted):
    values = {name: RNG.normal(centre, 0.05, N) for name in ("mg", "si", "ca")}
    assert all(array.min() > 0 for array in values.values())
    warn_of_linear(values, "t.csv")
    assert ("are they linear" in caplog.text) == doubted
    caplog.clear()
    warn_of_linear(values | {"fe": RNG.uniform(0.1, 0.9, N)}, "t.csv")
    assert "are they linear" in caplog.text


def test_negative_errors_are_named_by_their_column(tmp_path, caplog):
    with pytest.raises(InputProblem, match=r"column 'PM_ERR' \(quantities/pmra/error\) has 60"):
        said(tmp_path, caplog, PM_ERR=np.full(N, -0.05))


def test_one_star_under_two_identifiers_is_said_by_source_place_and_abundances(tmp_path, caplog):
    table = columns()
    twice = table.assign(ID=[f"again{i}" for i in range(N)]).iloc[:3]
    path = tmp_path / "t.parquet"
    pd.concat([table, twice]).to_parquet(path)
    with caplog.at_level(logging.WARNING):
        read_stars(path, BLOCK, (), ["fe", "mg", "si", "pmra"])
    assert "the same Gaia source (3), position (3), abundances (3) as another" in caplog.text
    assert "'again0' and 's00'" in caplog.text


def test_entries_of_one_identifier_are_no_doubles(tmp_path, caplog):
    table = columns()
    path = tmp_path / "t.parquet"
    pd.concat([table, table.iloc[:3]]).to_parquet(path)
    with caplog.at_level(logging.WARNING):
        read_stars(path, BLOCK, (), ["fe", "mg", "si", "pmra"])
    assert caplog.text == ""


def test_coarse_abundances_that_agree_by_chance_are_no_doubles(tmp_path, caplog):
    coarse = {name: RNG.choice([-0.1, 0.0, 0.1], N) for name in ("FE", "MG", "SI")}
    assert "as another" not in said(tmp_path, caplog, **coarse)


def crowd(decimals, n=3000):
    """Two clusters far from each other, positions of so many decimals."""
    at = np.where(np.arange(n) % 2, 56.0, 130.0)
    return pd.DataFrame(
        {
            "star_id": [f"s{i:04d}" for i in range(n)],
            "ra": np.round(RNG.normal(at, 0.5), decimals),
            "dec": np.round(RNG.normal(at - 40, 0.5), decimals),
        }
    )


@pytest.mark.parametrize("decimals", [2, 3, 5])
def test_positions_that_agree_by_chance_are_no_doubles(caplog, decimals):
    stars = crowd(decimals)
    warn_of_doubles(stars, [], "t.csv")
    assert caplog.text == ""
    twice = pd.concat([stars, stars.iloc[:3].assign(star_id=["x", "y", "z"])])
    warn_of_doubles(twice, [], "t.csv")
    assert ("the same position (3)" in caplog.text) == (decimals == 5)


@pytest.mark.parametrize("scatter", [1e-4, 0.03])
def test_abundances_that_run_together_are_no_doubles_by_chance(caplog, scatter):
    stars, metallicity = crowd(9), RNG.normal(0, 0.3, 3000)
    names = ["fe_h", "mg_fe", "si_fe", "ca_fe"]
    for slope, name in zip((1, -0.4, -0.3, -0.2), names, strict=True):
        stars[name] = np.round(slope * metallicity + RNG.normal(0, scatter, 3000), 3)
    assert stars.duplicated(names).any() == (scatter < 1e-3)
    warn_of_doubles(stars, names, "t.csv")
    assert caplog.text == ""
    twice = pd.concat([stars, stars.iloc[:3].assign(star_id=["x", "y", "z"], ra=np.nan)])
    warn_of_doubles(twice, names, "t.csv")
    assert ("the same abundances (3)" in caplog.text) == (scatter > 1e-3)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("role", ["identifier", "source_id"])
def test_integers_that_went_through_floating_point_are_said(tmp_path, caplog, suffix, role):
    whole = 2**62 + 128 * RNG.permutation(10**6)[:N]
    item = [Wanted("x", "ID", role, (), "columns/x")]
    for name, values in (
        ("whole", whole),
        ("binary", whole.astype(float).astype(np.int64)),
        ("decimal", whole // 10_000 * 10_000),
    ):
        table = catalogue(5)[["ID"]]
        table = type(table)({"ID": values})
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            read_columns(written(table, tmp_path / f"{name}{suffix}"), item)
        assert ("digits are lost" in caplog.text) == (name != "whole")


@pytest.mark.parametrize("plates", [(300, 3000), (1100, 3000), (4096, 8000)])
def test_integers_that_were_never_finer_are_not_doubted(plates):
    plate, fibre = RNG.integers(*plates, 200), RNG.integers(1, 1001, 200)
    sdss = (plate << 50) + (fibre << 38) + (RNG.integers(1800, 9000, 200) << 24) + (26 << 10)
    assert lost_digits(sdss) == lost_digits(sdss.astype(str).astype(object)) == ""
    never = RNG.integers(2**50, 2**52, 200) << 10  # of no survey, some below 2**62
    assert lost_digits(never) == ""
    assert lost_digits(never + RNG.integers(0, 1024, 200)) == ""


@pytest.mark.parametrize("beside", ["9999999999999999999", "17"])
def test_one_odd_integer_hides_no_lost_digits_and_makes_none(beside):
    whole = 2**62 + 128 * RNG.permutation(10**6)[:N] + 128
    for values, rounded in ((whole, False), (whole.astype(float).astype(np.int64), True)):
        words = np.array([*values.astype(str), beside, "2M0010"], dtype=object)
        assert bool(lost_digits(words)) == rounded


def members(**changes):
    return {"cluster": "C", "field_values": [""], "above": {}, "min": {}, "not_members": "drop",
            "clusters": [], **changes}  # fmt: skip


def test_a_threshold_of_a_column_in_percent_is_said(caplog):
    stars = pd.DataFrame({"star_id": ["a", "b"]})
    rows = pd.DataFrame(
        {"star_id": ["a", "b"], "cluster": "X", "above/P": [90.0, 20.0], "min/N": [3.0, 5.0]}
    )
    with caplog.at_level(logging.WARNING):
        assigned(rows, stars, members(above={"P": 0.7}, min={"N": 2}), Aliases(), "t.csv")
    assert "P > 0.7 (members/above), but most values are above 1 (median 55)" in caplog.text
    assert "percent" in caplog.text
    assert "N >=" not in caplog.text


def test_identifiers_that_differ_by_case_alone_are_said(caplog):
    stars = pd.DataFrame({"star_id": ["2M01", "2M02", "2M03"]})
    rows = pd.DataFrame({"star_id": ["2M01", "2m02", "2m03", "2M99"], "cluster": "X"})
    with caplog.at_level(logging.WARNING):
        found, _ = assigned(rows, stars, members(), Aliases(), "m.csv")
    assert found["star_id"].tolist() == ["2M01"]
    assert "2 members match no star" in caplog.text
    assert "'2m02'" in caplog.text

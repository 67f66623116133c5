"""Independent data as they come: joined by identifier, and what is wrong is one sentence."""

import logging

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from chemtag.base.problems import InputProblem
from chemtag.vet.guards import refuse_dimension
from chemtag.vet.quantities import QUANTITIES, check_block, check_data, refuse_kind
from chemtag.vet.reading import read_datum

STARS = [f"s{i}" for i in range(6)]
VELOCITY = {
    "quantity": "radial_velocity",
    "star_id": "ID",
    "values": {"rv": {"value": "RV", "error": "E"}},
    "spread": {"rv": 0.5},
    "missing": [],
    "derived_from": ["spectra"],
}
AGE = {
    "quantity": "age",
    "star_id": "ID",
    "values": {"age": {"value": "AGE", "low": "A16", "high": "A84"}},
    "spread": {},
    "missing": [-999.0],
    "derived_from": ["other measurements"],
}


def read(tmp_path, block, **columns):
    path = tmp_path / "data.csv"
    pd.DataFrame({"ID": STARS, **columns}).to_csv(path, index=False)
    return read_datum(path, block, STARS, "vet/data/one")


def test_values_come_in_the_order_of_the_sample_and_missing_ones_are_counted(tmp_path):
    ids = ["s3", "s0", "x", "s5", "s5"]
    columns = {"RV": [3.0, 0.5, 9.0, 5.0, 5.5], "E": [1.0, 2.0, 1.0, 2.0, 0.5]}
    datum, counts = read(tmp_path, VELOCITY, **{"ID": ids, **columns})
    np.testing.assert_array_equal(datum.values[:, 0], [0.5, np.nan, np.nan, 3.0, np.nan, 5.5])
    np.testing.assert_array_equal(datum.errors[:, 0], [2.0, np.nan, np.nan, 1.0, np.nan, 0.5])
    assert counts == {"rows": 5, "stars": 3, "with_data": 3, "repeated": 1, "ambiguous": 0}


def test_the_order_of_rows_changes_nothing(tmp_path):
    rng = np.random.default_rng(1)
    ids = [f"s{i % 6}" for i in range(30)]
    table = {"ID": ids, "RV": rng.normal(size=30), "E": rng.choice([0.5, 1.0], 30)}
    one, _ = read(tmp_path, VELOCITY, **table)
    order = rng.permutation(30)
    other, _ = read(tmp_path, VELOCITY, **{k: np.array(v)[order] for k, v in table.items()})
    np.testing.assert_array_equal(one.values, other.values)


def test_errors_are_half_the_central_interval_and_codes_are_missing(tmp_path):
    datum, _ = read(
        tmp_path, AGE, AGE=[1, 2, 3, 4, 5, -999.0], A16=[0.5] * 6, A84=[2.5, 2.5, 4, 5, 6, 7]
    )
    np.testing.assert_allclose(datum.errors[:3, 0], [1, 1, 1.75])
    assert np.isnan(datum.values[5, 0])


def test_units_are_converted(tmp_path):
    table = Table({"ID": STARS, "RV": np.arange(6) * 1000.0, "E": np.full(6, 500.0)})
    table["RV"].unit = table["E"].unit = "m/s"
    table.write(tmp_path / "data.fits")
    datum, _ = read_datum(tmp_path / "data.fits", VELOCITY, STARS, "vet/data/one")
    np.testing.assert_allclose(datum.values[:, 0], np.arange(6))
    np.testing.assert_allclose(datum.errors[:, 0], 0.5)
    table["RV"].unit = "mag"
    table.write(tmp_path / "wrong.fits")
    with pytest.raises(InputProblem, match="is in 'mag', expected km/s"):
        read_datum(tmp_path / "wrong.fits", VELOCITY, STARS, "vet/data/one")


ONES = [1.0] * 6
NO = [np.nan] * 6


@pytest.mark.parametrize(
    ("block", "columns", "said"),
    [
        (VELOCITY, {"RV": ONES, "E": NO}, "has no errors in any row"),
        (VELOCITY, {"RV": ONES, "E": [0.0] * 6}, "has no errors in any row"),
        (VELOCITY, {"RV": NO, "E": ONES}, "has no values in any row"),
        (VELOCITY, {"RV": ONES}, "column 'E' .* is missing"),
        (VELOCITY, {"ID": list("abcdef"), "RV": ONES, "E": ONES}, "none of its 6 identifiers"),
        (VELOCITY, {"RV": [5e4] * 6, "E": ONES}, "expected at most 2000 km/s; convert"),
        (
            VELOCITY,
            {"ID": ["s1", *"abcde"], "RV": [np.nan, *ONES[1:]], "E": ONES},
            "no star of the sample has all of rv with errors",
        ),
        (AGE, {"AGE": [5e9] * 6, "A16": [4e9] * 6, "A84": [6e9] * 6}, "seems to be in years"),
        (AGE, {"AGE": [5e3] * 6, "A16": [4e3] * 6, "A84": [6e3] * 6}, "seems to be in Myr"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_sentence(tmp_path, block, columns, said):
    with pytest.raises(InputProblem, match=said) as problem:
        read(tmp_path, block, **columns)
    assert str(problem.value).count("\n") == 0
    assert "vet/data/one" in str(problem.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": {"rv": {"value": "RV"}}}, "vet/data/one/values/rv has no error"),
        ({"values": {"v": {"value": "RV", "error": "E"}}}, "names 'v', but radial_velocity has rv"),
        ({"spread": {}}, "spread is missing for rv"),
        ({"spread": {"rv": 1, "x": 1}}, "spread names 'x'"),
        ({"derived_from": ["abundances"]}, "no independent witness"),
        ({"derived_from": ["spectra", "abundances"]}, "no independent witness"),
        ({"derived_from": None}, "declare derived_from"),
    ],
)
def test_what_is_wrong_with_a_block_is_one_sentence(change, said):
    check_block("one", VELOCITY)
    block = {k: v for k, v in (VELOCITY | change).items() if v is not None}
    with pytest.raises(InputProblem, match=said):
        check_block("one", block)


def test_a_simulated_catalogue_has_no_columns_of_its_own():
    config = {
        "vet": {"samples": ["s"], "data": {"one": VELOCITY}},
        "samples": {"s": {"catalog": "c", "features": {"chemistry": ["fe"]}}},
        "catalogs": {"c": {"kind": "simulate"}},
    }
    with pytest.raises(InputProblem, match="has no path"):
        check_data(config)
    config["catalogs"]["c"]["kind"] = "table"
    check_data(config)
    config["samples"]["s"]["features"]["velocity"] = ["radial_velocity"]
    with pytest.raises(InputProblem, match=r"vet/data/one, sample 's': .* 'radial_velocity' \(vel"):
        check_data(config)


@pytest.mark.parametrize(
    ("features", "refused"),
    [
        (["fe", "mg"], set()),
        (["fe", "parallax"], {"astrometry", "actions"}),
        (["xi"], {"astrometry", "actions"}),
        (["fe", "radial_velocity"], {"radial_velocity", "actions"}),
        (["age"], {"age"}),
    ],
)
def test_a_kind_that_the_stars_were_tagged_by_cannot_vet(features, refused):
    """Whatever its column: a noisier parallax orders the stars in another way."""
    found = set()
    for quantity in QUANTITIES:
        try:
            refuse_kind(features, "one", {"quantity": quantity}, "config: vet/data/one")
        except InputProblem:
            found.add(quantity)
    assert found == refused


def test_a_tagging_dimension_cannot_vet():
    rng = np.random.default_rng(1)
    iron = rng.normal(0, 0.2, 100)
    with pytest.raises(InputProblem, match="what made the groups cannot vet them"):
        refuse_dimension(10**iron, iron[:, None], ["fe_h"], "metals", "config: vet/data/one")
    refuse_dimension(iron + rng.normal(0, 0.02, 100), iron[:, None], ["fe_h"], "x", "p")


PHASE = {
    "quantity": "actions",
    "star_id": "ID",
    "values": {
        "ra": {"value": "RA"},
        "dec": {"value": "DEC"},
        **{v: {"value": v, "error": f"e_{v}"} for v in ("parallax", "pmra", "pmdec", "rv")},
    },
    "spread": {"jr": 1, "lz": 5, "jz": 1},
    "missing": [],
    "derived_from": ["other measurements"],
}


def without(block, value):
    return block | {"values": {k: v for k, v in block["values"].items() if k != value}}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (without(PHASE, "rv"), "values has no rv; actions are computed from all of ra, dec, par"),
        (without(PHASE, "ra"), "values has no ra; actions are computed from all of"),
        (PHASE | {"spread": {"jr": 1}}, "spread is missing for jz, lz"),
        (PHASE | {"spread": {**PHASE["spread"], "rv": 1}}, "spread names 'rv'.* there are jr, lz"),
        (
            PHASE | {"values": PHASE["values"] | {"jr": {"value": "JR", "error": "E"}}},
            "names 'jr', but actions has ra, dec",
        ),
        (PHASE | {"values": PHASE["values"] | {"rv": {"value": "RV"}}}, "values/rv has no error"),
        (
            PHASE | {"values": PHASE["values"] | {"ra": {"value": "RA", "error": "RA_ERROR"}}},
            "values/ra has error, expected its value alone: places are taken as exact",
        ),
        (
            PHASE | {"values": PHASE["values"] | {"dec": {"value": "D", "low": "L", "high": "H"}}},
            "values/dec has high and low, expected its value alone",
        ),
    ],
)
def test_what_actions_lack_is_one_sentence(block, said):
    check_block("one", PHASE)
    with pytest.raises(InputProblem, match=said):
        check_block("one", block)


def test_places_are_exact_and_motions_keep_their_errors(tmp_path):
    columns = {"RA": [10.0] * 6, "DEC": [5.0] * 6}
    for value in ("parallax", "pmra", "pmdec", "rv"):
        columns |= {value: [2.0] * 6, f"e_{value}": [0.1] * 5 + [0.0]}
    datum, counts = read(tmp_path, PHASE, **columns)
    np.testing.assert_array_equal(datum.errors[0], [0, 0, 0.1, 0.1, 0.1, 0.1])
    assert counts["with_data"] == 5, "an error of 0 is none"


@pytest.mark.parametrize(
    ("ra", "dec", "said"),
    [
        (5.0, 185.0, r"column 'DEC' holds 185, expected a declination from -90 to 90 degrees"),
        (400.0, 5.0, r"column 'RA' holds 400, expected a right ascension from -360 to 360 degrees"),
        (-9999.0, 5.0, r"column 'RA' holds -9999, .* under missing"),
    ],
)
def test_a_place_off_the_sky_is_one_sentence(tmp_path, ra, dec, said):
    columns = {"RA": [10.0] * 5 + [ra], "DEC": [5.0] * 5 + [dec]}
    for value in ("parallax", "pmra", "pmdec", "rv"):
        columns |= {value: [2.0] * 6, f"e_{value}": [0.1] * 6}
    with pytest.raises(InputProblem, match=rf"data.csv: vet/data/one/values: {said}"):
        read(tmp_path, PHASE, **columns)
    sky = {"RA": columns["RA"], "DEC": columns["DEC"]}
    with pytest.raises(InputProblem, match=rf"sky.csv: vet/data/one/position: {said}"):
        read_at(tmp_path, PLACES, **sky)
    if ra == -9999:
        datum, _ = read_at(tmp_path, PLACES, BY_PLACE | {"missing": [-9999]}, **sky)
        assert datum.complete.any()


PLACES = np.array(
    [[10.0, 5.0], [10.0, 5.0005], [40.0, -60.0], [359.99999, 0.0], [80.0, 89.9], [1, 1]]
)
BY_PLACE = {k: v for k, v in VELOCITY.items() if k != "star_id"} | {
    "position": {"ra": "RA", "dec": "DEC", "radius": 1.0}
}


def read_at(tmp_path, places, block=BY_PLACE, **columns):
    path = tmp_path / "sky.csv"
    n = len(columns["RA"])
    pd.DataFrame({"RV": np.arange(float(n)), "E": 1.0, **columns}).to_csv(path, index=False)
    return read_datum(path, block, STARS, "vet/data/one", places)


def test_a_table_is_joined_by_position_also_across_zero(tmp_path):
    """One arcsec is 2.8e-4 deg: 0.36 arcsec north, 0.7 across ra = 0, 40 arcsec away."""
    table = {"RA": [10.0, 1e-4, 40.0, 80.001], "DEC": [5.0001, 0.0, -59.99, 89.9]}
    datum, counts = read_at(tmp_path, PLACES, **table)
    np.testing.assert_array_equal(datum.values[:, 0], [0, np.nan, np.nan, 1, 3, np.nan])
    assert counts["ambiguous"] == 0
    assert counts["stars"] == 3


def test_a_row_near_several_stars_is_counted_and_left_out(tmp_path):
    block = BY_PLACE | {"position": {"ra": "RA", "dec": "DEC", "radius": 2.0}}
    table = {"RA": [10.0, 40.0, 40.0], "DEC": [5.0002, -60.0, -60.0], "E": [1.0, 0.5, 2.0]}
    datum, counts = read_at(tmp_path, PLACES, block, **table)
    assert np.flatnonzero(datum.complete).tolist() == [2]
    assert datum.values[2, 0] == 1.0, "of several rows the smallest error"
    assert (counts["ambiguous"], counts["repeated"]) == (1, 1)


def test_of_two_sources_near_a_star_the_nearer_counts_whatever_its_error(tmp_path):
    """0.1 and 0.9 arcsec east of the star at (40, -60), where a degree of ra is half a degree."""
    near, far = (40 + 2 * apart / 3600 for apart in (0.1, 0.9))
    table = {"RA": [near, far], "DEC": [-60.0] * 2, "RV": [5.0, 80.0], "E": [0.5, 0.1]}
    for order in ([0, 1], [1, 0]):
        mixed = {name: np.array(column)[order] for name, column in table.items()}
        datum, counts = read_at(tmp_path, PLACES, **mixed)
        assert (datum.values[2, 0], datum.errors[2, 0]) == (5.0, 0.5)
        assert (counts["ambiguous"], counts["repeated"]) == (1, 0)


def test_a_star_whose_nearest_row_is_ambiguous_takes_no_other(tmp_path):
    """Stars 0 and 1 are 1.8 arcsec apart: 0.72 from star 0 is near both, 1.5 south near one."""
    block = BY_PLACE | {"position": {"ra": "RA", "dec": "DEC", "radius": 2.0}}
    table = {"RA": [10.0, 10.0, 40.0], "DEC": [5.0002, 5 - 1.5 / 3600, -60.0]}
    datum, counts = read_at(tmp_path, PLACES, block, **table)
    assert np.flatnonzero(datum.complete).tolist() == [2]
    assert counts["ambiguous"] == 2


def test_what_is_wrong_with_positions_is_one_sentence(tmp_path):
    far = {"RA": [200.0], "DEC": [0.0]}
    with pytest.raises(InputProblem, match=r"no row is the only one within 1 arcsec .* in degrees"):
        read_at(tmp_path, PLACES, **far)
    with pytest.raises(InputProblem, match="the sample has no ra and dec"):
        read_at(tmp_path, None, **far)
    with pytest.raises(InputProblem, match="no row has a number in both 'RA' and 'DEC'"):
        read_at(tmp_path, PLACES, RA=[np.nan, 1.0], DEC=[2.0, np.nan])
    with pytest.raises(InputProblem, match="no star of the sample has both ra and dec"):
        read_at(tmp_path, np.full((6, 2), np.nan), **far)
    with pytest.raises(InputProblem, match="the sample: column 'dec' holds 200, expected a decl"):
        read_at(tmp_path, PLACES[:, ::-1] + [0, 190], **far)
    check_block("one", BY_PLACE)
    with pytest.raises(InputProblem, match="has both star_id and position"):
        check_block("one", BY_PLACE | {"star_id": "ID"})
    lost = {k: v for k, v in BY_PLACE.items() if k != "position"}
    with pytest.raises(InputProblem, match="has neither star_id nor position"):
        check_block("one", lost)


@pytest.mark.parametrize(("value", "error"), [(-999.0, 0.1), (-9999.99, 0.1), (1.0, -9.99)])
def test_the_usual_codes_of_a_missing_value_need_not_be_named(tmp_path, value, error):
    columns = {"RV": [1.0, 2.0, 3.0, 4.0, 5.0, value], "E": [0.1] * 5 + [error]}
    datum, counts = read(tmp_path, VELOCITY, **columns)
    assert counts["with_data"] == 5
    assert not np.isfinite(datum.values[5, 0] + datum.errors[5, 0])


def test_an_error_in_a_unit_of_its_own_is_converted_by_it(tmp_path):
    table = Table({"ID": STARS, "RV": np.arange(6.0), "E": np.full(6, 300.0)})
    table["RV"].unit, table["E"].unit = "km/s", "m/s"
    table.write(tmp_path / "data.fits")
    datum, _ = read_datum(tmp_path / "data.fits", VELOCITY, STARS, "vet/data/one")
    np.testing.assert_allclose(datum.values[:, 0], np.arange(6.0))
    np.testing.assert_allclose(datum.errors[:, 0], 0.3)


def test_an_error_without_a_unit_is_in_that_of_its_value(tmp_path):
    table = Table({"ID": STARS, "RV": np.arange(6.0), "E": np.full(6, 300.0)})
    table["RV"].unit = "m/s"
    table.write(tmp_path / "data.fits")
    datum, _ = read_datum(tmp_path / "data.fits", VELOCITY, STARS, "vet/data/one")
    np.testing.assert_allclose(datum.errors[:, 0], 0.3)


def test_a_unit_that_nobody_knows_is_said(tmp_path, caplog):
    table = Table({"ID": STARS, "RV": np.arange(6.0), "E": np.full(6, 0.3)})
    table["RV"].unit = "furlongs/fortnights"
    with caplog.at_level(logging.WARNING):
        table.write(tmp_path / "data.ecsv")
        read_datum(tmp_path / "data.ecsv", VELOCITY, STARS, "vet/data/one")
    assert "has the unit 'furlongs/fortnights', which is not known; it is taken as km/s" in (
        caplog.text
    )

"""Cuts as the schema completes or refuses them, and on real giants and their real flags."""

import copy

import numpy as np
import pandas as pd
import pytest
import yaml
from stage_of_select import BITMASKS, PLAIN, Stage

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.select.quality import any_bit_set, bit_mask_from, bit_numbers

GIANTS = ["mg", "o", "si", "s", "ca", "cn", "na", "al", "k", "cr", "fe", "ni", "mn", "co", "ce"]


@pytest.fixture(scope="module")
def config(root):
    document = yaml.safe_load((root / "config" / "config.yaml").read_text())
    schema = root / "workflow" / "schemas" / "config.schema.yaml"

    def check(cuts):
        changed = copy.deepcopy(document)
        changed["samples"]["idealised"]["cuts"] = cuts
        return checked_config(changed, schema)["samples"]["idealised"]["cuts"]

    return check


def test_the_defaults_of_cuts(config):
    found = config({"trends": {}})
    assert found["duplicates"] == "error"
    assert found["missing"] == {"policy": "complete", "max_fraction": 0.2, "neighbours": 10}
    assert found["trends"] == {"order": 1, "clip": 4}
    assert "error_max" not in found
    assert "outliers" not in found


@pytest.mark.parametrize(
    ("cuts", "sentence"),
    [
        ({"duplicate": "first"}, "'duplicate'.*did you mean 'duplicates'"),
        ({"windows": {"snr": {"low": 70}}}, "unknown key 'low'"),
        ({"windows": {"snr": {}}}, "windows/snr"),
        ({"windows": {"snr": {"min": "70"}}}, "windows/snr/min is '70'"),
        ({"error_max": 0}, "error_max is 0"),
        ({"error_max": {"mg": -0.1}}, "error_max/mg is -0.1"),
        ({"outliers": -1}, "outliers is -1"),
        ({"flags": {"star": [64]}}, "flags/star/0 is 64"),
        ({"flags": {"star": "STAR_BAD"}}, "flags/star is 'STAR_BAD'"),
        ({"missing": {"policy": "drop"}}, "missing/policy is 'drop'"),
        ({"trends": {"order": 3}}, "trends/order is 3"),
    ],
)
def test_cuts_that_the_schema_refuses(config, cuts, sentence):
    with pytest.raises(InputProblem, match=sentence):
        config(cuts)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


@pytest.fixture(scope="module")
def giants(extracts):
    """APOGEE DR17 giants (Griffith et al. 2024), [X/H] of 15 elements."""
    from astropy.table import Table

    raw = Table.read(extracts / "apogee" / "dr17_giants_15el.fits")
    table = pd.DataFrame({"star_id": np.asarray(raw["APOGEE_ID"], dtype=str)})
    table["cluster"] = np.char.strip(np.asarray(raw["CLUSTER"], dtype=str))
    for element in GIANTS:
        name = f"{element.upper()}_H"
        table[f"{element}_h"] = np.asarray(raw[name], dtype=float)
        table[f"{element}_h_err"] = np.asarray(raw[f"{name}_ERR"], dtype=float)
    return table


@pytest.mark.parametrize(
    ("column", "mask", "bits"),
    [
        ("STARFLAG", "apogee_starflag", ["PERSIST_HIGH", "BRIGHT_NEIGHBOR", "PERSIST_LOW"]),
        ("ASPCAPFLAG", "apogee_aspcapflag", ["STAR_WARN", "N_M_WARN", "STAR_BAD"]),
        ("EXTRATARG", "apogee_extratarg", ["NOT_MAIN", "DUPLICATE"]),
        ("P_FE_FLAG", "apogee_paramflag", ["GRIDEDGE_BAD", "CALRANGE_BAD", "GRIDEDGE_WARN"]),
    ],
)
def test_bits_of_real_flags_agree_with_the_words_of_the_survey(extracts, root, column, mask, bits):
    from astropy.table import Table

    raw = Table.read(extracts / "apogee" / "Montalban2021_X_APOGEE_DR17.fits")
    document = yaml.safe_load((root / BITMASKS / f"{mask}.yaml").read_text())
    definition = bit_mask_from(document, mask)
    words = {"STARFLAG": "STARFLAGS", "ASPCAPFLAG": "ASPCAPFLAGS"}.get(column)
    for bit in bits:
        found = any_bit_set(np.asarray(raw[column]), bit_numbers([bit], definition, "key"))
        expected = [(int(value) >> definition.bits[bit]) & 1 == 1 for value in raw[column]]
        assert found.tolist() == expected
        if words and words in raw.colnames:
            assert found.tolist() == [bit in str(text).split(",") for text in raw[words]]


def test_real_giants_that_are_complete_in_15_elements(stage, giants):
    cuts = {**PLAIN, "duplicates": "error"}
    sample, funnel = stage.select(giants, cuts, elements=GIANTS, ratio="x_h")
    assert funnel["stars_left"].tolist()[0] == 48_659
    assert funnel["stars_left"].tolist()[-1] == 47_934
    assert len(sample) == 47_934
    space = stage.space(ratio="x_fe", scale="error_scaled")
    back = space["mg_fe"] * space.attrs["divisor"][0]
    np.testing.assert_allclose(back, sample["mg_h"] - sample["fe_h"], atol=1e-12)

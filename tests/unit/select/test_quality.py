"""Bits of flag masks, cuts, duplicates, the funnel."""

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chemtag.base.problems import InputProblem
from chemtag.select.quality import (
    BitMask,
    Funnel,
    any_bit_set,
    bit_mask_from,
    bit_numbers,
    kept_entries,
    outliers,
    within,
)

STARFLAG = BitMask("starflag.yaml", 32, {"BAD_PIXELS": 0, "LOW_SNR": 4, "RV_FAIL": 22})


def as_int64(pattern: int) -> int:
    return pattern - 2**64 if pattern >= 2**63 else pattern


@pytest.mark.parametrize("bit", range(64))
def test_each_bit_is_seen_alone_and_absent_among_all_others(bit):
    alone, others = 1 << bit, (2**64 - 1) ^ (1 << bit)
    masks = np.array([as_int64(alone), as_int64(others), 0, -1], dtype=np.int64)
    assert any_bit_set(masks, [bit]).tolist() == [True, False, False, True]


@pytest.mark.parametrize("bit", range(32))
def test_each_bit_of_a_32_bit_mask_survives_the_way_to_64_bits(bit):
    pattern = np.array([1 << bit, (2**32 - 1) ^ (1 << bit)], dtype=np.uint32).view(np.int32)
    assert any_bit_set(pattern, [bit]).tolist() == [True, False]
    assert any_bit_set(pattern.astype(np.int64), [bit]).tolist() == [True, False]


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20),
    st.lists(st.integers(0, 63), min_size=1, max_size=8),
)
def test_bits_agree_with_whole_numbers_of_python(masks, bits):
    wanted = sum(1 << bit for bit in set(bits))
    expected = [(mask % 2**64) & wanted != 0 for mask in masks]
    assert any_bit_set(np.array(masks, dtype=np.int64), bits).tolist() == expected


def test_masks_that_are_not_integers_are_refused():
    with pytest.raises(TypeError, match="float64"):
        any_bit_set(np.array([1.0]), [0])


def test_no_bits_flag_no_star():
    assert not any_bit_set(np.array([-1, 0, 7]), []).any()


def test_names_and_numbers_of_bits():
    assert bit_numbers(["RV_FAIL", 31, "BAD_PIXELS"], STARFLAG, "key") == [22, 31, 0]
    assert bit_numbers([41, 63], None, "key") == [41, 63]


@pytest.mark.parametrize(
    ("wanted", "mask", "sentence"),
    [
        (
            ["BAD_PIXEL"],
            STARFLAG,
            "bit 'BAD_PIXEL', which is not in starflag.yaml; near.*BAD_PIXELS",
        ),
        (["bad_pixels"], STARFLAG, "near names are BAD_PIXELS"),
        (["XYZ"], STARFLAG, "near names are BAD_PIXELS, LOW_SNR, RV_FAIL"),
        ([32], STARFLAG, "bit 32; the mask has bits 0 to 31 in starflag.yaml"),
        ([64], None, "bits 0 to 63"),
        (["STAR_BAD"], None, "no mask definition is given"),
    ],
)
def test_bits_that_are_not_there(wanted, mask, sentence):
    with pytest.raises(InputProblem, match=f"config: samples/x/cuts/flags/star names .*{sentence}"):
        bit_numbers(wanted, mask, "samples/x/cuts/flags/star")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (["A"], "keys width and bits"),
        ({"width": 24, "bits": {"A": 0}}, "width is 24"),
        ({"width": 32, "bits": {"A": 32}}, "A is 32; expected a whole number from 0 to 31"),
        ({"width": 32, "bits": {"A": "1"}}, "A is '1'"),
        ({"width": 32, "bits": {"A": True}}, "A is True"),
        ({"width": 32, "bits": {"A": 3, "B": 3}}, "A and B both name bit 3"),
    ],
)
def test_mask_definitions_that_are_wrong(document, sentence):
    with pytest.raises(InputProblem, match=f"m.yaml: .*{sentence}"):
        bit_mask_from(document, "m.yaml")


def test_shipped_mask_definitions_hold_the_bits_of_the_surveys(root):
    masks = {
        path.stem: bit_mask_from(yaml.safe_load(path.read_text()), path.name)
        for path in sorted((root / "resources" / "bitmasks").glob("*.yaml"))
    }
    # level-1 (BAD) bits of SDSS DR17 as numbers of the survey's documentation
    bad = {
        "apogee_starflag": {0, 3, 18, 22},
        "apogee_aspcapflag": {16, 17, 23, 25, 26, 28, 31, 32, 33, 34, 35, 36, 40, 41},
        "apogee_paramflag": {0, 2, 3, 6},
    }
    names = {
        "apogee_starflag": "BAD_PIXELS VERY_BRIGHT_NEIGHBOR BAD_RV_COMBINATION RV_FAIL",
        "apogee_aspcapflag": "TEFF_BAD LOGG_BAD STAR_BAD COLORTE_BAD ROTATION_BAD SPEC_HOLE_BAD "
        "NO_ASPCAP_RESULT MISSING_APSTAR NO_GRID BAD_FRAC_LOWSNR BAD_FRAC_BADPIX FERRE_FAIL "
        "PROBLEM_TARGET MULTIPLE_SUSPECT",
        "apogee_paramflag": "GRIDEDGE_BAD OTHER_BAD FERRE_FAIL TEFF_CUT",
    }
    for stem, bits in bad.items():
        assert set(bit_numbers(names[stem].split(), masks[stem], "key")) == bits
    assert masks["apogee_extratarg"].bits["DUPLICATE"] == 4
    assert masks["apogee_paramflag"].bits["SPEC_RC"] == 24
    assert masks["apogee_aspcapflag"].width == 64
    for path in (root / "resources" / "bitmasks").glob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        assert document["source"]
        assert document["description"]


def test_windows_include_their_ends_and_exclude_missing_values():
    values = np.array([1.0, 2.0, 3.0, np.nan, np.inf])
    assert within(values, 1.0, 3.0).tolist() == [True, True, True, False, False]
    assert within(values, None, 2.0).tolist() == [True, True, False, False, False]
    assert within(values, None, None).tolist() == [True, True, True, False, True]
    assert within(values, 2.0, None).tolist() == [False, True, True, False, True]


def test_outliers_by_hand():
    # median 3, deviations 2 1 0 1 97: MAD 1, sigma 1.4826
    values = np.array([[1.0], [2.0], [3.0], [4.0], [100.0]])
    everyone = np.ones(5, dtype=bool)
    assert outliers(values, everyone, 65.0, ["x"]).tolist() == [False] * 4 + [True]
    assert not outliers(values, everyone, 66.0, ["x"]).any()
    with pytest.raises(InputProblem, match=r"mg_fe.*equal"):
        outliers(np.array([[1.0], [1.0], [1.0], [2.0]]), np.ones(4, dtype=bool), 5, ["mg_fe"])


def test_a_missing_abundance_is_no_outlier():
    values = np.array([[0.0, np.nan], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    assert not outliers(values, np.ones(4, dtype=bool), 3.0, ["x", "y"]).any()


ENTRIES = pd.DataFrame(
    {
        "star_id": ["a", "b", "a", "c", "a", "c"],
        "snr": [50.0, 80.0, 90.0, np.nan, 90.0, 20.0],
        "teff": [1.0, 2.0, 5.0, 4.0, 3.0, 6.0],
    }
)


def test_duplicates_by_best_snr_first_and_error():
    # a: two entries of S/N 90, the one of lower teff; c: a known S/N before an unknown one
    best = kept_entries(ENTRIES, "best_snr", "here")
    assert np.flatnonzero(best).tolist() == [1, 4, 5]
    assert np.flatnonzero(kept_entries(ENTRIES, "first", "here")).tolist() == [0, 1, 3]
    with pytest.raises(
        InputProblem, match=r"here: star_id 'a' and 1 other stars occur.*cuts/duplicates"
    ):
        kept_entries(ENTRIES, "error", "here")
    with pytest.raises(InputProblem, match="no column snr"):
        kept_entries(ENTRIES.drop(columns="snr"), "best_snr", "here")
    assert kept_entries(ENTRIES.iloc[:2], "error", "here").all()


@pytest.mark.parametrize("seed", range(5))
def test_the_best_entry_does_not_depend_on_the_order_of_rows(seed):
    shuffled = ENTRIES.sample(frac=1, random_state=seed)
    kept = shuffled[kept_entries(shuffled, "best_snr", "here")].sort_values("star_id")
    assert kept["teff"].tolist() == [3.0, 2.0, 6.0]


def test_the_funnel_counts_entries_and_distinct_members():
    funnel = Funnel("s", np.array(["a", "a", "b", "c", "d"]), np.array(["X", "X", "X", "Y", ""]))
    funnel.cut("one", "words", np.array([True, False, True, True, True]), "mend")
    funnel.cut("two", "words", np.array([True, True, True, False, False]), "mend")
    table = funnel.table()
    assert table["stars_left"].tolist() == [5, 4, 2]
    assert table["stars_lost"].tolist() == [0, 1, 2]
    assert table["members_left"].tolist() == [3, 3, 2]
    assert table["clusters_left"].tolist() == [2, 2, 1]
    assert table["detail"][0] == "the catalogue as read, entries of 4 stars"
    with pytest.raises(InputProblem, match="sample s: no star is left after the cut 'w', which"):
        funnel.cut("three", "w", np.zeros(5, dtype=bool), "mend it")

"""Who belongs to which cluster: names, thresholds, joins, conflicts."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from chemtag.base.problems import InputProblem
from chemtag.survey.cluster_names import Aliases, key_of, normalised
from chemtag.survey.membership import (
    clean_probability,
    is_chemical,
    is_field,
    join_identifiers,
    join_positions,
    join_source_ids,
    members_of,
    passes,
    strongest,
)

ROOT = Path(__file__).resolve().parents[3]
ALIASES = Aliases(yaml.safe_load((ROOT / "resources/clusters/aliases.yaml").read_text()))
NAN = np.nan


def block(**changes):
    return {"cluster": "CLUSTER", "field_values": ["", "field"], "above": {}, "min": {}, **changes}


def candidates(star_id, cluster, **columns):
    return pd.DataFrame({"star_id": star_id, "cluster": cluster, **columns})


STARS = pd.DataFrame(
    {
        "star_id": ["a", "a", "b", "c", "d"],
        "ra": [10.0, 10.0, 10.001, 359.9999, 40.0],
        "dec": [80.0, 80.0, 80.0, -5.0, 0.0],
        "gaia_source_id": [11, 11, 12, 0, 2**62 + 1],
    }
)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("NGC_2682", "NGC 2682"),
        ("NGC 2682", "NGC 2682"),
        ("NGC2682", "NGC 2682"),
        ("ngc  2682 ", "NGC 2682"),
        ("M 67", "NGC 2682"),
        ("M67", "NGC 2682"),
        ("Pleiades", "Melotte 22"),
        ("MELOTTE 22", "Melotte 22"),
        ("Cl Melotte 22", "Melotte 22"),
        ("Mel_22", "Melotte 22"),
        ("VDBERGH-HAGEN 131", "BH 131"),
        ("Tr 5", "Trumpler 5"),
        ("Basel_11b", "Basel 11b"),
        ("L_1641S", "L 1641S"),
        ("IRAS 02044+6031", "IRAS 02044+6031"),
        ("my cluster", "my cluster"),
    ],
)
def test_names_of_a_cluster_are_one(written, kept):
    assert normalised([written], ALIASES) == {written: kept}


def test_spellings_that_share_a_key_get_one_name_in_any_order():
    names = ["FSR 304", "FSR 0304", "FSR_0304", "ESO 131-09", "ESO_131_09", "Sigma_Orionis"]
    expected = normalised(names, ALIASES)
    assert len(set(expected.values())) == 3
    assert expected["FSR 304"] == "FSR 0304"
    assert normalised(names[::-1], ALIASES) == expected


@pytest.mark.parametrize(
    ("one", "two"),
    [("NGC 188", "NGC 1880"), ("-1", "1"), ("Teutsch 5", "Teutsch 51"), ("1.5", "15"), ("A", "B")],
)
def test_different_clusters_stay_apart(one, two):
    assert key_of(one) != key_of(two)


def test_field_labels_are_told_in_any_case():
    labels = np.array(["", "Field ", "NGC 188", "-1", " "], dtype=object)
    assert is_field(labels, ["field", -1]).tolist() == [True, True, False, True, True]


def test_above_is_strict_min_is_not_and_missing_passes_nothing():
    table = pd.DataFrame(
        {"above/P": [0.7, 0.71, NAN, 2.0, -1.0], "min/Q": [1.0, 1.0, 1.0, 1.0, 1.0]}
    )
    assert passes(table, {"P": 0.7}, {"Q": 1}).tolist() == [False, True, False, True, False]
    assert passes(table, {}, {"Q": 1.5}).sum() == 0
    assert passes(table, {}, {}).all()


def test_a_probability_is_between_zero_and_one():
    values = [0.0, 1.0, 0.5, -1.0, 2.0, 999999, -9999.99, NAN, np.inf]
    np.testing.assert_array_equal(clean_probability(values), [0, 1, 0.5] + [NAN] * 6)


@pytest.mark.parametrize("name", ["FEH_PROB", "FeH_Prob_ASPCAP", "FE_H", "M_H", "chem_prob"])
def test_columns_made_from_abundances_are_known(name):
    assert is_chemical(name)


@pytest.mark.parametrize("name", ["RV_PROB", "CG_PROB", "PM_PROB", "EH_Prob", "proba", "Prob"])
def test_other_probabilities_are_not_chemical(name):
    assert not is_chemical(name)


def test_a_star_in_two_clusters_goes_to_the_most_probable_then_the_first_by_name():
    table = candidates(
        ["a", "a", "b", "b", "c", "c", "d", "d"],
        ["Y", "X", "Y", "X", "X", "Y", "Z", "Z"],
        probability=[0.9, 0.8, 0.5, 0.5, NAN, 0.0, 0.3, 0.6],
    )
    kept, conflicts = strongest(table)
    assert dict(zip(kept["star_id"], kept["cluster"], strict=True)) == {
        "a": "Y",
        "b": "X",
        "c": "Y",
        "d": "Z",
    }
    assert conflicts == 3
    assert kept["probability"].tolist() == [0.9, 0.5, 0.0, 0.6]
    rng = np.random.default_rng(0)
    for _ in range(10):
        again, _ = strongest(table.iloc[rng.permutation(len(table))])
        pd.testing.assert_frame_equal(again, kept)


def test_joins_by_identifier_and_gaia_source():
    table = candidates(["d", "x", "a"], ["A"] * 3, gaia_source_id=[2**62 + 1, 0, 11])
    assert join_identifiers(table, STARS).tolist() == ["d", "", "a"]
    pairs = join_source_ids(table, STARS)
    assert pairs.values.tolist() == [[0, "d"], [2, "a"]]


def test_the_join_by_position_is_the_nearest_star_within_the_radius():
    # At declination 80 degrees, 0.001 degrees of right ascension are 0.625 arcsec.
    table = candidates(
        [""] * 5,
        ["A"] * 5,
        ra=[10.0004, 10.0009, 0.0, 40.0, NAN],
        dec=[80.0, 80.0, -5.0, 1.1 / 3600, 0.0],
    )
    pairs, several = join_positions(table, STARS, 1.0)
    assert pairs.values.tolist() == [[0, "a"], [1, "b"], [2, "c"]]
    assert several == 2


def test_the_join_by_position_agrees_with_all_pairs():
    rng = np.random.default_rng(5)
    stars = pd.DataFrame(
        {
            "star_id": [f"s{i:03d}" for i in range(300)],
            "ra": rng.uniform(0, 0.02, 300) % 360,
            "dec": rng.uniform(-0.01, 0.01, 300),
        }
    )
    table = candidates(
        [""] * 100, ["A"] * 100, ra=rng.uniform(0, 0.02, 100), dec=rng.uniform(-0.01, 0.01, 100)
    )
    pairs, _ = join_positions(table, stars.sample(frac=1, random_state=1), 2.0)

    def unit(frame):
        ra, dec = np.radians(frame["ra"].to_numpy()), np.radians(frame["dec"].to_numpy())
        return np.column_stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])

    chord = np.linalg.norm(unit(table)[:, None] - unit(stars)[None], axis=2)
    separation = np.degrees(2 * np.arcsin(chord / 2)) * 3600
    expected = [
        [i, f"s{np.argmin(row):03d}"] for i, row in enumerate(separation) if row.min() <= 2.0
    ]
    assert pairs.values.tolist() == expected
    assert 10 < len(expected) < 100


def test_members_come_with_clean_names_probabilities_and_source(caplog):
    table = candidates(
        ["a", "b", "b", "c", "x"],
        ["NGC_2682", "M 67", "King 5", "field", "King_5"],
        probability=[0.8, 0.9, 0.95, 1.0, 0.9],
    )
    with caplog.at_level(logging.INFO, logger="chemtag"):
        found = members_of(
            table, STARS, block(probability="P", source="test"), ALIASES, "list.fits"
        )
    assert found.values.tolist() == [
        ["a", "NGC 2682", 0.8, "test"],
        ["b", "King 5", 0.95, "test"],
    ]
    assert "1 stars are listed in several clusters" in caplog.text
    assert "1 of 4 rows match no star of the catalogue" in caplog.text
    assert "2 members of 2 clusters" in caplog.text


def test_chemistry_in_the_membership_is_warned_of(caplog):
    table = candidates(["a"], ["X"], **{"above/FEH_PROB": [0.5], "above/RV_PROB": [0.5]})
    members_of(table, STARS, block(above={"RV_PROB": 0.01}), ALIASES, "list.fits")
    assert "abundances" not in caplog.text
    members_of(table, STARS, block(above={"FEH_PROB": 0.01}), ALIASES, "list.fits")
    assert "membership uses FEH_PROB, which comes from abundances" in caplog.text
    assert "circular" in caplog.text


def test_asked_clusters_alone_are_kept_under_any_of_their_names():
    table = candidates(["a", "b"], ["NGC_2682", "King 5"])
    found = members_of(table, STARS, block(clusters=["M 67"]), ALIASES, "list.fits")
    assert found["star_id"].tolist() == ["a"]


BAD = [
    (
        candidates(["a"], ["NGC 2682"]),
        {"clusters": ["NGC 2862"]},
        "no star is labelled 'NGC 2862' (members/clusters); did you mean NGC 2682?",
    ),
    (
        candidates(["x", "y"], ["King 5"] * 2),
        {},
        "none of 2 members matches a star of the catalogue by star_id (members hold x, the "
        "catalogue a)",
    ),
    (
        candidates(["x"], ["King 5"], gaia_source_id=[99]),
        {"gaia_source_id": "G"},
        "by gaia_source_id (members hold 99, the catalogue 11)",
    ),
    (
        candidates(["x"], ["King 5"], ra=[200.0], dec=[0.0]),
        {"ra": "R", "dec": "D", "radius": 1.5},
        "by position within 1.5 arcsec",
    ),
    (
        candidates(["a", "b"], ["", "field"]),
        {},
        "column 'CLUSTER' (members/cluster) names no cluster in any of 2 rows",
    ),
    (
        candidates(["a", "b"], ["X", "Y"], **{"above/P": [0.1, NAN]}),
        {"above": {"P": 0.5}},
        "none of 2 labelled rows passes the thresholds {'P': 0.5}",
    ),
    (
        candidates(["a", "b"], ["X", "Y"], probability=[90.0, 100.0]),
        {"probability": "P"},
        "column 'P' (members/probability) exceeds 1 in most rows (up to 100)",
    ),
]


@pytest.mark.parametrize(("table", "changes", "sentence"), BAD)
def test_bad_memberships_are_one_sentence(table, changes, sentence):
    with pytest.raises(InputProblem) as problem:
        members_of(table, STARS, block(**changes), ALIASES, "list.fits")
    assert sentence in str(problem.value)
    assert str(problem.value).startswith("list.fits: ")

"""What a candidate is said to be: by hand, and against the plainest computation."""

import numpy as np
import pandas as pd
import pytest
from vet.catalogue import COLUMNS, catalogue, sample

from chemtag.base.settings import Setting
from chemtag.base.tables import read_table, write_table
from chemtag.vet.candidates import (
    candidates_table,
    names_of,
    persistence,
    robust_centre,
    weighted_mean,
)
from list_candidates import list_candidates


def test_a_mean_of_two_stars_by_hand():
    # weights 100 and 25: mean (100*0.1 + 25*0.2)/125 = 0.12; quoted error 1/sqrt(125);
    # scatter: sqrt((100*0.02^2 + 25*0.08^2)/(1*125)) = sqrt(0.2/125) = 0.04
    mean, error = weighted_mean(np.array([0.1, 0.2]), np.array([0.1, 0.2]))
    assert mean == pytest.approx(0.12)
    assert error == pytest.approx(max(125**-0.5, (0.2 / 125) ** 0.5))
    far, wide = weighted_mean(np.array([0.0, 1.0]), np.array([0.1, 0.1]))
    assert (far, wide) == (pytest.approx(0.5), pytest.approx(0.5))


def test_a_star_without_value_or_error_does_not_count():
    values = np.array([0.1, np.nan, 0.5, 0.7])
    errors = np.array([0.1, 0.1, np.nan, 0.0])
    assert weighted_mean(values, errors) == (pytest.approx(0.1), pytest.approx(0.1))
    assert np.isnan(weighted_mean(values[:0], errors[:0])).all()


def test_the_error_of_the_mean_covers_the_truth():
    rng = np.random.default_rng(5)
    errors = rng.uniform(0.02, 0.05, 40)
    off = []
    for _ in range(400):
        mean, error = weighted_mean(rng.normal(0, errors), errors)
        off.append(mean / error)
    inside = np.mean(np.abs(off) < 1)
    assert 0.68 < inside < 0.85  # the larger of two errors, so on the safe side


def test_each_group_has_its_chemistry_beside_that_of_the_field():
    stars, members = sample()
    groups, rows = candidates_table("field", members, stars, COLUMNS, {})
    assert groups["n_stars"].tolist() == [8, 5]
    assert groups["candidate"].tolist() == ["field-000", "field-001"]
    inside = stars["star_id"].isin(members["star_id"])
    middle, width = robust_centre(stars.loc[~inside, "mg_fe"].to_numpy())
    own = stars.set_index("star_id").loc[members.loc[members["group"] == 1, "star_id"]]
    mean = weighted_mean(own["mg_fe"].to_numpy(), own["mg_fe_err"].to_numpy())[0]
    assert groups.loc[1, "mg_fe"] == mean
    assert groups.loc[1, "mg_fe_field"] == pytest.approx((mean - middle) / width)
    assert rows["candidate"].value_counts().to_dict() == {"field-000": 8, "field-001": 5}
    assert rows["teff"].tolist() == stars.set_index("star_id").loc[rows["star_id"], "teff"].tolist()


def test_what_is_known_of_a_group_goes_along_and_what_nobody_knows_is_no_column():
    stars, members = sample()
    trust = {"evidence": pd.Series({1: 3.0, 0: 7.0}), "p_family": pd.Series({0: np.nan})}
    groups, _ = candidates_table("field", members, stars, COLUMNS, trust)
    assert groups["evidence"].tolist() == [7.0, 3.0]
    assert "p_family" not in groups


def test_a_sample_without_groups_has_an_empty_catalogue(tmp_path):
    stars, members = sample()
    groups, rows = candidates_table("field", members[:0], stars, COLUMNS, {})
    for table, contract in ((groups, "candidates"), (rows, "candidate_members")):
        write_table(table, tmp_path / "t.ecsv", contract)
        assert len(read_table(tmp_path / "t.ecsv", contract)) == 0


def test_names_sort_as_numbers_do():
    assert names_of("a", 2) == ["a-000", "a-001"]
    names = names_of("a", 1200)
    assert names == sorted(names)


def test_the_catalogue_does_not_depend_on_the_order_of_rows():
    stars, members = sample()
    mixed = members.sample(frac=1, random_state=3)
    one, _ = candidates_table("field", members, stars, COLUMNS, {})
    two, _ = candidates_table("field", mixed, stars, COLUMNS, {})
    pd.testing.assert_frame_equal(one, two)
    assert set(catalogue()) == {"candidates", "members"}


def test_persistence_is_the_share_of_settings_in_which_a_group_comes_back():
    """Of {a b c}: setting y has {a b c d}, 3 of 4 in common; z has {a}, 1 of 3; w has none."""
    rows = {
        "x": {0: "abc", 1: "fg"}, "y": {0: "abcd", 1: "fg"}, "z": {0: "a", 1: "fh"}, "w": {0: "hi"},
    }  # fmt: skip
    groups = pd.DataFrame(
        [(s, star, g) for s, found in rows.items() for g, stars in found.items() for star in stars],
        columns=["setting", "star_id", "group"],
    )
    found = persistence(groups, "x", list("wxyz"))
    assert found.to_dict() == pytest.approx({0: 1 / 3, 1: 1 / 3})
    assert persistence(groups, "x", ["x"]).empty
    assert persistence(groups, "x", list("wyz")).empty, "another tagger has no grid"


def test_settings_without_groups_count_and_other_taggers_do_not():
    """Settings a and b find {1 .. 5}, c and d nothing: one of three; so does a tagger t."""
    rows = [(setting, star, 0) for setting in "abt" for star in range(5)]
    groups = pd.DataFrame(rows, columns=["setting", "star_id", "group"])
    assert persistence(groups, "a", list("abcd")).to_dict() == pytest.approx({0: 1 / 3})


def test_groups_of_a_sample_tagged_by_motions_become_candidates(tmp_path):
    stars, members = sample(n_field=60)
    rng = np.random.default_rng(2)
    for name in ("pmra", "pmdec"):
        stars[name], stars[f"{name}_err"] = rng.normal(0, 5, len(stars)), 0.1
    keep = [c for c in stars if not c.startswith(tuple(COLUMNS))]
    meta = {"ratio": "x_fe", "elements": [], "features": ["pmra", "pmdec"]}
    write_table(stars[keep], tmp_path / "a.parquet", "abundances", meta)
    names = [Setting("euclidean", "leaf", size, 3).name for size in (5, 7, 9)]
    rows = pd.concat([members.assign(setting=s) for s in (*names[:2], "ladder")])
    write_table(rows.reset_index(drop=True), tmp_path / "g.parquet", "groups")
    grid = pd.DataFrame(
        {"setting": [*names, "ladder"], "tagger": [*["hdbscan"] * 3, "ladder"],
         "metric": [*["euclidean"] * 3, ""], "method": [*["leaf"] * 3, ""],
         "min_cluster_size": [5, 7, 9, 0], "min_samples": [3, 3, 3, 0], "n_stars": 60,
         "n_groups": [2, 2, 0, 2], "noise_fraction": 0.5, "largest_group": 5, "median_group": 5.0}
    )  # fmt: skip
    write_table(grid, tmp_path / "s.ecsv", "settings")
    headline = {"metric": "euclidean", "method": "leaf", "min_cluster_size": 5, "min_samples": 3}
    list_candidates(
        tmp_path / "a.parquet", tmp_path / "g.parquet", tmp_path / "s.ecsv", None, None, None,
        tmp_path / "c.ecsv", tmp_path / "m.ecsv", tmp_path / "seal.json", headline=headline,
        level="listed", sample="s",
    )  # fmt: skip
    found = read_table(tmp_path / "c.ecsv", "candidates")
    assert found["persistence"].tolist() == [0.5, 0.5], "mcs9 has no group"
    inside = stars["star_id"].isin(members.loc[members["group"] == 1, "star_id"])
    assert found["pmdec"][1] == pytest.approx(stars.loc[inside, "pmdec"].mean())
    assert "fe_h" not in found

"""The step score_oracle: the best setting of all spaces, and what chance gives such a search."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.tables import read_table, write_table
from chemtag.select.truth import truth_table
from score_groups import score_groups
from score_oracle import score_oracle

STARS = np.array([f"s{i:02d}" for i in range(60)], dtype=object)
CLUSTERS = np.repeat(["A", "B", "C", "D", "E", ""], 10)
SETTINGS = [f"euclidean-leaf-mcs{size}-ms1" for size in range(2, 8)]


def tagged(folder, space, groups):
    """Tables `groups`, `settings` and `space` of codes (n_settings, n_stars)."""
    paths = {name: folder / f"{space}.{name}" for name in ("groups.parquet", "settings.ecsv")}
    rows = [
        {"setting": name, "star_id": star, "group": group, "probability": 1.0}
        for name, row in zip(SETTINGS, groups, strict=True)
        for star, group in zip(STARS, row, strict=True)
        if group >= 0
    ]
    settings = pd.DataFrame(
        {
            "setting": SETTINGS, "metric": "euclidean", "method": "leaf",
            "min_cluster_size": range(2, 8), "min_samples": 1, "n_stars": len(STARS),
            "n_groups": groups.max(axis=1) + 1, "noise_fraction": np.mean(groups < 0, axis=1),
            "largest_group": 1, "median_group": np.nan,
        }
    )  # fmt: skip
    write_table(pd.DataFrame(rows), paths["groups.parquet"], "groups")
    write_table(settings, paths["settings.ecsv"], "settings")
    write_table(
        pd.DataFrame({"star_id": STARS, "fe_h": 0.0}), folder / f"{space}.space.parquet", "space"
    )
    return paths["groups.parquet"], paths["settings.ecsv"]


@pytest.fixture
def searched(tmp_path):
    """Two spaces of six settings each: random pairs and triples of stars in both."""
    rng = np.random.default_rng(3)
    members = pd.DataFrame(
        {"star_id": STARS, "cluster": CLUSTERS, "probability": 1.0, "source": "test"}
    )
    listed = truth_table(STARS, members[members["cluster"] != ""], 3, "here")
    write_table(listed, tmp_path / "truth.parquet", "truth", {"min_members": 3})
    found = [rng.integers(-1, 14, size=(6, 60)) for _ in "12"]
    # in the second space one setting finds cluster A
    found[1][4][:10] = 14
    files = [
        tagged(tmp_path, space, np.array(codes)) for space, codes in zip("12", found, strict=True)
    ]
    common = {
        "truth": tmp_path / "truth.parquet",
        "n_permutations": 60,
        "n_bootstrap": 20,
        "seed": 5,
        "sample": "sixty",
    }
    for space, (groups, settings) in zip("12", files, strict=True):
        score_groups(
            groups=groups,
            settings=settings,
            space=tmp_path / f"{space}.space.parquet",
            resampled=None,
            headline=SETTINGS[0],
            **common,
            **{
                name: tmp_path / f"{space}.{name}.ecsv"
                for name in ("scores", "clusters", "group_scores", "recovery", "recovery_sizes")
            },
            oracle_scores=tmp_path / f"{space}.oracle_scores.ecsv",
        )
    names = ("oracle_scores", "recovery", "recovery_sizes")
    return tmp_path, {
        "groups": [groups for groups, _ in files],
        "settings": [settings for _, settings in files],
        "own_recovery": tmp_path / "1.recovery.ecsv",
        "own_sizes": tmp_path / "1.recovery_sizes.ecsv",
        **{name: tmp_path / f"{name}.ecsv" for name in names},
        "spaces": ["1", "2"],
        **common,
    }


def row_of(path, contract, metric="rf40"):
    table = read_table(path, contract)
    return table[table["metric"] == metric].iloc[0]


def test_it_is_the_best_of_both_spaces_and_so_is_each_draw_of_its_null(searched):
    folder, asked = searched
    score_oracle(**asked)
    table = read_table(asked["oracle_scores"], "oracle_scores")
    assert (table.attrs["oracle_space"], table.attrs["oracle"]) == ("2", SETTINGS[4])
    assert table.attrs["searched"] == 12
    both = row_of(asked["oracle_scores"], "oracle_scores")
    each = [row_of(folder / f"{space}.oracle_scores.ecsv", "scores") for space in "12"]
    assert both["value"] == max(one["value"] for one in each) > 0
    # the search of two spaces finds at least as much by chance as that of either
    assert both["null_mean"] >= max(one["null_mean"] for one in each)
    assert both["null_mean"] > min(one["null_mean"] for one in each)
    assert both["p_value"] >= each[1]["p_value"]


def test_the_headline_stands_beside_it_as_its_own_space_has_it(searched):
    folder, asked = searched
    score_oracle(**asked)
    for name in ("recovery", "recovery_sizes"):
        here, own = (read_table(path, name) for path in (asked[name], folder / f"1.{name}.ecsv"))
        assert set(here["role"]) == {"headline", "oracle"}
        headline = [
            table[table["role"] == "headline"].reset_index(drop=True) for table in (here, own)
        ]
        pd.testing.assert_frame_equal(*headline)
        assert set(here.loc[here["role"] == "oracle", "setting"]) == {SETTINGS[4]}


def test_the_order_of_the_spaces_changes_no_number(searched):
    _, asked = searched
    score_oracle(**asked)
    before = read_table(asked["oracle_scores"], "oracle_scores")
    for name in ("groups", "settings", "spaces"):
        asked[name] = asked[name][::-1]
    score_oracle(**asked)
    pd.testing.assert_frame_equal(before, read_table(asked["oracle_scores"], "oracle_scores"))

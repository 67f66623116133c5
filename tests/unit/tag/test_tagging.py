"""Groups over a grid of settings."""

import numpy as np
import pytest
from sklearn.metrics import homogeneity_score

from chemtag.base.problems import InputProblem
from chemtag.base.settings import Setting, settings_of
from chemtag.tag.numbering import number_groups, numbered
from chemtag.tag.protocol import Groups, Space
from chemtag.tag.tagging import check_sizes, groups_table, settings_table
from chemtag.tag.taggings import partition, tag_with_core, tag_with_hdbscan

GRID = {
    "metric": ["euclidean"],
    "method": ["eom", "leaf"],
    "min_cluster_size": [3, 5],
    "min_samples": [1, 2],
}


@pytest.fixture
def three_clumps() -> tuple[np.ndarray, np.ndarray]:
    """Three clumps of 10, 8 and 6 stars far apart, rows in the order of star_id."""
    rng = np.random.default_rng(1)
    centres = np.repeat([[0, 0, 0], [5, 0, 0], [0, 5, 0]], [10, 8, 6], axis=0)
    return centres + rng.normal(0, 0.1, centres.shape), np.array([f"s{i:02d}" for i in range(24)])


def test_settings_are_named_and_ordered():
    settings = settings_of(GRID)
    assert len(settings) == 8
    assert settings[0].name == "euclidean-eom-mcs3-ms1"
    assert settings == sorted(settings)


def test_groups_are_numbered_by_size_then_smallest_star():
    labels = np.array([2, 2, 0, 0, -1, 1, 1, 1])
    star_id = np.array(["h", "b", "g", "a", "x", "c", "d", "e"])
    # label 1 has 3 stars; labels 0 and 2 have 2, and star a is in label 0
    assert number_groups(labels, star_id).tolist() == [1, 0, 2]


def test_numbers_depend_on_the_partition_only():
    rng = np.random.default_rng(3)
    labels = rng.integers(-1, 6, 200)
    star_id = np.array([f"s{i:03d}" for i in range(200)])
    expected = dict(zip(star_id, _numbered(labels, star_id), strict=True))
    for _ in range(5):
        order = rng.permutation(200)
        relabel = np.append(rng.permutation(6), -1)
        shuffled = relabel[labels[order]]
        got = dict(zip(star_id[order], _numbered(shuffled, star_id[order]), strict=True))
        assert got == expected


def _numbered(labels, star_id):
    return numbered(Groups(labels, labels * 0.0, np.zeros(6)), star_id).group


def test_significance_follows_its_group():
    labels = np.array([0, 0, 1, 1, 1])
    star_id = np.array(list("abcde"))
    found = numbered(Groups(labels, np.ones(5), np.array([0.2, 0.7])), star_id)
    assert found.group.tolist() == [1, 1, 0, 0, 0]
    assert found.significance.tolist() == [0.7, 0.2]


@pytest.mark.parametrize("tag", [tag_with_core, tag_with_hdbscan])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "mahalanobis"])
def test_separate_clumps_are_found(three_clumps, tag, metric):
    values, star_id = three_clumps
    grid = GRID | {"method": ["eom"], "metric": [metric]}
    parts = list(tag(Space(star_id, values), settings_of(grid)))
    assert sorted(part.setting for part in parts) == settings_of(grid)
    clump = np.repeat([0, 1, 2], [10, 8, 6])
    for part in parts:
        grouped = part.group >= 0
        assert grouped.sum() > 18
        assert homogeneity_score(clump[grouped], part.group[grouped]) == pytest.approx(1)


def test_all_noise_makes_an_empty_table(three_clumps):
    _, star_id = three_clumps
    setting = Setting("euclidean", "eom", 20, 1)
    parts = [partition(setting, Groups(np.full(24, -1), np.zeros(24), np.zeros(0)))]
    assert len(groups_table(parts, star_id)) == 0
    row = settings_table(parts).iloc[0]
    assert (row["n_groups"], row["noise_fraction"], row["largest_group"]) == (0, 1.0, 0)


def test_tables_agree_with_the_partitions(three_clumps):
    values, star_id = three_clumps
    parts = list(tag_with_hdbscan(Space(star_id, values), settings_of(GRID)))
    groups = groups_table(parts, star_id)
    summary = settings_table(parts).set_index("setting")
    for part in parts:
        rows = groups[groups["setting"] == part.setting.name]
        assert len(rows) == (part.group >= 0).sum()
        sizes = rows["group"].value_counts()
        assert sizes.min() >= part.setting.min_cluster_size
        assert summary.loc[part.setting.name, "n_groups"] == len(sizes)
        assert summary.loc[part.setting.name, "noise_fraction"] == pytest.approx(1 - len(rows) / 24)


@pytest.mark.parametrize("axis", ["min_cluster_size", "min_samples"])
def test_a_setting_larger_than_the_sample_is_one_sentence(axis):
    with pytest.raises(InputProblem, match=f"grid/{axis} asks for 50 but the sample has 24 stars"):
        check_sizes(24, settings_of(GRID | {axis: [50]}), "space.parquet")


def test_the_core_does_not_depend_on_the_order_of_the_rows():
    rng = np.random.default_rng(5)
    values = np.round(rng.normal(size=(150, 3)), 1)  # a lattice: many ties
    star_id = np.array([f"s{i:03d}" for i in range(150)])
    order = rng.permutation(150)
    given = {p.setting: p for p in tag_with_core(Space(star_id, values), settings_of(GRID))}
    for part in tag_with_core(Space(star_id[order], values[order]), settings_of(GRID)):
        assert np.array_equal(part.group, given[part.setting].group[order])
        assert np.array_equal(part.probability, given[part.setting].probability[order])

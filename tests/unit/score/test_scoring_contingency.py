"""Counts of groups x clusters and the policies for noise and field."""

import numpy as np
import pytest

from chemtag.score import contingency, eligible_clusters

# Ten stars: clusters A (4 members) and B (3), 3 field stars; groups of 5 and 2, 3 noise stars.
#            A  A  A  B   f  B  B   A   f   f
GROUPS = np.array([0, 0, 0, 0, 0, 1, 1, -1, -1, -1])
CLUSTERS = np.array([0, 0, 0, 1, -1, 1, 1, 0, -1, -1])


def test_counts_with_noise_row_and_field_column():
    counts = contingency(GROUPS, CLUSTERS)
    assert counts.counts.tolist() == [[3, 1, 1], [0, 2, 0], [1, 0, 2]]
    assert counts.group_sizes.tolist() == [5, 2]
    assert counts.cluster_sizes.tolist() == [4, 3]
    assert counts.field_in_groups.tolist() == [1, 0]
    assert counts.noise_of_clusters.tolist() == [1, 0]
    assert counts.n_stars == 10
    assert eligible_clusters(counts, 4).tolist() == [True, False]
    assert eligible_clusters(contingency(GROUPS, CLUSTERS, 2, 3), 0).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("noise", "field", "table", "singletons"),
    [
        ("group", "class", [[3, 1, 1], [0, 2, 0], [1, 0, 2]], [0, 0, 0]),
        ("group", "drop", [[3, 1], [0, 2], [1, 0]], [0, 0]),
        ("drop", "class", [[3, 1, 1], [0, 2, 0]], [0, 0, 0]),
        ("drop", "drop", [[3, 1], [0, 2]], [0, 0]),
        ("singleton", "class", [[3, 1, 1], [0, 2, 0]], [1, 0, 2]),
        ("singleton", "drop", [[3, 1], [0, 2]], [1, 0]),
    ],
)
def test_policies(noise, field, table, singletons):
    result = contingency(GROUPS, CLUSTERS).under(noise=noise, field=field)
    assert result.table.tolist() == table
    assert result.singletons.tolist() == singletons
    assert result.n_stars == np.sum(table) + np.sum(singletons)
    assert result.column_sums.tolist() == (np.sum(table, axis=0) + singletons).tolist()


def test_batch_is_each_labelling_alone():
    rng = np.random.default_rng(1)
    groups = rng.integers(-1, 5, 60)
    clusters = rng.integers(-1, 4, (7, 60))
    batch = contingency(groups, clusters, 5, 4)
    for counts, labels in zip(batch.counts, clusters, strict=True):
        assert (counts == contingency(groups, labels, 5, 4).counts).all()


def test_without_cluster_and_without_field():
    counts = contingency(GROUPS, CLUSTERS)
    assert counts.without_field().group_sizes.tolist() == [4, 2]
    assert counts.without_cluster(0).counts.tolist() == [[0, 1, 1], [0, 2, 0], [0, 0, 2]]
    batch = counts.without_cluster(np.array([0, 1]))
    assert batch.counts[1].tolist() == [[3, 0, 1], [0, 0, 0], [1, 0, 2]]
    assert counts.counts.sum() == 10


def test_bad_codes_and_policies():
    with pytest.raises(ValueError, match="codes run from -2"):
        contingency(np.array([-2, 0]), np.array([0, 0]))
    with pytest.raises(ValueError, match="expected -1 to 0"):
        contingency(np.array([1, 0]), np.array([0, 0]), n_groups=1)
    with pytest.raises(ValueError, match="must match in stars"):
        contingency(np.array([1, 0]), np.array([0]))
    with pytest.raises(ValueError, match="noise is one of"):
        contingency(GROUPS, CLUSTERS).under(noise="keep", field="class")
    with pytest.raises(ValueError, match="field is one of"):
        contingency(GROUPS, CLUSTERS).under(noise="group", field="keep")


def test_no_stars():
    counts = contingency(np.array([], dtype=int), np.array([], dtype=int))
    assert counts.counts.tolist() == [[0]]

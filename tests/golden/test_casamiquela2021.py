"""The scores give the published numbers of Casamiquela et al. 2021 (A&A 654, A151)."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import beta

from chemtag.base.seeds import generator_for
from chemtag.base.tables import read_table
from chemtag.score import (
    ScoreKey,
    best_matches,
    cluster_matches,
    contingency,
    eligible_clusters,
    group_purities,
    recovery_fraction,
    scores_of_counts,
)
from chemtag.score.nulls import permutation_draws, permuted_clusters
from chemtag.score.recovery_sizes import size_rows

PUBLISHED = Path(__file__).resolve().parents[2] / "resources" / "published"

# group -> cluster it recovers, purity, completeness
RECOVERED = {
    "H2": ("NGC 6705", 1.00, 0.58),
    "H3": ("Ruprecht 147", 0.50, 1.00),
    "H4": ("NGC 2420", 0.75, 0.43),
    "H5": ("NGC 188", 1.00, 0.50),
    "H7": ("NGC 6997", 0.50, 0.50),
    "H9": ("NGC 6819", 0.50, 0.50),
    "H10": ("NGC 2682", 1.00, 0.83),
    "H17": ("UBC 3", 1.00, 0.50),
    "H30": ("NGC 752", 0.75, 0.43),
}


@pytest.fixture(scope="module")
def sample():
    """Cluster codes and names of the 175 stars of Table 1."""
    table = read_table(PUBLISHED / "casamiquela2021_table1.ecsv").sort_values("cluster")
    clusters = np.repeat(np.arange(len(table)), table.n_stars.to_numpy())
    return clusters, list(table.cluster)


@pytest.fixture(scope="module")
def published(sample):
    """Contingency of Table 2: stars of its groups; all others, in groups not listed, as noise."""
    clusters, names = sample
    table = read_table(PUBLISHED / "casamiquela2021_table2.ecsv")
    groups = np.full(len(clusters), -1)
    codes = {name: code for code, name in enumerate(dict.fromkeys(table.group))}
    for row in table.itertuples():
        free = np.flatnonzero((clusters == names.index(row.cluster)) & (groups < 0))
        assert len(free) >= row.n_stars
        groups[free[: row.n_stars]] = codes[row.group]
    return contingency(groups, clusters), list(codes)


def test_sample(sample):
    clusters, names = sample
    assert len(clusters) == 175
    assert len(names) == 31
    sizes = np.bincount(clusters)
    assert (sizes.min(), sizes.max()) == (4, 12)


def test_recovery_fractions(sample, published):
    counts, _ = published
    eligible = eligible_clusters(counts, 4)
    assert eligible.sum() == 31
    match = cluster_matches(counts)
    assert recovery_fraction(match, eligible, [0.4, 0.7]).tolist() == [9 / 31, 1 / 31]
    assert [sample[1][c] for c in np.flatnonzero(match >= 0.7)] == ["NGC 2682"]
    recovered = {sample[1][c] for c in np.flatnonzero(match >= 0.4)}
    assert recovered == {cluster for cluster, _, _ in RECOVERED.values()}


def test_purity_and_completeness_of_each_group(sample, published):
    counts, groups = published
    names = sample[1]
    best = best_matches(counts)
    majority, _, purity = group_purities(counts)
    for code, group in enumerate(groups):
        name, expected_purity, expected_completeness = RECOVERED[group]
        cluster = names.index(name)
        assert best.group[cluster] == code
        assert majority[code] == cluster
        assert best.purity[cluster] == purity[code] == expected_purity
        assert best.completeness[cluster] == pytest.approx(expected_completeness, abs=0.005)


def test_recovered_flags_of_the_table(sample, published):
    table = read_table(PUBLISHED / "casamiquela2021_table2.ecsv")
    flagged = dict(zip(table.group[table.recovered], table.cluster[table.recovered], strict=True))
    assert flagged == {group: cluster for group, (cluster, _, _) in RECOVERED.items()}


def test_permutation_null_of_the_sample(sample):
    """V of permuted truth is 0.506, RF40 0.04: what chance gives 175 stars in 31 clusters."""
    clusters, _ = sample
    permuted = permuted_clusters(clusters, 1000, generator_for(1, "golden"))
    eligible = np.ones(31, dtype=bool)
    draws = permutation_draws(clusters, permuted, lambda c: scores_of_counts(c, eligible), 31)
    v = draws[ScoreKey("v_measure", "group", "class")]
    assert v.mean() == pytest.approx(0.506, abs=0.01)
    rf40 = draws[ScoreKey("rf40")]
    assert rf40.mean() == pytest.approx(0.041, abs=3 * rf40.std() / np.sqrt(len(rf40)) + 0.0005)
    assert np.quantile(rf40, 0.95) == pytest.approx(3 / 31)
    ami = draws[ScoreKey("ami", "group", "class")]
    assert ami.mean() == pytest.approx(0, abs=3 * ami.std() / np.sqrt(len(ami)))


def test_extreme_partitions_of_the_sample(sample):
    clusters, _ = sample
    eligible = np.ones(31, dtype=bool)
    perfect = scores_of_counts(contingency(clusters, clusters), eligible)
    ones = {
        "rf40",
        "rf70",
        "rf_area",
        "matched_f1",
        "coverage",
        "v_measure",
        "ami",
        "ari",
        "pair_f1",
    }
    for key, value in perfect.items():
        if key.metric in ones:
            assert value == pytest.approx(1, abs=1e-12), key
    noise = scores_of_counts(contingency(np.full(175, -1), clusters, 0, 31), eligible)
    assert noise[ScoreKey("rf40")] == noise[ScoreKey("rf70")] == noise[ScoreKey("rf_area")] == 0
    one = scores_of_counts(contingency(np.zeros(175, dtype=int), clusters), eligible)
    assert one[ScoreKey("rf40")] == 0
    assert one[ScoreKey("completeness_score", "group", "class")] == 1
    alone = scores_of_counts(contingency(np.arange(175), clusters), eligible)
    assert alone[ScoreKey("homogeneity", "group", "class")] == pytest.approx(1, abs=1e-12)
    assert alone[ScoreKey("rf40")] == 0


def test_recovery_of_clusters_with_many_members(published):
    """9 of 31 in all; of those with at least 7 members 3 of 5: NGC 6705, NGC 2420 and NGC 752."""
    counts, _ = published
    none = np.empty((0, 31))
    rows = size_rows("headline", "s", counts.cluster_sizes, cluster_matches(counts), none)
    rows = rows[rows["threshold"] == 0.4].set_index("least_members")
    found = rows[["n_recovered", "n_clusters"]]
    assert found.loc[4].tolist() == [9, 31]
    assert found.loc[7].tolist() == [3, 5]
    # Jeffreys: the central 68 % of Beta(3 + 1/2, 2 + 1/2)
    assert rows.loc[7, ["low", "high"]].tolist() == pytest.approx(beta.ppf([0.16, 0.84], 3.5, 2.5))
    drawn = yaml.safe_load((PUBLISHED / "casamiquela2021_recovery.yaml").read_text())["sizes"]
    kept = [found.loc[point["least_members"]].tolist() for point in drawn]
    assert kept == [[point["n_recovered"], point["n_clusters"]] for point in drawn]


def test_chance_for_clusters_with_many_members_is_that_of_all_permutations():
    """Two clusters of 2 and 4 stars in groups of 2 and 4, every way to label the six stars."""
    groups = np.array([0, 0, 1, 1, 1, 1])
    pairs = [[i, j] for i in range(6) for j in range(i + 1, 6)]
    draws = np.array([cluster_matches(contingency(groups, labels_with(pair))) for pair in pairs])
    rows = size_rows("headline", "s", np.array([2, 4]), np.array([1.0, 1.0]), draws)
    rows = rows[rows["threshold"] == 0.4].set_index("least_members")
    # The pair is matched at 0.4 as {0, 1} (1), with one star in group 0 (1/2: 8 ways) and in group
    # 1 (2/4: 6 ways): always. The four are matched at 3/4 in 8 ways, 1 in one, 2/4 in six.
    assert rows.loc[2, "null_mean"] == 1
    rows = size_rows("headline", "s", np.array([2, 4]), np.array([1.0, 1.0]), draws)
    rows = rows[rows["threshold"] == 0.7].set_index("least_members")
    assert rows.loc[2, "null_mean"] == pytest.approx((1 / 15 + 9 / 15) / 2)
    assert rows.loc[3, "null_mean"] == pytest.approx(9 / 15)
    assert rows.loc[2, "p_value"] == pytest.approx((1 + 1) / 16)
    assert rows.loc[5, "n_null"] == 0


def labels_with(pair: list[int]) -> np.ndarray:
    """Cluster 0 for the stars of the pair, cluster 1 for the others."""
    return np.where(np.isin(np.arange(6), pair), 0, 1)

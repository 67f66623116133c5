"""Maps for pictures: reproducible and faithful to the neighbourhoods, never coordinates."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from chemtag.embed.maps import (
    neighbour_overlap,
    pca_of,
    placed_beside,
    trustworthiness_of,
    tsne_of,
    umap_of,
)


@pytest.fixture(scope="module")
def clumps() -> np.ndarray:
    rng = np.random.default_rng(2)
    centres = rng.normal(0, 5, (6, 8))
    return np.repeat(centres, 40, axis=0) + rng.normal(size=(240, 8))


def test_the_same_seed_gives_the_same_map_and_neighbours_stay_together(clumps):
    one, two = (umap_of(clumps, 15, 0.1, seed=5) for _ in range(2))
    assert one.shape == (240, 2)
    assert np.array_equal(one, two)
    assert trustworthiness_of(clumps, one, 15, np.random.default_rng(0)) > 0.9


def test_a_sample_smaller_than_the_neighbourhood_is_drawn(clumps):
    assert np.isfinite(umap_of(clumps[:12], 30, 0.1, seed=5)).all()


def test_trustworthiness_is_that_of_a_subsample_when_stars_are_many(clumps):
    rng = np.random.default_rng(1)
    first_two = clumps[:, :2]
    whole = trustworthiness_of(clumps, first_two, 10, rng)
    part = trustworthiness_of(clumps, first_two, 10, rng, n_stars=200)
    assert part == pytest.approx(whole, abs=0.05)
    assert trustworthiness_of(clumps, clumps, 10, rng) == 1.0


def test_tsne_is_reproducible_and_keeps_neighbours(clumps):
    one, two = (tsne_of(clumps, 20, 100, seed=3) for _ in range(2))
    assert one.shape == (240, 2)
    assert np.array_equal(one, two)
    assert trustworthiness_of(clumps, one, 15, np.random.default_rng(0)) > 0.95
    assert neighbour_overlap(clumps, one, 15).mean() > 0.4
    assert np.isfinite(tsne_of(clumps[:12], 40, 60, seed=3)).all()


def test_pca_is_that_of_scikit_learn_but_for_the_sign(clumps):
    reference = PCA(2).fit_transform(clumps)
    found = pca_of(clumps)
    np.testing.assert_allclose(np.abs(found), np.abs(reference), atol=1e-10)
    np.testing.assert_allclose(pca_of(clumps + 7.0), found, atol=1e-10)


def test_overlap_of_neighbours_by_hand():
    line = np.array([[0.0], [1.0], [2.1], [3.3], [4.6]])
    assert neighbour_overlap(line, line * 5 + 1, 2).tolist() == [1.0] * 5
    swapped = line[[0, 4, 2, 3, 1]]
    # 2 nearest before: 12, 02, 13, 24, 32; after stars 1 and 4 change places: 42, 32, 43, 21, 02
    expected = [0.5, 0.5, 0.5, 0.5, 0.5]
    assert neighbour_overlap(line, swapped, 2).tolist() == expected
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 800, 3))
    assert neighbour_overlap(one, two, 15).mean() == pytest.approx(15 / 799, abs=0.006)


def test_quality_has_range_and_null_or_says_why(clumps):
    import pandas as pd

    from chemtag.base.tables import conform
    from embed_stars import quality_rows

    runs = [tsne_of(clumps, 20, 60, seed) for seed in (1, 2)]
    rng = np.random.default_rng(0)
    rows = quality_rows("tsne", clumps, runs, rng)
    rows += quality_rows("pca", clumps, [pca_of(clumps)] * 2, rng)
    table = conform(pd.DataFrame(rows), "map_quality", "here").set_index(["method", "measure"])
    trust = table.loc[("tsne", "trustworthiness")]
    assert trust["lowest"] <= trust["value"] <= trust["highest"]
    assert 0.4 < trust["null"] < 0.6
    assert table.loc[("tsne", "neighbours_kept"), "null"] == pytest.approx(15 / 239)
    assert table.loc[("pca", "seed_overlap"), "value"] == 1
    assert (table["lowest"].notna() | (table["note"] != "")).all()


def test_a_star_outside_the_map_stands_among_its_neighbours():
    mapped = np.array([[0.0, 0.0], [0.1, 0.0], [9.0, 9.0], [9.1, 9.0]])
    places = np.array([[1.0, 1.0], [3.0, 1.0], [50.0, 50.0], [52.0, 50.0]])
    outside = np.array([[0.04, 0.0], [9.0, 9.1]])
    found = placed_beside(outside, mapped, places, 2)
    np.testing.assert_allclose(found, [[2.0, 1.0], [51.0, 50.0]])
    assert placed_beside(outside, mapped, places, 9).shape == (2, 2)

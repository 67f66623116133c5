"""Maps for pictures: reproducible and faithful to the neighbourhoods, never coordinates."""

import numpy as np
import pytest

from chemtag.embedding import trustworthiness_of, umap_of


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

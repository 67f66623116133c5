"""Diagrams as numbers, by hand."""

import numpy as np
import pytest

from chemtag.cmd.clusters import Photometry
from chemtag.cmd.diagram import (
    COLOURS,
    MAGNITUDES,
    MOST_STARS,
    features_of,
    histogram,
    mean_parallax,
    off_the_ridge,
    quantiles,
    reference_of,
    shape_of,
)


def test_the_histogram_of_known_stars():
    # edges in colour every 0.23 from -0.6, in magnitude every 1 from -6
    found = histogram(np.array([0.0, 0.05, 99.0, -9.0]), np.array([0.5, 0.9, 99.0, -99.0]))
    assert found.shape == (len(COLOURS) - 1, len(MAGNITUDES) - 1)
    assert found[2, 6] == 0.5  # -0.14 to 0.09, 0 to 1
    assert found[-1, -1] == found[0, 0] == 0.25
    assert found.sum() == 1


def test_a_group_twice_has_the_same_histogram():
    colour, magnitude = np.random.default_rng(1).normal(1, 1, (2, 30))
    once = histogram(colour, magnitude)
    assert histogram(np.tile(colour, 2), np.tile(magnitude, 2)) == pytest.approx(once)


def test_colours_off_the_ridge_by_hand():
    colour = np.array([1.0, 1.1, 3.0, 1.3, 1.4])
    # the third among 1.0, 1.1, 1.3, 1.4: median 1.2
    assert off_the_ridge(colour)[2] == pytest.approx(1.8)


def test_quantiles_are_those_of_numpy():
    values = np.sort(np.random.default_rng(4).normal(size=37))
    shares = np.array([0.0, 0.02, 0.16, 0.5, 0.95, 1.0])
    assert quantiles(values, shares) == pytest.approx(np.quantile(values, shares))


def test_the_mean_parallax_leaves_outliers_out_and_weighs_by_errors():
    stars = Photometry(np.array([12.0] * 9 + [12.0]), np.zeros(10), np.array([2.0] * 9 + [9.0]))
    assert mean_parallax(stars) == pytest.approx(2.0)
    two = Photometry(np.array([12.0, 18.25]), np.zeros(2), np.array([2.0, 2.1]))
    bright, faint = (1 / (error**2 + 0.03**2) for error in (0.0135, 0.084))
    expected = (2.0 * bright + 2.1 * faint) / (bright + faint)
    assert mean_parallax(two) == pytest.approx(expected, abs=1e-3)
    assert np.isnan(mean_parallax(Photometry(two.g, two.colour, np.full(2, np.nan))))


def test_the_reference_is_the_modulus_or_the_brightest():
    stars = Photometry(np.linspace(10, 15, 11), np.zeros(11), np.full(11, 10.0))
    assert reference_of(stars, True) == pytest.approx(5.0)  # 100 pc
    assert reference_of(stars, False) == pytest.approx(10.5)


def test_features_do_not_depend_on_the_order_of_stars():
    rng = np.random.default_rng(2)
    stars = Photometry(rng.uniform(10, 18, 50), rng.normal(1, 0.3, 50), rng.normal(1, 0.1, 50))
    mixed = stars.rows(rng.permutation(50))
    found = features_of([stars, mixed], True)
    assert found[0] == pytest.approx(found[1], abs=1e-12)
    assert shape_of(found).shape[1] < 50


def test_of_large_groups_a_part_is_taken():
    rng = np.random.default_rng(3)
    g = rng.uniform(10, 18, 5000)
    stars = Photometry(g, 0.1 * g, np.full(5000, 1.0))
    found = shape_of(features_of([stars], False))[0]
    assert found[-4] == pytest.approx(np.log10(MOST_STARS))

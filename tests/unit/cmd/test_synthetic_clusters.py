"""Synthetic clusters and asterisms: what is asked of them, told from their stars."""

import numpy as np
import pytest
from cmd_small_grid import rows, small_grid

from chemtag.base.problems import InputProblem
from chemtag.cmd import clusters
from chemtag.cmd.clusters import Photometry, Physics, Ranges, like_parallax, stars_on
from chemtag.cmd.extinction import extinction
from chemtag.cmd.field import asterisms, simulated_field
from chemtag.cmd.isochrones import grid_of

GRID = small_grid()
WHAT = Physics(8.0, 0.0, 9.0, 0.0)


def rng(seed=1):
    return np.random.default_rng(seed)


@pytest.fixture
def no_errors(monkeypatch):
    monkeypatch.setattr(clusters, "COLOUR_ERROR", np.zeros(8))
    monkeypatch.setattr(clusters, "PARALLAX_ERROR", np.zeros(8))
    monkeypatch.setattr(clusters, "G_ERROR", 0.0)
    monkeypatch.setattr(clusters, "ZERO_POINT", 0.0)


def test_single_stars_lie_on_the_isochrone_at_their_distance(no_errors):
    stars = stars_on(GRID.near(8.0, 0.0), WHAT, 200, 17.0, 0.0, 0.0, rng())
    assert len(stars) == 200
    assert stars.g.max() < 17
    dwarfs = stars.g > 9 + 5 - 7.5 * 0.8 + 0.1  # below the turn-off of 10^0.8 solar masses
    assert dwarfs.sum() > 190
    # g = 14 - 7.5 log m and colour = 0.8 - 1.6 log m, between knots of the grid
    expected = 0.8 + 1.6 * (stars.g - 14) / 7.5
    assert stars.colour[dwarfs] == pytest.approx(expected[dwarfs], abs=0.01)
    # distance modulus 9: 631 pc, 1.585 mas
    assert stars.parallax == pytest.approx(np.full(200, 1.58489), abs=1e-4)


def test_dust_moves_stars_by_its_extinction(no_errors):
    one = GRID.near(8.0, 0.0)
    free = clusters.observed(one.magnitude, 9.0, np.zeros(len(one.mass)), rng())
    dusty = clusters.observed(one.magnitude, 9.0, np.full(len(one.mass), 1.3), rng())
    moved = extinction(one.colour, 1.3)
    assert dusty.g - free.g == pytest.approx(moved[0])
    assert dusty.colour - free.colour == pytest.approx(moved[1] - moved[2])


def test_companions_brighten_by_at_most_a_factor_of_two():
    one = GRID.near(8.0, 0.0)
    mass = np.full(3000, 1.0)
    pairs = clusters.with_companions(one, mass, 0.4, rng())
    gain = one.at(mass)[:, 0] - pairs[:, 0]
    assert gain.min() >= 0
    assert gain.max() <= 2.5 * np.log10(2) + 1e-9
    assert (gain > 0).mean() == pytest.approx(0.4, abs=0.03)


def test_a_cluster_too_faint_for_the_limit_has_no_stars():
    far = Physics(8.0, 0.0, 30.0, 0.0)
    assert len(stars_on(GRID.near(8.0, 0.0), far, 20, 12.0, 0.3, 0.0, rng())) == 0


def test_clusters_have_what_the_ranges_say():
    field = simulated_field(GRID, 500, 18.5, rng())
    ranges = Ranges(interlopers=(0.0, 0.0), distance_modulus=(6, 9), n_stars=(20, 40))
    found, physics = clusters.synthetic_clusters(GRID, ranges, 40, field, rng())
    assert len(found) == len(physics) == 40
    assert {18 <= len(group) <= 40 for group in found} == {True}
    for what in physics:
        assert 6 <= what.distance_modulus <= 9
        assert what.a_v <= 0.3 + 10 ** (what.distance_modulus / 5 - 2)


def test_a_grid_too_faint_to_be_seen_is_refused():
    # Before, the search for a cluster bright enough had no end.
    table = rows()
    table[:, 3:6] += 40
    faint = grid_of(table[:, 0], table[:, 1], table[:, 2], table[:, 3:6], table[:, 6], "mine")[0]
    field = Photometry(np.full(50, 15.0), np.zeros(50), np.ones(50))
    with pytest.raises(
        InputProblem, match=r"cmd/isochrones: none of 1000 .* mine.*under g, bp, rp"
    ):
        clusters.synthetic_clusters(faint, Ranges(), 5, field, rng())


def test_some_clusters_too_faint_are_drawn_again(monkeypatch):
    monkeypatch.setattr(clusters, "MOST_FAILURES", 40)
    field = Photometry(np.full(50, 15.0), np.zeros(50), np.ones(50))
    far = Ranges(distance_modulus=(8.0, 40.0), limit=(16.5, 16.5), n_stars=(10, 20))
    found, physics = clusters.synthetic_clusters(GRID, far, 60, field, rng())
    assert len(found) == len(physics) == 60
    assert max(what.distance_modulus for what in physics) < 26  # the brightest have G = -9


def test_interlopers_are_like_the_cluster_in_parallax():
    field = Photometry(np.full(1000, 15.0), np.zeros(1000), np.linspace(0, 10, 1000))
    rows = like_parallax(field, 4.0, 16.0, 5, rng())
    assert len(set(rows)) == 5
    assert np.abs(field.parallax[rows] - 4.0).max() < 0.3  # 50 of 1000 stars over 10 mas
    assert len(like_parallax(field, 4.0, 14.0, 5, rng())) == 0


def test_every_second_asterism_is_alike_in_parallax():
    field = Photometry(np.full(2000, 15.0), np.zeros(2000), rng().uniform(0, 10, 2000))
    found = asterisms(field, np.full(20, 10), np.full(20, 16.0), rng())
    spread = np.array([np.ptp(group.parallax) for group in found])
    assert spread[::2].max() < 1.5 < spread[1::2].min()


def test_a_simulated_field_is_as_large_and_bright_as_asked():
    field = simulated_field(GRID, 800, 16.0, rng())
    assert 700 < len(field) <= 800
    assert field.g.max() < 16
    same = simulated_field(GRID, 800, 16.0, rng())
    assert (same.g == field.g).all()

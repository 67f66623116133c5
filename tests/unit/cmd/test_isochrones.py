"""Isochrones and extinction: rows dropped, interpolation, the polynomials by hand."""

import numpy as np
import pytest
from cmd_small_grid import rows, small_grid

from chemtag.cmd.extinction import COEFFICIENTS, extinction
from chemtag.cmd.isochrones import grid_of


def test_rows_without_a_magnitude_and_late_phases_are_dropped():
    table = rows()
    table[3, 4] = 999.999
    table[5, 6] = 9
    grid, without = grid_of(*table.T[:3], table[:, 3:6], table[:, 6], "small")
    assert without == 1
    assert len(grid.isochrones[0].mass) == 44
    assert max(np.abs(one.magnitude).max() for one in grid.isochrones) < 50


def test_isochrones_are_found_by_age_then_metals():
    grid = small_grid()
    near = grid.near(8.2, 0.3)
    assert (near.log_age, near.mh) == (8.0, 0.0)
    inside = grid.between((8.0, 9.0), (-0.1, 0.1))
    assert [(one.log_age, one.mh) for one in inside] == [(8.0, 0.0), (9.0, 0.0)]


def test_magnitudes_are_interpolated_in_mass_and_never_extrapolated():
    one = small_grid().near(8.0, 0.0)
    middle = (one.mass[3] + one.mass[4]) / 2
    found = one.at(np.array([middle, one.mass[-1] * 2]))
    assert found[0] == pytest.approx(one.magnitude[3:5].mean(axis=0))
    assert np.isnan(found[1]).all()


def test_extinction_by_hand():
    # BP - RP = 1, A0 = 1: the sum of all coefficients
    found = extinction(np.array([1.0]), 1.0)
    assert found[:, 0] == pytest.approx([sum(k) for k in COEFFICIENTS.values()])
    # G by hand: .9761 - .1704 + .0086 + .0011 - .0438 + .0013 + .0099
    assert found[0, 0] == pytest.approx(0.7828)
    # A0 = 2, colour 0: 2 (.9761 - 2 x .0438 + 4 x .0013)
    assert extinction(np.array([0.0]), 2.0)[0, 0] == pytest.approx(1.7874)


def test_extinction_reddens_and_is_nothing_without_dust():
    colour = np.linspace(-0.5, 4, 20)
    assert (extinction(colour, 0.0) == 0).all()
    g, bp, rp = extinction(colour, 1.5)
    assert (bp > g).all()
    assert (g > rp).all()
    # beyond the range of the polynomials their end is taken
    assert extinction(np.array([9.0]), 1.0) == pytest.approx(extinction(np.array([2.5]), 1.0))

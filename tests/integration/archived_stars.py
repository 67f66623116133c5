"""A table of stars in an archive on 127.0.0.1, and the row of the config that names it."""

import numpy as np
import pytest
from astropy.io import fits

from archive_server import running
from chemtag.fetch.connection import Patience

QUICK = Patience(connect=2, read=0.4, attempts=4, first_wait=0.01, longest_wait=0.05, query=2)
PATH = "/sas/stars.fits"


@pytest.fixture(scope="module")
def stars(tmp_path_factory):
    """A FITS table of about half a megabyte."""
    path = tmp_path_factory.mktemp("made") / "stars.fits"
    values = np.random.default_rng(1).normal(size=(6000, 10))
    columns = [fits.Column(f"X{i}", "D", array=values[:, i]) for i in range(10)]
    fits.BinTableHDU.from_columns(columns).writeto(path)
    return path.read_bytes()


@pytest.fixture
def archive(stars, monkeypatch):
    """A running archive that holds the table, asked without any proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running() as archive:
        archive.files[PATH] = stars
        yield archive


@pytest.fixture
def row(archive):
    about = {"release": "DR0", "licence": "none", "citation": ["2000Test"], "file": "stars.fits"}
    return {**about, "format": "fits", "urls": [archive.url + PATH]}

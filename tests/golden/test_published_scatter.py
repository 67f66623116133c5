"""Published open clusters: typed tables hold together and give the known information content."""

from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from chemtag.limits.information import Scatter, eigenvalues, element_ratios, participation_ratio

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "resources" / "published"
OCCAM = Table.read(PUBLISHED / "occam_dr16_cluster_means.ecsv", format="ascii.ecsv")
POOVELIL = Table.read(PUBLISHED / "poovelil2020_intrinsic_scatter.ecsv", format="ascii.ecsv")
# 13 abundances measured in 32 clusters of the OCCAM table
ELEMENTS = ["c", "n", "o", "mg", "al", "si", "s", "k", "ca", "ti", "mn", "fe", "ni"]
COLUMNS = ["fe_h" if e == "fe" else f"{e}_fe" for e in ELEMENTS]


def numbers(columns):
    return np.column_stack([np.ma.filled(OCCAM[c].astype(float), np.nan) for c in columns])


def test_occam_gives_the_known_spectrum():
    """Between over median within: 34.4, 18.1, 4.3, 1.9, 1.5, 1.0, 0.5; participation ratio 2.6."""
    means, scatter = numbers(COLUMNS), numbers([f"{c}_scatter" for c in COLUMNS])
    complete = np.isfinite(means).all(axis=1)
    assert complete.sum() == 32
    means, within = means[complete], np.median(scatter[complete], axis=0)
    found = Scatter(means, np.full(32, 5), np.diag(within**2), np.cov(means.T), 100)
    spectrum = eigenvalues(found, "within_sd")
    assert spectrum[:7] == pytest.approx([34.4, 18.1, 4.3, 1.9, 1.5, 1.0, 0.5], abs=0.06)
    assert participation_ratio(spectrum) == pytest.approx(2.6, abs=0.05)
    ratio = dict(zip(ELEMENTS, element_ratios(found), strict=True))
    known = {"fe": 5.6, "n": 2.6, "si": 2.2, "mg": 1.9, "o": 1.7, "ni": 1.7, "mn": 1.6, "c": 1.3}
    for element, value in known.items():
        assert ratio[element] == pytest.approx(value, abs=0.06), element


def test_typed_tables_are_those_of_the_extracts():
    data = ROOT.parent / "shared" / "data" / "apogee"
    if not (data / "occam_cluster-DR16.fits").is_file():
        pytest.skip(f"no survey extracts in {data}, a folder beside the checkout")
    whole = Table.read(data / "occam_cluster-DR16.fits")
    whole = whole[(whole["QUAL"] >= 1) & (whole["NUM_STARS"] >= 5)]
    names = [str(name).strip().replace("_", " ") for name in whole["NAME"].astype(str)]
    whole = whole[np.argsort(names)]
    assert list(OCCAM["cluster"]) == sorted(names)
    for column in COLUMNS:
        original = np.ma.filled(whole[column.upper()].astype(float), np.nan)
        np.testing.assert_allclose(numbers([column])[:, 0], original, atol=1e-6)
        original = np.ma.filled(whole[f"{column.upper()}_ERR"].astype(float), np.nan)
        np.testing.assert_allclose(numbers([f"{column}_scatter"])[:, 0], original, atol=1e-6)
    path = data / "poovelil2020_cluster_intrinsic_scatter.csv"
    measured = Table.read(path, format="ascii.csv")
    for row in POOVELIL:
        column = "FE_H" if row["element"] == "fe" else f"{row['element'].upper()}_FE"
        values = np.ma.compressed(measured[f"{column}_intrinsic_scatter"]).astype(float)
        assert len(values) == row["n_clusters"]
        assert np.median(values) == pytest.approx(row["scatter"], abs=0.0006)

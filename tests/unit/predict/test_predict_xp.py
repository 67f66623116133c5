"""Spectra as the archive writes them: the recorded rows, other formats, what is wrong with them."""

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from chemtag.base.problems import InputProblem
from chemtag.predict.xp import (
    ARCHIVE_NM,
    SampledSpectra,
    array_of,
    calibrated,
    coefficient_names,
    read_continuous,
    read_sampled,
)


def made(n=4, seed=1):
    rng = np.random.default_rng(seed)
    table = {"source_id": np.arange(n) + 5853498713190525696}
    for band in ("bp", "rp"):
        table[f"{band}_coefficients"] = list(rng.normal(100, 30, (n, 55)))
        table[f"{band}_coefficient_errors"] = list(rng.uniform(1, 2, (n, 55)))
        table[f"{band}_coefficient_correlations"] = list(rng.uniform(-0.1, 0.1, (n, 1485)))
        table[f"{band}_standard_deviation"] = rng.uniform(1, 1.3, n)
    return table


def as_text(table):
    return pd.DataFrame(
        {name: [str(tuple(c.tolist())) if np.ndim(c) else c for c in column]
         for name, column in table.items()}
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "parquet", "fits", "vot"])
def test_every_format_gives_the_same(ending, tmp_path):
    table, path = made(), tmp_path / f"xp.{ending}"
    if ending == "csv":
        as_text(table).to_csv(path, index=False)
    elif ending == "parquet":
        pd.DataFrame(table).to_parquet(path)
    else:
        arrays = {name: np.stack(list(column)) for name, column in table.items()}
        Table(arrays).write(path, format="votable" if ending == "vot" else "fits")
    found = read_continuous(path)
    assert found.source_id.tolist() == table["source_id"].tolist()
    for band in ("bp", "rp"):
        np.testing.assert_array_equal(
            found.coefficients[band], np.stack(table[f"{band}_coefficients"])
        )
        np.testing.assert_array_equal(
            found.errors[band], np.stack(table[f"{band}_coefficient_errors"])
        )
    assert found.correlations["bp"].shape == (4, 1485)


def test_text_of_arrays():
    for text in ("(1.0, -2e-3)", "[1.0,-2e-3]", "{1.0, -2e-3}", " 1.0 -2e-3 "):
        np.testing.assert_array_equal(array_of(text), [1, -0.002])
    for nothing in (np.nan, None, "", "()"):
        assert array_of(nothing).size == 0
    with pytest.raises(ValueError, match="could not convert"):
        array_of("(1.0, star)")


def test_covariance_by_hand(tmp_path):
    """Correlations fill the lower triangle row by row: r10, r20, r21, r30, ..."""
    table = made(1)
    table["bp_coefficient_correlations"] = [np.arange(1485) / 2000]
    path = tmp_path / "xp.parquet"
    pd.DataFrame(table).to_parquet(path)
    found = read_continuous(path)
    matrix, error = found.covariance("bp", 0), found.errors["bp"][0]
    assert matrix.shape == (55, 55)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_allclose(np.diag(matrix), error**2)
    assert matrix[1, 0] == 0
    assert matrix[2, 0] == pytest.approx(error[2] * error[0] * 1 / 2000)
    assert matrix[2, 1] == pytest.approx(error[2] * error[1] * 2 / 2000)
    assert matrix[3, 0] == pytest.approx(error[3] * error[0] * 3 / 2000)
    formal = found.covariance("bp", 0, formal=True)
    np.testing.assert_allclose(formal * found.scatter["bp"][0] ** 2, matrix)


def test_division_by_flux(tmp_path):
    path = tmp_path / "xp.parquet"
    pd.DataFrame(made()).to_parquet(path)
    found = read_continuous(path)
    table = found.table(3)
    assert list(table.columns) == [
        "source_id", *coefficient_names(3), *(f"{n}_err" for n in coefficient_names(3)),
    ]  # fmt: skip
    flux = np.sqrt((found.coefficients["rp"] ** 2).sum(axis=1))
    np.testing.assert_allclose(table["bp_2"], found.coefficients["bp"][:, 1] / flux)
    np.testing.assert_allclose(table["rp_3_err"], found.errors["rp"][:, 2] / flux)
    whole = found.table()
    np.testing.assert_allclose((whole[coefficient_names(55, ["rp"])] ** 2).sum(axis=1), 1)
    given = found.divided_by(np.array([2.0, 0.0, np.nan, 4.0]), 1)
    np.testing.assert_allclose(
        given["bp_1"], found.coefficients["bp"][:, 0] / [2, np.nan, np.nan, 4]
    )
    brighter = {n: [c * 7 for c in v] if "coefficients" in n else v for n, v in made().items()}
    pd.DataFrame(brighter).to_parquet(path)
    np.testing.assert_allclose(read_continuous(path).table(3)["bp_1"], table["bp_1"])


def test_the_three_recorded_rows(extracts):
    path = extracts / "labels" / "xp_continuous_raw.csv"
    if not path.is_file():
        pytest.skip(f"no recorded spectra at {path}")
    found = read_continuous(path)
    assert found.source_id.tolist() == [
        5853498713190525696, 5405570973190252288, 5762406957886626816,
    ]  # fmt: skip
    assert np.isfinite(found.coefficients["rp"]).all()
    assert np.isfinite(found.coefficients["bp"]).all(axis=1).tolist() == [True, False, True]
    assert found.coefficients["bp"][0, 0] == 56947.03696840172
    for star, band in ((0, "bp"), (0, "rp"), (1, "rp"), (2, "bp"), (2, "rp")):
        matrix = found.covariance(band, star)
        np.testing.assert_allclose(np.sqrt(np.diag(matrix)), found.errors[band][star])
        # A matrix that is filled in another order is not positive definite.
        assert np.linalg.eigvalsh(matrix / np.outer(*[found.errors[band][star]] * 2)).min() > 0
    table = found.table(20)
    assert table.loc[1, coefficient_names(20, ["bp"])].isna().all()
    assert table[coefficient_names(20, ["rp"])].notna().all().all()


def test_sampled_spectra(extracts):
    path = extracts / "labels" / "xp_sampled_600.parquet"
    if not path.is_file():
        pytest.skip(f"no sampled spectra at {path}")
    found = read_sampled(path)
    assert found.flux.shape == found.error.shape == (600, 343)
    np.testing.assert_array_equal(found.wavelength, ARCHIVE_NM)
    table = found.table()
    fluxes = [f"flux_{w:g}" for w in found.wavelength]
    np.testing.assert_allclose(table[fluxes].mean(axis=1), 1)
    assert (table["flux_500_err"] > 0).all()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_sampled_spectra_as_arrays(ending, tmp_path):
    flux = np.random.default_rng(1).uniform(1, 2, (3, 343))
    table = {"source_id": [1, 2, 3], "flux": list(flux), "flux_error": list(flux / 9)}
    if ending == "csv":
        as_text(table).to_csv(tmp_path / "xp.csv", index=False)
    else:
        pd.DataFrame(table).to_parquet(tmp_path / "xp.parquet")
    found = read_sampled(tmp_path / f"xp.{ending}")
    np.testing.assert_array_equal(found.flux, flux)
    np.testing.assert_array_equal(found.error, flux / 9)


def test_cosines():
    """Against the sum that defines them; fluxes of one star, errors by drawing."""
    rng = np.random.default_rng(3)
    flux, error = rng.uniform(1, 2, (2, 343)), np.full((2, 343), 0.01)
    spectra = SampledSpectra(np.array([1, 2]), ARCHIVE_NM, flux, error)
    table = spectra.cosines(5)
    n = np.arange(343)
    for k in range(1, 6):
        expected = np.sqrt(2 / 343) * (
            flux / flux.mean(axis=1, keepdims=True) * np.cos(np.pi * k * (n + 0.5) / 343)
        ).sum(axis=1)
        np.testing.assert_allclose(table[f"cos_{k}"], expected)
    np.testing.assert_allclose(table["cos_2_err"], 0.01 / flux.mean(axis=1))
    with pytest.raises(InputProblem, match="343, expected 1 to 342"):
        spectra.cosines(343)


WRONG = {
    "short array": (lambda t: t.assign(bp_coefficients="(1, 2)"), "holds 2 numbers, expected 55"),
    "no array": (lambda t: t.assign(rp_coefficients="bright"), "is no array of numbers"),
    "absent": (lambda t: t.drop(columns="bp_coefficient_errors"), "'bp_coefficient_errors' is mis"),
    "no identifier": (lambda t: t.drop(columns="source_id"), "'source_id' is missing"),
    "rounded identifier": (lambda t: t.assign(source_id=t["source_id"] / 1.0), "19 digits"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_tables_are_one_sentence(case, tmp_path):
    change, words = WRONG[case]
    change(as_text(made())).to_csv(tmp_path / "xp.csv", index=False)
    if case == "rounded identifier":
        change(as_text(made())).to_parquet(tmp_path / "xp.parquet")
    path = tmp_path / ("xp.parquet" if case == "rounded identifier" else "xp.csv")
    with pytest.raises(InputProblem, match=words) as problem:
        read_continuous(path)
    assert "\n" not in str(problem.value)


def test_without_correlations(tmp_path):
    table = as_text(made()).drop(columns=["bp_coefficient_correlations"])
    table.to_csv(tmp_path / "xp.csv", index=False)
    found = read_continuous(tmp_path / "xp.csv")
    assert found.correlations is None
    with pytest.raises(ValueError, match="no correlations"):
        found.covariance("rp", 0)


def test_without_gaiaxpy_sampling_is_one_sentence(tmp_path):
    try:
        import gaiaxpy  # noqa: F401
    except ImportError:
        with pytest.raises(InputProblem, match="needs the package gaiaxpy"):
            calibrated(tmp_path / "xp.csv")
    else:
        pytest.skip("gaiaxpy is installed")

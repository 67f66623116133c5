"""Gaia XP spectra: coefficients as the archive writes them, or fluxes at wavelengths."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem

BANDS = ("bp", "rp")
N_COEFFICIENTS = 55
FLUX_NORM = "norm"


@dataclass(frozen=True)
class ContinuousSpectra:
    """Mean spectra of N stars as coefficients of basis functions, by band `bp` and `rp`.

    source_id: (N,) int64. coefficients, errors: (N, 55) float64, NaN for a band that a star lacks.
    correlations: (N, 1485) of the lower triangle without its diagonal, row by row, as the archive
    writes them; None if the table has none. scatter: (N,) standard deviation of the fit, by which
    the archive has multiplied the formal errors.
    """

    source_id: np.ndarray
    coefficients: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    correlations: dict[str, np.ndarray] | None
    scatter: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.source_id)

    def covariance(self, band: str, star: int, formal: bool = False) -> np.ndarray:
        """Return the covariance (55, 55) of the coefficients of one star.

        errors_i errors_j r_ij; with `formal` over the squared standard deviation of the fit, which
        is what GaiaXPy gives. NaN where the star lacks the band. ValueError without correlations.
        """
        if self.correlations is None:
            raise ValueError("the table of spectra has no correlations")
        size = N_COEFFICIENTS
        matrix = np.eye(size)
        below = np.tril_indices(size, -1)
        matrix[below] = self.correlations[band][star]
        matrix.T[below] = self.correlations[band][star]
        error = self.errors[band][star] / (self.scatter[band][star] if formal else 1.0)
        return matrix * np.outer(error, error)

    def table(self, n_coefficients: int = N_COEFFICIENTS) -> pd.DataFrame:
        """Return the first `n_coefficients` of each band, divided by the star's flux, with errors.

        Columns: source_id, bp_1 ... rp_k and bp_1_err ... rp_k_err. The flux is that of the RP
        spectrum, the root of the sum of its squared coefficients; its error is neglected. A star
        without BP keeps RP and lacks the rest.
        """
        if not 1 <= n_coefficients <= N_COEFFICIENTS:
            raise InputProblem(
                f"predict/xp/coefficients: {n_coefficients}, expected 1 to {N_COEFFICIENTS}."
            )
        flux = np.sqrt((self.coefficients["rp"] ** 2).sum(axis=1))
        return self.divided_by(flux, n_coefficients)

    def divided_by(self, flux: np.ndarray, n_coefficients: int) -> pd.DataFrame:
        """Return the table of `table` with coefficients over a given `flux` (N,), such as of G.

        A flux that is missing or not positive leaves the star without coefficients.
        """
        flux = np.where(np.isfinite(flux) & (flux > 0), flux, np.nan)[:, None]
        columns: dict[str, np.ndarray] = {"source_id": self.source_id}
        for ending, values in (("", self.coefficients), ("_err", self.errors)):
            for band in BANDS:
                divided = values[band][:, :n_coefficients] / flux
                columns |= {f"{band}_{i + 1}{ending}": divided[:, i] for i in range(n_coefficients)}
        return pd.DataFrame(columns)


def coefficient_names(n_coefficients: int, bands: Sequence[str] = BANDS) -> list[str]:
    """Return the names of the columns of the first coefficients: bp_1 ... rp_k."""
    return [f"{band}_{i + 1}" for band in bands for i in range(n_coefficients)]


def read_continuous(path: str | Path) -> ContinuousSpectra:
    """Read a table `xp_continuous_mean_spectrum` of the archive (CSV, FITS, parquet, VOTable).

    Arrays come as text, `(1.0, 2.0, ...)` or `[...]`, or as arrays. An empty cell, NaN or an array
    of NaN is a band that the star lacks. Raises InputProblem for absent columns, arrays of another
    length and identifiers that are no integers.
    """
    path = Path(path)
    table = _read_any(path)
    source_id = _identifiers(table, path)
    coefficients, errors, correlations, scatter = {}, {}, {}, {}
    n_pairs = N_COEFFICIENTS * (N_COEFFICIENTS - 1) // 2
    has_correlations = all(f"{band}_coefficient_correlations" in table for band in BANDS)
    for band in BANDS:
        coefficients[band] = _arrays(table, f"{band}_coefficients", N_COEFFICIENTS, path)
        errors[band] = _arrays(table, f"{band}_coefficient_errors", N_COEFFICIENTS, path)
        if has_correlations:
            name = f"{band}_coefficient_correlations"
            correlations[band] = _arrays(table, name, n_pairs, path)
        name = f"{band}_standard_deviation"
        given = table[name] if name in table else pd.Series(np.nan, index=table.index)
        scatter[band] = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float)
    return ContinuousSpectra(
        source_id, coefficients, errors, correlations if has_correlations else None, scatter
    )


def _read_any(path: Path) -> pd.DataFrame:
    from astropy.table import Table

    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.name.endswith((".csv", ".csv.gz")):
            return pd.read_csv(path, comment="#", low_memory=False)
        table = Table.read(path)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise InputProblem(f"{path}: not a readable table of spectra ({error}).") from error
    return pd.DataFrame({name: list(table[name]) for name in table.colnames})


def _identifiers(table: pd.DataFrame, path: Path) -> np.ndarray:
    if "source_id" not in table:
        found = ", ".join(map(str, table.columns[:12]))
        raise InputProblem(f"{path}: column 'source_id' is missing; found {found}.")
    if table["source_id"].dtype.kind == "f":
        raise InputProblem(
            f"{path}: 'source_id' holds floating-point numbers, which cannot tell Gaia sources "
            "apart (19 digits); save it as integers or text."
        )
    return table["source_id"].astype(np.int64).to_numpy()


def _arrays(table: pd.DataFrame, name: str, length: int, path: Path) -> np.ndarray:
    if name not in table:
        found = ", ".join(map(str, table.columns[:12]))
        raise InputProblem(
            f"{path}: column {name!r} is missing; found {found}; expected a table "
            "xp_continuous_mean_spectrum of the Gaia archive."
        )
    read = np.full((len(table), length), np.nan)
    for row, cell in enumerate(table[name]):
        try:
            numbers = array_of(cell)
        except ValueError as error:
            raise InputProblem(
                f"{path}: {name!r} of row {row + 1} is no array of numbers ({error})."
            ) from error
        if numbers.size == 0 or np.isnan(numbers).all():
            continue
        if numbers.shape != (length,):
            raise InputProblem(
                f"{path}: {name!r} of row {row + 1} holds {numbers.size} numbers, expected "
                f"{length}; fetch the spectra again."
            )
        read[row] = numbers
    return read


def array_of(cell: Any) -> np.ndarray:
    """Return the numbers of a cell that holds an array or its text; empty if it holds none.

    Raises ValueError for other text.
    """
    if isinstance(cell, str):
        text = cell.strip().strip("()[]{}").replace(",", " ")
        return np.array([float(word) for word in text.split()])
    if cell is None or (np.isscalar(cell) and not np.isfinite(np.asarray(cell, float))):
        return np.empty(0)
    return np.ma.filled(np.ma.asarray(cell, dtype=float), np.nan).ravel()


@dataclass(frozen=True)
class SampledSpectra:
    """Spectra at wavelengths (P,) in nm: flux, error (N, P) in the unit of the table."""

    source_id: np.ndarray
    wavelength: np.ndarray
    flux: np.ndarray
    error: np.ndarray

    def __len__(self) -> int:
        return len(self.source_id)

    def table(self) -> pd.DataFrame:
        """Return fluxes over the star's mean flux, with errors: flux_336, flux_336_err, ...

        A star whose mean flux is not positive keeps none.
        """
        mean = np.nanmean(self.flux, axis=1)
        mean = np.where(mean > 0, mean, np.nan)[:, None]
        names = [f"flux_{w:g}" for w in self.wavelength]
        return pd.DataFrame(
            {"source_id": self.source_id}
            | dict(zip(names, (self.flux / mean).T, strict=True))
            | dict(zip([f"{n}_err" for n in names], (self.error / mean).T, strict=True))
        )

    def cosines(self, n_coefficients: int) -> pd.DataFrame:
        """Return the first coefficients of the flux in cosines: source_id, cos_1 ..., cos_1_err ...

        Flux over its mean in orthonormal cosines of the number of the wavelength (DCT-II): from
        broad to fine structure, as the archive's coefficients go. The first is that of the mean,
        equal for all stars, and left out. Errors from those of the fluxes, taken as independent.
        """
        from scipy.fft import dct

        if not 1 <= n_coefficients < len(self.wavelength):
            raise InputProblem(
                f"predict/xp/coefficients: {n_coefficients}, expected 1 to "
                f"{len(self.wavelength) - 1}."
            )
        basis = dct(np.eye(len(self.wavelength)), norm="ortho", axis=1)[:, 1 : n_coefficients + 1]
        table = self.table()
        names = [f"flux_{w:g}" for w in self.wavelength]
        value = table[names].to_numpy() @ basis
        error = np.sqrt(table[[f"{n}_err" for n in names]].to_numpy() ** 2 @ basis**2)
        return pd.DataFrame(
            {"source_id": self.source_id}
            | {f"cos_{i + 1}": value[:, i] for i in range(n_coefficients)}
            | {f"cos_{i + 1}_err": error[:, i] for i in range(n_coefficients)}
        )


# Wavelengths of the sampled mean spectra of the archive.
ARCHIVE_NM = np.arange(336.0, 1021.0, 2.0)


def read_sampled(path: str | Path) -> SampledSpectra:
    """Read sampled spectra: one column a wavelength, or the archive's arrays `flux`, `flux_error`.

    Columns are `flux_<nm>` and `flux_<nm>_error`; arrays of 343 numbers stand for 336 to 1020 nm.
    """
    path = Path(path)
    table = _read_any(path)
    source_id = _identifiers(table, path)
    if "flux" in table:
        flux, error = (
            _arrays(table, name, len(ARCHIVE_NM), path) for name in ("flux", "flux_error")
        )
        return SampledSpectra(source_id, ARCHIVE_NM, flux, error)
    names = [n for n in table.columns if n.startswith("flux_") and n[5:].replace(".", "").isdigit()]
    if not names:
        found = ", ".join(map(str, table.columns[:12]))
        raise InputProblem(
            f"{path}: no fluxes; found {found}; expected columns flux_<wavelength in nm> or arrays "
            "'flux' and 'flux_error'."
        )
    names.sort(key=lambda name: float(name[5:]))
    absent = [f"{name}_error" for name in names if f"{name}_error" not in table]
    if absent:
        raise InputProblem(f"{path}: column {absent[0]!r} is missing; every flux needs its error.")
    wavelength = np.array([float(name[5:]) for name in names])
    flux = table[names].to_numpy(dtype=float)
    error = table[[f"{name}_error" for name in names]].to_numpy(dtype=float)
    return SampledSpectra(source_id, wavelength, flux, error)


def calibrated(path: str | Path) -> SampledSpectra:
    """Return continuous spectra sampled in wavelength and calibrated in flux by GaiaXPy.

    Raises InputProblem where the optional package gaiaxpy is not installed.
    """
    try:
        from gaiaxpy import calibrate
    except ImportError as error:
        raise InputProblem(
            f"{path}: sampling needs the package gaiaxpy; install it or use coefficients."
        ) from error
    spectra, wavelength = calibrate(str(path), sampling=ARCHIVE_NM, save_file=False)
    flux, noise = (
        np.stack([np.asarray(one, dtype=float) for one in spectra[name]])
        for name in ("flux", "flux_error")
    )
    return SampledSpectra(
        spectra["source_id"].to_numpy(np.int64), np.asarray(wavelength), flux, noise
    )

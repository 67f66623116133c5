"""How the simulated survey sees a star: place, parameters, errors, flags and missing values."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemtag.base.types import Floats
from chemtag.survey.simulation.models import noise_model, vector_of

# Meaning of the bits in APOGEE DR17 (sdss/apogee, bitmask definitions; level 1 is BAD).
STAR_WARN, CHI2_WARN, SN_WARN = 1 << 7, 1 << 8, 1 << 11
STAR_BAD, CHI2_BAD, SN_BAD = 1 << 23, 1 << 24, 1 << 27
VERY_BRIGHT_NEIGHBOR = 1 << 3
OTHER_BAD, SPEC_RC, SPEC_RGB = 1 << 2, 1 << 24, 1 << 25
REFERENCE_SNR = 100.0


def ratio_column(element: str) -> str:
    """Return the column of `element` in [X/Fe]: `fe_h` for iron, `mg_fe` for mg."""
    return "fe_h" if element == "fe" else f"{element}_fe"


def observe(
    truth: Floats, recipe: dict[str, Any], rng: np.random.Generator, error_scale: float = 1.0
) -> pd.DataFrame:
    """Return the star table (without identifier and place) of stars with abundances `truth`.

    `truth` is (n, E) in dex, columns as the recipe's elements. Every ingredient draws from a
    stream of its own, row by row: switching one off, or adding stars, leaves the others.
    """
    size = len(truth)
    streams = dict(
        zip(
            ("parameters", "snr", "noise", "tails", "missing", "quality"), rng.spawn(6), strict=True
        )
    )
    fe_h = truth[:, recipe["elements"].index("fe")]
    teff, logg, clump = _parameters(fe_h, recipe["observation"]["giants"], streams["parameters"])
    snr = _signal_to_noise(size, recipe["observation"]["snr"], streams["snr"])
    quality = _quality(snr, recipe["observation"]["quality"], streams["quality"])
    noise = noise_model(recipe, error_scale)
    growth = error_growth(snr, recipe["observation"]["snr"])[:, None]
    growth = growth * parameter_growth(teff, fe_h, recipe)
    error = growth * np.sqrt(np.diag(noise.covariance))
    deviation = growth * noise.draw(streams["noise"], size)
    deviation *= _tail_factor(deviation.shape, recipe["observation"]["tails"], streams["tails"])
    deviation *= quality.pop("noise_factor")[:, None]
    values = truth + deviation + _systematics(teff, logg, recipe)
    missing = _missing(teff, recipe, streams["missing"])
    flags = np.zeros(truth.shape, dtype=np.int64)
    if recipe["observation"]["quality"] is not None:
        flags |= np.where(clump, SPEC_RC, SPEC_RGB)[:, None]
    flags[missing] |= OTHER_BAD
    giants = recipe["observation"]["giants"]
    columns: dict[str, Any] = {
        "teff": teff,
        "teff_err": np.full(size, float(giants["teff_error"])),
        "logg": logg,
        "logg_err": np.full(size, float(giants["logg_error"])),
        "snr": snr,
        **quality,
    }
    for number, element in enumerate(recipe["elements"]):
        column = ratio_column(element)
        gone = missing[:, number]
        columns[column] = np.where(gone, np.nan, values[:, number])
        columns[f"{column}_err"] = np.where(gone, np.nan, error[:, number])
        columns[f"{column}_flag"] = flags[:, number]
    return pd.DataFrame(columns)


def error_growth(snr: Floats, entry: dict[str, float] | None) -> Floats:
    """Return the errors at `snr` over those at S/N = 100: max(floor, (100 / snr)^exponent)."""
    if entry is None:
        return np.ones(len(snr))
    return np.maximum(entry["floor"], (REFERENCE_SNR / snr) ** entry["exponent"])


def parameter_growth(teff: Floats, fe_h: Floats, recipe: dict[str, Any]) -> Floats | float:
    """Factor (n, E) on the errors by Teff and [Fe/H]; 1 where the recipe has no such block.

    1 + per_500_kelvin (Teff - 4700)/500 + per_fe_h [Fe/H], element by element, within 1/2 to 3.
    """
    entry = recipe["observation"].get("errors")
    if entry is None:
        return 1.0
    factor = 1 + ((teff - 4700) / 500)[:, None] * vector_of(
        entry["per_500_kelvin"], recipe["elements"]
    )
    return np.clip(factor + entry["per_fe_h"] * fe_h[:, None], 0.5, 3.0)


def _signal_to_noise(size: int, entry: dict[str, float] | None, rng: np.random.Generator) -> Floats:
    """S/N of each star: log-normal, or 100 for all where `snr` is off."""
    if entry is None:
        return np.full(size, REFERENCE_SNR)
    return entry["median"] * np.exp(entry["ln_sd"] * rng.standard_normal(size))


def _parameters(
    fe_h: Floats, giants: dict[str, Any], rng: np.random.Generator
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Teff (K), logg (dex) and whether the star is in the red clump.

    The giant branch is a straight line Teff = zero + per_logg (logg - 2.5) + per_fe_h [Fe/H].
    """
    choosing, drawing = rng.spawn(2)
    uniform = choosing.random((len(fe_h), 2))
    normal = drawing.standard_normal((len(fe_h), 2))
    clump = uniform[:, 0] < giants["clump_share"]
    low, high = giants["branch_logg"]
    logg = np.where(
        clump,
        giants["clump_logg"] + giants["clump_logg_sd"] * normal[:, 0],
        low + (high - low) * uniform[:, 1],
    )
    teff = giants["teff_zero"] + giants["teff_per_logg"] * (logg - 2.5)
    teff = teff + giants["teff_per_fe_h"] * fe_h + giants["teff_sd"] * normal[:, 1]
    return teff, logg, clump


def _tail_factor(
    shape: tuple[int, ...], entry: dict[str, float] | None, rng: np.random.Generator
) -> Floats:
    """Factor on each error: `factor` for a share of the abundances, else 1."""
    if entry is None:
        return np.ones(shape)
    return np.where(rng.random(shape) < entry["share"], entry["factor"], 1.0)


def _systematics(teff: Floats, logg: Floats, recipe: dict[str, Any]) -> Floats:
    """Spurious trends: delta[X/H] = k (Teff - 4700)/500 + m (logg - 2.5), given here in [X/Fe]."""
    elements = recipe["elements"]
    entry = recipe["observation"]["systematics"]
    if entry is None:
        return np.zeros((len(teff), len(elements)))
    trend = ((teff - 4700) / 500)[:, None] * vector_of(entry["per_500_kelvin"], elements)
    trend = trend + (logg - 2.5)[:, None] * vector_of(entry["per_logg"], elements)
    iron = elements.index("fe")
    against_iron = trend - trend[:, iron : iron + 1]
    against_iron[:, iron] = trend[:, iron]
    return against_iron


def _missing(teff: Floats, recipe: dict[str, Any], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which abundances (n, E) could not be measured.

    One uniform number a star, so weak lines vanish together: the element with the highest rate
    first. The rate grows by the factor 1 + per_500_kelvin (Teff - 4700)/500, within 0 to 4.
    """
    entry = recipe["observation"]["missing"]
    if entry is None:
        return np.zeros((len(teff), len(recipe["elements"])), dtype=bool)
    growth = np.clip(1 + entry["per_500_kelvin"] * (teff - 4700) / 500, 0, 4)
    rates = growth[:, None] * vector_of(entry["rates"], recipe["elements"])
    return rng.random(len(teff))[:, None] < rates


def _quality(
    snr: Floats, entry: dict[str, float] | None, rng: np.random.Generator
) -> dict[str, Any]:
    """chi2, bit masks and the factor by which a failed fit widens a star's true errors."""
    size = len(snr)
    zeros = np.zeros(size, dtype=np.int64)
    if entry is None:
        ones = np.ones(size)
        return {"chi2": ones, "flag_star": zeros, "flag_pipeline": zeros, "noise_factor": ones}
    choosing, drawing = rng.spawn(2)
    uniform = choosing.random((size, 2))
    chi2 = entry["chi2_median"] * np.exp(entry["chi2_ln_sd"] * drawing.standard_normal(size))
    failed = uniform[:, 0] < entry["failed_share"]
    crowded = uniform[:, 1] < entry["bright_neighbour_share"]
    # Limits of the warnings: APOGEE DR17, ASPCAPFLAG.
    warnings = np.where(chi2 > 30 * (snr / 100) ** 2, CHI2_WARN, 0)
    warnings = warnings | np.where(snr < 70, SN_WARN, 0)
    pipeline = warnings | np.where(warnings > 0, STAR_WARN, 0)
    pipeline = pipeline | np.where(chi2 > 50 * (snr / 100) ** 2, CHI2_BAD, 0)
    pipeline = pipeline | np.where(snr < 50, SN_BAD, 0) | np.where(failed, STAR_BAD, 0)
    return {
        "chi2": chi2,
        "flag_star": np.where(crowded, VERY_BRIGHT_NEIGHBOR, zeros).astype(np.int64),
        "flag_pipeline": pipeline.astype(np.int64),
        "noise_factor": np.where(failed, entry["failed_noise_factor"], 1.0),
    }

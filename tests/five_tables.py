"""Five tables as their makers write them: TOPCAT, APOGEE allStar, GALAH, VizieR, a paper's MRT.

The same invented stars in all: clusters of twelve and a field. Columns beyond those that a config
could name are there, too, with values that mean nothing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.table import Table

ELEMENTS = ("fe", "mg", "si", "ca", "mn", "ni", "ba", "c")
N_CLUSTERS, N_MEMBERS, N_FIELD = 6, 12, 150
N_STARS = N_CLUSTERS * N_MEMBERS + N_FIELD


class Stars:
    """Abundances [X/Fe], iron [Fe/H], in dex, with errors; clusters, empty for the field."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        centres = rng.normal(0, 0.25, (N_CLUSTERS, len(ELEMENTS)))
        members = centres.repeat(N_MEMBERS, axis=0) + rng.normal(0, 0.03, (72, len(ELEMENTS)))
        field = rng.normal(0, 0.25, (N_FIELD, len(ELEMENTS)))
        values = np.concatenate([members, field]).round(4)
        self.value = dict(zip(ELEMENTS, values.T, strict=True))
        self.error = {e: rng.uniform(0.02, 0.04, N_STARS).round(4) for e in ELEMENTS}
        self.cluster = [f"NGC {k + 1}" for k in range(N_CLUSTERS) for _ in range(N_MEMBERS)]
        self.cluster += [""] * N_FIELD
        self.ra, self.dec = rng.uniform(0, 360, N_STARS), rng.uniform(-80, 80, N_STARS)
        self.snr = rng.uniform(60, 300, N_STARS).round(1)
        self.noise = rng.normal(0, 1, N_STARS)


def ratio(element: str) -> str:
    return "h" if element == "fe" else "fe"


def topcat(stars: Stars, path: Path) -> None:
    """FITS as TOPCAT writes it: the VOTable of the header as bytes in front, blanks in texts."""
    columns: dict[str, Any] = {"source_id": np.arange(N_STARS) + 4_611_686_018_427_387_904}
    columns |= {"ra": stars.ra, "dec": stars.dec, "parallax": stars.noise}
    for element in ELEMENTS:
        columns[f"{element.title()}_{ratio(element).title()}"] = stars.value[element]
        columns[f"e_{element.title()}_{ratio(element).title()}"] = stars.error[element]
    columns["Cluster"] = np.array([f"{name:<8}" for name in stars.cluster])
    table = fits.table_to_hdu(Table(columns))
    header = np.frombuffer(b"<?xml version='1.0'?><VOTABLE version='1.1'/>", dtype=np.uint8)
    primary = fits.PrimaryHDU(header)
    primary.header["VOTMETA"] = True
    fits.HDUList([primary, table]).writeto(path)


def allstar(stars: Stars, path: Path) -> None:
    """FITS with the names of APOGEE allStar: several rows a star, flags, codes, vectors."""
    columns: dict[str, Any] = {"APOGEE_ID": [f"2M{i:016d}" for i in range(N_STARS)]}
    columns |= {"TELESCOPE": ["apo25m"] * N_STARS, "RA": stars.ra, "DEC": stars.dec}
    columns |= {"K": stars.noise + 9, "K_ERR": stars.noise * 0 + 0.02, "SNR": stars.snr}
    columns |= {"SNREV": stars.snr, "ASPCAPFLAG": np.zeros(N_STARS, np.int64)}
    columns |= {"TEFF": stars.noise * 100 + 4800, "LOGG": stars.noise * 0.1 + 2.4}
    columns["X_H"] = np.tile(stars.noise[:, None], 27).astype(">f4")
    for element in ELEMENTS:
        name = f"{element}_{ratio(element)}".upper()
        columns[name] = stars.value[element].astype(">f4")
        columns[f"{name}_SPEC"] = stars.value[element].astype(">f4")
        columns[f"{name}_ERR"] = stars.error[element].astype(">f4")
        columns[f"{name}_FLAG"] = np.zeros(N_STARS, np.int32)
    table = Table(columns)
    table["MG_FE"][200] = -9999.99
    twice = table[:5].copy()
    twice["SNREV"] = 10.0
    rows = fits.table_to_hdu(Table(np.concatenate([np.array(table), np.array(twice)])))
    fits.HDUList([fits.PrimaryHDU(), rows]).writeto(path)


def galah(stars: Stars, path: Path) -> None:
    """FITS with the names of GALAH DR4: lower case, `e_` and `flag_` in front."""
    columns: dict[str, Any] = {"sobject_id": np.arange(N_STARS) + 131_116_000_501_001}
    columns |= {"tmass_id": [f"{i:016d}" for i in range(N_STARS)], "ra": stars.ra, "dec": stars.dec}
    columns |= {"flag_sp": np.zeros(N_STARS, np.int64), "snr_px_ccd2": stars.snr}
    columns |= {"rv_comp_1": stars.noise, "e_rv_comp_1": np.abs(stars.noise)}
    for element in ELEMENTS:
        name = f"{element}_{ratio(element)}"
        columns[name] = stars.value[element]
        columns[f"e_{name}"] = stars.error[element]
        columns[f"flag_{name}"] = np.zeros(N_STARS, np.int64)
    columns["cluster"] = [name or "field" for name in stars.cluster]
    Table(columns).write(path)


def vizier(stars: Stars, path: Path) -> None:
    """CSV of VizieR: brackets in names, [X/H], empty cells."""
    columns: dict[str, Any] = {"recno": np.arange(N_STARS) + 1, "Cluster": stars.cluster}
    columns |= {"Star": [f"Cl* {i}" for i in range(N_STARS)]}
    columns |= {"RAJ2000": stars.ra, "DEJ2000": stars.dec, "SNR": stars.snr}
    for element in ELEMENTS:
        iron = 0 if element == "fe" else stars.value["fe"]
        columns[f"[{element.title()}/H]"] = (stars.value[element] + iron).round(4).astype(str)
        columns[f"e_[{element.title()}/H]"] = stars.error[element]
    columns["[Mg/H]"][210] = ""
    Table(columns).write(path, format="csv")


def paper(stars: Stars, path: Path) -> None:
    """The machine-readable table of a paper."""
    columns: dict[str, Any] = {"Star": [f"HD {i}" for i in range(N_STARS)]}
    columns["Cluster"] = [name or "..." for name in stars.cluster]
    for element in ELEMENTS:
        columns[f"[{element.title()}/{ratio(element).title()}]"] = stars.value[element]
        columns[f"e_[{element.title()}/{ratio(element).title()}]"] = stars.error[element]
    Table(columns).write(path, format="ascii.mrt")


TABLES: dict[str, Callable[[Stars, Path], None]] = {
    "topcat.fits": topcat,
    "allstar.fits": allstar,
    "galah.fits": galah,
    "vizier.csv": vizier,
    "paper.mrt": paper,
}


def written(folder: Path, name: str) -> Path:
    """One of the tables in a folder."""
    path = folder / name
    TABLES[name](Stars(), path)
    return path

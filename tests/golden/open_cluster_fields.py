"""Gaia fields of the shared data as taggers see them, with members of published lists."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import SkyCoord

from chemtag.tag.protocol import Space

NAMES = ("xi", "eta", "pmra", "pmdec", "parallax")
CG18, TARRICQ = "CG18 (Gaia DR2)", "Tarricq 2022 (Gaia EDR3)"
MATCH = 1.5 * u.arcsec
FIELDS = {
    "NGC_103": "field_ngc103_dr3",
    "Blanco_1": "field_blanco1_dr3",
    "NGC_2112": "field_ngc2112",
    "NGC_6405": "field_ngc6405",
    "": "field_no_cluster_dr3",
}


def stars_of(folder: Path, cluster: str, faintest: float = 18.0) -> pd.DataFrame:
    """Stars with five-parameter astrometry brighter than `faintest` in the field of a cluster."""
    table = pd.read_parquet(folder / f"{FIELDS[cluster]}.parquet")
    known = table[["pmra", "pmdec", "parallax"]].notna().all(axis=1)
    return table[known & (table["phot_g_mean_mag"] < faintest)].reset_index(drop=True)


def space_of(table: pd.DataFrame) -> Space:
    """The space of a field in its own units; sky about its centre, errors where it has them."""
    place = SkyCoord(table["ra"].to_numpy(), table["dec"].to_numpy(), unit="deg")
    centre = SkyCoord(place.cartesian.mean(), frame="icrs")
    offset = place.transform_to(centre.skyoffset_frame())
    # The gnomonic projection of the offsets.
    xi = np.degrees(np.tan(offset.lon.wrap_at("180d").rad))
    eta = np.degrees(np.tan(offset.lat.rad) / np.cos(offset.lon.rad))
    values = np.column_stack([xi, eta, table[["pmra", "pmdec", "parallax"]].to_numpy(dtype=float)])
    covariance = None
    if "pmra_error" in table:
        sigma = table[["pmra_error", "pmdec_error", "parallax_error"]].to_numpy(dtype=float)
        covariance = np.zeros((len(table), 5, 5))
        covariance[:, 2:, 2:] = np.einsum("ni,nj,ij->nij", sigma, sigma, np.eye(3))
        pairs = (("pmra_pmdec", 2, 3), ("parallax_pmra", 2, 4), ("parallax_pmdec", 3, 4))
        for pair, i, j in pairs:
            column = f"{pair}_corr"
            if column in table:
                covariance[:, i, j] = table[column] * sigma[:, i - 2] * sigma[:, j - 2]
                covariance[:, j, i] = covariance[:, i, j]
    star_id = np.array([f"{row:08d}" for row in range(len(table))], dtype=object)
    return Space(star_id, values, covariance, NAMES, centre=np.zeros(5), divisor=np.ones(5))


def members_in(
    folder: Path, table: pd.DataFrame, cluster: str, published: str = CG18, least: float = 0.5
) -> np.ndarray:
    """Which stars (N,) a published list has as members of probability `least` or more."""
    if not cluster:
        return np.zeros(len(table), dtype=bool)
    lists = pd.read_parquet(folder / "members_literature.parquet")
    of_it = (lists["list"] == published) & (lists["cluster"] == cluster)
    named = lists[of_it & (lists["probability"] >= least)]
    there = SkyCoord(named["ra"].to_numpy(), named["dec"].to_numpy(), unit="deg")
    here = SkyCoord(table["ra"].to_numpy(), table["dec"].to_numpy(), unit="deg")
    row, gap, _ = there.match_to_catalog_sky(here)
    member = np.zeros(len(table), dtype=bool)
    member[row[gap < MATCH]] = True
    return member


def shuffled(space: Space, seed: int) -> Space:
    """The field with each feature dealt out anew: the distributions stay, no cluster does."""
    rng = np.random.default_rng(seed)
    deal = [rng.permutation(len(space)) for _ in NAMES]
    values = np.column_stack([space.coordinates[d, i] for i, d in enumerate(deal)])
    if space.covariance is None:
        return replace(space, coordinates=values)
    sigma = np.sqrt(np.column_stack([space.covariance[d, i, i] for i, d in enumerate(deal)]))
    return replace(
        space, coordinates=values, covariance=np.einsum("ni,nj,ij->nij", sigma, sigma, np.eye(5))
    )

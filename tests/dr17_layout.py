"""Catalogues of invented stars in the layouts of APOGEE DR17: allStarLite and members of OCCAM."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ELEMENTS = "C CI N O NA MG AL SI P S K CA TI TIII V CR MN CO NI CU CE".split()  # noqa: SIM905
DUPLICATE, NOT_MAIN, TELLURIC, PROBLEM_TARGET = 1 << 4, 1 << 0, 1 << 2, 1 << 40
SPEC_BITS = (1 << 24) | (1 << 25)  # SPEC_RC, SPEC_RGB: in DR17 only in the flag of log g
GRIDEDGE_BAD, CALRANGE_WARN = 1 << 0, 1 << 9
BLOCK_ROWS = 20_000

# Columns of the release in its order, by FITS format; read in a table of Montalban et al. (2021)
# that copies them (a test compares).
COLUMNS = """
30A: APOGEE_ID | 6A: TELESCOPE | 20A: FIELD | 30A: ALT_ID | D: RA DEC GLON GLAT
E: J J_ERR H H_ERR K K_ERR AK_TARG | 32A: AK_TARG_METHOD | E: AK_WISE SFD_EBV
J: APOGEE_TARGET1 APOGEE_TARGET2 APOGEE2_TARGET1 APOGEE2_TARGET2 APOGEE2_TARGET3 APOGEE2_TARGET4
132A: TARGFLAGS | 32A: SURVEY PROGRAMNAME | J: NVISITS | E: SNR SNREV
K: STARFLAG | 132A: STARFLAGS | K: ANDFLAG | 132A: ANDFLAGS
E: VHELIO_AVG VSCATTER VERR RV_TEFF RV_LOGG RV_FEH RV_ALPHA RV_CARB RV_CHI2 RV_CCFWHM RV_AUTOFWHM
J: RV_FLAG N_COMPONENTS | E: MEANFIB SIGFIB MIN_H MAX_H MIN_JK MAX_JK | K: GAIAEDR3_SOURCE_ID
E: GAIAEDR3_PARALLAX GAIAEDR3_PARALLAX_ERROR GAIAEDR3_PMRA GAIAEDR3_PMRA_ERROR
E: GAIAEDR3_PMDEC GAIAEDR3_PMDEC_ERROR GAIAEDR3_PHOT_G_MEAN_MAG GAIAEDR3_PHOT_BP_MEAN_MAG
E: GAIAEDR3_PHOT_RP_MEAN_MAG GAIAEDR3_DR2_RADIAL_VELOCITY GAIAEDR3_DR2_RADIAL_VELOCITY_ERROR
E: GAIAEDR3_R_MED_GEO GAIAEDR3_R_LO_GEO GAIAEDR3_R_HI_GEO
E: GAIAEDR3_R_MED_PHOTOGEO GAIAEDR3_R_LO_PHOTOGEO GAIAEDR3_R_HI_PHOTOGEO
8A: ASPCAP_GRID | E: ASPCAP_CHI2 | 9K: PARAMFLAG | K: ASPCAPFLAG | 256A: ASPCAPFLAGS
E: FRAC_BADPIX FRAC_LOWSNR FRAC_SIGSKY | 27E: X_H X_H_ERR X_M X_M_ERR ELEM_CHI2 ELEMFRAC
J: EXTRATARG | K: MEMBERFLAG | 10A: MEMBER | 27E: X_H_SPEC X_M_SPEC
E: TEFF TEFF_ERR LOGG LOGG_ERR M_H M_H_ERR ALPHA_M ALPHA_M_ERR VMICRO VMACRO VSINI TEFF_SPEC
E: LOGG_SPEC
"""
# Species that the recipe lacks are copied from others, so that no column of the map is empty.
STANDINS = {"ci_fe": "c_fe", "tiii_fe": "ti_fe", "ce_fe": "co_fe"}
TYPES = {"D": ">f8", "E": ">f4", "J": ">i4", "K": ">i8"}


def formats() -> list[tuple[str, str]]:
    """Name and FITS format of each column of allStarLite, in order."""
    found = []
    for segment in COLUMNS.replace("\n", "|").split("|"):
        kind, _, names = segment.partition(":")
        found += [(name, kind.strip()) for name in names.split()]
    for element in [*ELEMENTS[:17], "FE", *ELEMENTS[17:]]:
        name = "FE_H" if element == "FE" else f"{element}_FE"
        found += [(f"{name}{suffix}", "E") for suffix in ("", "_SPEC", "_ERR")]
        found.append((f"{name}_FLAG", "J"))
    return found


def layout() -> np.dtype:
    """The row of the table: names and big-endian types, as a FITS file has them."""
    fields: list[tuple] = []
    for name, kind in formats():
        count = int(kind[:-1] or 1)
        if kind.endswith("A"):
            fields.append((name, f"S{count}"))
        else:
            fields.append((name, TYPES[kind[-1]], count) if count > 1 else (name, TYPES[kind]))
    return np.dtype(fields)


def write_rows(path: Path, total: int, blocks: Iterator[np.ndarray]) -> None:
    """Write blocks of rows, `total` in all, so that the writer needs little memory."""
    from astropy.io import fits

    header = fits.BinTableHDU(np.zeros(0, dtype=layout())).header
    header["NAXIS2"] = total
    with path.open("wb") as file:
        file.write(fits.PrimaryHDU().header.tostring().encode())
        file.write(header.tostring().encode())
        size = sum(file.write(block.tobytes()) for block in blocks)
        assert size == total * layout().itemsize
        file.write(b"\0" * (-size % 2880))


@dataclass(frozen=True)
class Mock:
    """Stars of the simulator as a survey would publish them.

    `entries`: a row of the catalogue each, in the order of the file, with the columns of the
    simulator's star table (missing abundances NaN), `target` (EXTRATARG), `logg_flag`, and `second`
    (not the entry of best S/N of its star). `members`: rows of the list of members.
    """

    entries: pd.DataFrame
    members: pd.DataFrame


def mock_survey(total: int, seed: int) -> Mock:
    """Draw `total` entries: the recipe `survey`, dwarfs in the field, repeats, flags, members.

    Three fifths of the field are dwarfs, a tenth of the entries are repeats, one in 50 of these
    without the DUPLICATE bit.
    """
    from chemtag.survey import simulation

    recipe = simulation.read_recipe(
        Path(__file__).resolve().parents[1] / "resources/recipes/survey.yaml"
    )
    repeats = total // 10
    rng = np.random.default_rng([17, seed])
    drawn = simulation.simulate_survey(recipe, np.random.default_rng(seed), 0)
    n_field = total - repeats - len(drawn.stars)
    survey = simulation.simulate_survey(recipe, np.random.default_rng(seed), n_field)
    stars = survey.stars
    names = _names(len(stars), rng)
    listed = survey.members.assign(
        star_id=names[pd.Index(stars["star_id"]).get_indexer(survey.members["star_id"])]
    )
    stars["star_id"] = names
    dwarf = np.zeros(len(stars), bool)
    dwarf[-n_field:] = rng.random(n_field) < 0.6
    stars.loc[dwarf, "logg"] += 2.2
    stars.loc[dwarf, "teff"] += 900
    stars["target"] = np.where(stars["star_id"].isin(listed["star_id"]), NOT_MAIN, 0)
    stars.loc[rng.random(len(stars)) < 0.002, "target"] |= TELLURIC
    stars.loc[rng.random(len(stars)) < 0.003, "flag_pipeline"] |= PROBLEM_TARGET
    flags = [column for column in stars if column.endswith("_flag")]
    stars["logg_flag"] = stars["fe_h_flag"] & SPEC_BITS
    for column in flags:
        stars[column] = (stars[column] & ~SPEC_BITS) | np.where(
            rng.random(len(stars)) < 0.002, GRIDEDGE_BAD, 0
        )
        stars[column] |= np.where(rng.random(len(stars)) < 0.05, CALRANGE_WARN, 0)
    stars["second"] = False
    again = _second_entries(stars, repeats, rng)
    entries = pd.concat([stars, again], ignore_index=True)
    return Mock(entries.iloc[rng.permutation(total)].reset_index(drop=True), _occam(listed, rng))


def _names(count: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct names such as "2M00000017+4012345" in no order of the sky."""
    numbers = rng.permutation(count)
    signs = np.where(rng.random(count) < 0.5, "+", "-")
    tails = rng.integers(0, 9_000_000, count)
    parts = zip(numbers, signs, tails, strict=True)
    return np.array([f"2M{a:08d}{sign}{b:07d}" for a, sign, b in parts], dtype=object)


def _second_entries(stars: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Poorer entries of some stars: lower S/N, abundances measured anew."""
    again = stars.iloc[rng.choice(len(stars), count, replace=False)].copy()
    again["snr"] *= rng.uniform(0.3, 0.95, count)
    for column in [c for c in stars if c.endswith(("_fe", "_h"))]:
        again[column] += again[f"{column}_err"] * rng.standard_normal(count)
    again["target"] |= np.where(rng.random(count) < 0.98, DUPLICATE, 0)
    again["second"] = True
    return again


def _occam(listed: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rows as OCCAM lists them: members, stars that fail in velocity, stars without Gaia.

    A fifth of the members has FEH_PROB = 0: who cuts on it loses them.
    """
    count = len(listed)
    rows = pd.DataFrame(
        {
            "CLUSTER": listed["cluster"],
            "APOGEE_ID": listed["star_id"],
            "RV_PROB": rng.uniform(0.05, 1, count),
            "FEH_PROB": np.where(rng.random(count) < 0.2, 0, rng.uniform(0.02, 1, count)),
            "PM_PROB": rng.uniform(0.05, 2, count),
            "CG_PROB": listed["probability"],
        }
    )
    fast = rows.sample(frac=0.09, random_state=1).assign(CLUSTER="SIM 90", RV_PROB=0.0)
    unknown = rows.sample(frac=0.5, random_state=2).assign(CLUSTER="SIM 91", CG_PROB=-9999.99)
    twice = rows.sample(frac=0.05, random_state=3).assign(CLUSTER="SIM 92", CG_PROB=0.7001)
    return pd.concat([rows, fast, unknown, twice], ignore_index=True)


def write_allstar(path: Path, mock: Mock) -> None:
    """Write the entries as allStarLite; every other missing abundance is -9999.99, else NaN."""
    total = len(mock.entries)
    starts = range(0, total, BLOCK_ROWS)
    write_rows(
        path, total, (_rows(mock.entries.iloc[start : start + BLOCK_ROWS]) for start in starts)
    )


def _rows(part: pd.DataFrame) -> np.ndarray:
    rows = np.zeros(len(part), dtype=layout())
    plain = {"APOGEE_ID": "star_id", "RA": "ra", "DEC": "dec", "TEFF": "teff", "LOGG": "logg"}
    plain |= {"TEFF_ERR": "teff_err", "LOGG_ERR": "logg_err", "SNREV": "snr", "SNR": "snr"}
    plain |= {"ASPCAP_CHI2": "chi2", "STARFLAG": "flag_star", "ASPCAPFLAG": "flag_pipeline"}
    plain |= {"EXTRATARG": "target"}
    for name, column in plain.items():
        rows[name] = part[column].to_numpy().astype(rows.dtype[name])
    rows["PARAMFLAG"][:, 1] = part["logg_flag"]
    rows["GAIAEDR3_SOURCE_ID"] = 2**61 + part.index.to_numpy()
    rows["TELESCOPE"], rows["ALT_ID"], rows["ASPCAP_GRID"] = b"apo25m", b"none", b"GKg_d"
    odd = part.index.to_numpy() % 2 == 1
    for element in [*ELEMENTS, "FE"]:
        name = "FE_H" if element == "FE" else f"{element}_FE"
        source = STANDINS.get(name.lower(), name.lower())
        if source not in part:  # P and Cu, which DR17 does not recommend
            rows[name] = rows[f"{name}_ERR"] = np.nan
            continue
        missing = part[source].isna().to_numpy()
        for suffix in ("", "_ERR"):
            values = part[f"{source}{suffix.lower()}"].to_numpy()
            rows[f"{name}{suffix}"] = np.where(missing & odd, -9999.99, values)
        rows[f"{name}_SPEC"] = rows[name]
        rows[f"{name}_FLAG"] = part[f"{source}_flag"]
    rows["X_H"] = rows["X_M"] = rows["FE_H"][:, None]
    return rows


def write_occam(path: Path, members: pd.DataFrame) -> None:
    """Write the members in the columns of OCCAM, in no order."""
    from astropy.io import fits

    members = members.sample(frac=1, random_state=4)
    text = {"CLUSTER": "13A", "APOGEE_ID": "18A"}
    numbers = ["GLON", "GLAT", "VHELIO_AVG", "VSCATTER", "FE_H", "FE_H_ERR"]
    numbers += ["PMRA", "PMRA_ERR", "PMDEC", "PMDEC_ERR"]
    columns = [fits.Column(n, f, array=members[n].to_numpy(str)) for n, f in text.items()]
    columns.append(fits.Column("LOCATION_ID", "K", array=np.full(len(members), 5154)))
    columns += [fits.Column(name, "D", array=np.zeros(len(members))) for name in numbers]
    columns += [
        fits.Column(name, "D", array=members[name].to_numpy())
        for name in ("RV_PROB", "FEH_PROB", "PM_PROB", "CG_PROB")
    ]
    fits.BinTableHDU.from_columns(columns).writeto(path, overwrite=True)

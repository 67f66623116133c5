"""A catalogue of five stars in every format, and the block of the config that reads it."""

import numpy as np
from astropy.table import Table

GAIA = 4_611_686_018_427_387_905  # 2**62 + 1: not representable in floating point
SUFFIXES = [".fits", ".fits.gz", ".parquet", ".csv", ".ecsv", ".vot"]


def block(**changes):
    """A catalog block as `chemtag.base.configuration.checked_config` completes it."""
    return {
        "ratio": "x_fe",
        "columns": {"star_id": "ID", "snr": "SNR", "gaia_source_id": "GAIA"},
        "flags": {"star": "STARFLAG"},
        "elements": {
            "fe": {"value": "FE_H", "error": "FE_H_ERR"},
            "mg": {"value": "MG_FE", "error": "MG_FE_ERR", "flag": "MG_FE_FLAG"},
        },
        "missing_codes": [-9999.99, 99.999],
        "negative_errors": "refuse",
        "empty_identifiers": "refuse",
        **changes,
    }


def catalogue(n=5):
    """A small catalogue with float64 abundances, so that all formats can hold it exactly."""
    step = np.arange(n)
    return Table(
        {
            "ID": [f"2M{i:02d}" for i in step[::-1]],
            "GAIA": GAIA + step,
            "SNR": 100.0 + step,
            "STARFLAG": (step.astype(np.int64) << 40) + 1,
            "FE_H": -0.1 * step,
            "FE_H_ERR": np.full(n, 0.01),
            "MG_FE": 0.02 * step,
            "MG_FE_ERR": np.full(n, 0.02),
            "MG_FE_FLAG": np.zeros(n, dtype=np.int64),
        }
    )


def written(table, path):
    """Write `table` in the format of the suffix of `path`."""
    name = path.name
    if name.endswith((".fits", ".fits.gz")):
        table.write(path, format="fits", overwrite=True)
    elif name.endswith(".parquet"):
        table.to_pandas().to_parquet(path)
    elif name.endswith(".csv"):
        table.write(path, format="ascii.csv", overwrite=True)
    elif name.endswith(".ecsv"):
        table.write(path, format="ascii.ecsv", overwrite=True)
    else:
        table.write(path, format="votable", overwrite=True)
    return path

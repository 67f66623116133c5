"""A small sample with groups, for the tests of the stage `vet`."""

import json

import numpy as np
import pandas as pd

from chemtag.base.tables import conform, read_table, write_table
from chemtag.vet.candidates import candidates_table
from chemtag.vet.seal import sealed

COLUMNS = ["fe_h", "mg_fe", "si_fe"]


def sample(n_field=60, sizes=(8, 5), seed=1):
    """Abundances and the stars in groups: the first stars, group by group."""
    rng = np.random.default_rng(seed)
    n = n_field + sum(sizes)
    group = np.repeat([*range(len(sizes)), -1], [*sizes, n_field])
    stars = pd.DataFrame({"star_id": [f"s{i:04d}" for i in range(n)]})
    stars["ra"], stars["dec"] = rng.uniform(0, 360, n), rng.uniform(-80, 80, n)
    stars["teff"], stars["logg"] = rng.normal(4700, 150, n), rng.normal(2.5, 0.2, n)
    centres = rng.normal(0, 0.2, (len(sizes) + 1, len(COLUMNS)))
    values = centres[group] + rng.normal(0, 0.03, (n, len(COLUMNS)))
    values[group < 0] = rng.normal(0, 0.2, ((group < 0).sum(), len(COLUMNS)))
    stars[COLUMNS] = values
    stars[[f"{c}_err" for c in COLUMNS]] = rng.uniform(0.01, 0.04, values.shape)
    members = pd.DataFrame({"star_id": stars["star_id"], "group": group, "probability": 0.9})
    return stars, members[members["group"] >= 0].reset_index(drop=True)


def catalogue(**how):
    """The two tables of the catalogue by name, under their contracts."""
    stars, members = sample(**how)
    groups, rows = candidates_table("field", members, stars, COLUMNS, {})
    return {
        "candidates": conform(groups, "candidates", "groups"),
        "members": conform(rows, "candidate_members", "members"),
    }


def write_sealed(folder, stars, members):
    """Write abundances.parquet, the catalogue c.ecsv and m.ecsv, and its seal.json."""
    meta = {"ratio": "x_fe", "elements": ["fe", "mg", "si"]}
    write_table(stars, folder / "abundances.parquet", "abundances", meta)
    groups, rows = candidates_table("s", members, stars, COLUMNS, {})
    write_table(groups, folder / "c.ecsv", "candidates")
    write_table(rows, folder / "m.ecsv", "candidate_members")
    tables = {
        "candidates": read_table(folder / "c.ecsv", "candidates"),
        "members": read_table(folder / "m.ecsv", "candidate_members"),
    }
    (folder / "seal.json").write_text(json.dumps(sealed(tables, {})))

"""A survey of sixty stars in a folder: its table, its config, the stages `survey` and `select`."""

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chemtag.base.configuration import checked_config
from chemtag.base.tables import read_table
from read_catalog import read_catalog
from select_stars import select_stars

ROOT = Path(__file__).resolve().parents[2]
ELEMENTS = ["fe", "mg", "si", "ni"]
CONFIG = {
    "catalogs": {
        "mine": {
            "kind": "table",
            "path": "stars.csv",
            "ratio": "x_fe",
            "columns": {"star_id": "ID", "ra": "ra", "dec": "dec", "teff": "teff", "snr": "snr"},
            "elements": {
                "fe": {"value": "fe_h", "error": "e_fe_h"},
                "mg": {"value": "mg_fe", "error": "e_mg_fe"},
                "si": {"value": "si_fe", "error": "e_si_fe"},
                "ni": {"value": "ni_fe", "error": "e_ni_fe"},
            },
            "members": {"cluster": "cluster"},
        }
    },
    "samples": {"mine": {"catalog": "mine", "elements": ELEMENTS}},
}


def stars(n_field=24):
    """Six clusters of six stars, and field stars."""
    rng = np.random.default_rng(4)
    cluster = [f"NGC {100 + i}" for i in range(6) for _ in range(6)] + [""] * n_field
    n = len(cluster)
    table = pd.DataFrame({"ID": [f"2M{i:05d}" for i in range(n)]})
    table["ra"], table["dec"] = np.linspace(5, 355, n).round(4), np.linspace(-80, 80, n).round(4)
    table["teff"], table["snr"] = (
        rng.normal(4700, 150, n).round(1),
        rng.uniform(60, 200, n).round(1),
    )
    for name in ("fe_h", "mg_fe", "si_fe", "ni_fe"):
        table[name], table[f"e_{name}"] = rng.normal(0, 0.1, n).round(4), 0.02
    table["cluster"] = cluster
    return table


class Survey:
    """The stages `survey` and `select` in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.config = copy.deepcopy(CONFIG)

    @property
    def catalog(self):
        return self.config["catalogs"]["mine"]

    def read(self, table, members=None, field=None, name="stars.csv", seed=1):
        path = self.folder / name
        if isinstance(table, pd.DataFrame):
            table.to_csv(path, index=False)
        paths = {}
        for key, extra in (("members", members), ("field", field)):
            if extra is not None:
                paths[key] = self.folder / f"{key}.csv"
                extra.to_csv(paths[key], index=False)
                self.catalog.setdefault(key, {})["path"] = str(paths[key])
        schema = ROOT / "workflow/schemas/config.schema.yaml"
        self.whole = checked_config(self.config, schema)
        out = self.folder / "stars.parquet", self.folder / "members.ecsv"
        aliases = ROOT / "resources/clusters/aliases.yaml"
        block = self.whole["catalogs"]["mine"]
        read_catalog(
            path, paths.get("members"), aliases, "mine", block, *out,
            field_table=paths.get("field"), asked=ELEMENTS, seed=seed,
        )  # fmt: skip
        return read_table(out[0], "stars"), read_table(out[1], "members")

    def select(self, cuts, keep="all", seed=1):
        self.config["samples"]["mine"]["cuts"] = cuts
        schema = ROOT / "workflow/schemas/config.schema.yaml"
        whole = checked_config(self.config, schema)["samples"]["mine"]
        out = self.folder / "abundances.parquet", self.folder / "funnel.ecsv"
        select_stars(
            self.folder / "stars.parquet", self.folder / "members.ecsv", *out, sample="mine",
            keep=keep, features=ELEMENTS, cuts=whole["cuts"], predicted=[], seed=seed,
        )  # fmt: skip
        funnel = read_table(out[1], "funnel").set_index("cut")
        return read_table(out[0], "abundances"), funnel


@pytest.fixture
def survey(tmp_path):
    return Survey(tmp_path)

"""The stage `cmd` within a run: a small cone with two clusters and a clump of field stars."""

import numpy as np
import pandas as pd
import pytest
import yaml
from cmd_small_grid import rows, small_grid

from chemtag.base.tables import read_table
from chemtag.cmd.clusters import Physics, joined_stars, stars_on
from chemtag.cmd.field import simulated_field

N_FIELD, SIZES = 400, (40, 30, 35)
COLUMNS = ["age", "mh", "mass", "g", "bp", "rp"]
GRID = {"path": "grid.csv", "log_age": "age", **{name: name for name in COLUMNS[1:]}}
VELOCITY = {
    "quantity": "radial_velocity", "path": "rv.csv", "star_id": "source_id",
    "values": {"rv": {"value": "rv", "error": "e_rv"}}, "spread": {"rv": 0.5},
    "derived_from": ["spectra"], "simulated": True,
}  # fmt: skip
CONFIG = {
    "run": "diagrams",
    "catalogs": {
        "gaia": {
            "kind": "table",
            "path": "cone.csv",
            "columns": {"star_id": "source_id", "ra": "ra", "dec": "dec"},
        }
    },
    "samples": {
        "cone": {
            "catalog": "gaia",
            "truth": "none",
            "features": {"astrometry": ["pmra", "pmdec"]},
            "spaces": ["error_scaled"],
            "grid": {"min_cluster_size": [20], "min_samples": [10], "method": ["leaf"]},
            "headline": {"space": "error_scaled", "min_cluster_size": 20, "min_samples": 10},
        }
    },
    "tag": {"draws": 0},
    "vet": {"samples": ["cone"], "draws": 200, "simulations": 100},
    "cmd": {
        "samples": {
            "cone": {"star_id": "source_id", "g": "g", "bp_rp": "bp_rp", "parallax": "parallax"}
        },
        "isochrones": GRID,
        "training": 120, "draws": 100, "simulations": 50,
    },
}  # fmt: skip
VERDICTS = "results/diagrams/vet/cone.verdicts.ecsv"


def cone() -> pd.DataFrame:
    """Two clusters, a clump of field stars that move together, and a field; `born` says which."""
    rng = np.random.default_rng(3)
    grid = small_grid()
    field = simulated_field(grid, N_FIELD + SIZES[2], 18.0, rng)
    parts = [
        stars_on(grid.near(age, 0.0), Physics(age, 0.0, modulus, 0.2), n, 18.0, 0.3, 0.0, rng)
        for age, modulus, n in zip((8.0, 9.0), (8.0, 9.0), SIZES, strict=False)
    ]
    stars = joined_stars([*parts, field])
    born = np.repeat([0, 1, 2, -1], [*SIZES, len(stars) - sum(SIZES)])
    table = pd.DataFrame({"source_id": 10_000 + np.arange(len(stars)), "born": born})
    table["g"], table["bp_rp"], table["parallax"] = stars.g, stars.colour, stars.parallax
    table["parallax_error"] = 0.03
    table["ra"], table["dec"] = rng.uniform(80, 81, len(stars)), rng.uniform(-1, 1, len(stars))
    centres = {0: (9, 9), 1: (-9, 8), 2: (8, -9)}
    for axis, name in enumerate(("pmra", "pmdec")):
        table[name] = rng.normal(0, 3, len(stars))
        for group, centre in centres.items():
            inside = born == group
            table.loc[inside, name] = centre[axis] + rng.normal(0, 0.1, inside.sum())
        table[f"{name}_error"] = 0.05
    return table


class Cone:
    """The checkout with the cone, and what is asked of it."""

    def __init__(self, checkout) -> None:
        self.checkout, self.table = checkout, cone()
        folder = checkout.folder
        self.table.drop(columns="born").to_csv(folder / "cone.csv", index=False)
        pd.DataFrame(rows()[:, :6], columns=COLUMNS).to_csv(folder / "grid.csv", index=False)
        rng = np.random.default_rng(4)
        born = self.table["born"].to_numpy()
        speed = np.where(born < 0, rng.normal(0, 15, len(born)), 20.0 * born)
        velocity = self.table[["source_id"]].assign(rv=speed + rng.normal(0, 0.5, len(born)))
        velocity.assign(e_rv=0.5).to_csv(folder / "rv.csv", index=False)

    def run(self, config: dict, *targets: str):
        path = self.checkout.folder / "my.yaml"
        path.write_text(yaml.safe_dump(config))
        words = (*targets, "--cores", "1", "--configfile", path)
        return self.checkout.snakemake(*words)

    def read(self, name: str, contract: str) -> pd.DataFrame:
        return read_table(self.checkout.folder / "results" / "diagrams" / name, contract)


@pytest.fixture(scope="module")
def run(warm_checkout):
    return Cone(warm_checkout("diagram_run"))


def test_diagrams_judge_candidates_and_vet_them(run):
    run.run(CONFIG, VERDICTS)
    found = run.read("cmd/cone.diagrams.ecsv", "diagrams")
    members = run.read("vet/cone.candidate_stars.ecsv", "candidate_members")
    born = run.table.set_index(run.table["source_id"].astype(str))["born"]
    whose = members.groupby("group")["star_id"].agg(lambda ids: born[ids].mode().iloc[0])
    assert set(whose) >= {0, 1, 2}
    at = found["group"].map(whose)
    assert found["n_data"].tolist() == found["n_stars"].tolist()
    clusters = found.loc[at.isin([0, 1]), "probability"]
    assert clusters.min() > found.loc[at == 2, "probability"].max()
    vetting = run.read("vet/cone.vetting.ecsv", "vetting")
    assert set(vetting["datum"]) == {"colour_magnitude"}
    pd.testing.assert_series_equal(vetting["p"], found["p"])
    verdicts = run.read("vet/cone.verdicts.ecsv", "verdicts")
    assert (verdicts["verdict"] == "supported").any()


def test_without_isochrones_the_stage_is_left_out_and_the_run_goes_on(run, tmp_path, monkeypatch):
    # a package of the same name without a grid is found first
    (tmp_path / "chronos").mkdir()
    (tmp_path / "chronos" / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    config = {**CONFIG, "vet": {**CONFIG["vet"], "data": {"velocity": VELOCITY}}}
    config["cmd"] = {key: block for key, block in CONFIG["cmd"].items() if key != "isochrones"}
    said = run.run(config, VERDICTS).stdout
    reason = "cmd: left out, as there are no isochrones: install the dependency group `isochrones`"
    assert said.count(reason) == 1
    assert said.index(reason) < said.index("rule vet_groups")
    assert "judge_diagrams" not in said
    assert set(run.read("vet/cone.vetting.ecsv", "vetting")["datum"]) == {"velocity"}
    assert (run.read("vet/cone.verdicts.ecsv", "verdicts")["verdict"] == "supported").any()

"""The step from a sealed catalogue to verdicts: planted groups, row order, real stars."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from vet.catalogue import COLUMNS, sample, write_sealed

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.vet.disc_model import DiscModel
from vet_groups import vet_groups

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
TERMS = {"alpha": 0.05, "draws": 400, "simulations": 200, "purity": 0.7, "neighbours": 60}
RV = {
    "quantity": "radial_velocity", "star_id": "ID", "values": {"rv": {"value": "RV", "error": "E"}},
    "spread": {"rv": 0.5}, "missing": [], "derived_from": ["spectra"], "simulated": True,
}  # fmt: skip
AGE = {
    "quantity": "age", "star_id": "ID", "values": {"age": {"value": "AGE", "error": "AGE_E"}},
    "spread": {"age": 0.3}, "missing": [], "derived_from": ["other measurements"],
    "simulated": True,
}  # fmt: skip


ORBITS = {
    "potential": "MWPotential2014", "r0": 8.0, "v0": 220.0, "z0": 0.0208,
    "solar_motion": [11.1, 12.24, 7.25], "draws": 30, "source": "tests",
}  # fmt: skip


def needs(path):
    return pytest.mark.skipif(not path.is_file(), reason=f"{path.name} is not there")


class Catalogue:
    """A sealed catalogue on disk, and the step that vets it."""

    def __init__(self, folder, stars, members):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        write_sealed(folder, stars, members)

    def vet(self, data, tables, terms=TERMS, dissolved=False, diagrams=None):
        out = {name: self.folder / f"{name}.ecsv" for name in ("vetting", "verdicts", "power")}
        vet_groups(
            self.folder / "abundances.parquet", self.folder / "c.ecsv", self.folder / "m.ecsv",
            self.folder / "seal.json", tables, diagrams, **out,
            vetting_stars=self.folder / "d.parquet", data=data, terms=terms, orbits=ORBITS,
            dissolved=dissolved, seed=1, sample="s",
        )  # fmt: skip
        read_table(self.folder / "d.parquet", "vetting_stars")
        read_table(out["power"], "vetting_power")
        return read_table(out["vetting"], "vetting"), read_table(out["verdicts"], "verdicts")


def simulated(stars, members, siblings, seed=3):
    """A table of velocities and ages of the stated model; `siblings` are groups born together."""
    rng = np.random.default_rng(seed)
    group = members.set_index("star_id")["group"].reindex(stars["star_id"]).fillna(-1).to_numpy(int)
    velocity, age = DiscModel().of_stars(np.where(np.isin(group, siblings), group, -1), rng)
    n = len(stars)
    return pd.DataFrame(
        {
            "ID": stars["star_id"], "RV": velocity + rng.normal(0, 0.3, n), "E": 0.3,
            "AGE": age + rng.normal(0, 0.3, n), "AGE_E": 0.3,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    stars, members = sample(n_field=400, sizes=(12, 12, 10))
    table = simulated(stars, members, siblings=[0, 2])
    table.loc[table["ID"].isin(members.loc[members["group"] == 2, "star_id"][1:]), "RV"] = np.nan
    table.to_csv(folder / "data.csv", index=False)
    return Catalogue(folder, stars, members), folder / "data.csv"


def test_siblings_are_supported_and_the_wrong_group_is_contradicted(planted):
    catalogue, path = planted
    each, found = catalogue.vet({"rv": RV, "age": AGE}, [path, path])
    assert found["verdict"].tolist()[:2] == ["supported", "contradicted"]
    assert found["verdict"][2] != "contradicted"
    row = each.set_index(["group", "datum"])
    assert row.loc[(1, "rv"), "power_against"] > 0.9
    assert row.loc[(2, "rv"), "reason"].startswith("only 1 of 10 stars")
    assert row.loc[(2, "rv"), ["n_data", "n_missing"]].tolist() == [1, 9]
    assert each.attrs["simulated"] == ["age", "rv"]


def test_no_number_depends_on_the_order_of_the_rows(planted):
    catalogue, path = planted
    first, joint = catalogue.vet({"rv": RV}, [path])
    mixed = catalogue.folder / "mixed.csv"
    pd.read_csv(path).sample(frac=1, random_state=1).to_csv(mixed, index=False)
    again, joint_again = catalogue.vet({"rv": RV}, [mixed])
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(joint, joint_again)
    # A datum beside it draws from a stream of its own.
    both, _ = catalogue.vet({"age": AGE, "rv": RV}, [path, path])
    kept = both[both["datum"] == "rv"].reset_index(drop=True)
    pd.testing.assert_series_equal(kept["statistic"], first["statistic"])


def test_a_changed_catalogue_is_refused(planted, tmp_path):
    _, path = planted
    stars, members = sample(n_field=400, sizes=(12, 12, 10))
    other = Catalogue(tmp_path / "other", stars, members)
    rows = read_table(other.folder / "m.ecsv", "candidate_members")
    rows.loc[0, "probability"] = 0.1
    write_table(rows, other.folder / "m.ecsv", "candidate_members")
    with pytest.raises(InputProblem, match="was changed after it was sealed"):
        other.vet({"rv": RV}, [path])


def test_the_ratio_of_a_dimension_is_no_witness(planted):
    catalogue, _ = planted
    stars = read_table(catalogue.folder / "abundances.parquet", "abundances")
    path = catalogue.folder / "dimension.csv"
    total = stars["mg_fe"] + stars["fe_h"]
    pd.DataFrame({"ID": stars["star_id"], "X": total, "E": 0.1}).to_csv(path, index=False)
    block = RV | {"quantity": "other", "values": {"x": {"value": "X", "error": "E"}}, "spread": {}}
    with pytest.raises(InputProblem, match="tagging dimension 'mg_h'"):
        catalogue.vet({"x": block}, [path])


def test_a_motion_that_the_stars_were_tagged_by_cannot_vet(tmp_path):
    stars, members = sample(n_field=200)
    stars["pmra"] = np.random.default_rng(1).normal(0, 5, len(stars))
    stars["pmra_err"] = 0.1
    catalogue = Catalogue(tmp_path / "pm", stars, members)
    path = catalogue.folder / "abundances.parquet"
    meta = {"ratio": "x_fe", "elements": ["fe", "mg", "si"], "features": ["fe", "mg", "pmra"]}
    write_table(stars, path, "abundances", meta)
    table = catalogue.folder / "pm.csv"
    pd.DataFrame({"ID": stars["star_id"], "PM": stars["pmra"], "E": 0.1}).to_csv(table, index=False)
    values = {"pmra": {"value": "PM", "error": "E"}}
    block = RV | {"values": values, "spread": {"pmra": 0.1}}
    with pytest.raises(InputProblem, match="tagging dimension 'pmra'"):
        catalogue.vet({"pm": block | {"quantity": "other"}}, [table])
    with pytest.raises(InputProblem, match=r"'pm' has the quantity astrometry, .* 'pmra'"):
        catalogue.vet({"pm": block | {"quantity": "astrometry"}}, [table])


PHASE = ("parallax", "pmra", "pmdec", "rv")


def in_phase_space(stars, members, siblings, seed=4):
    """Places and motions of field stars within 2 kpc; `siblings` move alike at one place."""
    rng = np.random.default_rng(seed)
    group = members.set_index("star_id")["group"].reindex(stars["star_id"]).fillna(-1).to_numpy(int)
    n = len(stars)
    table = pd.DataFrame({"ID": stars["star_id"], "RA": stars["ra"], "DEC": stars["dec"]})
    table["parallax"] = rng.uniform(0.5, 2, n)
    for name, width in (("pmra", 5), ("pmdec", 5), ("rv", 30)):
        table[name] = rng.normal(0, width, n)
    for one in siblings:
        inside = np.flatnonzero(group == one)
        for name in ("RA", "DEC", *PHASE):
            table.loc[inside, name] = table.loc[inside[0], name]
    for name, error in zip(PHASE, (0.02, 0.05, 0.05, 0.5), strict=True):
        table[f"e_{name}"] = error
        table[name] += rng.normal(0, error, n)
    return table


def test_actions_are_computed_and_vet(tmp_path):
    stars, members = sample(n_field=300, sizes=(10, 10, 8))
    catalogue = Catalogue(tmp_path / "orbits", stars, members)
    table = in_phase_space(stars, members, siblings=[0])
    table.loc[table["ID"].isin(members.loc[members["group"] == 2, "star_id"]), "parallax"] = 0.05
    table.to_csv(tmp_path / "phase.csv", index=False)
    values = {v: {"value": v, "error": f"e_{v}"} for v in PHASE}
    block = RV | {
        "quantity": "actions", "spread": {"jr": 2, "lz": 20, "jz": 0.5},
        "values": {"ra": {"value": "RA"}, "dec": {"value": "DEC"}, **values},
    }  # fmt: skip
    each, found = catalogue.vet({"orbit": block}, [tmp_path / "phase.csv"])
    assert found["verdict"].tolist() == ["supported", "contradicted", "cannot tell"]
    assert each["n_missing"].tolist() == [0, 0, 8], "no distance, no actions"
    assert each["power_70"][0] > 0.9
    assert "MWPotential2014 with 220 km/s at 8 kpc" in each.attrs["orbits"]
    points = read_table(catalogue.folder / "d.parquet", "vetting_stars")
    assert sorted(points["value_name"].unique()) == ["jr", "jz", "lz"]
    power = read_table(catalogue.folder / "power.ecsv", "vetting_power")
    assert set(power["value_name"]) == {"jr"}
    table.assign(parallax=0.01).to_csv(tmp_path / "far.csv", index=False)
    with pytest.raises(InputProblem, match="no star has actions, 328 for a parallax below 5"):
        catalogue.vet({"orbit": block}, [tmp_path / "far.csv"])


NGC2516 = SHARED / "gaia" / "members_ngc2516_rv.parquet"


@needs(NGC2516)
def test_real_members_of_ngc2516_are_supported_by_their_velocities(tmp_path):
    """Among simulated field stars; binaries and field stars of the list stay in."""
    table = pd.read_parquet(NGC2516)
    table = table[table["radial_velocity_error"] < 2].head(60)
    stars, members = sample(n_field=600, sizes=(20, 20, 20))
    catalogue = Catalogue(tmp_path / "ngc", stars, members)
    data = simulated(stars, members, siblings=[])
    data["RV"] += 20.0
    inside = data["ID"].isin(members.loc[members["group"] < 2, "star_id"])
    chosen = table.iloc[: inside.sum()]
    data.loc[inside, "RV"] = chosen["radial_velocity"].to_numpy()
    data.loc[inside, "E"] = chosen["radial_velocity_error"].to_numpy()
    data.to_csv(tmp_path / "rv.csv", index=False)
    each, found = catalogue.vet({"rv": RV | {"spread": {"rv": 1.0}}}, [tmp_path / "rv.csv"])
    assert found["verdict"].tolist()[:2] == ["supported", "supported"]
    assert each["p"][2] > 0.05


SEISMIC = SHARED / "apogee" / "Montalban2021_X_APOGEE_DR17.fits"


@needs(SEISMIC)
def test_seismic_ages_of_giants_tell_ages_from_chance(tmp_path):
    """Groups of like age and of any age among the 95 giants of Montalban et al. 2021."""
    from astropy.table import Table

    table = Table.read(SEISMIC)
    ids = [str(one).strip() for one in table["APOGEE_ID"]]
    age = np.asarray(table["age"], dtype=float)
    error = np.asarray(table["age_84"] - table["age_16"], dtype=float) / 2
    stars = pd.DataFrame({"star_id": ids, "teff": np.asarray(table["TEFF"], float)})
    stars["logg"] = np.asarray(table["LOGG"], float)
    for name in COLUMNS:
        stars[name] = np.asarray(table[name.upper()], float)
        stars[f"{name}_err"] = np.asarray(table[f"{name.upper()}_ERR"], float)
    good = np.flatnonzero(error < 1.2)
    alike = good[np.argsort(np.abs(age[good] - 9.0))[:8]]
    rest = np.setdiff1d(np.arange(95), alike)
    spread = rest[np.argsort(age[rest])][:: len(rest) // 8][:8]
    members = pd.DataFrame(
        {
            "star_id": [ids[i] for i in [*alike, *spread]],
            "group": np.repeat([0, 1], 8), "probability": 1.0,
        }
    )  # fmt: skip
    catalogue = Catalogue(tmp_path / "giants", stars.sort_values("star_id"), members)
    block = AGE | {
        "star_id": "APOGEE_ID", "simulated": False,
        "values": {"age": {"value": "age", "low": "age_16", "high": "age_84"}},
    }  # fmt: skip
    each, found = catalogue.vet({"age": block}, [SEISMIC])
    assert each["n_data"].tolist() == [8, 8]
    assert each["verdict"][0] == "supported"
    assert each["p"][1] > 0.05
    assert found["verdict"][1] != "supported"
    assert (each["power_70"] < each["power_100"]).all()

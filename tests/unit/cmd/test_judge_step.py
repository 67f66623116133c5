"""The step from a sealed catalogue and photometry to the tables of diagrams."""

import numpy as np
import pandas as pd
import pytest
from cmd_small_grid import rows, small_grid
from vet.catalogue import sample, write_sealed

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.cmd import models as cmd_models
from chemtag.cmd.clusters import Physics, joined_stars, stars_on
from chemtag.cmd.field import simulated_field
from judge_diagrams import judge_diagrams

TERMS = {"alpha": 0.05, "purity": 0.7, "neighbours": 60, "draws": 100, "simulations": 50}
GRID = {"log_age": "age", "mh": "mh", "mass": "mass", "g": "g", "bp": "bp", "rp": "rp"}


class Step:
    """A sample of a cluster, a chance group, a pair of stars and a field, and the step on disk."""

    def __init__(self, folder):
        self.folder = folder
        stars, members = sample(n_field=260, sizes=(40, 30, 2))
        write_sealed(folder, stars, members)
        rng = np.random.default_rng(5)
        grid = small_grid()
        cluster = stars_on(
            grid.near(8.0, 0.0), Physics(8.0, 0.0, 8.0, 0.2), 40, 18.0, 0.3, 0.0, rng
        )
        seen = joined_stars([cluster, simulated_field(grid, 300, 18.0, rng)])
        n = min(len(stars), len(seen))
        self.photometry = pd.DataFrame(
            {"id": stars["star_id"][:n], "G": seen.g[:n], "C": seen.colour[:n],
             "plx": seen.parallax[:n]}
        )  # fmt: skip
        pd.DataFrame(rows()[:, :6], columns=["age", "mh", "mass", "g", "bp", "rp"]).to_csv(
            folder / "grid.csv", index=False
        )

    def run(self, photometry, n_data=1, incomplete="", **columns):
        path = self.folder / "p.csv"
        photometry.to_csv(path, index=False)
        out = self.folder / "d.ecsv", self.folder / "points.parquet"
        block = {"star_id": "id", "g": "G", "bp_rp": "C", "missing": [], **columns}
        judge_diagrams(
            self.folder / "abundances.parquet", self.folder / "c.ecsv", self.folder / "m.ecsv",
            self.folder / "seal.json", path, self.folder / "grid.csv", *out, columns=block,
            grid={"path": "grid.csv", **GRID}, training=120, terms=TERMS, n_data=n_data,
            incomplete=incomplete, seed=1, sample="s",
        )  # fmt: skip
        return read_table(out[0], "diagrams"), read_table(out[1], "diagram_points")


@pytest.fixture(scope="module")
def step(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cmd_models, "FIELDS", 4)
        patch.setattr(cmd_models, "FIELD_STARS", 600)
        patch.setattr(cmd_models, "TREES", {"max_iter": 40, "early_stopping": False})
        yield Step(tmp_path_factory.mktemp("cmd"))


def test_a_row_for_each_candidate_in_any_order_of_rows(step):
    found, points = step.run(step.photometry, parallax="plx")
    assert found["group"].tolist() == [0, 1, 2]
    assert found["n_data"].tolist() == [40, 30, 2]
    assert found.attrs["with_parallax"]
    assert found["verdict"][2] == "cannot tell"
    assert "10 are needed" in found["reason"][2]
    assert found["probability"][0] > 0.5
    assert set(points["kind"]) == {"star", "isochrone"}
    assert set(points.loc[points["kind"] == "isochrone", "group"]) <= {0, 1}
    again, _ = step.run(step.photometry.sample(frac=1, random_state=1), parallax="plx")
    pd.testing.assert_frame_equal(found, again)


def test_p_survives_the_account_of_as_many_tests_as_there_are(step):
    # 3 candidates by 2 data are 6 tests at 0.05: with 240 draws p can be 1/241, and 6/241 < 0.05.
    found, _ = step.run(step.photometry, n_data=2, parallax="plx")
    assert found.attrs["draws"] == 240
    for column in ("p", "p_pure"):
        share = 241 * found.loc[[0], column].to_numpy()
        assert share == pytest.approx(share.round())
    assert found["p"].min() * 6 <= TERMS["alpha"]


def test_a_sample_chosen_as_giants_cannot_tell(step):
    reason = "stars were chosen by windows/logg"
    found, points = step.run(step.photometry, incomplete=reason, parallax="plx")
    assert set(found["verdict"]) == {"cannot tell"}
    assert set(found["reason"]) == {reason}
    assert found["n_data"].tolist() == [40, 30, 2]
    assert (found["n_field"] > 200).all()
    assert found[["probability", "p", "p_pure", "log_age"]].isna().all(axis=None)
    assert set(points["kind"]) == {"star"}


def test_without_parallaxes_distances_come_from_the_diagram(step):
    found, _ = step.run(step.photometry.drop(columns="plx"))
    assert not found.attrs["with_parallax"]
    assert np.isfinite(found["distance_modulus"][0])


def test_field_groups_are_alike_in_a_parallax_that_made_the_groups(step):
    alone = step.photometry.drop(columns="plx")
    unmatched, _ = step.run(alone)
    assert unmatched.attrs["matched_in"] == []
    path = step.folder / "abundances.parquet"
    before = path.read_bytes()
    stars = read_table(path, "abundances")
    meta = {key: stars.attrs[key] for key in ("ratio", "elements")}
    parallax = stars["star_id"].map(step.photometry.set_index("id")["plx"])
    write_table(stars.assign(parallax=parallax), path, "abundances",
                {**meta, "features": [*meta["elements"], "parallax"]})  # fmt: skip
    matched, _ = step.run(alone)
    path.write_bytes(before)
    assert matched.attrs["matched_in"] == ["parallax"]
    assert not matched.attrs["with_parallax"]
    # The same diagram, compared with other groups.
    assert matched["probability"][0] == unmatched["probability"][0]
    assert matched["p"][0] != unmatched["p"][0]


def test_a_changed_catalogue_is_refused(step, tmp_path):
    seal = step.folder / "seal.json"
    text = seal.read_text()
    seal.write_text(text.replace('"sha256": "', '"sha256": "0'))
    with pytest.raises(InputProblem, match="changed after it was sealed"):
        step.run(step.photometry)
    seal.write_text(text)

"""What the stage `cmd` says of diagrams, as a datum that vets."""

import json

import numpy as np
import pandas as pd
import pytest
from vet.catalogue import sample
from vet.test_vet_step import RV, Catalogue, simulated

from chemtag.base.problems import InputProblem
from chemtag.base.tables import write_table


@pytest.fixture
def catalogue(tmp_path):
    stars, members = sample(n_field=200, sizes=(12, 11, 10))
    made = Catalogue(tmp_path / "c", stars, members)
    simulated(stars, members, siblings=[0, 1]).to_csv(tmp_path / "rv.csv", index=False)
    return made


def diagrams(catalogue, p, p_pure, sha256=None):
    """A table of diagrams on disk: p and p_pure by group, NaN where it cannot tell."""
    seal = json.loads((catalogue.folder / "seal.json").read_text())
    n = len(p)
    none = {f"{q}{end}": np.nan for q in ("log_age", "distance_modulus", "a_v")
            for end in ("", "_low", "_high")}  # fmt: skip
    table = pd.DataFrame(
        {
            "candidate": [f"s-{g:03d}" for g in range(n)], "group": np.arange(n),
            "n_stars": 12 - np.arange(n),
            "n_data": 10, "n_missing": 2, "n_field": 200, "probability": 0.9, "in_domain": True,
            **none, "p": p, "p_pure": p_pure, "power_40": 0.1, "power_70": 0.5, "power_100": 0.9,
            "power_against": 0.4, "verdict": "cannot tell", "reason": "why",
        }
    )  # fmt: skip
    path = catalogue.folder / "d.ecsv"
    write_table(table, path, "diagrams", {"seal_sha256": sha256 or seal["sha256"]})
    return path


def test_diagrams_alone_give_verdicts(catalogue):
    path = diagrams(catalogue, [0.001, 0.6, np.nan], [0.9, 0.001, np.nan])
    each, joint = catalogue.vet({}, [], diagrams=path)
    assert set(each["datum"]) == set(each["quantity"]) == {"colour_magnitude"}
    assert joint["verdict"].tolist() == ["supported", "contradicted", "cannot tell"]
    assert joint["reason"].tolist()[:2] == ["by colour_magnitude"] * 2
    assert joint["n_data"].tolist() == [1, 1, 0]
    assert each["statistic"].tolist()[:2] == [0.9, 0.9]
    assert np.isnan(each["statistic"][2])


def test_siblings_that_have_left_are_not_contradicted_by_their_diagram(catalogue):
    path = diagrams(catalogue, [0.001, 0.6, np.nan], [0.9, 0.001, np.nan])
    _, joint = catalogue.vet({}, [], dissolved=True, diagrams=path)
    assert joint["verdict"].tolist() == ["supported", "cannot tell", "cannot tell"]


def test_other_data_stay_as_they_are(catalogue, tmp_path):
    alone, _ = catalogue.vet({"velocity": RV}, [tmp_path / "rv.csv"])
    path = diagrams(catalogue, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
    both, joint = catalogue.vet({"velocity": RV}, [tmp_path / "rv.csv"], diagrams=path)
    kept = both[both["datum"] == "velocity"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone.reset_index(drop=True))
    # two data: the smaller p counts twice
    assert joint["p"][0] == pytest.approx(min(1, 2 * min(0.5, kept["p"][0])))


def test_diagrams_of_another_catalogue_are_refused(catalogue):
    path = diagrams(catalogue, [0.5], [0.5], "0" * 64)
    with pytest.raises(InputProblem, match="judges another catalogue"):
        catalogue.vet({}, [], diagrams=path)

"""The tagger of known width on a small sample, from the step to its scores."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "workflow" / "scripts"))

from chemtag.base.tables import read_table, write_table
from chemtag.select.truth import truth_table
from draw_scan_null import draw_scan_null
from scan_stars import scan_stars
from score_scan import score_scan
from tabulate_taggers import tabulate_taggers

SIZES = (12, 9)
SETTINGS = {
    "field": "few",
    "alpha": 0.05,
    "null_draws": 4,
    "null_draws_per_job": 3,
    "null_stars": 1000,
    "null_kind": "parametric",
}
WIDTH = {"scatter": 0.0, "correlation": {}}
LEVELS = ["claims", "listed", "candidates"]


def stars_of(n_field: int, seed: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Abundances of two clusters 0.02 dex wide in three elements among field stars, and members."""
    rng = np.random.default_rng(seed)
    code = np.append(np.repeat([0, 1], SIZES), np.full(n_field, -1))
    centres = np.array([[0.3, 0.2, -0.3], [-0.3, -0.2, 0.3], [0.0, 0.0, 0.0]])
    values = centres[code] + 0.02 * rng.standard_normal((len(code), 3))
    values[code < 0] += rng.normal(0, 0.25, (n_field, 3))
    order = rng.permutation(len(code))
    columns: dict = {"star_id": [f"s{i:03d}" for i in range(len(code))]}
    for k, name in enumerate(("fe_h", "mg_fe", "al_fe")):
        columns[name] = values[order, k]
        columns[f"{name}_err"] = 0.02
    names = np.array(["A", "B", ""])[code[order]]
    listed = pd.DataFrame({"star_id": columns["star_id"], "cluster": names})
    return pd.DataFrame(columns), listed[listed["cluster"] != ""]


def scanned(place: Path, members_only: bool = False, n_field: int = 60, **changed) -> Path:
    """Write the tables of a sample and what the scan finds in it."""
    place.mkdir(exist_ok=True)
    stars, listed = stars_of(n_field)
    if members_only:
        stars = stars[stars["star_id"].isin(listed["star_id"])].reset_index(drop=True)
    meta = {"elements": ["fe", "mg", "al"], "ratio": "x_fe", "sample": "s"}
    write_table(stars, place / "abundances.parquet", "abundances", meta)
    truth = truth_table(stars["star_id"].to_numpy(dtype=object), listed, 4, "here")
    write_table(truth, place / "truth.parquet", "truth", {"min_members": 4})
    given = {
        "abundances": place / "abundances.parquet",
        "scatter": None,
        "members": place / "members.parquet",
        "found": place / "found.ecsv",
        "ratio": "x_fe",
        "error_conversion": "quadrature",
        "source": "quoted",
        "width_settings": WIDTH,
        "settings": SETTINGS,
        "members_only": members_only,
        "seed": 1,
        "sample": "s",
    }
    given |= changed
    null = []
    own = ("members", "found", "members_only")
    for chunk in range(2) if given["settings"]["null_draws"] else ():
        null.append(place / f"null_{chunk}.parquet")
        common = {key: value for key, value in given.items() if key not in own}
        draw_scan_null(**common, null=null[-1], chunk=chunk)
    scan_stars(**given, null=null)
    return place


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A scanned sample with its scores."""
    place = scanned(tmp_path_factory.mktemp("scan") / "one")
    names = ("scores", "clusters", "group_scores", "scan_recovery")
    outputs = {name: place / f"{name}.ecsv" for name in names}
    score_scan(
        place / "members.parquet", place / "truth.parquet", **outputs,
        n_permutations=20, n_bootstrap=20, seed=1, sample="s",
    )  # fmt: skip
    return place


def test_both_clusters_are_claimed_and_nothing_else(folder):
    found = read_table(folder / "found.ecsv", "scan_groups")
    claims = found[found["level"] == "claims"]
    assert claims["group"].tolist() == [0, 1]
    assert (claims["evidence"].diff().dropna() <= 0).all(), "the strongest first"
    assert (claims["evidence"] > -1).all()
    assert (found.loc[found["level"] == "listed", "evidence"] > -3).all()
    assert claims["p_family"].tolist() == [1 / 5] * 2, "above all four draws"
    assert claims[["expected_purity", "expected_completeness"]].min(axis=None) > 0.7
    members = read_table(folder / "members.parquet", "scan_members")
    truth = read_table(folder / "truth.parquet", "truth")
    chosen = members[members["level"] == "claims"].merge(truth, on="star_id")
    assert chosen.groupby("group", observed=True)["cluster"].nunique().tolist() == [1, 1]
    assert (members["probability"] > 0).all()


def test_the_tables_name_their_width_and_levels(folder):
    found = read_table(folder / "found.ecsv", "scan_groups")
    assert found.attrs["width"]["source"] == "quoted"
    assert found.attrs["width"]["deviation"]["mg_fe"] == pytest.approx(0.02)
    assert found.attrs["levels"] == LEVELS
    assert found.attrs["null_draws"] == 4


def test_levels_are_scored_as_settings(folder):
    scores = read_table(folder / "scores.ecsv", "scores")
    assert set(scores["setting"]) == set(LEVELS)
    rf40 = scores[scores["metric"] == "rf40"].set_index("setting")
    assert rf40.loc["claims", "value"] == 1
    assert rf40.loc["claims", "null_mean"] < 0.5
    curve = read_table(folder / "scan_recovery.ecsv", "scan_recovery")
    at_40 = curve[np.isclose(curve["threshold"], 0.4)].set_index("level")
    assert at_40.loc["claims", "n_recovered"] == 2


def test_the_result_does_not_depend_on_the_run(folder, tmp_path):
    again = scanned(tmp_path / "again")
    for name, contract in (("members.parquet", "scan_members"), ("found.ecsv", "scan_groups")):
        pd.testing.assert_frame_equal(
            read_table(folder / name, contract), read_table(again / name, contract)
        )


def test_samples_of_members_are_linked_too(tmp_path):
    place = scanned(tmp_path / "members", members_only=True)
    found = read_table(place / "found.ecsv", "scan_groups")
    linked = found[found["level"] == "linkage"]
    assert found.attrs["levels"] == [*LEVELS, "linkage"]
    assert linked["n_stars"].tolist() == sorted(SIZES, reverse=True)
    assert linked["evidence"].isna().all()


def test_a_learnt_width_says_so(tmp_path):
    place = scanned(tmp_path / "self", source="self")
    meta = read_table(place / "found.ecsv", "scan_groups").attrs["width"]
    assert meta["source"] == "self"
    assert "found blindly" in meta["basis"]


def test_t5_sets_the_levels_beside_hdbscan(folder):
    scan = read_table(folder / "scores.ecsv", "scores")
    hdbscan = scan[scan["setting"] == "listed"].assign(setting="h")
    write_table(hdbscan, folder / "h.ecsv", "scores", {})
    files = [folder / f"t5{suffix}" for suffix in (".ecsv", ".tex", "_aastex.tex", ".mrt")]
    tabulate_taggers(
        folder / "h.ecsv", folder / "h.ecsv", folder / "scores.ecsv", *files,
        setting="h", label="A & B", sample="s",
    )  # fmt: skip
    table = read_table(files[0], "table_taggers").set_index("tagger")
    assert list(table.index) == ["headline", "oracle", *(f"scan_{level}" for level in LEVELS)]
    assert table.loc["scan_claims", "n_recovered_40"] == 2
    assert table.loc["oracle", "told"] == "best setting"
    assert r"A \& B" in files[1].read_text()
    from chemtag.paper.tagger_table import tagger_numbers

    numbers = tagger_numbers(table.reset_index(), "s", "t5.ecsv")
    assert numbers["s.scan_claims.n_recovered_40"].value == 2
    assert numbers["s.scan_claims.rf40"].null_mean is not None
    assert not any("headline" in name for name in numbers)

"""The rule that tags the same stars in two spaces, from a sample made here to its tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_views import CHEMISTRY, MOTION, here, table

import compare_spaces as rule
from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.compare import views

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "config.schema.yaml"
FEATURES = {"chemistry": CHEMISTRY, "astrometry": MOTION}


def compared(folder, monkeypatch, settings, n_field=120):
    """Tables of the rule for a sample of two clusters in a field."""
    monkeypatch.setattr(rule, "run_in_process", here)
    monkeypatch.setattr(views, "run_in_process", here)
    stars = table(n=80 + n_field)
    codes = np.repeat([1, 2, 0], [40, 40, n_field])
    for code in (1, 2):
        stars.loc[codes == code, MOTION] = code + 0.01 * stars.loc[codes == code, MOTION]
    listed = pd.DataFrame({"star_id": stars["star_id"], "eligible": codes > 0})
    listed["cluster"] = np.array(["", "A", "B"], dtype=object)[codes]
    meta = {"elements": CHEMISTRY, "features": [*CHEMISTRY, *MOTION], "ratio": "x_fe"}
    write_table(stars, folder / "stars.parquet", "abundances", meta | {"sample": "s"})
    write_table(listed, folder / "truth.parquet", "truth", {"min_members": 4})
    found = {name: folder / f"{name}.ecsv" for name in ("two_spaces", "two_spaces_nulls")}
    rule.compare_spaces(
        folder / "stars.parquet", folder / "truth.parquet", *found.values(), "s",
        n_field == 0, list(settings), settings, {}, {"min_cluster_size": 8, "min_samples": 5},
        60.0, 2, 20, 20, 1,
    )  # fmt: skip
    return [read_table(path, name) for name, path in found.items()]


def test_a_tagger_of_motions_has_a_reason_where_it_is_left_out(tmp_path, monkeypatch):
    board, nulls = compared(tmp_path, monkeypatch, {"ladder": {}, "hdbscan_leaf": {}})
    ladder = board[(board["algorithm"] == "ladder") & (board["metric"] == "rf40")]
    ladder = ladder.set_index("view")
    assert ladder["reason"].to_dict() == {
        "motion": "", "both": "needs motions alone", "chemistry": "needs motions alone"
    }  # fmt: skip
    assert ladder.loc["motion", "value"] >= 0
    assert ladder.loc[["both", "chemistry"], "value"].isna().all()
    assert set(nulls.loc[nulls["algorithm"] == "ladder", "view"]) == {"motion"}


def test_among_members_alone_a_tagger_of_motions_has_no_score_but_a_reason(tmp_path, monkeypatch):
    board, nulls = compared(tmp_path, monkeypatch, {"ladder": {}, "hdbscan_leaf": {}}, n_field=0)
    rows = board[(board["view"] == "motion") & (board["metric"] == "rf40")].set_index("algorithm")
    assert rows["reason"].to_dict() == {"ladder": "needs field stars", "hdbscan_leaf": ""}
    assert rows["value"].isna().to_dict() == {"ladder": True, "hdbscan_leaf": False}
    ladder = nulls[nulls["algorithm"] == "ladder"]
    assert set(ladder["note"]) == {"needs field stars"}
    assert ladder["n_groups"].isna().all()


def test_where_all_algorithms_are_told_the_number_the_nulls_are_an_empty_table(
    tmp_path, monkeypatch
):
    board, nulls = compared(tmp_path, monkeypatch, {"kmeans": {"n_init": 1}})
    assert board.loc[board["metric"] == "rf40", "value"].notna().sum() == 3
    assert len(nulls) == 0
    assert {"view", "algorithm", "null", "n_groups"} <= set(nulls.columns)


@pytest.mark.parametrize("lacking", ["astrometry", "chemistry"])
def test_a_sample_of_one_space_is_refused_before_the_first_job(lacking):
    given = {kind: names for kind, names in FEATURES.items() if kind != lacking}
    block = {"kind": "table", "path": "t.csv", "columns": {"star_id": "id"}, "ratio": "x_fe",
             "elements": {"fe": {"value": "FE_H"}, "mg": {"value": "MG_FE"}},
             "members": {"cluster": "cluster"}}  # fmt: skip
    sample = {"catalog": "mine", "features": given, "spaces": ["robust"],
              "headline": {"space": "robust"}}  # fmt: skip
    config = {"catalogs": {"mine": block}, "samples": {"s": sample},
              "compare": {"samples": [], "two_spaces": {"samples": ["s"]}}}  # fmt: skip
    with pytest.raises(InputProblem, match=f"names 's', which has no {lacking} among its features"):
        checked_config(config, SCHEMA)
    sample["features"] = FEATURES
    checked_config(config, SCHEMA)

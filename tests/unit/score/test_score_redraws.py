"""Scores of draws within the errors, from the tables on disk to their range."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.tables import conform, read_table, write_table
from chemtag.paper.latex import NO_VALUE, span
from chemtag.paper.tables import metric_table
from chemtag.score import ScoreKey, cluster_matches, contingency
from chemtag.score.rows import redrawn_scores_rows
from chemtag.tag.redraws import redraws_of
from score_redraws import score_redraws

N = 60
ATTRS = {"setting": "s", "draw_scale": "half", "backend": "exact", "seed": 1, "sample": "a",
         "space": "raw"}  # fmt: skip


def test_range_by_hand():
    draws = {
        ScoreKey("rf40"): np.arange(101) / 100,
        ScoreKey("ari", "drop", "class"): np.full(3, np.nan),
    }
    table = conform(redrawn_scores_rows(draws), "redrawn_scores", "here").set_index("metric")
    rf40 = table.loc["rf40"]
    found = rf40[["median", "low", "high", "low_95", "high_95"]].to_numpy(dtype=float)
    assert found == pytest.approx([0.5, 0.16, 0.84, 0.025, 0.975])
    assert rf40["n_draws"] == 101
    assert table.loc["ari", "n_draws"] == 0
    assert np.isnan(table.loc["ari", "median"])


def test_scores_of_draws_on_disk(tmp_path):
    rng = np.random.default_rng(0)
    star_id = [f"s{i:02d}" for i in range(N)]
    truth = np.repeat(np.arange(6), 10)
    truth[50:] = -1
    draws = rng.integers(-1, 8, (5, N)).astype(np.int32)
    draws[0] = truth
    for batch, part in enumerate((draws[:2], draws[2:])):
        table = pd.DataFrame({"star_id": star_id})
        for i, draw in enumerate(part):
            table[f"draw_{2 * batch + i:04d}"] = draw
        write_table(table.iloc[::-1], tmp_path / f"{batch}.parquet", "redrawn_groups", ATTRS)
    labels = [f"c{code}" if code >= 0 else "" for code in truth]
    table = pd.DataFrame({"star_id": star_id, "cluster": labels, "eligible": truth >= 0})
    write_table(table, tmp_path / "truth.parquet", "truth")
    score_redraws(
        [tmp_path / "0.parquet", tmp_path / "1.parquet"],
        tmp_path / "truth.parquet",
        tmp_path / "scores.ecsv",
    )
    table = read_table(tmp_path / "scores.ecsv", "redrawn_scores")
    assert table.attrs["n_draws"] == 5
    rf40 = table[table["metric"] == "rf40"].iloc[0]
    by_hand = [(cluster_matches(contingency(d, truth)) >= 0.4).mean() for d in draws]
    assert by_hand[0] == 1
    assert rf40["median"] == pytest.approx(np.median(by_hand))
    assert rf40["high_95"] == pytest.approx(np.quantile(by_hand, 0.975))


def test_the_table_of_scores_takes_the_range_over():
    scores = pd.DataFrame(
        {"metric": ["rf40", "ami"], "noise": ["none", "drop"], "field": ["none", "class"],
         "value": [0.3, 0.2], "low": 0.1, "high": 0.4, "null_mean": 0.0, "null_low": 0.0,
         "null_high": 0.1, "null_p95": 0.1, "z": 3.0, "p_value": 0.01, "n_null": 99, "note": ""}
    )  # fmt: skip
    draws = {ScoreKey("rf40"): np.array([0.2, 0.25, 0.3])}
    table = metric_table(scores, redrawn_scores_rows(draws)).set_index("metric")
    assert table.loc["rf40", "redrawn_median"] == 0.25
    assert np.isnan(table.loc["ami", "redrawn_low"])
    assert metric_table(scores)["redrawn_median"].isna().all()
    conform(table.reset_index(), "table_metrics", "t3")


def test_span_as_latex():
    assert span(0.123, 0.456) == "0.12 to 0.46"
    assert span(-0.1, 2.0, 1) == "$-$0.1 to 2.0"
    assert span(np.nan, 1.0) == NO_VALUE


@pytest.mark.parametrize("ratio", ["x_fe", "x_h"])
def test_draws_without_error_are_the_observed_space(ratio):
    """Any space, with or without a transform: the map of a draw is that of the sample."""
    rng = np.random.default_rng(3)
    stars = pd.DataFrame(rng.normal(0, 0.1, (30, 3)), columns=["fe_h", "mg_fe", "si_fe"])
    stars.insert(0, "star_id", [f"s{i:02d}" for i in range(30)])
    for name in ("fe_h", "mg_fe", "si_fe"):
        stars[f"{name}_err"] = 1e-12
    stars.attrs = {"elements": ["fe", "mg", "si"], "ratio": "x_fe"}
    values = stars[["fe_h", "mg_fe", "si_fe"]].to_numpy()
    if ratio == "x_h":
        values = values + np.outer(values[:, 0], [0, 1, 1])
    centre, divisor, matrix = (
        np.array([0.1, 0, 0]),
        np.array([0.1, 0.2, 0.3]),
        rng.normal(size=(3, 2)),
    )
    space = pd.DataFrame({"star_id": stars["star_id"]})
    for transform in (None, matrix):
        space.attrs = {"ratio": ratio, "centre": centre.tolist(), "divisor": divisor.tolist(),
                       "matrix": None if transform is None else transform.tolist()}  # fmt: skip
        expected = (values - centre) / divisor
        expected = expected if transform is None else expected @ transform
        drawn = redraws_of(stars, space, "quadrature", "full", "here").coordinates(rng)
        np.testing.assert_allclose(drawn, expected, atol=1e-8)

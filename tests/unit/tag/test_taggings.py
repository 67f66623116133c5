"""One way of tagging: a toy tagger of fifteen lines passes every caller."""

import json

import numpy as np
import pandas as pd
import pytest

from chemtag.ablate.scores import Stars, score_variant
from chemtag.ablate.umap_warning import found_in
from chemtag.ablate.variants import Variant
from chemtag.base.problems import InputProblem
from chemtag.base.settings import Setting, TaggerSetting, headline_of, settings_of
from chemtag.base.tables import read_table, write_table
from chemtag.compare.inputs import tasks_of
from chemtag.compare.processes import run_in_process
from chemtag.forecast.views import tagged_rows
from chemtag.score.nulls import permuted_clusters
from chemtag.select.truth import truth_of, truth_table
from chemtag.tag.algorithms import ALGORITHMS, Algorithm
from chemtag.tag.numbering import find_groups, numbered
from chemtag.tag.protocol import Groups, NoGroups, Space
from chemtag.tag.taggings import tagging, taggings
from find_consensus import find_consensus
from redraw_stars import redraw_stars
from retag_nulls import retag_nulls
from score_groups import score_groups
from score_resampled_clusters import score_resampled_clusters
from tag_stars import tag_stars


def toy(space: Space, settings, seed: int) -> Groups:
    """Stars in one bin of the first coordinate; bins of few stars are noise."""
    bins = np.floor(space.coordinates[:, 0] / settings["width"]).astype(np.int64)
    group = np.unique(bins, return_inverse=True)[1]
    sizes = np.bincount(group)
    kept = sizes >= settings["least"]
    code = np.where(kept, np.cumsum(kept) - 1, -1)
    if not kept.any():
        raise NoGroups(f"no bin has {settings['least']} stars")
    return Groups(code[group], kept[group] * 0.5, sizes[kept].astype(float))


TOY = TaggerSetting("toy", (("least", 4),))
HEADLINE = {"space": "raw", "tagger": "toy", "settings": {"least": 4}}
GRID = {
    "metric": ["euclidean"], "method": ["leaf"], "min_cluster_size": [3], "min_samples": [1],
}  # fmt: skip
N = 40


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The toy in the registry: one line."""
    monkeypatch.setitem(
        ALGORITHMS, "toy", Algorithm("toy", "Toy", toy, {"width": 0.1, "least": 2}, noise=True)
    )


@pytest.fixture
def sample(tmp_path):
    """Four clusters of six stars in two elements among 16 field stars, as the stages leave them."""
    rng = np.random.default_rng(4)
    centres = np.array([[0.05, 0.0], [0.25, 0.2], [0.45, -0.2], [0.65, 0.1]])
    values = np.vstack(
        [np.repeat(centres, 6, axis=0) + rng.normal(0, 0.01, (24, 2)), rng.normal(0, 1, (16, 2))]
    )
    star_id = np.array([f"s{row:02d}" for row in range(N)], dtype=object)
    table = pd.DataFrame({"star_id": star_id, "fe_h": values[:, 0], "mg_fe": values[:, 1]})
    measured = table.assign(fe_h_err=0.01, mg_fe_err=0.01)
    about = {"sample": "s", "ratio": "x_fe", "elements": ["fe", "mg"]}
    write_table(measured, tmp_path / "abundances.parquet", "abundances", about)
    about |= {"space": "raw", "centre": [0.0, 0.0], "divisor": [1.0, 1.0], "matrix": None}
    write_table(table, tmp_path / "space.parquet", "space", about)
    errors = measured[["star_id", "fe_h_err", "mg_fe_err"]]
    about = {"sources": ["fe_h", "mg_fe"], "loadings": [[1.0, 0.0], [0.0, 1.0]], "absent": ""}
    write_table(errors, tmp_path / "errors.parquet", "space_errors", about)
    listed = pd.DataFrame({"star_id": star_id[:24], "cluster": np.repeat(list("ABCD"), 6)})
    write_table(
        truth_table(star_id, listed, 4, "here"), tmp_path / "truth.parquet", "truth",
        {"min_members": 4},
    )  # fmt: skip
    return tmp_path


def tag(sample, **changed):
    tag_stars(
        sample / "space.parquet", sample / "errors.parquet", sample / "groups.parquet",
        sample / "settings.ecsv",
        **{"grid": GRID, "taggers": {"toy": {"least": [4, 6]}}, "backend": "exact", "seed": 1,
           "memory_mb": 3000} | changed,
    )  # fmt: skip


def test_the_stage_tag_runs_it_beside_the_grid(sample):
    tag(sample)
    settings = read_table(sample / "settings.ecsv", "settings").set_index("setting")
    assert settings["tagger"].to_dict() == {
        "euclidean-leaf-mcs3-ms1": "hdbscan", "toy-least_4": "toy", "toy-least_6": "toy",
    }  # fmt: skip
    groups = read_table(sample / "groups.parquet", "groups")
    mine = groups[groups["setting"] == "toy-least_4"]
    expected = tagging(Space.of(read_table(sample / "space.parquet")[["fe_h"]].to_numpy()), TOY)
    assert len(mine) == (expected.group >= 0).sum()
    assert set(mine["probability"]) == {0.5}
    assert settings.loc["toy-least_4", "n_groups"] == expected.n_groups
    assert np.isnan(settings.loc["toy-least_4", "mean_persistence"])


def test_without_other_taggers_the_table_of_settings_is_that_of_the_grid(sample):
    tag(sample, taggers={})
    assert "tagger" not in read_table(sample / "settings.ecsv", "settings")


def test_draws_consensus_scores_and_nulls_call_the_same(sample):
    tag(sample)
    conversion = {"error_conversion": "quadrature", "backend": "exact", "seed": 1}
    redraw_stars(
        sample / "abundances.parquet", sample / "space.parquet", sample / "redrawn.parquet",
        batch="0000-0002", draw_scale="full", headline=HEADLINE, memory_mb=3000, **conversion,
    )  # fmt: skip
    drawn = read_table(sample / "redrawn.parquet", "redrawn_groups")
    assert drawn.attrs["setting"] == "toy-least_4"
    find_consensus(
        space=sample / "space.parquet", groups=sample / "groups.parquet",
        redrawn=[sample / "redrawn.parquet"], consensus=sample / "consensus.parquet",
        stability=sample / "stability.ecsv", redraws=sample / "redraws.ecsv",
        headline=HEADLINE, threshold=0.5, memory_mb=3000,
    )  # fmt: skip
    assert (read_table(sample / "stability.ecsv", "group_stability")["jaccard"] > 0).all()
    score_resampled_clusters(
        sample / "space.parquet", sample / "truth.parquet", sample / "others.parquet",
        headline=HEADLINE, n_draws=3, backend="exact", seed=1, memory_mb=3000,
    )  # fmt: skip
    outputs = ("scores", "clusters", "group_scores", "recovery", "recovery_sizes", "oracle_scores")
    score_groups(
        sample / "groups.parquet", sample / "settings.ecsv", sample / "space.parquet",
        sample / "truth.parquet", sample / "others.parquet",
        **{name: sample / f"{name}.ecsv" for name in outputs},
        headline="toy-least_4", n_permutations=20, n_bootstrap=20, seed=1, sample="s",
    )  # fmt: skip
    scores = read_table(sample / "scores.ecsv", "scores").set_index(["setting", "metric"])
    assert scores.loc[("toy-least_4", "rf40"), "value"].iloc[0] == 1
    retag_nulls(
        sample / "space.parquet", sample / "abundances.parquet", sample / "truth.parquet",
        sample / "nulls.parquet", name="s.raw", batch="0000-0001", grid=GRID, headline=HEADLINE,
        grid_stars=1000, **conversion,
    )  # fmt: skip
    nulls = read_table(sample / "nulls.parquet", "null_draws")
    assert {"smooth", "shuffled", "blurred"} <= set(nulls["null"])


def test_forecast_and_ablation_call_the_same(sample):
    space = read_table(sample / "space.parquet", "space")
    points = space[["fe_h", "mg_fe"]].to_numpy()
    truth = truth_of(read_table(sample / "truth.parquet")["cluster"], 4)
    rows = list(tagged_rows(points, truth.clusters, 4, settings_of(GRID, {"toy": {}}), "toy"))
    assert rows[0]["role"] == "headline"
    assert rows[0]["setting"] == "toy"
    permuted = permuted_clusters(truth.clusters, 10, np.random.default_rng(0))
    stars = Stars(points, np.full((N, 2), 0.01), ("fe", "mg"), "x_fe", truth)
    plain = Variant("headline", "headline", ("fe", "mg"), "x_fe", "raw", "none", None, "euclidean")
    assert score_variant(stars, plain, TOY, permuted).values["rf40"] == 1
    assert found_in(points, TOY, truth, permuted).rf40 == 1


def test_compare_calls_the_same(sample):
    points = read_table(sample / "space.parquet")[["fe_h", "mg_fe"]].to_numpy()
    (task,) = tasks_of(["toy"], {"toy": {"least": 4}}, {}, HEADLINE, [6] * 4, 1, "s")
    outcome = run_in_process(task, Space.of(points), 60)
    assert outcome.status == "ok"
    assert outcome.labels.tolist() == tagging(Space.of(points), TOY).group.tolist()


def test_the_order_of_the_rows_does_not_matter():
    rng = np.random.default_rng(1)
    space = Space.of(rng.normal(size=(60, 2)))
    order = rng.permutation(60)
    here = find_groups(toy, space, {"width": 0.3, "least": 2}, 0)
    there = find_groups(toy, space.take(order), {"width": 0.3, "least": 2}, 0)
    assert here.group[order].tolist() == there.group.tolist()
    assert here.significance.tolist() == there.significance.tolist()
    sizes = np.bincount(here.group[here.group >= 0])
    assert sizes.tolist() == sorted(sizes, reverse=True), "numbered by size"
    assert here.significance.tolist() == sizes.tolist(), "and its significance with each group"


def test_numbers_that_no_star_has_are_closed_up():
    found = numbered(Groups(np.array([5, 5, 2, -1]), np.ones(4), np.arange(6.0)), list("abcd"))
    assert found.group.tolist() == [0, 0, 1, -1]
    assert found.significance.tolist() == [5.0, 2.0]
    assert found.probability.tolist() == [1, 1, 1, 0]


def test_a_tagger_that_finds_nothing_says_why():
    with pytest.raises(InputProblem, match="tagger toy found no groups among 3 stars: no bin has"):
        tagging(Space.of(np.arange(3.0)[:, None]), TOY)


def test_a_setting_that_it_does_not_have_is_refused():
    with pytest.raises(InputProblem, match="unknown setting 'size'"):
        list(taggings(Space.of(np.zeros((3, 1))), [TaggerSetting("toy", (("size", 1),))]))


def test_settings_bear_one_name_everywhere():
    block = {"space": "raw", "metric": "euclidean", "method": "leaf", "min_cluster_size": 2,
             "min_samples": 1}  # fmt: skip
    assert headline_of(block) == Setting("euclidean", "leaf", 2, 1)
    assert headline_of(block).name == "euclidean-leaf-mcs2-ms1"
    assert headline_of(HEADLINE) == TOY
    assert [one.name for one in settings_of(GRID, {"toy": {"least": [2, 4], "width": [0.1]}})] == [
        "euclidean-leaf-mcs3-ms1", "toy-least_2-width_0.1", "toy-least_4-width_0.1",
    ]  # fmt: skip
    assert json.loads(json.dumps(TOY.parameters)) == {"least": 4}

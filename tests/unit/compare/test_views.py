"""The same stars in two spaces: what the spaces are, and what is found where there is nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import iqr

from chemtag.base.problems import InputProblem
from chemtag.base.tables import conform
from chemtag.compare import views
from chemtag.compare.inputs import Task
from chemtag.compare.processes import Outcome
from chemtag.compare.views import left_out, null_rows, shuffled, views_of
from chemtag.tag.algorithms import ALGORITHMS

MOTION, CHEMISTRY = ["pmra", "pmdec", "parallax"], ["fe", "mg"]


def table(features=(*CHEMISTRY, *MOTION), n=200):
    """Stars of a Gaussian field with known errors; two columns of chemistry, three of motion."""
    rng = np.random.default_rng(7)
    found = pd.DataFrame({"star_id": [f"s{i:03d}" for i in range(n)]})
    for scale, name in enumerate(["fe_h", "mg_fe", *MOTION], 1):
        found[name] = rng.normal(scale, scale, n)
        found[f"{name}_err"] = 0.1 * scale
    found["pmra_pmdec_corr"] = 0.5
    found.attrs = {"ratio": "x_fe", "elements": CHEMISTRY, "features": list(features)}
    return found


def test_motions_are_in_quartiles_and_abundances_in_errors():
    found = views_of(table())
    assert iqr(found["motion"].coordinates, axis=0) == pytest.approx(np.ones(3))
    known = table()[["fe_h", "mg_fe"]].to_numpy() / [0.1, 0.2]
    assert found["chemistry"].coordinates == pytest.approx(known)
    assert found["chemistry"].covariances[0] == pytest.approx(np.eye(2))
    assert found["motion"].names == tuple(MOTION)


def test_both_blocks_have_the_same_extent_in_the_joint_space():
    both = views_of(table())["both"]
    assert both.names == (*MOTION, "fe_h", "mg_fe")
    reach = iqr(both.coordinates, axis=0) ** 2
    assert reach[:3].sum() == pytest.approx(1)
    assert reach[3:].sum() == pytest.approx(1)


def test_errors_and_their_correlations_follow_the_scale():
    motion = views_of(table())["motion"]
    covariance = motion.covariances[5]
    assert covariance[0, 1] == pytest.approx(0.5 * np.sqrt(covariance[0, 0] * covariance[1, 1]))
    raw = table()["pmra"].to_numpy()
    width = np.subtract(*np.percentile(raw, [75, 25]))
    assert np.sqrt(covariance[0, 0]) == pytest.approx(0.3 / width)


def test_a_sample_without_one_of_the_two_spaces_is_refused():
    with pytest.raises(InputProblem, match="has no chemistry among its features"):
        views_of(table(MOTION))
    with pytest.raises(InputProblem, match="has no astrometry among its features"):
        views_of(table(CHEMISTRY))


def task_of(name, settings=None):
    return Task(ALGORITHMS[name], settings or {}, 1, None)


@pytest.mark.parametrize("name", ["ladder", "dbscan_shuffled"])
def test_an_algorithm_that_scales_columns_anew_is_left_out_of_both(name):
    spaces = views_of(table())
    reasons = {view: left_out(task_of(name), view, spaces[view].names) for view in spaces}
    assert reasons == {
        "motion": "", "chemistry": "needs motions alone", "both": "needs motions alone"
    }  # fmt: skip
    assert left_out(task_of("kmeans"), "both", spaces["both"].names) == ""
    assert left_out(task_of("upmask"), "motion", spaces["motion"].names) == "needs xi, eta"


def test_a_shuffle_keeps_each_column_and_breaks_the_stars():
    stars = views_of(table())["motion"]
    moved = shuffled(stars, np.random.default_rng(1))
    assert np.sort(moved.coordinates, axis=0) == pytest.approx(np.sort(stars.coordinates, axis=0))
    assert not np.allclose(moved.coordinates, stars.coordinates)
    assert moved.covariance is None


def here(task, stars, limit):
    """A task run in this process, whose libraries may have threads that a copy of it has not."""
    if reason := task.skipped(len(stars)):
        return Outcome("skipped", reason)
    return Outcome("ok", "", task.algorithm.tagger(stars, task.settings, task.seed).group)


def test_nulls_count_groups_without_those_who_are_told(monkeypatch):
    monkeypatch.setattr(views, "run_in_process", here)
    stars = views_of(table())["motion"]
    told = task_of("kmeans", {"n_clusters": 3, "n_init": 1})
    tasks = [task_of("hdbscan_leaf", {"min_cluster_size": 150, "min_samples": 2}), told]
    clusters = np.where(np.arange(200) < 50, 0, -1)
    streams = [np.random.default_rng(seed) for seed in (1, 2)]
    rows = null_rows(tasks, stars, clusters, streams, 60.0).assign(view="motion")
    rows = conform(rows, "two_spaces_nulls", "t")
    assert list(rows["null"]) == ["shuffled", "shuffled", "field"]
    assert set(rows["algorithm"]) == {"hdbscan_leaf"}
    assert list(rows["n_stars"]) == [200, 200, 150]
    assert (rows["n_groups"] == 0).all()  # no group of 150 among 200 stars

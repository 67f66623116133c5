"""The step score_groups: tables of a small sample worked by hand, roles, bad input."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.select.truth import truth_table
from score_groups import score_groups

FINE, COARSE, EMPTY = "euclidean-leaf-mcs2-ms1", "euclidean-eom-mcs5-ms1", "euclidean-eom-mcs9-ms9"
STARS = [f"s{i:02d}" for i in range(10)]
CLUSTER = dict(zip(STARS, "AAAB BBA  ", strict=True))
OUTPUTS = (
    "scores",
    "clusters",
    "group_scores",
    "recovery",
    "recovery_sizes",
    "oracle_scores",
)
GROUP = {FINE: [0, 0, 0, 0, 0, 1, 1, -1, -1, -1], COARSE: [0] * 10, EMPTY: [-1] * 10}


@pytest.fixture
def sample(tmp_path):
    """Ten stars: clusters A (4) and B (3), 3 field stars; three settings; an absent cluster C."""
    rows = [
        {"setting": name, "star_id": star, "group": group, "probability": 1.0}
        for name, groups in GROUP.items()
        for star, group in zip(STARS, groups, strict=True)
        if group >= 0
    ]
    settings = pd.DataFrame(
        [
            {
                "setting": name, "metric": "euclidean", "method": name.split("-")[1],
                "min_cluster_size": int(name.split("mcs")[1][0]), "min_samples": int(name[-1]),
                "n_stars": 10, "n_groups": max(groups) + 1,
                "noise_fraction": float(np.mean(np.array(groups) < 0)),
                "largest_group": max(np.bincount(np.array(groups) + 1)[1:], default=0),
                "median_group": np.nan,
            }
            for name, groups in GROUP.items()
        ]
    )  # fmt: skip
    members = pd.DataFrame(
        [
            {"star_id": star, "cluster": cluster, "probability": 1.0, "source": "test"}
            for star, cluster in [*CLUSTER.items(), ("x1", "C"), ("x2", "A")]
            if cluster != " "
        ]
    )
    paths = {
        "groups": tmp_path / "groups.parquet",
        "settings": tmp_path / "settings.ecsv",
        "space": tmp_path / "space.parquet",
        "truth": tmp_path / "truth.parquet",
    }
    write_table(pd.DataFrame(rows), paths["groups"], "groups")
    write_table(settings, paths["settings"], "settings")
    write_table(pd.DataFrame({"star_id": STARS, "fe_h": 0.0}), paths["space"], "space")
    truth = truth_table(np.array(STARS, dtype=object), members, 3, "here")
    write_table(truth, paths["truth"], "truth", {"min_members": 3})
    return {
        **paths,
        **{name: tmp_path / f"{name}.ecsv" for name in OUTPUTS},
        "resampled": None,
        "headline": FINE,
        "n_permutations": 40,
        "n_bootstrap": 30,
        "seed": 1,
        "sample": "ten",
    }


def score_of(table, metric, setting=FINE, noise="none"):
    rows = table[
        (table["metric"] == metric) & (table["setting"] == setting) & (table["noise"] == noise)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_tables_of_ten_stars(sample):
    score_groups(**sample)
    scores = read_table(sample["scores"], "scores")
    assert set(scores["setting"]) == set(GROUP)
    assert score_of(scores, "rf40")["value"] == 1
    assert score_of(scores, "rf70")["value"] == 0
    assert score_of(scores, "rf_area")["value"] == pytest.approx((3 / 5 + 2 / 3) / 2)
    assert score_of(scores, "coverage")["value"] == pytest.approx(6 / 7)
    assert score_of(scores, "pair_f1", noise="singleton")["value"] == pytest.approx(8 / 20)
    assert score_of(scores, "ari", noise="group")["value"] == pytest.approx(0.13669, abs=1e-5)
    assert score_of(scores, "rf40", EMPTY)["value"] == 0

    clusters = read_table(sample["clusters"], "clusters").set_index(["setting", "cluster"])
    row = clusters.loc[(FINE, "B")]
    assert (row["best_group"], row["n_best"], row["n_shared"]) == (1, 2, 2)
    assert (row["purity"], row["completeness"]) == (1, 2 / 3)
    assert (row["n_groups"], row["n_noise"], row["n_members"]) == (2, 0, 3)
    assert clusters.loc[(EMPTY, "A")]["best_group"] == -1
    assert "C" not in clusters.index.get_level_values(1)

    held = read_table(sample["group_scores"], "group_scores")
    first = held[(held["setting"] == FINE) & (held["group"] == 0)].iloc[0]
    assert first["content"] == "A x3, B x1"
    assert (first["cluster"], first["n_field"], first["purity"]) == ("A", 1, 3 / 5)
    assert first["completeness"] == 3 / 4

    curve = read_table(sample["recovery"], "recovery")
    assert set(curve["role"]) == {"headline", "oracle"}
    headline = curve[curve["role"] == "headline"].set_index("threshold")
    assert headline.loc[0.6, "n_recovered"] == 2
    assert headline.loc[0.61, "n_recovered"] == 1
    assert (np.diff(headline["n_recovered"]) <= 0).all()


def test_larger_clusters_are_counted_apart(sample):
    """A has 4 members and is matched at 3/5, B has 3 and is matched at 2/3."""
    score_groups(**sample)
    table = read_table(sample["recovery_sizes"], "recovery_sizes")
    rows = table[table["role"] == "headline"].set_index(["threshold", "least_members"])
    assert rows.loc[0.4, ["n_clusters", "n_recovered"]].values.tolist()[:4] == [
        [2, 2], [2, 2], [1, 1], [0, 0],
    ]  # fmt: skip
    assert rows.loc[(0.7, 3), "n_recovered"] == 0
    assert np.isnan(rows.loc[(0.4, 5), "recovery_fraction"])
    whole = score_of(read_table(sample["scores"], "scores"), "rf40")
    for ours, theirs in (("recovery_fraction", "value"), ("null_mean",) * 2, ("null_p95",) * 2):
        assert rows.loc[(0.4, 3), ours] == pytest.approx(whole[theirs])
    for name in ("low", "high", "p_value"):
        assert rows.loc[(0.4, 3), name] == pytest.approx(whole[name])


def test_every_number_has_an_interval_and_a_null_or_a_reason(sample):
    score_groups(**sample)
    for name in ("scores", "oracle_scores"):
        table = read_table(sample[name], "scores")
        without = ~np.isfinite(table[["low", "high", "low_95", "high_95"]]).all(axis=1)
        assert table.loc[without, "note"].str.contains("interval:").all()
        assert (table.loc[~without, "low_95"] <= table.loc[~without, "low"] + 1e-12).all()
        no_null = ~np.isfinite(table["p_value"])
        assert table.loc[no_null, "note"].str.contains("null:|p:").all()
        finite = table[~without]
        assert ((finite["low"] <= finite["high"]) & (finite["interval"] != "none")).all()


def test_oracle_is_labelled_and_its_null_repeats_the_search(sample):
    score_groups(**{**sample, "headline": COARSE})
    curve = read_table(sample["recovery"], "recovery")
    assert set(curve.loc[curve["role"] == "oracle", "setting"]) == {FINE}
    assert set(curve.loc[curve["role"] == "headline", "setting"]) == {COARSE}
    tuned = read_table(sample["oracle_scores"], "scores")
    assert set(tuned["setting"]) == {FINE}
    assert tuned.attrs["role"] == "oracle"
    scores = read_table(sample["scores"], "scores")
    assert scores.attrs["oracle"] == FINE
    for metric in ("rf40", "n_recovered_40"):
        plain = score_of(scores, metric)
        assert score_of(tuned, metric)["value"] == plain["value"]
        assert score_of(tuned, metric)["null_mean"] >= plain["null_mean"]
        assert score_of(tuned, metric)["p_value"] >= plain["p_value"]


def test_same_bytes_for_another_row_order(sample):
    score_groups(**sample)
    before = {name: sample[name].read_bytes() for name in OUTPUTS}
    for name in ("groups", "truth"):
        table = read_table(sample[name], name)
        write_table(table.sample(frac=1, random_state=1), sample[name], name, table.attrs)
    score_groups(**sample)
    for name in OUTPUTS:
        assert sample[name].read_bytes() == before[name]


def test_log_says_what_the_headline_found(sample, caplog):
    with caplog.at_level("INFO", logger="chemtag"):
        score_groups(**sample)
    assert "2 of 2 clusters recovered" in caplog.text


def rewritten(sample, name, contract, change):
    table = read_table(sample[name], contract)
    write_table(change(table), sample[name], contract, table.attrs)


def test_the_truth_of_other_stars(sample):
    rewritten(sample, "truth", "truth", lambda t: t.assign(star_id="q" + t["star_id"]))
    with pytest.raises(InputProblem, match=r"truth.parquet: its 10 stars are not the 10 stars"):
        score_groups(**sample)


def test_headline_outside_the_grid(sample):
    with pytest.raises(InputProblem, match="headline setting 'euclidean-leaf-mcs7-ms1' is not in"):
        score_groups(**{**sample, "headline": "euclidean-leaf-mcs7-ms1"})


def test_groups_with_an_unknown_star_or_setting(sample):
    original = read_table(sample["groups"], "groups")
    rewritten(sample, "groups", "groups", lambda t: t.replace({"star_id": {"s00": "q9"}}))
    with pytest.raises(InputProblem, match="'star_id': found 'q9', which is not among the 10"):
        score_groups(**sample)
    settings = original["setting"].astype(str).replace(COARSE, "other")
    write_table(original.assign(setting=settings), sample["groups"], "groups")
    with pytest.raises(InputProblem, match="'setting': found 'other', which is not among the 3"):
        score_groups(**sample)


def test_star_in_two_groups(sample):
    rewritten(sample, "groups", "groups", lambda t: pd.concat([t, t.iloc[[0]].assign(group=7)]))
    with pytest.raises(InputProblem, match="is in two groups of one setting"):
        score_groups(**sample)


def test_one_cluster_and_no_group_at_all(sample):
    alone = {"B": ""}
    rewritten(
        sample,
        "truth",
        "truth",
        lambda t: t.assign(cluster=t["cluster"].replace(alone), eligible=t["cluster"] == "A"),
    )
    rewritten(sample, "groups", "groups", lambda t: t.iloc[:0])
    score_groups(**sample)
    scores = read_table(sample["scores"], "scores")
    assert score_of(scores, "rf40")["value"] == 0
    assert score_of(scores, "v_measure", noise="drop")["note"].startswith("interval: undefined")
    assert len(read_table(sample["group_scores"], "group_scores")) == 0


def test_the_oracle_searches_the_grid_alone(sample):
    """Another tagger that finds everything stands beside the grid, in scores of its own."""
    groups = read_table(sample["groups"], "groups")
    perfect = pd.DataFrame(
        [
            {"setting": "toy", "star_id": star, "group": "AB".index(cluster), "probability": 1.0}
            for star, cluster in CLUSTER.items()
            if cluster != " "
        ]
    )
    write_table(pd.concat([groups, perfect]), sample["groups"], "groups")
    settings = read_table(sample["settings"], "settings").assign(tagger="hdbscan")
    other = settings.iloc[[0]].assign(setting="toy", tagger="toy", metric="", method="")
    write_table(pd.concat([settings, other]), sample["settings"], "settings")
    score_groups(**sample)
    scores = read_table(sample["scores"], "scores")
    assert score_of(scores, "perfect_matches", "toy")["value"] == 2
    oracle = read_table(sample["oracle_scores"], "scores")
    assert set(oracle["setting"]) == {FINE}
    score_groups(**{**sample, "headline": "toy"})
    recovery = read_table(sample["recovery"], "recovery")
    assert set(recovery.loc[recovery["role"] == "headline", "setting"]) == {"toy"}
    assert set(recovery.loc[recovery["role"] == "oracle", "setting"]) == {FINE}

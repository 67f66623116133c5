"""Members found by motion as the truth of the same stars tagged by abundances, config to scores."""

import copy

import pytest
from test_phase_space import CONFIG, SAMPLE, gaia_table, placed

from chemtag.base.tables import read_table

SETTING = "euclidean-leaf-mcs8-ms5"
LEAST = 0.3
CHEMICAL = {**SAMPLE, "features": {"chemistry": ["fe", "mg", "si"]}}
SAMPLES = {
    # No list of members is read for it, and nothing but its groups is asked for.
    "motion": {**CONFIG["samples"]["motion"], "truth": "none", "whole": False},
    "found": {**CHEMICAL, "truth": {"sample": "motion", "min_strength": LEAST}},
    "found_members": {
        **CHEMICAL, "stars": "members", "truth": {"sample": "motion", "min_strength": LEAST},
    },
    "blind": {**CHEMICAL, "truth": "none"},
}  # fmt: skip


def config_of(samples: dict) -> dict:
    """A config of a table without members."""
    config = copy.deepcopy(CONFIG) | {"run": "found", "samples": copy.deepcopy(samples)}
    del config["catalogs"]["gaia"]["members"]
    return config


@pytest.fixture(scope="module")
def scored(warm_checkout):
    checkout = warm_checkout("found")
    path = placed(checkout, config_of(SAMPLES), gaia_table())
    stems = [f"results/found/{name}" for name in (
        "score/found.error_scaled.scores.ecsv", "select/found_members.truth.parquet",
        "tag/blind.error_scaled.groups.parquet",
    )]  # fmt: skip
    checkout.snakemake(*stems, "--cores", "2", "--configfile", path)
    return checkout.folder / "results" / "found", checkout


def test_clusters_are_the_groups_found_by_motion_above_the_strength(scored):
    folder = scored[0]
    groups = read_table(folder / "tag/motion.error_scaled.groups.parquet", "groups")
    truth = read_table(folder / "select/found.truth.parquet", "truth").set_index("star_id")
    own = groups[groups["setting"].astype(str) == SETTING].set_index("star_id")
    strong = own["probability"] >= LEAST
    assert 0 < strong.sum() < len(own)
    said = truth["cluster"][own.index[strong]]
    assert (said == [f"motion {group}" for group in own["group"][strong]]).all()
    assert (truth["cluster"].drop(own.index[strong]) == "").all()
    assert len(truth) == 500


def test_what_was_found_is_what_the_simulation_put_in(scored):
    truth = read_table(scored[0] / "select/found.truth.parquet", "truth").set_index("star_id")
    born = gaia_table().astype({"source_id": str}).set_index("source_id")["cluster"]
    member = truth["cluster"] != ""
    inside = born[truth.index[member]]
    majority = inside.groupby(truth["cluster"][member]).agg(lambda names: names.mode().iloc[0])
    assert len(set(majority) - {""}) >= 8
    assert (inside.to_numpy() == truth["cluster"][member].map(majority).to_numpy()).mean() >= 0.9


def test_the_scores_compare_with_these_clusters(scored):
    folder = scored[0]
    truth = read_table(folder / "select/found.truth.parquet", "truth")
    clusters = read_table(folder / "score/found.error_scaled.clusters.ecsv", "clusters")
    found = clusters[clusters["setting"] == SETTING].set_index("cluster")["n_members"]
    listed = truth["cluster"][truth["cluster"] != ""].value_counts()
    assert found.to_dict() == listed.to_dict()
    scores = read_table(folder / "score/found.error_scaled.scores.ecsv", "scores")
    assert scores.loc[scores["metric"] == "rf40", "value"].notna().all()


def test_a_sample_of_members_holds_those_found(scored):
    folder = scored[0]
    alone = read_table(folder / "select/found_members.truth.parquet", "truth")
    among = read_table(folder / "select/found.truth.parquet", "truth")
    members = among.loc[among["cluster"] != "", "star_id"]
    assert alone["star_id"].tolist() == members.tolist()
    assert (alone["cluster"] != "").all()


def test_no_tagging_depends_on_the_truth(scored):
    folder = scored[0] / "tag"
    found, blind = (
        read_table(folder / f"{name}.error_scaled.groups.parquet", "groups")
        for name in ("found", "blind")
    )
    assert len(found)
    assert found.equals(blind)


def test_counts_are_in_the_log_and_in_the_tables(scored):
    folder, checkout = scored
    members = read_table(folder / "select/found.members.ecsv", "members")
    counts = members.attrs["found"]
    truth = read_table(folder / "select/found.truth.parquet", "truth")
    assert counts == truth.attrs["found"]
    assert (counts["sample"], counts["tagger"], counts["min_strength"]) == (
        "motion", SETTING, LEAST,
    )  # fmt: skip
    assert counts["members"] == len(members) == (truth["cluster"] != "").sum()
    assert counts["in_groups"] > counts["members"]
    said = (checkout.folder / "logs/found/list_members/found.log").read_text()
    assert f"{counts['members']} of {counts['in_groups']} stars in groups" in said


def test_another_strength_makes_the_truth_anew_and_no_group(scored):
    checkout = scored[1]
    samples = copy.deepcopy(SAMPLES)
    samples["found"]["truth"]["min_strength"] = 0.9
    path = placed(checkout, config_of(samples), gaia_table())
    target = "results/found/score/found.error_scaled.scores.ecsv"
    planned = checkout.snakemake(target, "-n", "--quiet", "host", "--configfile", path).stdout
    assert "rule list_members" in planned
    assert "rule label_stars" in planned
    placed(checkout, config_of(SAMPLES), gaia_table())


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"sample": "nobody"}, "which is not under samples; there are found, motion"),
        ({"sample": "found"}, "which is the sample itself"),
        ({"sample": "motion", "tagger": "upmask"}, "no setting of samples/motion; there are"),
    ],
)
def test_a_truth_that_cannot_be_is_one_sentence(refusal, other, words):
    samples = copy.deepcopy({name: SAMPLES[name] for name in ("motion", "found")})
    samples["found"]["truth"] = other
    assert words in refusal(config_of(samples), {"gaia.csv": gaia_table()})

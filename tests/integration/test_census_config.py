"""The tutorial of the census: a cluster like M 4 is one group of the headline."""

from chemtag.base.tables import read_table

SETTING = "euclidean-leaf-mcs40-ms10"


def test_a_cluster_like_m_4_is_found_by_its_motion(warm_checkout):
    checkout = warm_checkout("census")
    stem = "results/census/score/m4.robust"
    targets = [f"{stem}.scores.ecsv", f"{stem}.group_scores.ecsv"]
    checkout.snakemake(*targets, "--cores", "1", "--configfile", "config/census.yaml")
    groups = read_table(checkout.folder / targets[1], "group_scores")
    first = groups[(groups["setting"] == SETTING) & (groups["group"] == 0)].iloc[0]
    assert first["cluster"] == "M 4 like"
    # docs/census.md: 600 stars, purity 0.97, completeness 0.95
    assert (first["n_stars"], round(first["purity"], 2)) == (600, 0.97)
    assert round(first["completeness"], 2) == 0.95
    assert (groups["setting"] == SETTING).sum() == 3

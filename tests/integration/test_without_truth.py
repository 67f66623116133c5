"""A sample of which no cluster is known goes to the page, and says why it has no scores."""

import copy
import json

import numpy as np
import pytest
import yaml
from astropy.table import Table
from test_own_table import CONFIG, own_table

from chemtag.base.tables import read_table
from chemtag.vet.seal import check_seal


@pytest.fixture(scope="module")
def blind(warm_checkout):
    """242 stars of a table without members, tagged by HDBSCAN and by friends of friends."""
    checkout = warm_checkout("blind")
    table = own_table().drop(columns="CLUSTER")
    # Simulated: the last 42 stars, which are clusters, share a velocity.
    table["RV"] = np.random.default_rng(1).normal(0, 30, len(table)).round(1)
    table.loc[200:, "RV"] = 12.0
    table["RV_ERR"] = 1.0
    table.to_csv(checkout.folder / "mine.csv", index=False)
    config = copy.deepcopy(CONFIG) | {"run": "blind"}
    del config["catalogs"]["mine"]["members"]
    config["samples"]["mine"]["taggers"] = {"friends_of_friends": {"min_cluster_size": [3]}}
    config["tag"] = {"draws": 2, "draws_per_job": 2, "permutations_of_rows": 1}
    config["limits"], config["embed"] = {"perturbations": 2}, {"iterations": 50}
    known = own_table()[["ID", "CLUSTER"]].iloc[180:]
    known.to_csv(checkout.folder / "known.csv", index=False)
    lists = {"literature": {"path": "known.csv", "star_id": "ID", "cluster": "CLUSTER"}}
    velocity = {
        "quantity": "radial_velocity", "star_id": "ID", "spread": {"rv": 1.0}, "simulated": True,
        "values": {"rv": {"value": "RV", "error": "RV_ERR"}},
        "derived_from": ["other measurements"],
    }  # fmt: skip
    config["vet"] = {
        "samples": ["mine"], "known": lists, "data": {"velocity": velocity},
        "draws": 200, "simulations": 100, "neighbours": 30,
    }  # fmt: skip
    path = checkout.folder / "blind.yaml"
    path.write_text(yaml.safe_dump(config))
    run = checkout.snakemake("--cores", "2", "--configfile", path)
    return checkout, run


def test_why_nothing_is_scored_is_said_before_the_first_job(blind):
    _, run = blind
    said = "mine: catalogs/mine has no `members`, so that nothing is scored"
    assert run.stdout.index(said) < run.stdout.index("rule read_catalog")
    assert run.stdout.count(said) == 1


def test_what_needs_no_truth_is_there_and_what_does_is_absent(blind):
    folder = blind[0].folder / "results" / "blind"
    figures = {path.name for path in (folder / "paper" / "figures").glob("*.pdf")}
    names = ("overview", "map", "funnel", "consensus", "row_order", "embeddings", "vet_funnel",
             "vet_power", "vet_sheets")  # fmt: skip
    assert figures == {f"{name}_mine.pdf" for name in names}
    stages = {path.name for path in folder.iterdir() if path.is_dir()}
    assert stages == {"survey", "select", "space", "tag", "embed", "limits", "paper", "check",
                      "report", "vet"}  # fmt: skip
    assert [path.name for path in (folder / "limits").iterdir()] == [
        "mine.error_scaled.criteria.ecsv"
    ]
    assert not list(folder.rglob("*truth*"))


def test_the_page_says_why_and_shows_the_groups(blind):
    page = (blind[0].folder / "results" / "blind" / "report" / "index.html").read_text()
    assert "Not scored: catalogs/mine has no `members`" in page
    assert "Groups of the headline setting and their stability" in page
    assert "242 stars" in page
    assert "Candidate siblings and the verdicts of independent data" in page
    assert " nan" not in page[: page.index("<script")].lower()


def test_any_tagger_stands_beside_the_grid(blind):
    folder = blind[0].folder / "results" / "blind"
    settings = read_table(folder / "tag" / "mine.error_scaled.settings.ecsv", "settings")
    other = settings[settings["tagger"] == "friends_of_friends"]
    assert other["setting"].tolist() == ["friends_of_friends-min_cluster_size_3"]
    assert other["n_groups"].iloc[0] > 0


def test_the_groups_are_a_sealed_catalogue(blind):
    folder = blind[0].folder / "results" / "blind" / "vet"
    tables = {
        "candidates": read_table(folder / "mine.candidates.ecsv", "candidates"),
        "members": read_table(folder / "mine.candidate_stars.ecsv", "candidate_members"),
    }
    seal = json.loads((folder / "mine.seal.json").read_text())
    check_seal(seal, tables, "seal")
    assert seal["rows"] == {name: len(table) for name, table in tables.items()}
    assert len(Table.read(folder / "mine" / "catalogue.fits", hdu="MEMBERS")) == len(
        tables["members"]
    )
    shared = read_table(folder / "mine.coincidences.ecsv", "coincidences")
    assert (shared["n_shared"] <= shared["n_listed"]).all()
    assert len(shared)


def test_a_catalogue_that_was_changed_is_not_vetted(blind):
    checkout, _ = blind
    folder = checkout.folder / "results" / "blind" / "vet"
    path = folder / "mine.candidate_stars.ecsv"
    whole = path.read_text()
    path.write_text(whole[: whole.rindex("mine-")] + whole[whole.rindex("mine-") :].upper())
    target = "results/blind/vet/mine.coincidences.ecsv"
    run = checkout.snakemake(
        "--cores", "1", "--configfile", "blind.yaml", "--forcerun", "cross_identify", "--", target,
        check=False,
    )  # fmt: skip
    path.write_text(whole)
    assert run.returncode != 0
    assert "was changed after it was sealed" in run.stdout


def test_candidates_have_verdicts_by_velocities(blind):
    folder = blind[0].folder / "results" / "blind" / "vet"
    found = read_table(folder / "mine.verdicts.ecsv", "verdicts")
    stars = read_table(folder / "mine.candidate_stars.ecsv", "candidate_members")
    inside = stars["star_id"].str[2:].astype(int) >= 200
    siblings = inside.groupby(stars["group"]).mean()
    pure = found[found["group"].map(siblings) > 0.7]
    assert len(pure)
    assert (pure["verdict"] == "supported").all()
    others = found[found["group"].map(siblings) == 0]
    assert (others["verdict"] != "supported").all()

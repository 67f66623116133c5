"""A user's own table through the workflow: any row order, and mistakes as one sentence."""

import copy
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from chemtag.base.tables import read_table

ELEMENTS = ["fe", "mg", "si", "ni", "mn"]
CONFIG = {
    "run": "own",
    "catalogs": {
        "mine": {
            "kind": "table",
            "path": "mine.csv",
            "ratio": "x_fe",
            "columns": {"star_id": "ID", "snr": "SNR"},
            "elements": {
                "fe": {"value": "FE_H", "error": "FE_H_ERR"},
                **{
                    e: {"value": f"{e.upper()}_FE", "error": f"{e.upper()}_FE_ERR"}
                    for e in ELEMENTS[1:]
                },
            },
            "members": {"cluster": "CLUSTER"},
        }
    },
    "samples": {
        "mine": {
            "catalog": "mine",
            "elements": ELEMENTS,
            "cuts": {"windows": {"snr": {"min": 50}}},
            "spaces": ["error_scaled"],
            "grid": {"min_cluster_size": [3, 5], "min_samples": [1, 3], "method": ["eom", "leaf"]},
            "headline": {"space": "error_scaled", "min_cluster_size": 3, "min_samples": 3},
        }
    },
    "score": {"permutations": 20, "bootstrap": 20},
}
OTHER = {"path": "other.csv", "star_id": "ID", "cluster": "NAME", "probability": "P"}
LISTED = {"score": {"lists": {"mine": {"other": {"members": OTHER, "cuts": [0.5, 0.9]}}}}}
TARGETS = [
    "results/own/tag/mine.error_scaled.groups.parquet",
    "results/own/score/mine.error_scaled.scores.ecsv",
]
LISTS = "results/own/score/mine.list_scores.ecsv"


def own_table() -> pd.DataFrame:
    """Six clusters of seven stars among 200 field stars; abundances rounded as catalogues do."""
    rng = np.random.default_rng(11)
    cluster = np.array([""] * 200 + [f"OC {i}" for i in range(6) for _ in range(7)])
    centres = rng.normal(0, 0.15, (6, len(ELEMENTS)))
    values = rng.normal(0, 0.15, (len(cluster), len(ELEMENTS)))
    values[200:] = np.repeat(centres, 7, axis=0) + rng.normal(0, 0.01, (42, len(ELEMENTS)))
    table = pd.DataFrame({"ID": [f"2M{i:05d}" for i in range(len(cluster))]})
    table["SNR"] = rng.uniform(60, 200, len(cluster)).round(1)
    for column, element in enumerate(ELEMENTS):
        name = "FE_H" if element == "fe" else f"{element.upper()}_FE"
        table[name] = values[:, column].round(2)
        table[f"{name}_ERR"] = 0.02
    table["CLUSTER"] = cluster
    return table


def other_list(table: pd.DataFrame) -> pd.DataFrame:
    """Four of the six clusters under names of their own, the first with probabilities below 0.9."""
    listed = table[table["CLUSTER"].isin([f"OC {i}" for i in range(4)])]
    names = listed["CLUSTER"].str.replace("OC", "Cl")
    return pd.DataFrame({"ID": listed["ID"], "NAME": names, "P": 0.95 - 0.2 * (names == "Cl 0")})


def place(checkout, table: pd.DataFrame, config: dict) -> Path:
    table.to_csv(checkout.folder / "mine.csv", index=False)
    path = checkout.folder / "mine.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def listed(checkout, table: pd.DataFrame) -> tuple[Path, Path]:
    """The config with a second list of members, and its table, beside the table of the stars."""
    other_list(table).to_csv(checkout.folder / "other.csv", index=False)
    overlay = checkout.folder / "listed.yaml"
    overlay.write_text(yaml.safe_dump(LISTED))
    return place(checkout, table, CONFIG), overlay


@pytest.fixture(scope="module")
def own(new_checkout):
    checkout = new_checkout("own")
    words = ("--configfile", *listed(checkout, own_table()))
    checkout.snakemake(*TARGETS, LISTS, "--cores", "2", *words)
    return checkout


def test_clusters_of_an_own_table_are_found(own):
    scores = read_table(own.folder / TARGETS[1], "scores")
    best = scores[scores["metric"] == "rf40"]["value"].max()
    assert best >= 0.5


def test_the_same_groups_are_scored_against_a_second_list(own):
    scores = read_table(own.folder / LISTS, "list_scores")
    rows = scores[scores["metric"] == "rf40"].set_index(["list", "cut"])
    assert rows["n_clusters"].to_dict() == {("truth", 0.0): 6, ("other", 0.5): 4, ("other", 0.9): 3}
    found = read_table(own.folder / TARGETS[1], "scores")
    headline = found[(found["setting"] == "euclidean-leaf-mcs3-ms3") & (found["metric"] == "rf40")]
    assert rows.loc[("truth", 0.0), "value"] in set(headline["value"])


def test_shuffled_rows_give_identical_tables(own, new_checkout):
    other = new_checkout("shuffled")
    words = ("--configfile", *listed(other, own_table().sample(frac=1, random_state=4)))
    other.snakemake(*TARGETS, LISTS, "--cores", "2", *words)
    assert other.tables("own") == own.tables("own")


def test_the_reference_backend_agrees_where_nothing_ties(warm_checkout):
    """The space is made once: another backend is another way to tag it and no more."""
    checkout = warm_checkout("backends")
    table = own_table()
    rng = np.random.default_rng(3)
    names = [c for c in table.columns if c.endswith(("_H", "_FE"))]
    table[names] += rng.uniform(-0.005, 0.005, table[names].shape)
    found, said = {}, {}
    for backend in ("exact", "hdbscan"):
        block = copy.deepcopy(CONFIG) | {"tag": {"backend": backend}}
        block["samples"]["mine"]["grid"]["min_samples"] = [1]
        block["samples"]["mine"]["headline"]["min_samples"] = 1
        config = place(checkout, table, block)
        run = checkout.snakemake(TARGETS[0], "--cores", "2", "--configfile", config)
        said[backend] = run.stdout
        groups = read_table(checkout.folder / TARGETS[0])
        found[backend] = groups[["setting", "star_id", "group"]]
    assert "rule tag_stars" in said["hdbscan"]
    assert "rule make_space" not in said["hdbscan"]
    pd.testing.assert_frame_equal(found["exact"], found["hdbscan"])


def broken(change) -> tuple[pd.DataFrame, dict]:
    table, config = own_table(), copy.deepcopy(CONFIG)
    table = change(table, config)
    return table, config


def no_column(table, config):
    return table.drop(columns="MG_FE")


def unknown_key(table, config):
    config["samples"]["mine"]["cutz"] = {}
    return table


def all_rows_cut(table, config):
    config["samples"]["mine"]["cuts"]["windows"]["snr"]["min"] = 500
    return table


def repeated_stars(table, config):
    return pd.concat([table, table.head(3)])


def negative_errors(table, config):
    return table.assign(SI_FE_ERR=-0.02)


def element_without_values(table, config):
    return table.assign(NI_FE=-9999.99)


def larger_than_the_sample(table, config):
    config["samples"]["mine"]["grid"]["min_cluster_size"] = [3, 500]
    return table


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_column, ["mine.csv", "MG_FE"]),
        (all_rows_cut, ["snr", "500"]),
        (repeated_stars, ["2M00000", "duplicates"]),
        (negative_errors, ["SI_FE_ERR", "negative"]),
        (element_without_values, ["NI_FE"]),
    ],
)
def test_a_mistake_is_one_sentence(refusal, change, words):
    table, config = broken(change)
    said = refusal(config, {"mine.csv": table})
    assert all(word in said for word in words), said


def said_of(run, *words: str) -> list[str]:
    """Lines of a run that hold the sentence of a mistake with all the words."""
    return [
        line
        for line in run.stdout.splitlines()
        if line.startswith(("chemtag:", "config:")) and all(word in line for word in words)
    ]


def test_a_mistake_of_the_config_stops_the_run_with_one_sentence(warm_checkout):
    checkout = warm_checkout("config")
    config = place(checkout, *broken(unknown_key))
    run = checkout.snakemake(TARGETS[0], "--cores", "2", "--configfile", config, check=False)
    assert run.returncode != 0
    said = said_of(run, "cutz", "samples/mine", "did you mean 'cuts'")
    assert len(said) == 1, run.stdout[-3000:]
    assert "Traceback" not in run.stdout


def test_a_mistake_of_a_table_or_found_by_a_job_stops_it_with_one_sentence(warm_checkout):
    """Of two samples in one run: one has stars twice, the other a grid that is too large."""
    checkout = warm_checkout("tables")
    table, config = broken(larger_than_the_sample)
    own_table().pipe(repeated_stars, {}).to_csv(checkout.folder / "twice.csv", index=False)
    config["catalogs"]["twice"] = {**config["catalogs"]["mine"], "path": "twice.csv"}
    config["samples"]["twice"] = {**CONFIG["samples"]["mine"], "catalog": "twice"}
    path = place(checkout, table, config)
    targets = [TARGETS[0], "results/own/tag/twice.error_scaled.groups.parquet"]
    words = ("--cores", "2", "--keep-going", "--configfile", path)
    run = checkout.snakemake(*targets, *words, check=False)
    assert run.returncode != 0
    assert len(said_of(run, "2M00000", "duplicates")) == 1, run.stdout[-3000:]
    assert len(said_of(run, "grid/min_cluster_size", "500", "242 stars")) == 1, run.stdout[-3000:]
    assert "Traceback" not in run.stdout
    assert not any((checkout.folder / target).exists() for target in targets)


def test_a_file_in_the_place_of_the_results_stops_the_run(warm_checkout):
    checkout = warm_checkout("unwritable")
    config = place(checkout, own_table(), CONFIG)
    (checkout.folder / "results").write_text("")
    run = checkout.snakemake(TARGETS[0], "--cores", "1", "--configfile", config, check=False)
    assert run.returncode != 0
    assert "results is a file where the run needs a folder" in run.stdout


def test_a_table_replaced_by_an_older_file_is_read_again(own, new_checkout):
    checkout = new_checkout("replaced")
    for name in ("results", ".snakemake"):
        shutil.copytree(own.folder / name, checkout.folder / name, dirs_exist_ok=True)
    for name in ("mine.csv", "mine.yaml"):
        shutil.copy2(own.folder / name, checkout.folder / name)
    config = checkout.folder / "mine.yaml"
    stars = "results/own/survey/mine.stars.parquet"
    again = checkout.snakemake(stars, "--cores", "1", "--configfile", config)
    assert "Nothing to be done" in again.stdout
    place(checkout, own_table().tail(200), CONFIG)
    os.utime(checkout.folder / "mine.csv", (1.5e9, 1.5e9))
    checkout.snakemake(stars, "--cores", "1", "--configfile", config)
    assert len(read_table(checkout.folder / stars)) == 200

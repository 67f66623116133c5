"""Configs that are shipped: whole, and in agreement with datasets, column maps and bit masks."""

from pathlib import Path

import pytest
import yaml

from chemtag.base.configuration import checked_config
from chemtag.fetch.datasets import datasets_needed
from chemtag.select.quality import bit_mask_from, bit_numbers
from chemtag.survey.membership import is_chemical

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted(path for path in (ROOT / "config").glob("*.yaml") if path.stem != "datasets")
OVERLAYS = [path for path in CONFIGS if "dataset:" in path.read_text()]
DATASETS = yaml.safe_load((ROOT / "config" / "datasets.yaml").read_text())
SURVEYS_OF_GIANTS = {"apogee-dr16-rc", "apogee-dr17", "apogee-dr19", "galah-dr4"}

each_config = pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
each_overlay = pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch):
    monkeypatch.chdir(ROOT)


def config_of(path):
    document = yaml.safe_load(path.read_text())
    if "samples" not in document:  # an overlay of the shipped run
        document = yaml.safe_load((ROOT / "config" / "config.yaml").read_text()) | document
    return checked_config(document, ROOT / "workflow" / "schemas" / "config.schema.yaml")


def cleaned_tables(config):
    """Each sample of a user's table: its name, its block, its catalog."""
    for name, sample in config["samples"].items():
        catalog = config["catalogs"][sample["catalog"]]
        if catalog["kind"] == "table":
            yield name, sample, catalog


def masks_of(cuts):
    return {
        flag: bit_mask_from(yaml.safe_load(Path(place).read_text()), place)
        for flag, place in cuts.get("masks", {}).items()
    }


def test_there_is_a_config_for_each_survey():
    assert {path.stem for path in OVERLAYS} == SURVEYS_OF_GIANTS | {"occaso"}


@each_config
def test_a_config_passes_the_check_and_its_datasets_exist(path):
    config = config_of(path)
    datasets_needed(config, DATASETS)
    if path in OVERLAYS:
        assert config["run"] == path.stem, "the run is called like its file"


@each_overlay
def test_bits_are_named_as_in_the_masks_and_flags_are_in_the_column_map(path):
    for name, sample, catalog in cleaned_tables(config_of(path)):
        cuts = sample["cuts"]
        masks = masks_of(cuts)
        for block in ("flags", "require_flags"):
            for flag, names in cuts.get(block, {}).items():
                of_the_star = flag in catalog["flags"]
                assert of_the_star or "flag" in catalog["elements"][flag], f"{name}: {flag}"
                bit_numbers(names, masks.get(flag if of_the_star else "element"), flag)
        bit_numbers(cuts["element_flags"], masks.get("element"), "element_flags")
        if cuts["element_flags"]:
            assert all("flag" in catalog["elements"][element] for element in sample["elements"])
        assert set(masks) <= {*catalog["flags"], "element"}, "a mask of no flag"


@each_overlay
def test_cuts_ask_for_columns_that_the_map_has(path):
    for _, sample, catalog in cleaned_tables(config_of(path)):
        cuts = sample["cuts"]
        for column in cuts["windows"]:
            assert column in catalog["columns"] or column == "fe_h"
        if cuts["duplicates"] == "best_snr":
            assert "snr" in catalog["columns"]
        if any(space.startswith("error_scaled") for space in sample["spaces"]):
            assert all("error" in catalog["elements"][element] for element in sample["elements"])


@each_overlay
def test_a_table_of_vizier_is_asked_for_all_columns_of_the_map(path):
    for catalog in config_of(path)["catalogs"].values():
        members = catalog["members"]
        own = [*catalog["columns"].values(), *catalog["flags"].values()]
        own += [column for entry in catalog["elements"].values() for column in entry.values()]
        joined = [
            members[key] for key in ("star_id", "gaia_source_id", "ra", "dec") if key in members
        ]
        labels = [members["cluster"], *joined, *members["above"], *members["min"]]
        labels += [members["probability"]] if "probability" in members else []
        wanted = {catalog["dataset"]: own}
        wanted.setdefault(members.get("dataset", catalog["dataset"]), []).extend(labels)
        for dataset, columns in wanted.items():
            if "tap" in DATASETS[dataset]:
                assert set(columns) <= set(DATASETS[dataset]["tap"]["columns"])


@each_overlay
def test_truth_does_not_come_from_abundances(path):
    for catalog in config_of(path)["catalogs"].values():
        members = catalog["members"]
        columns = [*members["above"], *members["min"], members.get("probability", "")]
        assert not any(map(is_chemical, columns))


def test_all_surveys_have_one_headline_setting():
    headlines = [
        sample["headline"]
        for path in OVERLAYS
        if path.stem in SURVEYS_OF_GIANTS
        for sample in config_of(path)["samples"].values()
    ]
    assert len(headlines) == 8
    assert all(headline == headlines[0] for headline in headlines)


@each_overlay
def test_an_overlay_says_how_to_run_it_and_whom_to_cite(path):
    header = path.read_text().partition("run:")[0]
    assert f"snakemake fetch --configfile config/{path.name}" in header
    assert f"snakemake --cores 2 --configfile config/{path.name}" in header
    for word in ("online", "offline", "Licence", "cite", "docs/data.md"):
        assert word in header
    assert f"`config/{path.name}`" in (ROOT / "docs" / "data.md").read_text()

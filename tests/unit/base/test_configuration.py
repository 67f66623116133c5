"""The config against its schema: defaults and sentences."""

import copy
from pathlib import Path

import pytest
import yaml

from chemtag.base.configuration import check_writable, checked_config
from chemtag.base.problems import InputProblem

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
SHIPPED = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


def changed(path: str, value: object) -> dict:
    config = copy.deepcopy(SHIPPED)
    *parents, last = path.split("/")
    block = config
    for key in parents:
        block = block.setdefault(key, {})
    block[last] = value
    return config


def test_the_shipped_config_is_valid_and_gets_its_defaults():
    config = checked_config(SHIPPED, SCHEMA)
    assert config["tag"]["backend"] == "exact"
    assert config["samples"]["field"]["truth"] == "members"
    assert config["score"]["permutations"] >= 20


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("spaces", {"a": {"ratio": "x_fe", "scale": "raw", "transform": "pca"}}, "'components' is"),
        ("ablate", {"samples": ["ideal"]}, "ablate/samples names 'ideal'.*idealised"),
        ("ablate", {"realisations": 1}, "ablate/realisations is 1"),
    ],
)
def test_spaces_and_ablations_that_cannot_be(path, value, sentence):
    with pytest.raises(InputProblem, match=sentence):
        checked_config(changed(path, value), SCHEMA)


def test_the_smallest_config_needs_a_catalog_and_a_sample_only():
    config = checked_config(
        {
            "catalogs": {"mine": {"kind": "simulate", "recipe": "r.yaml"}},
            "samples": {"all": {"catalog": "mine", "elements": ["fe", "mg"]}},
        },
        SCHEMA,
    )
    assert config["samples"]["all"]["headline"]["min_cluster_size"] == 2
    assert config["samples"]["all"]["grid"]["method"] == ["eom", "leaf"]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("sed", 1, "unknown key 'sed' at the top level; did you mean 'seed'"),
        ("samples/field/stars", "some", "samples/field/stars is 'some'"),
        ("samples/field/catalog", "apogee", "not under catalogs; there are highres, survey"),
        ("samples/field/spaces", ["whitened"], "'whitened', which is not under spaces"),
        ("samples/field/grid/min_samples", [0], "grid/min_samples/0 is 0"),
        ("samples/field/grid/min_cluster_size", [1], "grid/min_cluster_size/0 is 1"),
        ("samples/field/grid/min_cluster_size", "5", "grid/min_cluster_size is '5'"),
        ("samples/field/headline/min_samples", 4, "headline/min_samples is 4, which is not on"),
        ("samples/field/headline/space", "zscore", "not one of the sample's spaces"),
        ("samples/field/elements", ["fe"], "samples/field/elements"),
        ("seed", -1, "seed is -1"),
        ("run", "my run", "run is 'my run'"),
        ("catalogs/survey/n_field", -5, "catalogs/survey/n_field is -5"),
        ("catalogs/survey/kind", "download", "catalogs/survey/kind is 'download'"),
    ],
)
def test_a_mistake_is_one_sentence(path, value, sentence):
    with pytest.raises(InputProblem) as problem:
        checked_config(changed(path, value), SCHEMA)
    assert sentence in str(problem.value)
    assert "\n" not in str(problem.value)


def test_a_missing_key_is_named():
    config = copy.deepcopy(SHIPPED)
    del config["samples"]["field"]["elements"]
    with pytest.raises(InputProblem, match="key 'elements' is missing at samples/field"):
        checked_config(config, SCHEMA)


def descriptions_missing(entry: dict, place: str) -> list[str]:
    missing = []
    for name, child in entry.get("properties", {}).items():
        if not ({"description", "$ref", "const"} & set(child)):
            missing.append(f"{place}/{name}")
        missing += descriptions_missing(child, f"{place}/{name}")
    return missing


def test_every_key_of_the_schema_is_described():
    schema = yaml.safe_load(SCHEMA.read_text())
    missing = descriptions_missing(schema, "")
    for name, entry in schema["$defs"].items():
        missing += descriptions_missing(entry, name)
    assert missing == []


def test_a_results_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    check_writable(tmp_path / "results" / "run")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(InputProblem, match=r"is not writable, so .*results/run cannot be written"):
        check_writable(tmp_path / "results" / "run")


def test_a_file_in_the_place_of_the_results_folder_is_named(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(InputProblem, match="is a file where the run needs a folder"):
        check_writable(tmp_path / "results" / "run")

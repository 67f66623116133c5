"""The config against its schema: defaults and sentences."""

import copy
from pathlib import Path

import pytest
import yaml

from chemtag.base.configuration import check_writable, checked_config
from chemtag.base.problems import InputProblem
from chemtag.base.samples import why_no_truth
from chemtag.base.settings import headline_of, settings_of

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


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("samples/field/headline/min_cluster_size", 7.0),
        ("samples/field/headline/min_samples", 1.0),
        ("samples/field/grid/min_samples", [1.0, 2, 3.0]),
        ("samples/field/min_members", 4.0),
        ("score/permutations", 1e3),
        ("ablate/realisations", 0.0),
        ("seed", 7.0),
    ],
)
def test_a_whole_number_with_a_point_is_that_number(path, value):
    found = checked_config(changed(path, value), SCHEMA)
    for key in path.split("/"):
        found = found[key]
    assert found == value
    assert {type(number) for number in (found if isinstance(found, list) else [found])} == {int}


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e3", "1000"), ("2.5e-2", "0.025"), ("1e-5", "1.0e-05"), ("15e-6", "1.5e-05"),
     ("1e15", "1.0e+15")],
)  # fmt: skip
def test_a_number_that_yaml_takes_for_text_is_named_with_its_remedy(text, number):
    path = "samples/field/min_members"
    with pytest.raises(InputProblem) as problem:
        checked_config(changed(path, text), SCHEMA)
    assert f"is '{text}': this is text; write {number}, without quotes" in str(problem.value)
    assert yaml.safe_load(number) == float(text)


def test_a_number_where_none_is_expected_gets_no_such_remedy():
    with pytest.raises(InputProblem) as problem:
        checked_config(changed("samples/field/elements", "1.5"), SCHEMA)
    assert "this is text" not in str(problem.value)


def test_a_number_that_need_not_be_whole_stays_as_it_is():
    found = checked_config(changed("catalogs/survey/error_scale", 2.0), SCHEMA)
    assert type(found["catalogs"]["survey"]["error_scale"]) is float


@pytest.mark.parametrize(
    "text",
    [
        *("12: 1", "no: 1", "samples: {5: {}}", "catalogs: {a: {on: 1}}"),
        *("samples: {2024-01-01: {}}", "compare: {samples: [{1.5: 2}]}"),
    ],
)
def test_a_key_that_is_no_text_is_named(text):
    with pytest.raises(InputProblem, match=r"^config: a key at .*, expected text; put it in quot"):
        checked_config({**SHIPPED, **yaml.safe_load(text)}, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "run",
            202401,
            "run is 202401 (a whole number, as it is without quotes), expected text; put it",
        ),
        ("run", False, "run is false (as no, off and false without quotes are), expected text"),
        ("run", "a" * 300, "characters): 'aaa"),
        ("run", "a\n", "run is 'a\\n'"),
        ("run", "a\x00b", r"run is 'a\x00b'"),
        ("run", "{x}", "run is '{x}'"),
        ("run", "..", "run is '..'"),
        ("samples/field/catalog", 5, "samples/field/catalog is 5 (a whole number"),
        ("compare/samples", [False], "compare/samples/0 is false"),
        ("samples/a\n", {}, "'a\\n' does not match as a name at samples"),
        (f"samples/{'a' * 300}", {}, "is too long as a name at samples (60); rename it."),
    ],
)
def test_a_name_that_cannot_be_one_is_one_short_sentence(path, value, sentence):
    with pytest.raises(InputProblem) as problem:
        checked_config(changed(path, value), SCHEMA)
    assert sentence in str(problem.value)
    assert "\n" not in str(problem.value)
    assert len(str(problem.value)) < 500


def test_a_missing_key_is_named():
    config = copy.deepcopy(SHIPPED)
    del config["samples"]["field"]["elements"]
    with pytest.raises(InputProblem, match="samples/field has 0 features, expected 2"):
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


def own_table(**sample) -> dict:
    """A config of one sample of a user's table, with members unless taken out."""
    block = {
        "kind": "table", "path": "mine.csv", "ratio": "x_fe", "columns": {"star_id": "ID"},
        "elements": {"fe": {"value": "FE_H"}, "mg": {"value": "MG_FE"}},
        "members": {"cluster": "CLUSTER"},
    }  # fmt: skip
    named = {"catalog": "mine", "elements": ["fe", "mg"], **sample}
    return {"catalogs": {"mine": block}, "samples": {"all": named}}


def test_a_catalogue_without_members_leaves_its_samples_without_truth():
    config = own_table()
    assert checked_config(config, SCHEMA)["samples"]["all"]["truth"] == "members"
    del config["catalogs"]["mine"]["members"]
    found = checked_config(config, SCHEMA)
    assert found["samples"]["all"]["truth"] == "none"
    assert why_no_truth("all", found) == "catalogs/mine has no `members`"
    asked = checked_config(own_table(truth="none"), SCHEMA)
    assert why_no_truth("all", asked) == "samples/all/truth is none"


@pytest.mark.parametrize(
    ("sample", "more", "sentence"),
    [
        ({"truth": "birth"}, {}, "truth is 'birth', which only a simulated catalogue has"),
        ({"stars": "members"}, {}, "stars is 'members', but catalogs/mine has no `members`"),
        ({}, {"compare": {"samples": ["all"]}}, "compare/samples names 'all', but nothing says"),
        ({}, {"ablate": {"samples": ["all"]}}, "ablate/samples names 'all', but nothing says"),
    ],
)
def test_what_needs_members_says_so(sample, more, sentence):
    config = own_table(**sample) | more
    if "truth" not in sample:
        del config["catalogs"]["mine"]["members"]
    with pytest.raises(InputProblem, match=sentence):
        checked_config(config, SCHEMA)


TOY = {"friends_of_friends": {"min_cluster_size": [3, 5]}}


@pytest.mark.parametrize(
    ("headline", "sentence"),
    [
        ({"tagger": "kmeans"}, "tagger is 'kmeans', which is neither hdbscan nor one of"),
        ({"tagger": "friends_of_friends"}, "settings names nothing, but .* min_cluster_size"),
        (
            {"tagger": "friends_of_friends", "settings": {"min_cluster_size": 4}},
            "headline/min_cluster_size is 4, which is not on the grid",
        ),
    ],
)
def test_a_headline_of_another_tagger_is_one_of_its_settings(headline, sentence):
    good = {"tagger": "friends_of_friends", "settings": {"min_cluster_size": 5}}
    checked_config(own_table(taggers=TOY, headline=good), SCHEMA)
    with pytest.raises(InputProblem, match=sentence):
        checked_config(own_table(taggers=TOY, headline=headline), SCHEMA)


MOVING = {"astrometry": ["pmra", "pmdec", "parallax"]}


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        ({}, "names 'ladder', which needs pmra, pmdec, parallax, but the sample has fe, mg; add"),
        (
            {"features": {"astrometry": MOVING["astrometry"][:2]}},
            "has pmra, pmdec; add parallax to features",
        ),
        (
            {"features": MOVING, "spaces": ["turned"], "headline": {"space": "turned"}},
            "but the space 'turned' has the transform 'whitened'; take a space without",
        ),
        (
            {"features": MOVING, "stars": "members"},
            "tells a cluster from the field about it, but stars is 'members'",
        ),
    ],
)
def test_what_a_tagger_needs_is_said_before_the_first_job(sample, sentence):
    rungs = {"ladder": {"rungs": [[10, 20], [40]]}}
    space = {"turned": {"ratio": "x_fe", "scale": "zscore", "transform": "whitened"}}
    config = own_table(taggers=rungs, **sample) | {"spaces": space}
    if "features" in sample:
        del config["samples"]["all"]["elements"]
    if "spaces" not in sample:
        del config["spaces"]
    with pytest.raises(InputProblem, match=sentence):
        checked_config(config, SCHEMA)


def test_a_list_is_one_value_of_a_setting():
    rungs = {"ladder": {"rungs": [[10, 20], [40]], "min_samples": [5]}}
    grid = {"metric": [], "method": [], "min_cluster_size": [], "min_samples": []}
    first, second = settings_of(grid, rungs)
    assert first.parameters == {"min_samples": 5, "rungs": (10, 20)}
    assert {first.name, second.name} == {
        "ladder-min_samples_5-rungs_10+20", "ladder-min_samples_5-rungs_40"
    }  # fmt: skip
    named = {"tagger": "ladder", "settings": {"rungs": [10, 20], "min_samples": 5}}
    assert headline_of(named) == first
    assert len({first, second, headline_of(named)}) == 2

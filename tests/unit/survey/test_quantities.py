"""Quantities beside abundances: one list behind schemas, contracts, docs and readers."""

import copy
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.base.samples import OTHER_KINDS
from chemtag.base.tables import contract_of
from chemtag.survey.abundances import column_of, per_element, to_ratio
from chemtag.survey.plan import check_tables
from chemtag.survey.quantities import (
    ASTROMETRY,
    MAY_BE_FEATURES,
    PLACES,
    QUANTITIES,
    features_in,
    features_of,
    units_of,
    usual_correlations,
)
from chemtag.survey.stars import read_stars
from chemtag.survey.units import factor

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "workflow" / "schemas"


def test_schemas_contracts_and_docs_have_the_quantities_of_the_list():
    survey = yaml.safe_load((SCHEMAS / "survey.schema.yaml").read_text())["$defs"]["quantities"]
    assert set(survey["properties"]) == set(QUANTITIES) - set(PLACES)
    sample = yaml.safe_load((SCHEMAS / "config.schema.yaml").read_text())["$defs"]["sample"]
    features = sample["properties"]["features"]["properties"]
    assert set(features["astrometry"]["items"]["enum"]) == set(ASTROMETRY)
    named = {
        kind: entry["items"]["enum"] for kind, entry in features.items() if kind != "chemistry"
    }
    assert list(named) == list(OTHER_KINDS)
    assert {n for names in named.values() for n in names} == set(MAY_BE_FEATURES)
    of_space = contract_of("space_errors")["columns"]
    assert {f"{name}_err" for name in MAY_BE_FEATURES if name not in PLACES} <= set(of_space)
    columns = yaml.safe_load((SCHEMAS / "columns.yaml").read_text())["quantities"]
    assert columns.keys() == {c for n in QUANTITIES for c in (n, f"{n}_err")}
    assert all(
        columns[name]["unit"] == QUANTITIES[name.removesuffix("_err")].unit for name in columns
    )
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", (ROOT / "docs/tables.md").read_text(), re.M
    )
    documented = {
        name: (unit, tuple(re.findall("`(.*?)`", value)), tuple(re.findall("`(.*?)`", error)))
        for name, unit, value, error in rows
    }
    assert documented == {
        name: (entry.unit, entry.usual, entry.usual_error)
        for name, entry in QUANTITIES.items()
        if name not in PLACES
    }


@pytest.mark.parametrize(
    ("unit", "expected", "number"),
    [
        ("mas / yr", "mas / yr", 1), ("mas.yr**-1", "mas / yr", 1), ("mas yr-1", "mas / yr", 1),
        ("arcsec/yr", "mas / yr", 1000), ("arcsec", "mas", 1000), ("mag", "mag", 1), ("", "mas", 1),
        ("m/s", "km / s", 0.001), ("Myr", "Gyr", 0.001),
    ],
)  # fmt: skip
def test_units_are_converted(unit, expected, number):
    assert factor(unit, expected, "t") == (pytest.approx(number), True)


@pytest.mark.parametrize(("unit", "expected"), [("mas", "mas / yr"), ("pc", "mas"), ("Jy", "mag")])
def test_other_kinds_of_units_are_refused(unit, expected):
    with pytest.raises(InputProblem, match=f"expected {expected}"):
        factor(unit, expected, "t.fits: column 'x'")


def test_correlations_are_looked_for_as_gaia_and_vizier_name_them():
    found = usual_correlations(["parallax", "pmra"])
    assert found == {
        "parallax_pmra": ["parallax_pmra_corr", "PlxpmRAcor", "pmra_parallax_corr", "pmRAPlxcor"]
    }


def test_features_keep_their_columns_and_units_through_a_change_of_ratio():
    assert [column_of(f, "x_h") for f in ("fe", "mg", "pmra")] == ["fe_h", "mg_h", "pmra"]
    assert units_of(["fe", "mg", "pmra", "parallax"]) == ["dex", "mas / yr", "mas"]
    values, errors = np.array([[0.1, 0.2, 5.0]]), np.array([[0.03, 0.04, 0.5]])
    new, blur = to_ratio(values, errors, ["fe", "mg", "pmra"], "x_fe", "x_h")
    assert new[0] == pytest.approx([0.1, 0.3, 5.0])
    assert blur[0] == pytest.approx([0.03, 0.05, 0.5])


def test_one_number_in_dex_is_for_abundances_alone():
    assert per_element(0.05, ["fe", "pmra"]) == pytest.approx([0.05, np.nan], nan_ok=True)
    assert per_element({"pmra": 0.2}, ["fe", "pmra"]) == pytest.approx([np.nan, 0.2], nan_ok=True)


def test_the_features_of_a_table_are_its_elements_unless_it_says_more():
    assert features_in({"elements": ["fe", "mg"]}) == ["fe", "mg"]
    assert features_in({"elements": ["fe"], "features": ["fe", "pmra"]}) == ["fe", "pmra"]


def config_of(sample: dict, **catalog) -> dict:
    block = {"kind": "table", "path": "t.csv", "columns": {"star_id": "id"}, **catalog}
    spaces = {"spaces": ["zscore"], "headline": {"space": "zscore"}}
    config = {"catalogs": {"c": block}, "samples": {"s": {"catalog": "c", **spaces, **sample}}}
    found = checked_config(config, SCHEMAS / "config.schema.yaml")
    check_tables(found)
    return found


def test_elements_and_chemistry_are_the_same():
    fe = {"ratio": "x_fe", "elements": {e: {"value": e} for e in ("fe", "mg")}}
    old = config_of({"elements": ["fe", "mg"]}, **fe)["samples"]["s"]
    new = config_of({"features": {"chemistry": ["fe", "mg"]}}, **fe)["samples"]["s"]
    assert old == new
    with pytest.raises(InputProblem, match="leave `elements` out"):
        config_of({"elements": ["fe", "mg"], "features": {"chemistry": ["mg", "fe"]}}, **fe)


@pytest.mark.parametrize(
    ("sample", "catalog", "words"),
    [
        ({}, {}, r"give `features: \{chemistry: \[fe, mg\]\}`"),
        ({"features": {"astrometry": ["pmra", "pmdec"]}},
         {"ratio": "x_fe", "elements": {"pmra": {"value": "x"}}}, "write it under `quantities"),
        ({"features": {"astrometry": ["pmra", "pmdec"]}}, {"correlations": {"pmra_age": "x"}},
         "not two features"),
        ({"features": {"chemistry": ["fe", "mg"]}}, {"elements": {"fe": {"value": "x"}}},
         "key 'ratio' is missing"),
        ({"features": {"chemistry": ["fe", "mg"]}}, {}, "there are none"),
    ],
)  # fmt: skip
def test_wrong_features_are_one_sentence(sample, catalog, words):
    with pytest.raises(InputProblem, match=words):
        config_of(sample, **catalog)


def test_a_recipe_without_motions_has_no_astrometry():
    sample = {"catalog": "c", "features": {"astrometry": ["pmra", "pmdec"]}}
    config = {"catalogs": {"c": {"kind": "simulate", "recipe": "r"}}, "samples": {"s": sample}}
    with pytest.raises(InputProblem, match="the recipe r does not have"):
        checked_config(config, SCHEMAS / "config.schema.yaml")


def test_a_recipe_with_motions_has_places_and_they_are_not_divided_by_their_errors():
    recipe = "resources/recipes/cone.yaml"
    sample = {"catalog": "c", "features": {"astrometry": ["xi", "eta"]}, "spaces": ["robust"]}
    sample["headline"] = {"space": "robust"}
    config = {"catalogs": {"c": {"kind": "simulate", "recipe": recipe}}, "samples": {"s": sample}}
    checked = checked_config(copy.deepcopy(config), SCHEMAS / "config.schema.yaml")
    assert checked["samples"]["s"]["features"]["astrometry"] == ["xi", "eta"]
    sample |= {"spaces": ["error_scaled"], "headline": {"space": "error_scaled"}}
    with pytest.raises(InputProblem, match="those of xi are a millionth of a cone"):
        checked_config(config, SCHEMAS / "config.schema.yaml")


def test_velocity_and_age_are_features_where_something_gives_them():
    both = {"chemistry": ["fe", "mg"], "velocity": ["radial_velocity"], "age": ["age"]}
    sample = {"catalog": "c", "features": both, "spaces": ["error_scaled"]}
    sample["headline"] = {"space": "error_scaled"}
    recipes = {n: f"resources/recipes/{n}.yaml" for n in ("siblings", "cone")}
    config = {"catalogs": {"c": {"kind": "simulate", "recipe": recipes["siblings"]}}}
    config["samples"] = {"s": sample}
    checked = checked_config(copy.deepcopy(config), SCHEMAS / "config.schema.yaml")
    assert features_of(checked["samples"]["s"]) == ["fe", "mg", "radial_velocity", "age"]
    config["catalogs"]["c"]["recipe"] = recipes["cone"]
    with pytest.raises(InputProblem, match="names velocity, which the recipe resources"):
        checked_config(copy.deepcopy(config), SCHEMAS / "config.schema.yaml")
    config["catalogs"]["c"]["recipe"] = recipes["siblings"]
    sample["features"] = {"astrometry": ["xi", "eta"]}
    with pytest.raises(InputProblem, match="names xi, a place in a cone"):
        checked_config(config, SCHEMAS / "config.schema.yaml")


def test_usual_columns_of_velocity_and_age_need_not_be_named():
    asked = {"astrometry": ["pmra", "pmdec"], "velocity": ["radial_velocity"], "age": ["age"]}
    block = config_of({"features": asked})["catalogs"]["c"]
    assert block["quantities"]["radial_velocity"]["error"] == ["radial_velocity_error", "e_RV"]
    assert block["quantities"]["age"]["value"] == ["age"]
    assert list(block["correlations"]) == ["pmra_pmdec"]


def test_places_of_a_table_need_ra_and_dec():
    with pytest.raises(InputProblem, match="names no ra and dec, from which xi and eta are made"):
        check_tables(config_of({"features": {"astrometry": ["xi", "eta"]}, "spaces": ["zscore"],
                                "headline": {"space": "zscore"}}))  # fmt: skip


@pytest.mark.parametrize(
    "names", [("pmra", "pmra_error", "pmra_pmdec_corr"), ("pmRA", "e_pmRA", "pmRApmDEcor")]
)
def test_gaia_columns_are_found_by_their_usual_names(tmp_path, caplog, names):
    value, error, correlation = names
    other = {"pmra": "pmdec", "pmRA": "pmDE"}[value]
    table = pd.DataFrame({"id": ["a", "b"], value: [1.0, -9.99], error: [0.1, 0.2]})
    table[other], table[error.replace(value, other)] = [3.0, 4.0], [0.3, 0.4]
    table[correlation] = [0.5, -0.25]
    table.to_csv(tmp_path / "t.csv", index=False)
    config = config_of({"features": {"astrometry": ["pmdec", "pmra"]}})
    stars, _ = read_stars(tmp_path / "t.csv", config["catalogs"]["c"], asked=["pmra", "pmdec"])
    assert stars["pmra"].tolist() == [1.0, -9.99]  # no code for "missing" in mas/yr
    assert stars["pmdec_err"].tolist() == [0.3, 0.4]
    assert stars["pmra_pmdec_corr"].tolist() == [0.5, -0.25]
    table.drop(columns=correlation).to_csv(tmp_path / "t.csv", index=False)
    read_stars(tmp_path / "t.csv", config["catalogs"]["c"], asked=["pmra", "pmdec"])
    assert "errors of pmra and pmdec are taken as independent" in caplog.text
    table.drop(columns=error).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputProblem, match=r"pmra_error.*is missing.*a catalogue without errors"):
        read_stars(tmp_path / "t.csv", config["catalogs"]["c"], asked=["pmra", "pmdec"])

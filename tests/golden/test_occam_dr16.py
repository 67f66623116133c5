"""Real survey tables, read as a user would: APOGEE DR17 rows and OCCAM DR16 members.

They lie in a folder of survey extracts beside the checkout and are not part of the project.
"""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits

from chemtag.base.configuration import checked_config
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.columns import read_columns
from chemtag.survey.labels import wanted_labels
from chemtag.survey.membership import members_of
from chemtag.survey.stars import read_stars

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "apogee"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
ALIASES = Aliases(yaml.safe_load((ROOT / "resources/clusters/aliases.yaml").read_text()))
EXAMPLE = ROOT / "tests" / "data" / "apogee-dr17-giants.yaml"


def extract(name: str) -> Path:
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{name} is not in {DATA}")
    return path


def occam(above):
    """OCCAM DR16 members by thresholds (Donor et al. 2020, AJ 159, 199), joined to themselves."""
    path = extract("occam_member-DR16.fits")
    block = {
        "cluster": "CLUSTER",
        "star_id": "APOGEE_ID",
        "probability": "CG_PROB",
        "field_values": [""],
        "above": above,
        "min": {},
        "missing_codes": [-9999.99, -9999, 999999],
    }
    candidates = pd.DataFrame(read_columns(path, wanted_labels(block)).values)
    return candidates, members_of(candidates, candidates, block, ALIASES, str(path))


def test_the_occam_table_has_its_known_size(caplog):
    candidates, _ = occam({"RV_PROB": 0.01})
    assert len(candidates) == 10_063
    assert candidates["cluster"].nunique() == 126
    assert candidates.duplicated("star_id").sum() == 500


def test_the_published_membership_rule_gives_nearly_the_published_numbers(caplog):
    with caplog.at_level(logging.INFO, logger="chemtag"):
        _, members = occam({"RV_PROB": 0.01, "FEH_PROB": 0.01, "PM_PROB": 0.01})
    # The rule is strict and lets PM_PROB = 2 pass.
    assert "895 of 10063 labelled rows pass all thresholds" in caplog.text
    assert "PM_PROB > 0.01: " in caplog.text
    assert "257 above 1" in caplog.text
    with fits.open(extract("occam_cluster-DR16.fits")) as hdus:
        clusters = hdus[1].data
        published = int(clusters["NUM_STARS"].sum())
        names = {str(name).strip() for name in clusters["NAME"]}
    assert published == 914
    assert set(members["cluster"]) <= {name.replace("_", " ") for name in names}


def test_counts_by_gaia_probability_velocity_and_iron():
    _, members = occam({"CG_PROB": 0.7, "RV_PROB": 0.01, "FEH_PROB": 0.01})
    sizes = members["cluster"].value_counts()
    assert len(members) == 918
    assert [int((sizes >= n).sum()) for n in (2, 3, 5, 7, 10, 15)] == [53, 41, 28, 23, 20, 16]
    assert {name: sizes[name] for name in ("NGC 6791", "NGC 6819", "NGC 188", "IC 166")} == {
        "NGC 6791": 46,
        "NGC 6819": 45,
        "NGC 188": 22,
        "IC 166": 19,
    }


def test_iron_is_no_part_of_the_membership_unless_asked_for(caplog):
    _, members = occam({"CG_PROB": 0.7, "RV_PROB": 0.01})
    assert "abundances" not in caplog.text
    assert len(members) == 1362


def test_real_dr17_rows_are_read_through_the_shipped_map():
    path = extract("Montalban2021_X_APOGEE_DR17.fits")
    config = {
        "catalogs": {
            "dr17": {
                "kind": "table",
                "path": str(path),
                "survey": str(ROOT / "resources" / "surveys" / "apogee-dr17.yaml"),
            }
        },
        "samples": {"all": {"catalog": "dr17", "elements": ["fe", "mg"]}},
    }
    block = checked_config(config, SCHEMA)["catalogs"]["dr17"]
    stars, _ = read_stars(path, block)
    with fits.open(path) as hdus:
        rows = hdus[1].data
        order = np.argsort(np.char.strip(rows["APOGEE_ID"]))
        assert stars["star_id"].tolist() == np.char.strip(rows["APOGEE_ID"])[order].tolist()
        for name, column in {
            "mg_fe": "MG_FE",
            "ce_fe_err": "CE_FE_ERR",
            "fe_h": "FE_H",
            "snr": "SNREV",
            "flag_pipeline": "ASPCAPFLAG",
            "flag_star": "STARFLAG",
            "flag_target": "EXTRATARG",
            "gaia_source_id": "GAIAEDR3_SOURCE_ID",
            "mg_fe_flag": "MG_FE_FLAG",
        }.items():
            np.testing.assert_array_equal(stars[name].to_numpy(), rows[column][order])
        # The named columns are [X/Fe]: with [Fe/H] they give the vector column X_H (index 5: Mg).
        sum_h = (stars["mg_fe"] + stars["fe_h"]).to_numpy()
        known = np.isfinite(sum_h)  # the named columns also drop values that are flagged
        assert known.sum() == 94
        np.testing.assert_allclose(sum_h[known], rows["X_H"][order, 5][known], atol=2e-6)
    assert len(stars) == 95
    assert stars["flag_pipeline"].max() > 2**32  # a 64-bit mask


def test_the_example_config_reads_the_giants_with_their_labels():
    path = extract("dr17_giants_15el.fits")
    config = checked_config(yaml.safe_load(EXAMPLE.read_text()), SCHEMA)
    block = config["catalogs"]["giants"]
    assert (ROOT / block["path"]).resolve() == path.resolve()
    stars, labels = read_stars(path, block, wanted_labels(block["members"]))
    assert len(stars) == 48_659
    abundances = [f"{element}_h" for element in block["elements"]]
    assert len(abundances) == 15
    assert int(stars[abundances].notna().all(axis=1).sum()) == 47_934
    candidates = labels.assign(star_id=stars["star_id"])
    members = members_of(candidates, stars, block["members"], ALIASES, str(path))
    assert len(members) == 143
    sizes = members["cluster"].value_counts()
    assert sizes[sizes >= 4].to_dict() == {
        "Melotte 20": 9,
        "NGC 7789": 8,
        "NGC 188": 7,
        "IC 1396": 4,
    }


def test_a_join_to_another_list_agrees_with_the_labels_the_giants_carry():
    path = extract("dr17_giants_15el.fits")
    members_path = extract("occam_member-DR16.fits")
    config = yaml.safe_load(EXAMPLE.read_text())
    config["catalogs"]["giants"]["members"] = {
        "path": str(members_path),
        "cluster": "CLUSTER",
        "star_id": "APOGEE_ID",
        "probability": "CG_PROB",
        "above": {"RV_PROB": 0.01, "CG_PROB": 0.7},
    }
    block = checked_config(config, SCHEMA)["catalogs"]["giants"]
    stars, _ = read_stars(path, block)
    candidates = pd.DataFrame(read_columns(members_path, wanted_labels(block["members"])).values)
    found = members_of(candidates, stars, block["members"], ALIASES, str(members_path))
    with fits.open(path) as hdus:
        rows = hdus[1].data
        labelled = (rows["OC16_RV_PROB"] > 0.01) & (rows["OC16_CG_PROB"] > 0.7)
        expected = {
            str(star).strip(): ALIASES.spelled(str(cluster).strip())
            for star, cluster in zip(
                rows["APOGEE_ID"][labelled], rows["OC16"][labelled], strict=True
            )
        }
    assert dict(zip(found["star_id"], found["cluster"], strict=True)) == expected

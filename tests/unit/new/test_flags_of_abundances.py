"""Flags of abundances: recognised by survey, proposed with their bits, never cut unasked."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from astropy.table import Table

from chemtag.__main__ import main
from chemtag.base.configuration import checked_config
from chemtag.new.flags import SURVEYS, recognised
from chemtag.new.look import look_at
from chemtag.select.quality import bit_mask_from, bit_numbers

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
OVERLAYS = {
    "APOGEE DR16": "apogee-dr16-rc", "APOGEE DR17": "apogee-dr17", "APOGEE DR19": "apogee-dr19",
    "GALAH DR4": "galah-dr4",
}  # fmt: skip
N = 20


def column_map(survey):
    name = OVERLAYS[survey].removesuffix("-rc")
    return yaml.safe_load((ROOT / f"resources/surveys/{name}.yaml").read_text())


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda one: one.survey)
def test_the_proposed_bits_are_those_of_the_overlay_and_of_the_mask(survey):
    overlay = yaml.safe_load((ROOT / f"config/{OVERLAYS[survey.survey]}.yaml").read_text())
    cuts = [sample["cuts"] for sample in overlay["samples"].values()]
    assert {tuple(cut["element_flags"]) for cut in cuts} == {survey.names}
    assert {cut["masks"]["element"] for cut in cuts} == {survey.mask}
    mask = bit_mask_from(yaml.safe_load((ROOT / survey.mask).read_text()), survey.mask)
    assert len(bit_numbers(survey.names, mask, "element_flags")) == len(survey.names)


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda one: one.survey)
def test_the_columns_of_each_survey_are_recognised_as_its_own(survey):
    block = column_map(survey.survey)
    flags = [entry["flag"] for entry in block["elements"].values()]
    columns = [*block["columns"].values(), *block["flags"].values(), *flags]
    assert recognised(columns, flags) is survey


def test_flags_of_another_release_are_not_taken_for_those_known():
    block = yaml.safe_load((ROOT / "resources/surveys/galah-dr3.yaml").read_text())
    flags = [entry["flag"] for entry in block["elements"].values()]
    assert recognised([*block["columns"].values(), *flags], flags) is None
    assert recognised(["star", "MG_FE_FLAG"], ["MG_FE_FLAG"]) is None


def table_of(folder, flag, star="APOGEE_ID", spelling="{}_FLAG", gaia="GAIAEDR3_SOURCE_ID"):
    rng = np.random.default_rng(0)
    table = {star: [f"S{i}" for i in range(N)]}
    if star == "APOGEE_ID":
        table[gaia] = 2**61 + np.arange(N)
    for name in ("FE_H", "MG_FE", "SI_FE"):
        table |= {name: rng.normal(0, 0.1, N), spelling.format(name): flag}
    path = folder / "stars.fits"
    Table(table).write(path)
    return path


def test_a_recognised_cut_is_proposed_and_holds_when_the_comment_is_taken_away(
    tmp_path, monkeypatch
):
    table_of(tmp_path, np.arange(N))
    monkeypatch.chdir(tmp_path)
    assert main(["new", "stars.fits", "-o", "my.yaml"]) == 0
    text = (tmp_path / "my.yaml").read_text()
    assert "DOUBT: flags of 3 abundances ('FE_H_FLAG' ...) are those of APOGEE DR17" in text
    assert "what the release calls BAD" in text
    config = checked_config(yaml.safe_load(text), SCHEMA)
    assert config["samples"]["all"]["cuts"]["element_flags"] == [], "nothing is cut unasked"
    asked = text.replace("# masks:", "masks:").replace("# element_flags:", "element_flags:")
    config = checked_config(yaml.safe_load(asked), SCHEMA)
    assert config["samples"]["all"]["cuts"]["element_flags"] == list(SURVEYS[0].names)
    assert config["samples"]["all"]["cuts"]["masks"] == {"element": SURVEYS[0].mask}


@pytest.mark.parametrize(("gaia", "n_bits"), [("GAIA_SOURCE_ID", 17), ("GAIAEDR3_SOURCE_ID", 4)])
def test_dr16_is_told_from_dr17_by_its_gaia_columns(tmp_path, gaia, n_bits):
    seen = look_at(table_of(tmp_path, np.arange(N), gaia=gaia))
    release = "DR17" if "EDR3" in gaia else "DR16"
    assert seen.flag_bits.survey == f"APOGEE {release}"
    assert len(seen.flag_bits.names) == n_bits
    assert any(f"those of APOGEE {release}" in doubt for doubt in seen.doubts)


@pytest.mark.parametrize(
    ("flag", "star"),
    [(np.arange(N), "star"), (np.linspace(0, 1, N), "APOGEE_ID"), (["good"] * N, "APOGEE_ID")],
    ids=["of no survey", "shares", "words"],
)
def test_flags_of_unknown_meaning_are_said_and_no_bits_are_proposed(flag, star, tmp_path):
    seen = look_at(table_of(tmp_path, flag, star))
    assert seen.flag_bits is None
    assert any("meaning not known" in doubt for doubt in seen.doubts)


def test_the_spelling_of_dr19_is_a_flag(tmp_path):
    seen = look_at(table_of(tmp_path, np.arange(N), spelling="{}_flags"))
    assert seen.elements["mg"].flag == "MG_FE_flags"

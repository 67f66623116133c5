"""Real and made-up tables of Gaia as samples: usual columns, modelled errors, zero point, cuts."""

import logging
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table
from chemtag.survey.astrometry import gaia_errors
from chemtag.survey.cone import with_cone, with_modelled_errors, without_zero_point
from chemtag.survey.plan import check_tables
from label_stars import label_stars
from read_catalog import read_catalog
from select_stars import select_stars

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
GAIA = ROOT.parent / "shared" / "data" / "gaia"
ALIASES = ROOT / "resources" / "clusters" / "aliases.yaml"
MOTION = ["xi", "eta", "pmra", "pmdec", "parallax"]


def stars(**columns):
    found = {"star_id": ["a", "b"], "ra": [10.0, 11.0], "dec": [5.0, 6.0], "parallax": [1.0, 2.0]}
    found |= {"pmra": [0.0, 1.0], "pmdec": [0.0, 1.0], "phot_g_mean_mag": [15.0, 18.0]}
    return pd.DataFrame(found | columns)


def test_errors_that_are_not_given_are_those_at_the_magnitude_and_it_is_said(caplog):
    caplog.set_level(logging.INFO)
    modelled = gaia_errors(np.array([15.0, 18.0]))
    found = with_modelled_errors(stars(parallax_err=[0.05, np.nan]), "t.csv")
    assert list(found["parallax_err"]) == pytest.approx([0.05, modelled["parallax"][1]])
    assert found["pmra_err"].to_numpy() == pytest.approx(modelled["pmra"])
    assert "errors of parallax of 1 of 2 stars are modelled from G" in caplog.text
    assert f"errors of parallax are {0.05 / modelled['parallax'][0]:.2f} times" in caplog.text
    with pytest.raises(InputProblem, match="names no phot_g_mean_mag; add it to `quantities`"):
        with_modelled_errors(stars().drop(columns="phot_g_mean_mag"), "t.csv")


def test_a_parallax_loses_its_zero_point():
    zero_point = pytest.importorskip("zero_point.zpt", reason="gaiadr3-zeropoint is not installed")
    table = stars(extra_nu_eff_used_in_astrometry=[1.5, np.nan], extra_pseudocolour=[np.nan] * 2,
                  extra_astrometric_params_solved=[31, 3])  # fmt: skip
    found = without_zero_point(table, "t.csv")
    zero_point.load_tables()
    from astropy.coordinates import SkyCoord

    latitude = SkyCoord(10, 5, unit="deg").barycentrictrueecliptic.lat.deg
    one = (np.array([number]) for number in (15.0, 1.5, 0.0, latitude, 31))
    shift = float(zero_point.get_zpt(*one)[0])
    assert -0.06 < shift < 0
    assert list(found["parallax"]) == pytest.approx([1 - shift, 2.0])  # the other has none


def test_only_solutions_with_a_colour_have_a_zero_point(monkeypatch):
    package = ModuleType("zero_point.zpt")
    asked = []

    def get_zpt(magnitude, colour, pseudo, latitude, solved, _warnings):
        asked.append((list(magnitude), list(colour), list(pseudo), list(solved)))
        return np.full(len(magnitude), -0.03)

    package.load_tables, package.get_zpt = lambda: None, get_zpt
    monkeypatch.setitem(sys.modules, "zero_point", ModuleType("zero_point"))
    monkeypatch.setitem(sys.modules, "zero_point.zpt", package)
    table = stars(extra_nu_eff_used_in_astrometry=[1.5, np.nan],
                  extra_pseudocolour=[np.nan, 1.4],
                  extra_astrometric_params_solved=[31, 95])  # fmt: skip
    found = with_cone(table, [], {"zero_point": True}, "t.csv")
    assert asked == [([15.0, 18.0], [1.5, 0.0], [0.0, 1.4], [31, 95])]
    assert list(found["parallax"]) == pytest.approx([1.03, 2.03])
    none = table.assign(extra_astrometric_params_solved=3)
    with pytest.raises(InputProblem, match="no star has a parallax zero point"):
        without_zero_point(none, "t.csv")


def test_the_zero_point_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "zero_point.zpt", None)
    monkeypatch.setitem(sys.modules, "zero_point", None)
    with pytest.raises(InputProblem, match="needs the package gaiadr3-zeropoint"):
        without_zero_point(stars(), "t.csv")
    monkeypatch.setitem(sys.modules, "zero_point", ModuleType("zero_point"))
    monkeypatch.setitem(sys.modules, "zero_point.zpt", ModuleType("zero_point.zpt"))
    with pytest.raises(InputProblem, match=r"extra_pseudocolour, .* does not name"):
        without_zero_point(stars(), "t.csv")


def test_a_zero_point_without_a_parallax_to_move_is_of_no_use_and_it_is_said(caplog):
    caplog.set_level(logging.INFO)
    table = stars().drop(columns="parallax")
    found = with_cone(table, ["pmra", "pmdec"], {"zero_point": True}, "t.csv")
    pd.testing.assert_frame_equal(found, table)
    assert "t.csv: cone/zero_point is of no use: no sample asks for parallax" in caplog.text


def settled(path, **catalog):
    """A catalogue block and its sample, from a config with little more than a path."""
    block = {"kind": "table", "path": str(path), "columns": {"star_id": "source_id", "ra": "ra",
             "dec": "dec"}, **catalog}  # fmt: skip
    block.setdefault("quantities", {"phot_g_mean_mag": {"value": "phot_g_mean_mag"}})
    sample = {"catalog": "gaia", "features": {"astrometry": MOTION}, "spaces": ["robust"],
              "headline": {"space": "robust"},
              "cuts": {"windows": {"phot_g_mean_mag": {"max": 18}}}}  # fmt: skip
    config = checked_config({"catalogs": {"gaia": block}, "samples": {"s": sample}}, SCHEMA)
    check_tables(config)
    return config["catalogs"]["gaia"], config["samples"]["s"]


def read(tmp_path, table, **catalog):
    """The tables of stages survey and select of a Gaia table."""
    path = tmp_path / "cone.parquet"
    table.to_parquet(path)
    block, sample = settled(path, **catalog)
    out = {name: tmp_path / f"{name}.parquet" for name in ("stars", "abundances", "truth")}
    out |= {name: tmp_path / f"{name}.ecsv" for name in ("members", "funnel")}
    read_catalog(path, None, ALIASES, "gaia", block, out["stars"], out["members"], None, MOTION, 1)
    select_stars(out["stars"], out["members"], out["abundances"], out["funnel"], "s", "all", MOTION,
                 sample["cuts"], [])  # fmt: skip
    label_stars(out["abundances"], out["members"], out["truth"], "s", "members", 4)
    return {name: read_table(path) for name, path in out.items()}


def real(name):
    path = GAIA / name
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return pd.read_parquet(path)


def test_blanco_1_across_zero_without_errors_becomes_a_sample(tmp_path, caplog):
    known = real("members_literature.parquet")
    mine = known[(known["cluster"] == "Blanco_1") & (known["list"].str.contains("018|CG18"))]
    field = real("field_blanco1_dr3.parquet")
    field["cluster"] = np.where(field["source_id"].isin(mine["source_id"]), "Blanco 1", "")
    found = read(tmp_path, field, members={"cluster": "cluster"}, cone={"errors": "modelled"})
    sample = found["abundances"]
    assert len(sample) == (field["phot_g_mean_mag"] <= 18).sum()
    reach = np.hypot(sample["xi"], sample["eta"])
    assert reach.max() < 2.8  # a cone of 2.6 deg, although ra runs from 0 to 360
    assert (sample[["pmra_err", "parallax_err", "xi_err"]] > 0).all(axis=None)
    assert "errors of pmra of 10999 of 10999 stars are modelled from G" in caplog.text
    assert (found["truth"]["cluster"] == "Blanco 1").sum() > 150


def test_cuts_on_magnitude_and_ruwe_are_counted_in_the_funnel(tmp_path):
    field = real("field_no_cluster_dr3.parquet")
    field = field[field["parallax"].notna()]
    block = {"extra": {"ruwe": "ruwe"}, "members": {"cluster": "cluster"}}
    field["cluster"] = np.where(np.arange(len(field)) < 5, "Fake", "")
    path = tmp_path / "t.parquet"
    field.to_parquet(path)
    catalog, sample = settled(path, **block)
    sample["cuts"]["windows"] = {"phot_g_mean_mag": {"max": 18}, "extra_ruwe": {"max": 1.4}}
    out = [tmp_path / name for name in ("s.parquet", "m.ecsv", "a.parquet", "f.ecsv")]
    read_catalog(path, None, ALIASES, "gaia", catalog, out[0], out[1], None, MOTION, 1)
    select_stars(out[0], out[1], out[2], out[3], "s", "all", MOTION, sample["cuts"], [])
    funnel = read_table(out[3], "funnel")
    kept = (field["phot_g_mean_mag"] <= 18) & (field["ruwe"] <= 1.4)
    assert len(read_table(out[2])) == kept.sum()
    lost = funnel.set_index("detail")["stars_lost"]
    assert lost[lost.index.str.contains("ruwe")].sum() > 0


def test_errors_modelled_agree_with_those_of_a_field_that_was_not_used(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    field = real("field_ngc103_dr3.parquet").dropna(subset=["parallax"])
    table = field.rename(columns={f"{n}_error": f"{n}_err" for n in ("parallax", "pmra", "pmdec")})
    with_modelled_errors(table, "t")
    ratios = [float(line.split(" are ")[1].split()[0]) for line in caplog.messages]
    assert len(ratios) == 3
    # The formula is a mean over the sky, which Gaia scans unevenly.
    assert all(2 / 3 < ratio < 3 / 2 for ratio in ratios)


def test_the_zero_point_of_real_stars_is_a_few_hundredths(tmp_path):
    pytest.importorskip("zero_point.zpt", reason="gaiadr3-zeropoint is not installed")
    field = real("field_no_cluster_dr3.parquet").dropna(subset=["parallax"])
    field["cluster"] = np.where(np.arange(len(field)) < 200, "Fake", "")
    plain = read(tmp_path, field, members={"cluster": "cluster"})["stars"]
    moved = read(tmp_path, field, members={"cluster": "cluster"}, cone={"zero_point": True})[
        "stars"
    ]
    shift = moved["parallax"] - plain["parallax"]
    bright = moved["phot_g_mean_mag"].between(13, 18)
    # -0.02 to -0.04 mas there; that of quasars, fainter, is -0.017 (Lindegren et al. 2021).
    assert 0.02 < shift[bright].median() < 0.05
    assert (shift[bright] != 0).mean() > 0.9

"""Column names of surveys and papers, and what they stand for."""

import pytest

from chemtag.new.names import Abundance, abundance_of, role_of


@pytest.mark.parametrize(
    ("name", "element", "kind", "ratio"),
    [
        ("[Mg/Fe]", "mg", "value", "x_fe"),
        ("MG_FE", "mg", "value", "x_fe"),
        ("mg_fe", "mg", "value", "x_fe"),
        ("MgFe", "mg", "value", "x_fe"),
        ("Mg_H", "mg", "value", "x_h"),
        ("[Mg/H]", "mg", "value", "x_h"),
        ("FE_H", "fe", "value", "x_h"),
        ("[Fe/H]", "fe", "value", "x_h"),
        ("feh", "fe", "value", "x_h"),
        ("A(Mg)", "mg", "value", "log_epsilon"),
        ("logeps_mg", "mg", "value", "log_epsilon"),
        ("MG_FE_ERR", "mg", "error", "x_fe"),
        ("e_mg_fe", "mg", "error", "x_fe"),
        ("e_[Mg/Fe]", "mg", "error", "x_fe"),
        ("err[Mg/Fe]", "mg", "error", "x_fe"),
        ("e_Mg", "mg", "error", None),
        ("sigma_Mg_Fe", "mg", "error", "x_fe"),
        ("flag_mg_fe", "mg", "flag", "x_fe"),
        ("MG_FE_FLAG", "mg", "flag", "x_fe"),
        ("TIII_FE", "tiii", "value", "x_fe"),
        ("[Ba/Fe]", "ba", "value", "x_fe"),
        ("Mg", "mg", "value", None),
    ],
)
def test_abundances(name, element, kind, ratio):
    assert abundance_of(name) == Abundance(element, kind, ratio)


@pytest.mark.parametrize(
    "name",
    ["TEFF", "logg", "RA", "cluster", "snr", "FE_FE", "vh_h", "M_H", "C", "N", "parallax", "e_teff",
     "phot_g_mean_mag", "pmra", "age"],
)  # fmt: skip
def test_other_names_are_no_abundances(name):
    assert abundance_of(name) is None


def test_roles_prefer_the_surest_spelling():
    columns = ["Name", "GAIAEDR3_SOURCE_ID", "APOGEE_ID", "RA_ICRS", "e_RA_ICRS", "Cluster"]
    assert role_of(columns, "star_id") == ["APOGEE_ID", "GAIAEDR3_SOURCE_ID", "Name"]
    assert role_of(columns, "ra") == ["RA_ICRS"]
    assert role_of(columns, "cluster") == ["Cluster"]
    assert role_of(columns, "snr") == []

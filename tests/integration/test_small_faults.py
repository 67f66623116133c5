"""Small tables that once gave a wrong number or a traceback: labels, codes, cuts."""

import gzip
import os

import numpy as np
import pytest
from astropy.table import Table
from small_survey import stars

from chemtag.base.problems import InputProblem
from chemtag.survey.content import digest_of_tables


def test_an_error_of_a_code_is_missing(survey, caplog):
    found, _ = survey.read(stars().assign(e_mg_fe=99.99))
    assert found["mg_fe_err"].isna().all()
    assert "values without an error: mg_fe 60 of 60" in caplog.text


def test_an_error_beyond_ten_dex_is_refused_by_the_selection(survey):
    survey.read(stars().assign(e_mg_fe=77.7))
    with pytest.raises(
        InputProblem, match=r"column mg_fe_err holds 60 values .*missing_codes: \[77"
    ):
        survey.select({})


def test_rounded_gaia_identifiers_are_refused(survey):
    table = stars().assign(ID=["4.295806720000e+18"] * 60)
    with pytest.raises(
        InputProblem, match=r"'ID'.*loses digits of an identifier; store it as text"
    ):
        survey.read(table)


def test_a_column_that_is_there_twice_is_refused(survey):
    text = stars().to_csv(index=False)
    path = survey.folder / "stars.csv"
    lines = text.splitlines()
    path.write_text("\n".join(["mg_fe," + lines[0], *("0.5," + line for line in lines[1:])]) + "\n")
    with pytest.raises(InputProblem, match=r"'mg_fe' .*is there 2 times; rename"):
        survey.read(None)


@pytest.mark.parametrize("name", ["STARS.FITS.GZ", "stars.fits"])
def test_a_gzipped_fits_is_known_by_its_bytes(survey, name):
    plain = survey.folder / "plain.fits"
    Table.from_pandas(stars()).write(plain)
    (survey.folder / name).write_bytes(gzip.compress(plain.read_bytes()))
    found, members = survey.read(None, name=name)
    assert (len(found), len(members)) == (60, 36)


def test_one_column_for_two_elements_is_refused(survey):
    survey.catalog["elements"]["ni"] = {"value": "mg_fe"}
    with pytest.raises(InputProblem, match="elements/mg/value and elements/ni/value are both"):
        survey.read(stars())


def test_identifiers_that_begin_with_a_hash_stay(survey, caplog):
    table = stars()
    table.loc[:9, "ID"] = [f"#{i}" for i in range(10)]
    found, members = survey.read(table)
    assert (len(found), len(members)) == (60, 36)
    assert "10 rows begin with `#`" in caplog.text


def test_a_table_replaced_by_an_older_one_has_another_digest(tmp_path):
    path, other = tmp_path / "stars.csv", tmp_path / "other.csv"
    stars().to_csv(path, index=False)
    stars(n_field=23).to_csv(other, index=False)
    first = digest_of_tables([path, [], []])
    assert digest_of_tables([str(path), [], []]) == first
    os.utime(other, (1e9, 1e9))
    other.replace(path)
    assert digest_of_tables([path, [], []]) != first


@pytest.mark.parametrize(("names", "words"), [
    (["mg_fe"], "'mg_fe' .*holds 0.1 for all stars"),
    (["fe_h", "mg_fe", "si_fe", "ni_fe"], "all stars have the same abundances"),
])  # fmt: skip
def test_elements_that_do_not_vary_are_said_at_the_start(survey, names, words):
    with pytest.raises(InputProblem, match=words):
        survey.read(stars().assign(**dict.fromkeys(names, 0.1)))


def test_an_element_that_follows_from_others_is_named(survey):
    table = stars()
    table["ni_fe"] = ((table["mg_fe"] + table["si_fe"]) / 2).round(4)
    survey.read(table)
    with pytest.raises(InputProblem, match=r"elements ni, .*follow from one another"):
        survey.select({})


def test_an_element_that_is_constant_after_the_cuts_is_named(survey):
    table = stars()
    table.loc[table["snr"] > 100, "ni_fe"] = 0.2
    survey.read(table)
    with pytest.raises(InputProblem, match=r"element 'ni' is 0.2 for all"):
        survey.select({"windows": {"snr": {"min": 100.1}}})


README = """J/A+A/0/0   Stars   (Nobody, 2026)
--------------------------------------------------------------------------------
Byte-by-byte Description of file: stars.dat
--------------------------------------------------------------------------------
   Bytes Format Units   Label     Explanations
--------------------------------------------------------------------------------
   1-  6  A6    ---     ID        Identifier
   8- 14  F7.4  dex     fe_h      ?=-9.99 Iron
  16- 22  F7.4  [-]     mg_fe     ? Magnesium
  24- 30  A7    ---     cluster   ? Cluster
--------------------------------------------------------------------------------
"""


@pytest.mark.parametrize("named", [False, True])
def test_a_table_of_fixed_width_is_read_by_its_readme(survey, named):
    readme = survey.folder / ("my_description.txt" if named else "ReadMe")
    readme.write_text(README)
    values = np.random.default_rng(1).normal(0, 0.1, (8, 2)).round(4)
    cells = [[f"{v:7.4f}" for v in row] for row in values]
    cells[2][0], cells[3][1] = "  -9.99", "       "
    lines = [
        f"s{i:05d} {a} {b} {'NGC 188' if i < 4 else '       '}" for i, (a, b) in enumerate(cells)
    ]
    (survey.folder / "stars.dat").write_text("\n".join(lines) + "\n")
    survey.catalog["columns"] = {"star_id": "ID"}
    survey.catalog["elements"] = {"fe": {"value": "fe_h"}, "mg": {"value": "mg_fe"}}
    survey.config["samples"]["mine"] |= {"elements": ["fe", "mg"]}
    if named:
        survey.catalog["readme"] = str(readme)
    found, members = survey.read(None, name="stars.dat")
    values[2, 0], values[3, 1] = np.nan, np.nan
    np.testing.assert_array_equal(found[["fe_h", "mg_fe"]].to_numpy(), values)
    assert members["star_id"].tolist() == [f"s{i:05d}" for i in range(4)]
    first = digest_of_tables([survey.folder / "stars.dat"])
    readme.write_text(README + "\n")
    assert (digest_of_tables([survey.folder / "stars.dat"]) != first) == (not named)


# Cuts


def test_a_window_keeps_or_drops_unknown_values_by_choice(survey, caplog):
    table = stars()
    table.loc[40:44, "snr"] = np.nan
    survey.read(table)
    window = {"min": 0}
    for missing, n in (("keep", 60), ("drop", 55)):
        left, funnel = survey.select({"windows": {"snr": {**window, "missing": missing}}})
        assert len(left) == n
        word = {"keep": "kept", "drop": "lost"}[missing]
        assert f"(5 without a value are {word})" in funnel.loc["windows/snr", "detail"]
    caplog.clear()
    left, _ = survey.select({"windows": {"snr": window}})
    assert len(left) == 55
    assert "snr has no value for 5 of 60 stars (0 members), which the window drops" in caplog.text


def test_a_window_asks_before_it_drops_all_members(survey):
    table = stars(n_field=100)
    table.loc[:35, "snr"] = np.nan
    survey.read(table)
    words = r"snr has no value for 36 of 136 stars \(36 of 36 members\).*`missing: drop` or"
    with pytest.raises(InputProblem, match=words):
        survey.select({"windows": {"snr": {"min": 60}}})


def test_members_alone_are_cut(survey):
    table = stars()
    table.loc[:2, "teff"] = 6000.0
    table.loc[36:40, "teff"] = 6000.0
    survey.read(table)
    left, funnel = survey.select({"members": {"windows": {"teff": {"max": 5900}}}})
    assert len(left) == 57
    row = funnel.loc["members/windows/teff"]
    assert (row["detail"], row["stars_lost"]) == ("members: Teff <= 5900 K", 3)
    left, _ = survey.select({"members": {"windows": {"mg_h": {"min": -5}}}})
    assert len(left) == 60

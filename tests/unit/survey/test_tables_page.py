"""docs/tables.md: its lists are those of the code, its examples are tried."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.table import Table

from chemtag.base.problems import InputProblem
from chemtag.survey import cells
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.columns import Wanted, read_columns
from chemtag.survey.files import SUFFIXES
from chemtag.survey.labels import classified
from chemtag.survey.membership import named_clusters
from chemtag.survey.units import factor
from chemtag.survey.wanted import wanted_columns

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
ALIASES = Aliases(yaml.safe_load((ROOT / "resources/clusters/aliases.yaml").read_text()))


def rows(header):
    """Rows of the table of the page whose header begins with these words."""
    lines = PAGE.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {header} |")) + 2
    found = []
    for line in lines[start:]:
        if not line.startswith("|"):
            return found
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def inside(cell):
    """What stands between backquotes, blanks and all."""
    match = re.fullmatch(r"`(.*)`", cell)
    return match[1] if match else ""


def test_the_words_for_nothing_are_those_of_the_code():
    line = PAGE.partition("<!-- words: EMPTY_WORDS -->\n")[2].partition("\n")[0]
    assert line.startswith("(no character)")
    assert {"", *re.findall(r"`([^`]+)`", line)} == set(cells.EMPTY_WORDS)


def test_the_suffixes_are_those_of_the_code():
    named = [suffix for _, cell in rows("format") for suffix in re.findall(r"`([^`]+)`", cell)]
    assert sorted(named) == sorted(SUFFIXES)


def test_the_codes_are_those_of_the_code():
    said = {row[0]: row[1] for row in rows("column")}
    nines = [float(word) for word in re.findall(r"±([\d.]+)", said["abundances and their errors"])]
    assert sorted([*nines, *(-n for n in nines)]) == sorted(cells.ABUNDANCE_CODES)
    assert sorted(cells.POSITIVE_CODES) == sorted(-n for n in nines)
    assert sorted(cells.NUMBER_CODES) == sorted(-n for n in nines if n >= 999)
    assert sorted(cells.POSITION_CODES) == sorted(s * n for s in (1, -1) for n in nines if n >= 99)
    assert sorted(cells.MEMBER_CODES) == sorted([*cells.NUMBER_CODES, 999999])


def test_the_default_codes_of_the_config_are_built_in():
    schema = yaml.safe_load((ROOT / "workflow/schemas/survey.schema.yaml").read_text())
    default = schema["properties"]["missing_codes"]["default"]
    assert set(map(float, default)) <= set(cells.ABUNDANCE_CODES)
    members = schema["$defs"]["members"]["properties"]["missing_codes"]["default"]
    assert set(map(float, members)) <= set(cells.MEMBER_CODES)


def read(word, wanted, path):
    Table({"A": [word, "0.5"], "B": [1, 2]}).write(path, format="ascii.csv")
    return read_columns(path, [wanted]).values[wanted.target][0]


@pytest.mark.parametrize(("cell", "becomes"), rows("written | an abundance reads"))
def test_numbers(tmp_path, cell, becomes):
    block = {"columns": {"star_id": "B"}, "elements": {"fe": {"value": "A"}}, "ratio": "x_h"}
    wanted = wanted_columns(block | {"missing_codes": []})[1]
    if becomes == "refused":
        with pytest.raises(InputProblem, match=re.escape(f"holds {inside(cell)!r} in row 1")):
            read(inside(cell), wanted, tmp_path / "t.csv")
        return
    found = read(inside(cell), wanted, tmp_path / "t.csv")
    np.testing.assert_equal(found, np.nan if becomes == "missing" else float(becomes))


@pytest.mark.parametrize(("expected", "unit", "becomes"), rows("quantity"))
def test_units(expected, unit, becomes):
    if becomes == "refused":
        with pytest.raises(InputProblem, match=f"t.fits: column 'A' is in '{inside(unit)}'"):
            factor(inside(unit), expected, "t.fits: column 'A'")
        return
    number, known = factor(inside(unit), expected, "t.fits: column 'A'")
    assert known
    assert number == pytest.approx(float(becomes), rel=1e-6)


IDENTIFIERS = rows("written | a star is called")
LABELS = rows("written | the star belongs to")


@pytest.mark.parametrize(("cell", "becomes"), IDENTIFIERS)
def test_identifiers(tmp_path, cell, becomes):
    wanted = Wanted("star_id", "A", "identifier", (), "columns/star_id")
    path = tmp_path / "t.csv"
    path.write_text(f"A,B\n{inside(cell)},1\ns2,2\n")
    if becomes == "refused" and "e+" in cell:
        with pytest.raises(InputProblem, match="loses digits of an identifier"):
            read_columns(path, [wanted])
    else:
        found = read_columns(path, [wanted]).values["star_id"][0]
        assert found == ("" if becomes == "refused" else becomes)  # `read_stars` refuses ""


@pytest.mark.parametrize(("cell", "becomes"), LABELS)
def test_labels(cell, becomes):
    labels = np.array([inside(cell), "King 5"], dtype=object)
    block = {"cluster": "C", "field_values": ["", "field"]}
    if becomes == "refused":
        with pytest.raises(InputProblem, match="which may mean the field or a cluster"):
            classified(labels, block, "t.csv")
        return
    field = classified(labels, block, "t.csv")
    assert field.tolist() == [becomes == "field", False]
    if becomes != "field":
        named = named_clusters(pd.DataFrame({"cluster": labels}), ALIASES, "t.csv")
        assert named["cluster"][0] == becomes


def test_plain_text_cut_at_the_end_of_a_line_is_a_shorter_table_and_the_page_says_so(tmp_path):
    whole = "id,mg_fe\n" + "".join(f"s{i},{i / 100}\n" for i in range(10))
    wanted = [Wanted("star_id", "id", "identifier"), Wanted("mg_fe", "mg_fe", "number")]
    path = tmp_path / "t.csv"
    path.write_text(whole)
    assert read_columns(path, wanted).n_rows == 10
    path.write_text("".join(whole.splitlines(keepends=True)[:7]))
    assert read_columns(path, wanted).n_rows == 6
    path.write_text(whole[: whole.index("s6") + 2])
    with pytest.raises(InputProblem, match=str(path)):
        read_columns(path, wanted)
    assert "Cut exactly at the end of a line, plain text is a shorter table" in PAGE

"""Each format of a table with each fault: the right value, or one sentence. No silent change.

Every cell that is read is compared with the whole catalogue as it should be; every cell that is
refused names the file, and the column where one is at fault.
"""

import copy
import logging
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import yaml

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.labels import wanted_labels
from chemtag.survey.membership import members_of
from chemtag.survey.stars import read_stars

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "survey"))

from written_tables import FLOATS, FORMATS, GAIA, TEXT, WITH_UNITS, N, columns  # noqa: E402

CONFIG = {
    "catalogs": {
        "mine": {
            "kind": "table",
            "path": "x",
            "ratio": "x_fe",
            "columns": {"star_id": "ID", "gaia_source_id": "GAIA", "ra": "ra", "dec": "dec",
                        "teff": "teff"},
            "flags": {"star": "flag"},
            "elements": {
                "fe": {"value": "fe_h", "error": "e_fe_h"},
                "mg": {"value": "mg_fe", "error": "e_mg_fe"},
                "si": {"value": "si_fe"},
            },
            "members": {"cluster": "cluster"},
        }
    },
    "samples": {"all": {"catalog": "mine", "elements": ["fe", "mg", "si"]}},
}  # fmt: skip
BLOCK = checked_config(CONFIG, ROOT / "workflow/schemas/config.schema.yaml")["catalogs"]["mine"]
ALIASES = Aliases(yaml.safe_load((ROOT / "resources/clusters/aliases.yaml").read_text()))
NAMES = {"e_fe_h": "fe_h_err", "e_mg_fe": "mg_fe_err"}
NAN = float("nan")


@dataclass
class Case:
    """A catalogue with a fault, and what must become of it."""

    values: dict = field(default_factory=columns)
    expected: dict = field(default_factory=columns)  # by star, in the order of the file
    block: dict = field(default_factory=lambda: copy.deepcopy(BLOCK))
    units: dict = field(default_factory=dict)
    says: str = ""  # words of the sentence that refuses it, as a regular expression
    warns: str = ""
    only: tuple = tuple(FORMATS)
    spoil: object = None  # what is done to the file itself

    def put(self, name, cells, read):
        """Write `cells` in the first rows of a column, expect `read` there."""
        self.values[name][: len(cells)] = cells
        self.expected[name][: len(read)] = read


def cell(name, cells, read=None, **options):
    case = Case(**options)
    case.put(name, cells, [NAN] * len(cells) if read is None else read)
    return case


def of_text(name, cells, read=None, **options):
    """As `cell` in a column of text."""
    case = cell(name, cells, read, **options)
    case.values[name] = [None if c is None else str(c) for c in case.values[name]]
    return case


def labels(*words, **options):
    """Members of the first cluster that bear these words instead: they must become field."""
    return of_text("cluster", list(words), [""] * len(words), **options)


def with_block(**changes):
    case = Case()
    case.block.update(changes)
    return case


def units_of(name, unit, convert, says=""):
    case = Case(only=WITH_UNITS, units={name: unit}, says=says)
    case.values[name] = [convert(value) for value in case.values[name]]
    return case


def renamed(path, old, new):
    raw = path.read_bytes()
    assert raw.count(old) >= 1
    path.write_bytes(raw.replace(old, new))


def twice(path, kind):
    """Give the column si_fe the name mg_fe in the file."""
    if "parquet" in kind or "arrow" in kind:
        import pyarrow.feather as feather
        import pyarrow.parquet as pq

        arrow = kind.endswith("arrow")
        table = feather.read_table(path) if arrow else pq.read_table(path)
        names = ["mg_fe" if name == "si_fe" else name for name in table.column_names]
        table = table.rename_columns(names)
        write = feather.write_feather if arrow else pq.write_table
        return write(table, str(path))
    if path.name.lower().endswith(".gz"):
        import gzip

        path.write_bytes(
            gzip.compress(gzip.decompress(path.read_bytes()).replace(b"si_fe", b"mg_fe"))
        )
    elif "utf-16" in kind:
        path.write_text(path.read_text("utf-16").replace("si_fe", "mg_fe"), "utf-16")
    else:
        renamed(path, b"si_fe", b"mg_fe")
    return None


def cut(path, kind):
    """End the file within a row."""
    raw = path.read_bytes()
    where = raw.rfind(b"2M0020")
    path.write_bytes(raw[: where + 12] if where > 0 else raw[: int(0.7 * len(raw))])


def swapped():
    case = Case(says=r"'dec'.*expected -90 to 90 degrees; are right ascension and declination")
    case.values["ra"], case.values["dec"] = case.values["dec"], case.values["ra"]
    case.block["columns"] |= {"ra": "ra", "dec": "dec"}
    return case


def no_rows():
    case = Case(says="the table has no rows|not a readable|holds no")
    case.values = {name: [] for name in case.values}
    case.only = ("csv", "tsv", "fits", "pandas parquet", "arrow", "ecsv", "votable")
    return case


def same_key():
    case = Case(warns="read as one cluster")
    case.put("cluster", ["group_-1", "group_-1", "group_1", "a", "A"],
             ["group -1", "group -1", "group 1", "A", "A"])  # fmt: skip
    return case


def undeclared():
    return cell("mg_fe", [-5.55] * 4, [-5.55] * 4, warns=r"'mg_fe'.*4 of 24 rows hold exactly -5.55"
                r".*missing_codes: \[-5.55\]")  # fmt: skip


def declared():
    case = cell("mg_fe", [5.5, -9999.0, 9.99])
    case.block["missing_codes"] = [5.5]
    return case


def identifiers(cells, **options):
    case = Case(**options)
    case.values["ID"][: len(cells)] = cells
    case.expected["ID"][: len(cells)] = [str(c).strip() for c in cells]
    return case


def rounded():
    case = Case(says="'ID'.*loses digits of an identifier")
    case.values["ID"] = [float(GAIA + i) for i in range(N)]
    return case


def rounded_source():
    case = Case(says="'GAIA'.*(loses digits|digits are lost)")
    case.values["GAIA"] = [float(g) for g in case.values["GAIA"]]
    return case


def gaps_in_flags():
    case = cell("flag", [None, 2], [-1, 2])
    return case


def constant():
    case = Case(says="'mg_fe'.*holds 0.1 for all stars.*leave mg out")
    case.values["mg_fe"] = [0.1] * N
    return case


def log_epsilon():
    case = Case(says="'mg_fe'.*log epsilon")
    case.values["mg_fe"] = [v + 7.5 for v in case.values["mg_fe"]]
    return case


def shared():
    case = Case(says="elements/mg/value and elements/si/value are both the column 'mg_fe'")
    case.block["elements"]["si"] = {"value": "mg_fe"}
    return case


def no_column():
    case = Case(says=r"column 'mgfe' \(elements/mg/value\) is missing; did you mean 'mg_fe'")
    case.block["elements"]["mg"]["value"] = "mgfe"
    return case


def latin(path, kind):
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))


ALL_BUT_MRT = tuple(kind for kind in FORMATS if kind != "mrt")
UNICODE = tuple(kind for kind in ALL_BUT_MRT if not kind.startswith("fits"))
FAULTS = {
    "nothing": lambda: Case(),
    "an empty cell": lambda: cell("mg_fe", [None, None]),
    "empty errors": lambda: cell("e_mg_fe", [None], warns="without an error: mg_fe 1 of 24"),
    "words for nothing": lambda: of_text(
        "mg_fe", ["nan", "NULL", "None", "NA", "N/A", "--", "-", "NaN"]
    ),
    "words in errors": lambda: of_text("e_mg_fe", ["null", "--", "N/A"]),
    "code -9999.99": lambda: cell("mg_fe", [-9999.99, -9999.99]),
    "codes of nines": lambda: cell("mg_fe", [9.99, -9.99, 99.99, 999.0, -999.0, -9.0, -9999.0]),
    "codes in errors": lambda: cell("e_mg_fe", [99.99, 9.99, -9999.0, -9.0, 999.0]),
    "codes in Teff": lambda: cell("teff", [-9999.0, -999.0, -9.0]),
    "codes in a flag": lambda: cell("flag", [-9999, -999], [-1, -1]),
    "a declared code adds": declared,
    "an undeclared code": undeclared,
    "infinity": lambda: cell("mg_fe", [float("inf")], only=tuple(k for k in FORMATS if k != "mrt")),
    "a word": lambda: of_text(
        "mg_fe", ["high"], says="'mg_fe'.*holds 'high' in row 1, expected num"
    ),
    "a decimal comma": lambda: of_text("mg_fe", ["0,12"], says="'mg_fe'.*decimal points"),
    "an upper limit": lambda: of_text("mg_fe", ["<0.1"], says="'mg_fe'.*holds '<0.1' in row 1"),
    "underscores": lambda: of_text("mg_fe", ["1_0"], says="'mg_fe'.*holds '1_0'"),
    "hours and minutes": lambda: of_text("ra", ["12:30:00"], says="'ra'.*decimal degrees"),
    "Fortran's D": lambda: of_text("mg_fe", ["1.5D-01"], [0.15]),
    "negative errors": lambda: cell("e_mg_fe", [-0.02], says="'e_mg_fe'.*negative"),
    "label nan": lambda: labels("nan", "NaN"),
    "label None": lambda: labels("None", "null", "NA"),
    "label N/A": lambda: labels("N/A", "none", "--", "-"),
    "label -1": lambda: labels("-1", "-1", "-9999"),
    "label noise": lambda: labels("noise", "Field", "?"),
    "label of blanks": lambda: labels("  ", ""),
    "label 0": lambda: labels("0", says="'cluster'.*holds '0' in 1 of 24 rows.*field_values"),
    "labels that merge": same_key,
    "rounded identifiers": rounded,
    "rounded sources": rounded_source,
    "an identifier with #": lambda: identifiers(["#1", "#two"]),
    "an identifier with a delimiter": lambda: identifiers(["a,b;c|d", 'q"q'], only=ALL_BUT_MRT),
    "an empty identifier": lambda: identifiers([""], says="'ID'.*is empty in 1 of 24 rows"),
    "identifier null": lambda: identifiers(["null"], says="'ID'.*is empty in 1 of 24 rows"),
    "a control character": lambda: identifiers(
        ["a\x07b"], says="'ID'.*control character|not a readable"
    ),
    "unicode": lambda: identifiers(["\u03b1 Cen \u2014 B"], only=UNICODE),
    "a name twice": lambda: Case(
        says="'mg_fe'.*(is there 2 times|is there twice)|duplicate", spoil=twice
    ),
    "a file cut off": lambda: Case(says="truncated|not a readable", spoil=cut),
    "Latin-1": lambda: of_text(
        "cluster", ["Lod\u00e9n 1"], ["Lod\u00e9n 1"], only=("csv", "tsv", "blanks"), spoil=latin
    ),
    "one column for two elements": shared,
    "a missing column": no_column,
    "a constant element": constant,
    "log epsilon": log_epsilon,
    "no position by code": lambda: cell("dec", [-9999.0, -99.99 * 10]),
    "ra and dec swapped": swapped,
    "ra in radians": lambda: units_of("ra", "rad", np.radians),
    "ra in hours": lambda: units_of("ra", "h", lambda value: value / 15),
    "Teff in kK": lambda: units_of("teff", "kK", lambda value: value / 1000),
    "abundances in mmag": lambda: units_of("mg_fe", "mmag", float, "'mg_fe'.*'mmag', expected dex"),
    "errors in percent": lambda: units_of("e_mg_fe", "percent", float, "'e_mg_fe'.*expected dex"),
    "gaps in a flag": gaps_in_flags,
    "no rows": no_rows,
}


def read(case, path):
    """Stars and members as `read_catalog` gets them."""
    labels = case.block["members"]
    also = wanted_labels(labels)
    stars, beside = read_stars(path, case.block, also, ["fe", "mg", "si"])
    candidates = beside.assign(star_id=stars["star_id"])
    return stars, members_of(candidates, stars, labels, ALIASES, str(path))


def compare(case, stars, members, kind):
    """All that was read is what it should be, star by star."""
    expected = case.expected
    assert sorted(stars["star_id"]) == sorted(expected["ID"])
    order = stars.set_index("star_id").loc[expected["ID"]]
    # Reading 15 digits of text back gives the number itself; angles are converted.
    for name in FLOATS:
        found = order[NAMES.get(name, name)].to_numpy()
        rtol = 1e-9 if name in case.units or kind == "mrt" else 0
        np.testing.assert_allclose(found, np.array(expected[name], dtype=float), rtol=rtol, atol=0)
    assert order["flag_star"].tolist() == expected["flag"]
    assert order["gaia_source_id"].tolist() == expected["GAIA"]
    spelled = {"M 67": "NGC 2682"}
    truth = {
        star: spelled.get(name, name)
        for star, name in zip(expected["ID"], expected["cluster"], strict=True)
        if name
    }
    assert dict(zip(members["star_id"], members["cluster"], strict=True)) == truth


CELLS = [
    pytest.param(kind, fault, id=f"{kind}-{fault}")
    for fault, make in FAULTS.items()
    for kind in FORMATS
    if kind in make().only
]


@pytest.mark.parametrize(("kind", "fault"), CELLS)
def test_a_fault_is_read_right_or_refused_in_one_sentence(tmp_path, caplog, kind, fault):
    case = FAULTS[fault]()
    write, name = FORMATS[kind]
    path = tmp_path / name
    write(case.values, path, case.units)
    if case.spoil is not None:
        case.spoil(path, kind)
    if case.says:
        with pytest.raises(InputProblem) as problem:
            read(case, path)
        sentence = str(problem.value)
        assert "\n" not in sentence
        assert str(path) in sentence
        assert re.search(case.says, sentence), sentence
        return
    with caplog.at_level(logging.WARNING, logger="chemtag"):
        stars, members = read(case, path)
    compare(case, stars, members, kind)
    assert re.search(case.warns, caplog.text), caplog.text


def test_the_matrix_is_as_large_as_it_says():
    assert len(FORMATS) >= 8
    assert len(FAULTS) >= 20
    assert len(CELLS) > 0.8 * len(FORMATS) * len(FAULTS) * 0.9
    assert set(TEXT) < set(FORMATS)

"""The seal fits the tables that it was made of and no others."""

import hashlib

import pandas as pd
import pytest
from vet.catalogue import catalogue

from chemtag.base.problems import InputProblem
from chemtag.base.tables import read_table, write_table
from chemtag.vet.seal import canonical, check_seal, digest_of, sealed


def test_the_canonical_form_by_hand():
    table = pd.DataFrame({"a": ["x", 'y"'], "b": [0.1, float("nan")], "c": [1, -2]})
    assert canonical(table) == b'["a", "b", "c"]\n["x", 0.1, 1]\n["y\\"", null, -2]\n'
    text = canonical(table)
    by_hand = hashlib.sha256(b"chemtag-seal-1\nt 48\n" + text).hexdigest()
    assert len(text) == 48
    assert digest_of({"t": table}) == by_hand


def test_a_catalogue_read_back_has_the_digest_it_was_written_with(tmp_path):
    tables = catalogue()
    names = {"candidates": "candidates", "members": "candidate_members"}
    back = {}
    for name, contract in names.items():
        write_table(tables[name], tmp_path / f"{name}.ecsv", contract)
        back[name] = read_table(tmp_path / f"{name}.ecsv", contract)
    assert digest_of(back) == digest_of(tables)


@pytest.mark.parametrize("what", ["value", "star", "column", "row", "order"])
def test_any_change_breaks_the_seal(what):
    tables = catalogue()
    seal = sealed(tables, {"sample": "field"})
    check_seal(seal, tables, "seal.json")
    members = tables["members"].copy()
    if what == "value":
        members.loc[3, "probability"] = 0.9 + 1e-15
    elif what == "star":
        members.loc[3, "star_id"] = "s9999"
    elif what == "column":
        members = members.rename(columns={"ra": "r"})
    elif what == "row":
        members = members[:-1]
    else:
        members = members[::-1]
    with pytest.raises(InputProblem, match=r"seal\.json: the catalogue .* changed after"):
        check_seal(seal, tables | {"members": members}, "seal.json")


def test_another_file_is_no_seal():
    with pytest.raises(InputProblem, match="no seal of the form"):
        check_seal({"sha256": "0"}, catalogue(), "seal.json")

"""Verdicts by diagrams, and their tables without rows."""

from dataclasses import replace

import pandas as pd
import pytest

from chemtag.base.tables import conform
from chemtag.cmd.judging import nothing
from chemtag.cmd.tables import diagram_rows, verdict_of
from chemtag.vet.vetting import Terms

TERMS = Terms()
POWER = {0.4: 0.1, 0.7: 0.5, 1.0: 0.9}


@pytest.mark.parametrize(
    ("p", "p_pure", "verdict"),
    [(0.01, 0.9, "supported"), (0.5, 0.01, "contradicted"), (0.5, 0.5, "cannot tell")],
)
def test_verdicts(p, p_pure, verdict):
    found = replace(nothing(20, 100, ""), p=p, p_pure=p_pure, power=POWER, power_against=0.4)
    assert verdict_of(found, TERMS)[0] == verdict


def test_what_is_out_of_domain_cannot_tell():
    found = replace(nothing(20, 100, "its diagram is unlike all"), probability=0.99)
    assert verdict_of(found, TERMS) == ("cannot tell", "its diagram is unlike all")


def test_a_table_without_groups():
    groups = pd.DataFrame({"candidate": [], "group": [], "n_stars": []})
    assert conform(diagram_rows(groups, [], TERMS), "diagrams", "none").empty

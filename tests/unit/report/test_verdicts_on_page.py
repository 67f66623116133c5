"""Verdicts on candidates on the page: those supported first, each with its sheet, to choose by."""

import pandas as pd

from chemtag.paper.figures.vet_sheets import MOST_SHEETS
from chemtag.report.page.content import SHEETS, table_kinds, verdicts_shown


def verdicts(found_by="scan of known width, listed", words=("cannot tell", "supported")):
    n = len(words)
    table = pd.DataFrame(
        {
            "candidate": [f"s-{i:03d}" for i in range(n)], "verdict": words, "group": range(n),
            "n_stars": 5, "n_data": 1, "p": 0.1, "q": 0.1, "p_against": 0.1, "q_against": 0.1,
            "reason": "why",
        }
    )  # fmt: skip
    table.attrs = {"contract": "verdicts", "found_by": found_by}
    return table


def shown_of(table):
    kinds = table_kinds([(verdicts_shown(table), "mine", "../vet/v.ecsv")], {"mine": "Mine"})
    assert kinds[0]["heading"].startswith("Candidate siblings")
    return kinds[0]["tables"][0]


def test_supported_candidates_come_first_and_lead_to_their_sheets():
    shown = shown_of(verdicts(words=("cannot tell", "contradicted", "supported")))
    first = [row[0] for row in shown["rows"]]
    assert [cell["text"] for cell in first] == ["s-002", "s-001", "s-000"]
    assert first[0]["link"] == "../paper/figures/vet_sheets_mine.pdf#page=3"
    assert shown["filters"] == [
        {"column": 1, "name": "verdict", "options": ["cannot tell", "contradicted", "supported"]}
    ]


def test_only_groups_of_the_headline_choose_stars_on_the_map():
    assert shown_of(verdicts())["picks"] == {}
    assert shown_of(verdicts("headline euclidean-leaf-mcs5-ms3"))["picks"] == {2: "group"}


def test_candidates_without_a_sheet_lead_nowhere():
    assert SHEETS == MOST_SHEETS
    shown = shown_of(verdicts(words=("supported",) * (SHEETS + 1)))
    assert [("link" in row[0]) for row in shown["rows"]] == [True] * SHEETS + [False]

"""Verdicts in a real browser: rows are chosen by verdict, a name leads to its sheet."""

import pandas as pd
from synthetic_page import made_up_page

from chemtag.report.page.content import table_kinds, verdicts_shown

WORDS = ["supported", "cannot tell", "contradicted", "cannot tell"]


def test_rows_are_chosen_by_verdict(visit, tmp_path):
    verdicts = pd.DataFrame(
        {
            "candidate": [f"s-{i:03d}" for i in range(4)], "verdict": WORDS, "group": range(4),
            "n_stars": 5, "q": 0.1, "reason": "why",
        }
    )  # fmt: skip
    verdicts.attrs = {"contract": "verdicts"}
    more = table_kinds([(verdicts_shown(verdicts), "small", "v.ecsv")], {"small": "Small"})
    path = tmp_path / "index.html"
    path.write_text(made_up_page({"small": 300}, n_settings=2, more=tuple(more)), encoding="utf-8")
    opened = visit(path)
    page = opened.page

    def shown():
        rows = page.locator("table:has(th:has-text('candidate')) tbody tr:visible")
        return [text.split()[0] for text in rows.all_inner_texts()]

    assert shown() == ["s-000", "s-002", "s-001", "s-003"]
    page.select_option("select[data-column]", "cannot tell")
    assert shown() == ["s-001", "s-003"]
    page.select_option("select[data-column]", "")
    assert len(shown()) == 4
    link = page.locator("a", has_text="s-002").get_attribute("href")
    assert link == "../paper/figures/vet_sheets_small.pdf#page=3"
    assert opened.faults == []

"""The LaTeX of tables and numbers goes through pdflatex; skipped where there is none."""

import json
import re
import shutil
import subprocess

import pandas as pd
import pytest
from tables_for_figures import make_tables

from chemtag.paper import latex
from chemtag.paper.tables import METRIC_HEADINGS, as_json, coherence_numbers

NOTES = r"Members (\emph{N}) and \,50\,\% of them. \tablefoottext{a}{Recovered.}"
# What the tables take of aa.cls, which CTAN does not have, defined as its guide describes it.
STAND_INS = r"""
\newcommand{\tablefoot}[1]{\par #1}
\newcommand{\tablefootmark}[1]{\textsuperscript{(#1)}}
\newcommand{\tablefoottext}[2]{\textsuperscript{(#1)} #2}
"""
AANDA = rf"\documentclass{{article}}{STAND_INS}\begin{{document}}"
AASTEX = r"\documentclass{aastex631}\begin{document}"


def pages(tables) -> list[latex.Page]:
    label = r"50 % of {A_1} & B #2 ~ \x^2"
    return [
        latex.clusters_page(tables.t1, label, NOTES, "x"),
        latex.groups_page(tables.t2, label, NOTES, "x"),
        latex.groups_page(tables.t2.iloc[:0], label, NOTES, "empty"),
        latex.metrics_page(tables.t3, METRIC_HEADINGS, label, NOTES, "x"),
        latex.settings_page(tables.t4, label, NOTES, "x"),
    ]


def compiled(text: str, folder) -> str:
    """Typeset a document and return the log; fail with its errors."""
    (folder / "paper.tex").write_text(text + r"\end{document}", encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    log = run.stdout.decode(errors="replace")
    if absent := re.search(r"File `(.+?)' not found", log):
        pytest.skip(f"no {absent[1]} on this machine")
    assert run.returncode == 0, log[-3000:]
    return log


@pytest.fixture(autouse=True)
def latex_at_hand():
    if not shutil.which("pdflatex"):
        pytest.skip("no pdflatex on this machine")


def test_tables_in_the_style_of_astronomy_and_astrophysics(tmp_path):
    compiled(AANDA + "".join(map(latex.aanda, pages(make_tables()))), tmp_path)


def test_deluxe_tables_of_the_american_astronomical_society(tmp_path):
    if not subprocess.run(["kpsewhich", "aastex631.cls"], capture_output=True).stdout:
        pytest.skip("no aastex631.cls on this machine")
    compiled(AASTEX + "".join(map(latex.aastex, pages(make_tables()))), tmp_path)


def test_numbers_by_name_and_a_name_that_is_none(tmp_path):
    numbers = as_json(coherence_numbers(make_tables().elements, "s_1", "t"))
    numbers = json.loads(json.dumps(numbers))
    used = "\n\n".join(rf"\chemtag{{{name}}} \chemtag{{{name}|pm}}" for name in numbers)
    assert pd.notna([entry["value"] for entry in numbers.values()]).any()
    text = AANDA + latex.macros(numbers, "shipped")
    compiled(text + used, tmp_path)
    with pytest.raises(AssertionError, match="no number called nothing"):
        compiled(text + r"\chemtag{nothing}", tmp_path)

"""The last lines of a run: its answer, its warnings, or what ended it and how to go on."""

import pandas as pd
import pytest

from chemtag.report.ending import MOST_WARNINGS, answer_lines, failure_lines, warning_lines

SAMPLES = {
    "mine": {"label": "My stars", "space": "raw", "setting": "leaf-5", "no_truth": ""},
    "blind": {"label": "Others", "space": "raw", "setting": "leaf-5", "no_truth": "no `members`"},
}
TABLES = {
    "tag/mine.raw.settings": {"setting": ["leaf-3", "leaf-5"], "n_groups": [60, 43]},
    "tag/blind.raw.settings": {"setting": ["leaf-5"], "n_groups": [7]},
    "select/mine.funnel": {"stars_left": [2000, 1234], "members_left": [90, 80]},
    "select/blind.funnel": {"stars_left": [50], "members_left": [0]},
    "paper/tables/metrics_mine": {
        "metric": ["ami", "rf40"],
        "value": [0.3, 0.419],
        "low": [0.2, 0.34],
        "high": [0.4, 0.51],
        "null_mean": [0.0, 0.031],
        "null_p95": [0.1, 0.06],
    },
    "score/mine.raw.recovery": {
        "role": ["headline", "headline", "oracle"],
        "threshold": [0.4, 0.7, 0.4],
        "n_recovered": [13, 4, 20],
        "n_eligible": [31, 31, 31],
    },
}


def test_the_answer_is_one_line_a_sample(monkeypatch, tmp_path):
    tables = {f"{tmp_path / name}.ecsv": pd.DataFrame(t) for name, t in TABLES.items()}
    monkeypatch.setattr("chemtag.base.tables.read_table", lambda path: tables[str(path)])
    head, mine, blind = answer_lines(SAMPLES, tmp_path)
    assert (
        " ".join(head.split()) == "sample stars groups recovered at 40 %, 68 % interval by chance"
    )
    assert " ".join(mine.split()) == "My stars 1,234 43 13 of 31: 0.42 [0.34, 0.51] 0.03"
    assert " ".join(blind.split()) == "Others 50 7 not scored: no `members`"
    assert mine.index("43") == blind.index(" 7"), "columns are aligned"


def log_of(folder, *lines, name="job.log"):
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_warnings_are_said_once_and_those_of_python_are_not(tmp_path):
    same = "12:00:00 WARNING 9 rows hold 99.99"
    first = log_of(tmp_path, "12:00:00 INFO read", same,
                   "12:00:01 WARNING /lib/x.py:3: FutureWarning: old", "  code()")  # fmt: skip
    second = log_of(tmp_path, same, "12:00:02 WARNING [Fe/H] rises", name="b.log")
    assert warning_lines([first, second, tmp_path / "none.log"]) == [
        f"warning: 9 rows hold 99.99 ({first})",
        f"warning: [Fe/H] rises ({second})",
    ]
    many = log_of(tmp_path, *(f"12:00:00 WARNING number {n}" for n in range(9)), name="c.log")
    lines = warning_lines([many])
    assert len(lines) == MOST_WARNINGS + 1
    assert lines[-1] == "and 4 more in the logs"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["12:00:00 INFO read", "12:00:01 ERROR my.fits: no column 'MG'; name it."],
         ["  my.fits: no column 'MG'; name it.", "Mend it and give the same command again"]),
        (["12:00:01 ERROR Traceback (most recent call last):", "  File x", "KeyError: 'a'", ""],
         ["  KeyError: 'a'", "fault of chemtag", "CONTRIBUTING.md"]),
        (["12:00:00 INFO read"], ["memory", "--cores 1"]),
    ],
)  # fmt: skip
def test_a_failure_says_what_where_and_how_to_go_on(lines, words, tmp_path):
    log = log_of(tmp_path, *lines)
    said = "\n".join(failure_lines("read_catalog (mine)", log))
    assert said.startswith("The run stopped at read_catalog (mine).")
    assert f"log: {log}" in said
    assert "what is done is kept" in said
    for word in words:
        assert word in said


def test_a_job_without_a_log_is_no_traceback():
    assert "no log was written" in failure_lines("archive", None)

"""What the terminal says when a run has ended: the answer, or what went wrong and how to go on."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_LINE = re.compile(r"\d\d:\d\d:\d\d (?P<level>[A-Z]+) (?P<words>.*)")
# Of a library, through `logging.captureWarnings`: nothing that a user could act on.
_OF_PYTHON = re.compile(r"\.py:\d+: \w*Warning: |\w*Warning: ")
MOST_WARNINGS = 5
"""Warnings that are shown; the logs have all."""


def answer_lines(samples: Mapping[str, Mapping[str, Any]], results: Path) -> list[str]:
    """Return the headline of each sample (`label`, `space`, `setting`, `no_truth`) of a whole run.

    `results` is the folder of the run. Raises ModuleNotFoundError where Snakemake runs without
    the packages of its jobs, as it may where each stage has an environment of its own.
    """
    from chemtag.base.tables import read_table
    from chemtag.report.page.content import answer_card

    rows: list[tuple[str, ...]] = [
        ("sample", "stars", "groups", "recovered at 40 %, 68 % interval", "by chance")
    ]
    for name, block in samples.items():
        space, setting = block["space"], block["setting"]
        settings = read_table(results / f"tag/{name}.{space}.settings.ecsv")
        found = settings[settings["setting"] == setting]
        groups = f"{int(found['n_groups'].iloc[0])}" if len(found) else ""
        funnel = read_table(results / f"select/{name}.funnel.ecsv")
        stars = f"{int(funnel['stars_left'].iloc[-1]):,}"
        if block["no_truth"]:
            rows.append((block["label"], stars, groups, f"not scored: {block['no_truth']}", ""))
            continue
        card = answer_card(
            block["label"],
            space,
            setting,
            read_table(results / f"paper/tables/metrics_{name}.ecsv"),
            read_table(results / f"score/{name}.{space}.recovery.ecsv"),
            funnel,
        )
        share = f"{card['recovered']} of {card['eligible']}: {card['value']}"
        interval = f"[{card['low']}, {card['high']}]"
        rows.append((block["label"], stars, groups, f"{share} {interval}", card["null_mean"]))
    return _aligned(rows)


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if i in (1, 2, 4) else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def warning_lines(logs: Iterable[Path]) -> list[str]:
    """Return the warnings of the jobs with these logs, each once, the first `MOST_WARNINGS`."""
    found: dict[str, Path] = {}
    for log in logs:
        for level, words in _entries(log):
            if level == "WARNING" and not _OF_PYTHON.search(words):
                found.setdefault(words, log)
    lines = [f"warning: {words} ({log})" for words, log in found.items()]
    more = len(lines) - MOST_WARNINGS
    return lines[:MOST_WARNINGS] + ([f"and {more} more in the logs"] if more > 0 else [])


def failure_lines(job: str, log: Path | None) -> list[str]:
    """Return what ended a `job`, where its log is and how to go on.

    A sentence of the log is a mistake of the input; a traceback is one of the code; a log with
    neither, or none, was left by a job that the system ended.
    """
    words = [line for level, line in _entries(log) if level == "ERROR"] if log else []
    lines = [f"The run stopped at {job}."]
    if not words:
        lines.append("It left no error: it was ended from outside, or needed more memory or time.")
        remedy = "Give it more (resources, --cores 1) and the same command again"
    elif words[-1].startswith("Traceback"):
        lines.append(f"  {_last_line(log)}")
        remedy = "This is a fault of chemtag: please report it with the log (CONTRIBUTING.md). Then"
        remedy += " give the same command again"
    else:
        lines.append(f"  {words[-1]}")
        remedy = "Mend it and give the same command again"
    where = f"log: {log}" if log else "no log was written"
    return [*lines, where, f"{remedy}; what is done is kept."]


def _entries(log: Path | None) -> list[tuple[str, str]]:
    """Level and first line of each entry of a log."""
    if log is None or not log.is_file():
        return []
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [(found["level"], found["words"]) for line in lines if (found := _LINE.match(line))]


def _last_line(log: Path | None) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")

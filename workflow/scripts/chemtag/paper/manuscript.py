"""What a template of the manuscript may say, and captions of figures in plain words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chemtag.base.problems import InputProblem

# A quoted name may hold digits (`.rf40`), and so may citations, labels and files; text may not.
_NAME = re.compile(r'"[A-Za-z_./:-]*[A-Za-z_][A-Za-z0-9_./:-]*"')
_ALLOWED = (_NAME, re.compile(r"@[\w:-]+"), re.compile(r"<[\w:-]+>"), re.compile(r"//.*"))
_FIELD = re.compile(r"\{\{\s*snakemake\.(?:params|wildcards)\.(\w+)[^}]*\}\}")


def literal_digits(template: str) -> list[tuple[int, str]]:
    """Return the lines of a template that hold a literal digit, with their numbers from 1.

    Digits inside quoted names, citations, labels and comments do not count.
    """
    found = []
    for number, line in enumerate(template.splitlines(), start=1):
        rest = line
        for pattern in _ALLOWED:
            rest = pattern.sub("", rest)
        if re.search(r"\d", rest):
            found.append((number, line.strip()))
    return found


def check_template(template: str, place: str) -> None:
    """Raise `InputProblem` if the text of a template holds a number of its own."""
    wrong = literal_digits(template)
    if wrong:
        number, line = wrong[0]
        raise InputProblem(
            f"{place}, line {number}: the text holds a number of its own ({line[:60]!r}); write "
            '#num("name") with a name of numbers.json instead, so that it follows the run.'
        )


def split_name(stem: str, samples: Iterable[str]) -> tuple[str, str]:
    """Return name and sample of a figure or table file: `map_field` gives map, field."""
    for sample in sorted(samples, key=len, reverse=True):
        if stem.endswith(f"_{sample}"):
            return stem.removesuffix(f"_{sample}"), sample
    return stem, ""


def caption_words(caption: str, fields: Mapping[str, Any]) -> str:
    """Return a caption of `workflow/report/` in plain words, its `{{ … }}` filled from `fields`."""
    # Marks first: a name that is filled in may hold the same characters.
    plain = re.sub(r"\*(?=\S)([^*]*\S)\*", r"\1", caption.replace("``", "")).strip()
    return _FIELD.sub(lambda match: str(fields[match[1]]), plain)


def problem_of(message: str, place: str) -> InputProblem:
    """Return the complaint of the typesetter as one sentence: the first line says what is wrong."""
    first = next((line for line in message.splitlines() if line.strip()), "no message")
    said = re.sub(r'^(?:error:|panicked with:)\s*"?', "", first.strip()).rstrip('"')
    return InputProblem(f"{place}: {said}; mend the template or the config it is made from.")

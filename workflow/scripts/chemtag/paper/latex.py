"""Tables and numbers as LaTeX, in the style of Astronomy & Astrophysics or of the AAS journals."""

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from astropy.table import Table

NO_VALUE = r"\ldots"
SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def escaped(text: str) -> str:
    """Return `text` with the characters LaTeX treats specially made literal."""
    return "".join(SPECIAL.get(character, character) for character in text)


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with `digits` decimals and a real minus sign."""
    if value is None or not np.isfinite(value):
        return NO_VALUE
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return f"$-${text[1:]}" if text.startswith("-") else text


def with_interval(
    value: float | None, low: float | None, high: float | None, digits: int = 2
) -> str:
    """Return `value` with its interval as exponents, or `value` alone where it has none."""
    if value is None or not np.isfinite(value):
        return NO_VALUE
    if low is None or high is None or not (np.isfinite(low) and np.isfinite(high)):
        return number(value, digits)
    up, down = max(high - value, 0.0), max(value - low, 0.0)
    return f"${value:.{digits}f}^{{+{up:.{digits}f}}}_{{-{down:.{digits}f}}}$"


def span(low: float, high: float, digits: int = 2) -> str:
    """Return a range from `low` to `high`, or a dotted cell where it is not defined."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return NO_VALUE
    return f"{number(low, digits)} to {number(high, digits)}"


def probability(value: float | None) -> str:
    """Return a p-value with the digits it deserves."""
    if value is None or not np.isfinite(value):
        return NO_VALUE
    return number(value, 2 if value >= 0.1 else 3 if value >= 0.001 else 4)


@dataclass(frozen=True)
class Page:
    """A table to print: column headings to cells, both already LaTeX, with what stands around."""

    columns: dict[str, list[str]]
    caption: str
    key: str
    notes: str
    align: str
    wide: bool

    def rows(self) -> dict[str, list[str]]:
        """Return the columns; a table without rows says so in its one line."""
        filled = any(self.columns.values())
        return self.columns if filled else {name: [NO_VALUE] for name in self.columns}


def aanda(page: Page) -> str:
    """Return the table as A&A prints it: double rule on top, notes in a table foot."""
    settings = {
        "tabletype": "table*" if page.wide else "table",
        "caption": rf"{page.caption}\label{{{page.key}}}",
        "preamble": r"\centering",
        "col_align": page.align,
        "header_start": r"\hline\hline",
        "header_end": r"\hline",
        "data_end": r"\hline",
        "tablefoot": rf"\tablefoot{{{page.notes}}}",
    }
    return _written(page, "ascii.latex", settings)


def aastex(page: Page) -> str:
    """Return the table as a deluxetable of AASTeX, notes as table comments."""
    mark = re.search(r"\\tablefoottext\{(\w)\}\{([^}]*)\}", page.notes)
    notes = page.notes[: mark.start()].strip() if mark else page.notes
    foot = rf"\tablecomments{{{notes}}}"
    if mark:
        foot = rf"\tablenotetext{{{mark[1]}}}{{{mark[2]}}}" + "\n" + foot
    settings = {
        "tabletype": "deluxetable*" if page.wide else "deluxetable",
        "caption": rf"{page.caption}\label{{{page.key}}}",
        "col_align": re.sub(r"p\{[^}]*\}", "l", page.align).replace(" ", ""),
        "tablefoot": foot,
    }
    return _written(page, "ascii.aastex", settings).replace(r"\tablefootmark", r"\tablenotemark")


def _written(page: Page, form: str, settings: dict[str, str]) -> str:
    stream = io.StringIO()
    Table(page.rows()).write(stream, format=form, latexdict=settings)
    return stream.getvalue()


def clusters_page(table: pd.DataFrame, label: str, notes: str, key: str) -> Page:
    """Return T1 to print."""
    cells: dict[str, list[str]] = {
        name: []
        for name in (
            "Cluster", "$N$", "[Fe/H]", r"$\sigma$", r"$\sigma_\mathrm{err}$", "Noise",
            "Groups", "$P$", "$C$", "$p$", r"$p_\mathrm{FDR}$",
        )
    }  # fmt: skip
    for row in table.to_dict("records"):
        iron = number(row["fe_h"])
        if np.isfinite(row["fe_h_err"]):
            iron += rf" $\pm$ {number(row['fe_h_err'])}"
        matched = row["best_group"] >= 0
        purity = f"{row['n_shared']}/{row['n_best']}" if matched else NO_VALUE
        share = f"{row['n_shared']}/{row['n_members']}" if matched else NO_VALUE
        mark = r"\tablefootmark{a}" if row["recovered_40"] and row["eligible"] else ""
        values = [
            escaped(row["cluster"]) + mark,
            str(row["n_members"]),
            iron,
            with_interval(row["scatter"], row["scatter_low"], row["scatter_high"], 3),
            number(row["error"], 3),
            str(row["n_noise"]),
            str(row["n_groups"]),
            purity,
            share,
            probability(row["p_value"]),
            probability(row["q_value"]),
        ]
        for name, value in zip(cells, values, strict=True):
            cells[name].append(value)
    caption = f"Clusters of the sample: {escaped(label)}."
    return Page(cells, caption, f"tab:clusters-{key}", notes, "l r l l r r r r r r r", True)


def groups_page(table: pd.DataFrame, label: str, notes: str, key: str) -> Page:
    """Return T2 to print."""
    cells: dict[str, list[str]] = {
        name: []
        for name in ("Group", "Content", "Cluster", "$P$", "$C$", "$p$", r"$p_\mathrm{FDR}$")
    }
    for row in table.to_dict("records"):
        values = [
            str(row["group"]),
            escaped(row["content"]),
            escaped(row["cluster"]) + (r"\tablefootmark{a}" if row["recovered_70"] else ""),
            f"{number(row['purity'])} ({row['n_shared']}/{row['n_stars']})",
            f"{number(row['completeness'])} ({row['n_shared']}/{row['n_members']})",
            probability(row["p_value"]),
            probability(row["q_value"]),
        ]
        for name, value in zip(cells, values, strict=True):
            cells[name].append(value)
    caption = f"Groups that recover a cluster at 40 per cent: {escaped(label)}."
    return Page(cells, caption, f"tab:groups-{key}", notes, r"r p{6cm} l l l r r", True)


def metrics_page(
    table: pd.DataFrame, names: dict[str, str], label: str, notes: str, key: str
) -> Page:
    """Return T3 to print: the metrics of `names` (name in the table to heading), in that order."""
    cells: dict[str, list[str]] = {
        name: [] for name in ("Score", "Value", "Redrawn", "Null", "95 \\%", "$z$", "$p$")
    }
    for metric, heading in names.items():
        for row in table[table["metric"] == metric].to_dict("records"):
            policy = [row[k] for k in ("noise", "field") if row[k] != "none"]
            digits = 1 if metric.startswith("n_") else 2
            values = [
                heading + (f" ({', '.join(policy)})" if policy else ""),
                with_interval(row["value"], row["low"], row["high"], digits),
                span(row.get("redrawn_low", np.nan), row.get("redrawn_high", np.nan), digits),
                number(row["null_mean"], digits),
                number(row["null_p95"], digits),
                number(row["z"], 1),
                probability(row["p_value"]),
            ]
            for name, value in zip(cells, values, strict=True):
                cells[name].append(value)
    caption = f"Scores of the headline setting: {escaped(label)}."
    return Page(cells, caption, f"tab:metrics-{key}", notes, "l l l r r r r", True)


def settings_page(table: pd.DataFrame, label: str, notes: str, key: str) -> Page:
    """Return T4 to print."""
    cells: dict[str, list[str]] = {
        name: []
        for name in (
            "Space",
            "Cluster",
            "$N$",
            "Settings",
            r"40\,\%",
            "$p<0.05$",
            r"70\,\%",
            "Best match",
        )
    }
    for row in table.to_dict("records"):
        values = [
            escaped(row["space"]),
            escaped(row["cluster"]) + (r"\tablefootmark{a}" if row["headline_40"] else ""),
            *(str(row[name]) for name in (
                "n_members", "n_settings", "n_recovered_40", "n_significant", "n_recovered_70")),
            number(row["best_match"]),
        ]  # fmt: skip
        for name, value in zip(cells, values, strict=True):
            cells[name].append(value)
    caption = f"Settings of the grid that recover each cluster: {escaped(label)}."
    return Page(cells, caption, f"tab:settings-{key}", notes, "l l r r r r r r", False)


MACROS = r"""% Numbers of the run {run}, by their names in numbers.json.
% \chemtag{{NAME}} prints a value, \chemtag{{NAME|pm}} the value with its 68 % interval,
% \chemtag{{NAME|null}} the mean of its permutation null.
\newcommand{{\chemtag}}[1]{{\ifcsname chemtag@#1\endcsname\csname chemtag@#1\endcsname
  \else\errmessage{{There is no number called #1 in this run}}\fi}}
"""


def macros(numbers: dict[str, dict[str, Any]], run: str) -> str:
    r"""Return LaTeX that defines `\chemtag{name}` for every number."""
    lines = [MACROS.format(run=run)]
    for name, entry in numbers.items():
        value = entry["value"]
        digits = 0 if isinstance(value, int) else 3 if ".scatter." in name else 2
        plain = number(value, digits)
        forms = {
            name: plain,
            f"{name}|pm": with_interval(value, entry["low"], entry["high"], digits),
        }
        if entry["null_mean"] is not None:
            forms[f"{name}|null"] = number(entry["null_mean"], digits)
        lines += [
            rf"\expandafter\def\csname chemtag@{key}\endcsname{{\ensuremath{{{_in_math(text)}}}}}"
            for key, text in forms.items()
        ]
    return "\n".join(lines) + "\n"


def _in_math(text: str) -> str:
    return text.replace("$", "")

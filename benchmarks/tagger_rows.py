"""Rows of the benchmarks of the tagger: kept as JSON lines, their means, and the calibration.

`--rows FILE` of benchmarks/tagger.py, tagger_curves.py and tagger_real.py appends to such a file.
"""

import argparse
import json
import sys
from typing import Any

import numpy as np
import pandas as pd
import tagger_cases  # noqa: F401 (puts the library on the path)

from chemtag.tag.scan.reliability import fit_reliability


def keep(options: argparse.Namespace, rows: list[dict[str, Any]]) -> None:
    """Append rows to the file that `--rows` asks for."""
    if options.rows:
        with options.rows.open("a") as file:
            for row in rows:
                file.write(json.dumps({"what": options.what, **row}, default=float) + "\n")


def summarise(options: argparse.Namespace) -> None:
    """Print the means over all rows that were kept."""
    rows = [json.loads(line) for line in options.rows.read_text().splitlines()]
    for what in dict.fromkeys(row["what"] for row in rows):
        print(f"\n{what}\n")
        mine = [row for row in rows if row["what"] == what]
        by = [k for k in ("n_field", "width", "method") if k in mine[0]]
        summary(sorted(mine, key=lambda row: row["n_field"]), by)


def summary(rows: list[dict[str, Any]], by: list[str]) -> None:
    """Print means over samples and the standard errors of the means, as Markdown."""
    table = pd.DataFrame(rows)
    scores = [c for c in table.columns if c not in (*by, "seed", "each", "what")]
    grouped = table.groupby(by, sort=False)[scores]
    mean, error, n = grouped.mean(), grouped.sem(), grouped.size()
    print(f"| {' | '.join([*by, 'samples', *scores])} |")
    print("|" + "---|" * (len(by) + 1 + len(scores)))
    for key in mean.index:
        cells = [
            "" if np.isnan(m) else f"{m:.2f} +- {e:.2f}" if np.isfinite(e) else f"{m:.2f}"
            for m, e in zip(mean.loc[key], error.loc[key], strict=True)
        ]
        names = key if isinstance(key, tuple) else (key,)
        print(f"| {' | '.join([*map(str, names), str(n.loc[key]), *cells])} |")
    sys.stdout.flush()


def reliability(options: argparse.Namespace) -> None:
    """Fit the calibration of purity and completeness to the kept groups of `observed`; check it.

    The constants of chemtag.tag.scan.reliability; then, for each kind of sample, means of expected,
    calibrated and true values and the mean square error of both. For `observed` the calibrated
    values are those of a fit to the other half of the seeds.
    """
    rows = [json.loads(line) for line in options.rows.read_text().splitlines()]
    groups = pd.DataFrame(
        [
            {**{key: row[key] for key in ("what", "n_field", "seed", "method")}, **one}
            for row in rows
            if row.get("method", "").startswith("scan") and "width" not in row
            for one in row.get("each", [])
        ]
    )
    own = groups["what"] == "observed"
    for name in ("purity", "completeness"):
        expected, true = groups[f"expected_{name}"], groups[name]
        law = fit_reliability(expected[own], groups["evidence"][own], true[own])
        print(f"\n{name}: {law}\n")
        calibrated = pd.Series(law.calibrated(expected, groups["evidence"]), groups.index)
        for half in (0, 1):
            test = own & (groups["seed"] % 2 == half)
            train = own & ~test
            other = fit_reliability(expected[train], groups["evidence"][train], true[train])
            calibrated[test] = other.calibrated(expected[test], groups["evidence"][test])
        table = groups.assign(
            expected=expected, calibrated=calibrated, true=true,
            squared_expected=(expected - true) ** 2, squared_calibrated=(calibrated - true) ** 2,
            bin=pd.cut(calibrated, np.linspace(0, 1, 11)).astype(str),
        )  # fmt: skip
        values = ["expected", "calibrated", "true", "squared_expected", "squared_calibrated"]
        for by in (["what", "method", "n_field"], ["what", "bin"]):
            grouped = table.groupby(by)
            mean = grouped[values].mean()
            mean = mean.assign(error=grouped["true"].sem(), groups=grouped.size())
            print(mean.round(3).reset_index().to_markdown(index=False))

"""Answer the checklist of a sample from the tables of the run, as a page."""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table
from chemtag.report.checklist import (
    baseline,
    coverage,
    draws,
    failures,
    no_leakage,
    sensitivity,
)

logger = logging.getLogger("chemtag.write_checklist")


def write_checklist(
    funnel: Path,
    groups: Path,
    settings: Path,
    scores: Path | None,
    clusters: Path | None,
    nulls: Path | None,
    redraws: Path | None,
    stability: Path | None,
    found: Path | None,
    verdicts: Path | None,
    template: Path,
    page: Path,
    points: Path,
    seed: int,
    setting: str,
    spaces: list[str],
    width: str,
    rule_inputs: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]],
    run_name: str,
    sample: str,
) -> None:
    """Write the points of the checklist of a sample as `page` (HTML) and `points` (JSON)."""

    def table(path: Path | None, contract: str) -> pd.DataFrame | None:
        return None if path is None else read_table(path, contract)

    scored, stable = table(scores, "scores"), table(stability, "group_stability")
    grid = read_table(settings, "settings")
    answers = [
        baseline(scored, table(nulls, "nulls"), table(found, "scan_groups"), setting),
        draws(seed, table(redraws, "redraws")),
        no_leakage(rule_inputs, width),
        coverage(read_table(funnel, "funnel"), read_table(groups, "groups"), scored, stable,
                 setting),
        sensitivity(scored, grid, len(spaces)),
        failures(table(clusters, "clusters"), table(verdicts, "verdicts"), setting),
    ]  # fmt: skip
    listed: list[dict[str, Any]] = [answer.as_dict() for answer in answers]
    points.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    made = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    text = made.from_string(template.read_text(encoding="utf-8"))
    page.write_text(
        text.render(run=run_name, sample=sample, setting=setting, points=listed) + "\n",
        encoding="utf-8",
    )
    missing = [answer.point for answer in answers if not answer.there]
    logger.info("%d of %d points; missing: %s", len(answers) - len(missing), len(answers),
                ", ".join(missing) or "none")  # fmt: skip


if __name__ == "__main__":
    run(write_checklist, snakemake)

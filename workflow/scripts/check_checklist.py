"""Fail a strict run whose checklist lacks a point."""

import json
import logging
from pathlib import Path

from chemtag.base.step import run

logger = logging.getLogger("chemtag.check_checklist")


def check_checklist(points: Path, verdict: Path, strict: bool, sample: str) -> None:
    """Write how many points are missing; with `strict` raise `SystemExit` if there are any."""
    answers = json.loads(points.read_text(encoding="utf-8"))
    missing = [answer for answer in answers if not answer["there"]]
    for answer in missing:
        logger.warning("%s: %s", answer["point"], answer["words"])
    if missing and strict:
        words = "; ".join(f"{answer['point']}: {answer['words']}" for answer in missing)
        raise SystemExit(
            f"chemtag: config: report/strict: the checklist of {sample} lacks {words}."
        )
    found = {
        "check": "points missing from the checklist",
        "value": len(missing),
        "limit": "0" if strict else "none, the run is not strict",
        "passed": not missing or not strict,
    }
    verdict.write_text(json.dumps([found], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(check_checklist, snakemake)

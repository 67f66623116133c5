"""Check the tables of a sample and fail the run where an invariant does not hold."""

import json
import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table
from chemtag.check.checks import check_funnel, check_groups, check_scores

logger = logging.getLogger("chemtag.check_sample")


def check_sample(
    abundances: Path,
    funnel: Path,
    space: Path,
    groups: Path,
    settings: Path,
    scores: Path | None,
    clusters: Path | None,
    verdicts: Path,
) -> None:
    """Write the verdicts on one sample and space; raise `SystemExit` if one has failed."""
    n_stars = len(read_table(abundances, columns=["star_id"]))
    star_id = read_table(space, columns=["star_id"])["star_id"]
    found = [
        *check_funnel(read_table(funnel, "funnel"), n_stars),
        *check_groups(read_table(groups, "groups"), read_table(settings, "settings"), star_id),
    ]
    if scores is not None and clusters is not None:
        found += check_scores(read_table(scores, "scores"), read_table(clusters, "clusters"))
    for verdict in found:
        word = "holds" if verdict.passed else "FAILED"
        logger.info("%s: %s = %g (limit %s)", word, verdict.check, verdict.value, verdict.limit)
    failed = [v.check for v in found if not v.passed]
    if failed:
        raise SystemExit(f"chemtag: {groups}: failed checks: {'; '.join(failed)}")
    verdicts.write_text(json.dumps([v.as_dict() for v in found], indent=1) + "\n")


if __name__ == "__main__":
    run(check_sample, snakemake)

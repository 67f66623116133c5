"""Score the groups of each draw within the errors against the clusters."""

import logging
from pathlib import Path

import numpy as np

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score import scores_of
from chemtag.score.rows import redrawn_scores_rows
from chemtag.select.truth import truth_in

logger = logging.getLogger("chemtag.score_redraws")


def score_redraws(redrawn: list[Path], truth: Path, redrawn_scores: Path) -> None:
    """Write the median and the 68 and 95 % range of each score over all draws."""
    batches = [read_table(path, "redrawn_groups") for path in redrawn]
    star_id = batches[0]["star_id"].to_numpy(dtype=object)
    known = truth_in(read_table(truth, "truth"), star_id, str(truth))
    scores = [
        scores_of(draw, known.clusters, known.eligible)
        for batch in batches
        for draw in batch.drop(columns="star_id").to_numpy().T
    ]
    rows = redrawn_scores_rows({key: np.array([one[key] for one in scores]) for key in scores[0]})
    names = ("setting", "draw_scale", "backend", "seed", "sample", "space")
    meta = {name: batches[0].attrs[name] for name in names}
    write_table(rows, redrawn_scores, "redrawn_scores", {**meta, "n_draws": len(scores)})
    logger.info("%d draws scored", len(scores))


if __name__ == "__main__":
    run(score_redraws, snakemake)

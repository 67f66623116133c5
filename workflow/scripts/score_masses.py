"""Recovery of dissolved clusters against their mass at birth."""

import logging
from pathlib import Path

import pandas as pd

from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.score.masses import mass_rows

logger = logging.getLogger("chemtag.score_masses")


def score_masses(clusters: Path, truth: Path, mass_recovery: Path, headline: str) -> None:
    """Write the recovery of dissolved clusters in bins of mass, from the truth's masses."""
    masses = read_table(truth, "truth").attrs.get("birth_mass", {})
    table = pd.DataFrame(mass_rows(read_table(clusters, "clusters"), masses, headline))
    for row in table.to_dict("records"):
        logger.info(
            "%(role)s, %(mass_low).0f to %(mass_high).0f solar masses: %(n_recovered)d of "
            "%(n_eligible)d", row,
        )  # fmt: skip
    write_table(table, mass_recovery, "mass_recovery", {"setting": headline})


if __name__ == "__main__":
    run(score_masses, snakemake)

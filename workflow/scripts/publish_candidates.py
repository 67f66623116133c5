"""Write the sealed catalogue of candidates as VOTable, FITS and in the form of CDS."""

import json
import logging
from pathlib import Path

from chemtag.base.step import run
from chemtag.base.tables import read_table
from chemtag.vet.publish import cds_files, fits_of, votable_of
from chemtag.vet.seal import check_seal

logger = logging.getLogger("chemtag.publish_candidates")


def publish_candidates(
    candidates: Path,
    candidate_members: Path,
    seal: Path,
    votable: Path,
    fits: Path,
    readme: Path,
    groups_dat: Path,
    members_dat: Path,
    label: str,
    sample: str,
) -> None:
    """Write the catalogue as one VOTable, one FITS file, and ReadMe with two tables of text.

    Without a candidate the tables of text are empty files.
    """
    tables = {
        "candidates": read_table(candidates, "candidates"),
        "members": read_table(candidate_members, "candidate_members"),
    }
    said = json.loads(seal.read_text(encoding="utf-8"))
    check_seal(said, tables, str(seal))
    about = {"sample": sample, "found_by": said["found_by"], "seal_sha256": said["sha256"]}
    votable.write_bytes(votable_of(tables, about))
    fits.write_bytes(fits_of(tables, about))
    texts = cds_files(tables, about, f"Candidate siblings of {label}")
    for path in (readme, groups_dat, members_dat):
        path.write_text(texts.get(path.name, ""), encoding="ascii")
    logger.info("%d candidates, sealed %s", len(tables["candidates"]), said["sha256"])


if __name__ == "__main__":
    run(publish_candidates, snakemake)

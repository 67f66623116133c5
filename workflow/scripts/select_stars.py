"""Clean a catalogue into the sample of stars whose abundances are tagged."""

import logging
from pathlib import Path

from chemtag.base.documents import read_document
from chemtag.base.predicted import predicted_labels
from chemtag.base.problems import InputProblem
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.select.cleaning import select
from chemtag.select.predicted import with_predicted
from chemtag.select.quality import BitMask, bit_mask_from
from chemtag.select.sample import Selection, abundances_table
from chemtag.survey.quantities import is_element

logger = logging.getLogger("chemtag.select_stars")


def select_stars(
    stars: Path,
    members: Path,
    abundances: Path,
    funnel: Path,
    sample: str,
    keep: str,
    features: list[str],
    cuts: dict,
    predicted: list[Path],
    seed: int = 0,
    listed: Path | None = None,
) -> None:
    """Write the clean abundances of a sample and its funnel.

    `predicted` are the catalogues of labels of `predict` that windows name, by the tasks that
    their names begin with. `listed` are whom a sample of members keeps that has other lists beside
    its truth; the funnel counts the `members` of its truth.
    """
    table = read_table(stars)  # checked when written; a second check doubles the memory of a survey
    ratio = table.attrs.get("ratio")
    if ratio is None:
        raise InputProblem(f"{stars}: the meta does not say the ratio (x_fe or x_h); remake it.")
    labels = {path.name.split(".")[0]: predicted_labels(path) for path in predicted}
    for task, label in labels.items():
        logger.info("predict/%s: labels derive from %s", task, ", ".join(label.derived_from))
    table = with_predicted(table, labels, str(stars))
    masks = {name: read_mask(path) for name, path in cuts.get("masks", {}).items()}
    known = read_table(members, "members")
    kept = read_table(listed, "members") if listed else None
    selection = select(table, known, ratio, sample, keep, features, cuts, masks, seed, kept)
    report(selection)
    meta = {
        "sample": sample,
        "ratio": ratio,
        "elements": [f for f in selection.features if is_element(f)],
        "solar_scale": table.attrs.get("solar_scale", ""),
        **selection.notes,
    }
    if meta["elements"] != selection.features:
        meta["features"] = selection.features
    write_table(abundances_table(selection), abundances, "abundances", meta)
    write_table(selection.funnel.table(), funnel, "funnel", {"sample": sample})


def read_mask(path: str) -> BitMask:
    """Return the mask definition of a YAML file."""
    return bit_mask_from(read_document(path, "mask definition"), path)


def report(selection: Selection) -> None:
    """Log each cut and what was noted."""
    for row in selection.funnel.rows:
        logger.info(
            "%(cut)s: %(detail)s: %(stars_lost)d stars lost, %(stars_left)d left with "
            "%(members_left)d members of %(clusters_left)d clusters",
            row,
        )
    for name, note in selection.notes.items():
        logger.info("%s: %s", name, note)


if __name__ == "__main__":
    run(select_stars, snakemake)

"""List the groups of a sample as candidate siblings, and seal the list."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from chemtag.base.files import write_whole
from chemtag.base.settings import headline_of, on_grid
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.survey.abundances import column_of
from chemtag.survey.quantities import PLACES, features_in
from chemtag.vet.candidates import candidates_table, persistence
from chemtag.vet.seal import sealed

logger = logging.getLogger("chemtag.list_candidates")

OF_SCAN = (
    "expected_size", "evidence", "p_family", "q_false", "expected_purity", "expected_completeness",
    "calibrated_purity", "calibrated_completeness",
)  # fmt: skip
OF_DRAWS = ("jaccard", "jaccard_low", "jaccard_high", "dissolved")


def list_candidates(
    abundances: Path,
    groups: Path | None,
    settings: Path | None,
    stability: Path | None,
    scan_members: Path | None,
    scan_groups: Path | None,
    candidates: Path,
    candidate_members: Path,
    seal: Path,
    headline: Mapping[str, Any],
    level: str,
    sample: str,
) -> None:
    """Write the candidates, their stars and the seal of both.

    A sample that was scanned (`scan_members`, `scan_groups`) gives the groups of `level`, any other
    those of its headline (`groups` of all `settings`), with their `stability` where there were
    draws.
    """
    stars = read_table(abundances, "abundances")
    if scan_members is not None and scan_groups is not None:
        found, trust, about = of_scan(scan_members, scan_groups, level)
    else:
        assert groups is not None, "the rule gives one or the other"
        assert settings is not None, "they come with the groups"
        found, trust, about = of_headline(groups, settings, stability, headline_of(headline).name)
    asked = [feature for feature in features_in(stars.attrs) if feature not in PLACES]
    columns = [column_of(feature, stars.attrs["ratio"]) for feature in asked]
    rows, members = candidates_table(sample, found, stars, columns, trust)
    meta = {"sample": sample, "n_sample": len(stars), **about}
    write_table(rows, candidates, "candidates", meta)
    write_table(members, candidate_members, "candidate_members", meta)
    written = {
        "candidates": read_table(candidates, "candidates"),
        "members": read_table(candidate_members, "candidate_members"),
    }
    text = json.dumps(sealed(written, meta), indent=1, sort_keys=True)
    write_whole(seal, text + "\n")
    logger.info("%d candidates of %d stars (%s)", len(rows), len(members), about["found_by"])


def of_scan(
    members: Path, groups: Path, level: str
) -> tuple[pd.DataFrame, dict[str, pd.Series], dict[str, str]]:
    """Return stars in groups, what is known of each group, and who found them."""
    stars, each = read_table(members, "scan_members"), read_table(groups, "scan_groups")
    stars = stars[stars["level"] == level].reset_index(drop=True)
    each = each[each["level"] == level].set_index("group")
    width = json.dumps(each.attrs.get("width", {}), sort_keys=True)
    return (
        stars,
        {name: each[name] for name in OF_SCAN},
        {"found_by": f"scan of known width, {level}", "width": width},
    )


def of_headline(
    groups: Path, settings: Path, stability: Path | None, setting: str
) -> tuple[pd.DataFrame, dict[str, pd.Series], dict[str, str]]:
    """Return the same of the headline setting of HDBSCAN or another tagger."""
    everything = read_table(groups, "groups")
    stars = everything[everything["setting"] == setting].reset_index(drop=True)
    asked = read_table(settings, "settings")
    grid = asked.loc[on_grid(asked), "setting"].astype(str).tolist()
    trust = {"persistence": persistence(everything, setting, grid)}
    if stability is not None:
        each = read_table(stability, "group_stability").set_index("group")
        trust |= {name: each[name] for name in OF_DRAWS}
    return stars, trust, {"found_by": f"headline {setting}"}


if __name__ == "__main__":
    run(list_candidates, snakemake)

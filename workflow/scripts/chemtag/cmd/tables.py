"""The rows of the tables of diagrams."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from chemtag.base.types import Ints
from chemtag.cmd.clusters import Photometry
from chemtag.cmd.extinction import extinction
from chemtag.cmd.isochrones import Grid
from chemtag.cmd.judging import Judged, best_isochrone
from chemtag.cmd.models import QUANTITIES
from chemtag.vet.vetting import PURITIES, Terms

# Field stars that are drawn, evenly by their place in the sample.
MOST_FIELD = 3000


def diagram_rows(groups: pd.DataFrame, judged: Sequence[Judged], terms: Terms) -> pd.DataFrame:
    """Return the rows of the contract `diagrams`, a row for each of the groups."""
    rows = []
    named = zip(groups["candidate"], groups["group"], groups["n_stars"], judged, strict=True)
    for candidate, group, n_stars, found in named:
        verdict, reason = verdict_of(found, terms)
        row = {
            "candidate": candidate, "group": group, "n_stars": n_stars,
            "n_data": found.n_data, "n_missing": int(n_stars) - found.n_data,
            "n_field": found.n_field, "probability": found.probability,
            "in_domain": found.in_domain,
        }  # fmt: skip
        for name in QUANTITIES:
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), found.values[name], strict=True))
        row |= {"p": found.p, "p_pure": found.p_pure}
        row |= {f"power_{round(100 * purity)}": found.power[purity] for purity in PURITIES}
        rows.append(
            {**row, "power_against": found.power_against, "verdict": verdict, "reason": reason}
        )
    return pd.DataFrame(rows) if rows else no_rows()


def verdict_of(found: Judged, terms: Terms) -> tuple[str, str]:
    """Return the verdict on a group by its diagram, and why."""
    if found.reason:
        return "cannot tell", found.reason
    if found.p <= terms.alpha:
        return "supported", "more like the diagram of a cluster than groups of the field are"
    if found.p_pure <= terms.alpha:
        words = f"less like a cluster than simulated ones of purity {terms.purity:g} are"
        return "contradicted", words
    seen = found.power[0.7]
    return "cannot tell", (
        f"a cluster of purity 0.7 would be seen in {seen:.0%} of cases, "
        f"a chance group in {found.power_against:.0%}"
    )


def no_rows() -> pd.DataFrame:
    """Return the table `diagrams` without rows."""
    counts = ("group", "n_stars", "n_data", "n_missing", "n_field")
    numbers = [f"{name}{end}" for name in QUANTITIES for end in ("", "_low", "_high")]
    numbers += ["probability", "p", "p_pure", "power_40", "power_70", "power_100", "power_against"]
    kinds = {
        **dict.fromkeys(("candidate", "verdict", "reason"), object),
        **dict.fromkeys(counts, np.int64), **dict.fromkeys(numbers, float), "in_domain": bool,
    }  # fmt: skip
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def points_of(
    grid: Grid, stars: Photometry, codes: Ints, groups: Sequence[int], judged: Sequence[Judged]
) -> pd.DataFrame:
    """Return the rows of the contract `diagram_points`: stars (N,) by group, and isochrones.

    Of the field at most MOST_FIELD stars. A group whose age is known has the isochrone of
    nearly solar metals nearest to it, at the distance and behind the dust that were found.
    """
    known = np.isfinite(stars.g) & np.isfinite(stars.colour)
    field = np.flatnonzero(known & (codes < 0))
    if len(field) > MOST_FIELD:
        field = field[np.linspace(0, len(field) - 1, MOST_FIELD).round().astype(int)]
    rows = np.concatenate([np.flatnonzero(known & (codes >= 0)), field])
    parts = [
        pd.DataFrame({"group": codes[rows], "kind": "star", "place": rows,
                      "bp_rp": stars.colour[rows], "g": stars.g[rows]})
    ]  # fmt: skip
    for group, found in zip(groups, judged, strict=True):
        if not np.isfinite(found.values["log_age"][0]):
            continue
        one, what = best_isochrone(grid, found)
        a_g, a_bp, a_rp = extinction(one.colour, what.a_v)
        parts.append(
            pd.DataFrame({
                "group": group, "kind": "isochrone", "place": np.arange(len(one.mass)),
                "bp_rp": one.colour + a_bp - a_rp,
                "g": one.magnitude[:, 0] + a_g + what.distance_modulus,
            })
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)

"""Vet the candidates of a sample by independent data."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemtag.base.derived import refuse_as_witness
from chemtag.base.predicted import derived_from
from chemtag.base.problems import InputProblem
from chemtag.base.seeds import generator_for
from chemtag.base.step import run
from chemtag.base.tables import read_table, write_table
from chemtag.survey.abundances import column_of
from chemtag.survey.quantities import features_in
from chemtag.vet.candidates import codes_of
from chemtag.vet.guards import refuse_dimension
from chemtag.vet.orbits import LEAST_PARALLAX, actions_of, galaxy_of, without_distance, words_of
from chemtag.vet.power import power_table
from chemtag.vet.quantities import QUANTITIES, is_computed, names_in, refuse_kind
from chemtag.vet.reading import read_datum
from chemtag.vet.seal import check_seal
from chemtag.vet.tables import (
    DIAGRAM,
    counts_of,
    finding_row,
    joined,
    name_of_group,
    parameters_of,
    rows_of_diagrams,
    star_rows,
    verdict_rows,
)
from chemtag.vet.verdicts import Joint, joint_verdicts
from chemtag.vet.vetting import MIN_FIELD, PURITIES, Datum, Terms, terms_for, vet_group

logger = logging.getLogger("chemtag.vet_groups")
# Errors of the power curves over the median error of the datum.
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


def vet_groups(
    abundances: Path,
    candidates: Path,
    candidate_members: Path,
    seal: Path,
    tables: list[Path],
    diagrams: Path | None,
    vetting: Path,
    verdicts: Path,
    vetting_stars: Path,
    power: Path,
    data: Mapping[str, Mapping[str, Any]],
    terms: Mapping[str, Any],
    orbits: Mapping[str, Any],
    dissolved: bool,
    seed: int,
    sample: str,
) -> None:
    """Write what each datum says of each candidate, the joint verdicts, and the power by error.

    `tables` are those of the `data`, in their order; `orbits` is the galaxy that actions are
    computed in. What the stage `cmd` says of `diagrams`, if anything, is one datum more. With
    `dissolved`, data that hold for bound groups alone count for a group and not against it.
    """
    stars = read_table(abundances, "abundances")
    groups, members, sealed = sealed_catalogue(candidates, candidate_members, seal)
    star_id = stars["star_id"].tolist()
    codes = codes_of(members, star_id, str(candidate_members))
    drawn = {DIAGRAM: {"quantity": DIAGRAM}} if diagrams is not None else {}
    asked = terms_for(terms, len(groups) * (len(data) + len(drawn)))
    parameters, matched_in = parameters_of(stars)
    rows, points, curves = [], [], []
    for (name, block), path in zip(data.items(), tables, strict=True):
        datum = datum_of(path, name, block, stars, orbits, seed)
        points.append(star_rows(star_id, codes, name, block, datum))
        curves.append(curve_of(name, block, datum, groups, asked, generator_for(
            seed, "vet", sample, "power", name)))  # fmt: skip
        for one in groups.itertuples():
            inside = codes == one.group
            whose = name_of_group(stars.loc[inside, "star_id"].tolist())
            generator = generator_for(seed, "vet", sample, whose, name)
            found = vet_group(datum, parameters, inside, asked, generator)
            rows.append(finding_row(one.candidate, one.group, one.n_stars, name, block, found))
    if diagrams is not None:
        rows += rows_of_diagrams(read_table(diagrams, "diagrams"), sealed["sha256"], str(diagrams))
    each = pd.DataFrame(rows, columns=list(rows[0])) if rows else no_findings()
    joint = joint_of(each, {**data, **drawn}, dissolved, asked.alpha)
    summary = verdict_rows(groups, each, joint)
    meta = {
        "sample": sample, "found_by": sealed.get("found_by", ""),
        "seal_sha256": sealed["sha256"], "draws": asked.draws, "matched_in": matched_in,
        "n_candidates": len(groups), "n_sample": len(stars),
        **what_was_asked(asked, data, orbits, dissolved),
    }  # fmt: skip
    write_table(each, vetting, "vetting", meta)
    write_table(summary, verdicts, "verdicts", meta)
    write_table(joined(points, "vetting_stars"), vetting_stars, "vetting_stars", meta)
    write_table(joined(curves, "vetting_power"), power, "vetting_power", meta)
    if not matched_in:
        logger.warning("the sample has neither Teff, log g nor [Fe/H]: the field is not matched")
    logger.info("%d candidates: %s", len(groups), counts_of(summary))


def sealed_catalogue(
    candidates: Path, candidate_members: Path, seal: Path
) -> tuple[pd.DataFrame, pd.DataFrame, Mapping[str, Any]]:
    """Return candidates, their stars and their seal, once it is known to be theirs."""
    groups = read_table(candidates, "candidates")
    members = read_table(candidate_members, "candidate_members")
    sealed = json.loads(seal.read_text(encoding="utf-8"))
    check_seal(sealed, {"candidates": groups, "members": members}, str(seal))
    return groups, members, sealed


def what_was_asked(
    terms: Terms, data: Mapping[str, Mapping[str, Any]], orbits: Mapping[str, Any], dissolved: bool
) -> dict[str, Any]:
    """Return what the tables of vetting say of the config."""
    asked = {
        "alpha": terms.alpha, "purity": terms.purity, "dissolved": dissolved,
        "simulated": sorted(name for name, block in data.items() if block["simulated"]),
    }  # fmt: skip
    if any(is_computed(block) for block in data.values()):
        asked["orbits"] = words_of(galaxy_of(orbits), orbits["source"])
    return asked


def joint_of(
    each: pd.DataFrame, data: Mapping[str, Mapping[str, Any]], dissolved: bool, alpha: float
) -> Joint:
    """Return the joint verdicts of the table `vetting`, groups in order."""
    by_datum = {name: each[each["datum"] == name].sort_values("group") for name in data}
    bound = {name for name, block in data.items() if QUANTITIES[block["quantity"]].bound}
    return joint_verdicts(
        {name: part["p"].to_numpy(dtype=float) for name, part in by_datum.items()},
        {name: part["p_pure"].to_numpy(dtype=float) for name, part in by_datum.items()},
        [name for name in data if not (dissolved and name in bound)],
        alpha,
    )


def datum_of(
    path: Path, name: str, block: Mapping[str, Any], stars: pd.DataFrame,
    orbits: Mapping[str, Any], seed: int,
) -> Datum:  # fmt: skip
    """Return a datum of the stars of a sample, once it is known to be independent of the groups.

    Actions are computed from its values where it has none.
    """
    place = f"config: vet/data/{name}"
    said = derived_from(path)
    if said is not None:
        refuse_as_witness(said, name, f"{path} ({place})")
    refuse_kind(features_in(stars.attrs), name, block, place)
    sky = stars[["ra", "dec"]].to_numpy(dtype=float) if {"ra", "dec"} <= set(stars) else None
    datum, counts = read_datum(path, block, stars["star_id"].tolist(), f"vet/data/{name}", sky)
    elements, ratio = stars.attrs["elements"], stars.attrs["ratio"]
    columns = [column_of(element, ratio) for element in elements]
    own = stars[columns].to_numpy(dtype=float)
    dimensions, names = own, columns
    if ratio == "x_fe" and "fe_h" in stars:
        to_h = own + stars[["fe_h"]].to_numpy(dtype=float)
        dimensions = np.column_stack([own, to_h])
        names = [*columns, *(f"{element}_h" for element in elements)]
    # A sample may be tagged by astrometry as well.
    others = [f for f in features_in(stars.attrs) if f not in elements and f in stars]
    dimensions = np.column_stack([dimensions, stars[others].to_numpy(dtype=float)])
    names = [*names, *others]
    for column, value in enumerate(block["values"]):
        refuse_dimension(datum.values[:, column], dimensions, names, value, place)
    logger.info("%s: %d of %d stars of the sample have it; rows left out: %d repeated, %d "
                "ambiguous by position", name, counts["with_data"], len(stars), counts["repeated"],
                counts["ambiguous"])  # fmt: skip
    return computed_of(datum, name, block, orbits, seed, place) if is_computed(block) else datum


def computed_of(
    measured: Datum, name: str, block: Mapping[str, Any], orbits: Mapping[str, Any], seed: int,
    place: str,
) -> Datum:  # fmt: skip
    """Return the orbital actions of stars whose place and motion were measured."""
    galaxy, values = galaxy_of(orbits), list(block["values"])
    draws = int(generator_for(seed, "vet", "orbits", name).integers(1 << 31))
    found = actions_of(measured, values, block["spread"], galaxy, draws)
    known, far = int(found.complete.sum()), without_distance(measured, values)
    if not known:
        raise InputProblem(
            f"{place}: no star has actions, {far} for a parallax below {LEAST_PARALLAX:g} errors; "
            "check the units of parallax (mas), pmra and pmdec (mas/yr) and rv (km/s)."
        )
    logger.info("%s: actions of %d stars in %s; %d have no distance", name, known,
                words_of(galaxy, orbits["source"]), far)  # fmt: skip
    return found


def curve_of(
    name: str, block: Mapping[str, Any], datum: Datum, groups: pd.DataFrame, terms: Terms,
    generator: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of `vetting_power` of a datum: power by error for groups of median size.

    The observed values of the sample stand for the true ones of the field, a little too wide.
    """
    known = datum.complete
    size = int(np.clip(groups["n_stars"].median() if len(groups) else 10, 3, 30))
    if known.sum() < MIN_FIELD:
        table = pd.DataFrame({"purity": [], "error": [], "power": []}, dtype=float)
        middle = np.nan
    else:
        median = np.median(datum.errors[known], axis=0)
        middle = float(median[0])
        errors = [factor * median for factor in FACTORS]
        table = power_table(datum.values[known], errors, datum.spread, size, terms.alpha,
                            terms.simulations, generator, PURITIES)  # fmt: skip
    value = names_in(block)[0]
    table.insert(0, "datum", name)
    return table.assign(value_name=value, n_stars=size, median_error=middle)


def no_findings() -> pd.DataFrame:
    """Return the table `vetting` without rows."""
    words = ("candidate", "datum", "quantity", "verdict", "reason")
    numbers = ("statistic", "p", "p_pure", "power_40", "power_70", "power_100", "power_against")
    counts = ("group", "n_stars", "n_data", "n_missing", "n_field")
    kinds = {**dict.fromkeys(words, object), **dict.fromkeys(numbers, float),
             **dict.fromkeys(counts, np.int64)}  # fmt: skip
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


if __name__ == "__main__":
    run(vet_groups, snakemake)

"""Who belongs to which cluster: labels, thresholds, joins and conflicts.

A table of candidates (one row a star and cluster, with the thresholds' columns) becomes the
members table: at most one cluster a star. Each step counts what it lets go.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.problems import InputProblem
from chemtag.base.types import Bools
from chemtag.survey.cells import whole_label
from chemtag.survey.cluster_names import Aliases, key_of, merged_names, normalised, unknown_names
from chemtag.survey.labels import classified, field_labels

_CHEMICAL = re.compile(r"(^|_)(fe_?h|m_?h|met(al\w*)?|abund\w*|chem\w*)(_|$)", re.IGNORECASE)


def is_field(labels: npt.NDArray[np.object_], field_values: Sequence[Any]) -> Bools:
    """Return (n,) True where a label means no cluster; see `labels.field_labels`."""
    return field_labels(labels, field_values)


def passes(table: pd.DataFrame, above: Mapping[str, float], minimum: Mapping[str, float]) -> Bools:
    """Return (n,) True where every threshold holds: columns `above/NAME` > limit, `min/NAME` >=.

    A missing value passes no threshold. Values beyond 1 do pass: some catalogues scale a
    probability to more than one (PM_PROB of Donor et al. 2020, AJ 159, 199, reaches 2).
    """
    result = np.ones(len(table), dtype=bool)
    for name, limit in above.items():
        result &= table[f"above/{name}"].to_numpy(dtype=float) > limit
    for name, limit in minimum.items():
        result &= table[f"min/{name}"].to_numpy(dtype=float) >= limit
    return result


def is_chemical(column: str) -> bool:
    """Say whether a column, by its name, derives from abundances (FEH_PROB, M_H ...)."""
    return bool(_CHEMICAL.search(column))


def clean_probability(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return probabilities with NaN where a value is not one, that is outside [0, 1]."""
    result = np.array(values, dtype=float)
    result[~((result >= 0) & (result <= 1))] = np.nan
    return result


def strongest(candidates: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Keep one cluster a star: the most probable, among equals the first by name.

    `candidates` has `star_id`, `cluster` and `probability` (NaN counts below any number). Returns
    the rows sorted by `star_id` and the number of stars that were in several clusters.
    """
    clusters = candidates.groupby("star_id")["cluster"].nunique()
    ranked = candidates.assign(rank=-candidates["probability"].fillna(-1.0))
    ranked = ranked.sort_values(["star_id", "rank", "cluster"], kind="stable")
    kept = ranked.drop_duplicates("star_id").drop(columns="rank").reset_index(drop=True)
    return kept, int((clusters > 1).sum())


def join_identifiers(candidates: pd.DataFrame, stars: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return (n,) star identifiers of the candidates, "" where the catalogue has no such star."""
    own = candidates["star_id"].to_numpy(dtype=object)
    known = np.isin(own.astype(str), stars["star_id"].to_numpy(dtype=object).astype(str))
    return np.where(known, own, "").astype(object)


def join_source_ids(candidates: pd.DataFrame, stars: pd.DataFrame) -> pd.DataFrame:
    """Return pairs (`row` of the candidates, `star_id`) of equal Gaia source identifiers.

    Several identifiers of the catalogue may share one source; 0 means that there is none.
    """
    left = pd.DataFrame(
        {"gaia_source_id": candidates["gaia_source_id"], "row": np.arange(len(candidates))}
    )
    right = stars.loc[stars["gaia_source_id"] > 0, ["gaia_source_id", "star_id"]]
    pairs = left.merge(right.drop_duplicates(), on="gaia_source_id", how="inner")
    return pairs[["row", "star_id"]]


def join_positions(
    candidates: pd.DataFrame, stars: pd.DataFrame, radius: float
) -> tuple[pd.DataFrame, int]:
    """Return pairs (`row`, `star_id`) of each candidate and the nearest star within `radius`.

    Positions (`ra`, `dec` in degrees, ICRS) are compared as given, without proper motion; `radius`
    is in arcsec. The second result counts candidates with several stars in reach.
    """
    import astropy.units as u
    from astropy.coordinates import SkyCoord, search_around_sky

    ours = (
        stars[["star_id", "ra", "dec"]]
        .dropna()
        .drop_duplicates()
        .sort_values(["star_id", "ra", "dec"])
    )
    rows = np.flatnonzero(candidates[["ra", "dec"]].notna().all(axis=1).to_numpy())
    if not len(ours) or not len(rows):
        return pd.DataFrame({"row": [], "star_id": []}), 0
    theirs = candidates.iloc[rows]
    sky = SkyCoord(theirs["ra"].to_numpy() * u.deg, theirs["dec"].to_numpy() * u.deg)
    catalogue = SkyCoord(ours["ra"].to_numpy() * u.deg, ours["dec"].to_numpy() * u.deg)
    first, second, separation, _ = search_around_sky(sky, catalogue, radius * u.arcsec)
    pairs = pd.DataFrame(
        {
            "row": rows[first],
            "star_id": ours["star_id"].to_numpy()[second],
            "separation": separation.to_value(u.arcsec),
        }
    )
    several = int((pairs.groupby("row")["star_id"].nunique() > 1).sum())
    pairs = pairs.sort_values(["row", "separation", "star_id"]).drop_duplicates("row")
    return pairs[["row", "star_id"]].reset_index(drop=True), several


def members_of(
    candidates: pd.DataFrame,
    stars: pd.DataFrame,
    block: Mapping[str, Any],
    aliases: Aliases,
    place: str,
) -> pd.DataFrame:
    """Return the members table of a catalogue (contract `members`); see `assigned`."""
    return assigned(candidates, stars, block, aliases, place)[0]


def assigned(
    candidates: pd.DataFrame,
    stars: pd.DataFrame,
    block: Mapping[str, Any],
    aliases: Aliases,
    place: str,
) -> tuple[pd.DataFrame, npt.NDArray[np.object_]]:
    """Return the members table of a catalogue (contract `members`) and the possible members.

    Possible members are stars (identifiers, sorted) that a cluster is named for without being a
    member of one: those below a threshold, and of clusters other than `clusters`.

    `candidates`: columns `cluster`, those of the thresholds, `probability` if there is one, and
    the columns to join by; `block`: the `members` block of the config; `place`: the file, for
    messages. Raises `InputProblem` if nothing is labelled, passes or matches.
    """
    _warn_of_chemistry(block, place)
    everyone = named_clusters(_labelled(candidates, block, place), aliases, place)
    labelled = _asked(everyone, block, aliases, place)
    kept = labelled[passes(labelled, block["above"], block["min"])].reset_index(drop=True)
    _report_thresholds(labelled, kept, block, place)
    kept["probability"] = _probability(kept, block, place)
    joined = _joined(kept, stars, block, place)
    members, conflicts = strongest(joined)
    if conflicts:
        logger.info(
            "%s: %d stars are listed in several clusters; kept is the most probable, then the "
            "first by name",
            place,
            conflicts,
        )
    logger.info("%s: %d members of %d clusters", place, len(members), members["cluster"].nunique())
    # The file without its folders, which name the user: this goes into the archive.
    members["source"] = block.get("source", Path(place).name)
    pairs, _, _ = _pairs(everyone, stars, block)
    possible = np.setdiff1d(
        pairs["star_id"].to_numpy(dtype=object).astype(str), members["star_id"].astype(str)
    )
    return members[["star_id", "cluster", "probability", "source"]], possible.astype(object)


def _warn_of_chemistry(block: Mapping[str, Any], place: str) -> None:
    names = {*block["above"], *block["min"], block.get("probability", "")}
    for name in sorted(filter(is_chemical, names)):
        logger.warning(
            "%s: membership uses %s, which comes from abundances: stars were called members "
            "because their chemistry agrees, so scores of finding them by chemistry are circular "
            "and too high; use positions, motions and velocities only",
            place,
            name,
        )


def _labelled(candidates: pd.DataFrame, block: Mapping[str, Any], place: str) -> pd.DataFrame:
    field = classified(candidates["cluster"].to_numpy(dtype=object), block, place)
    if field.all():
        raise InputProblem(
            f"{place}: column {block['cluster']!r} (members/cluster) names no cluster in any of "
            f"{len(candidates)} rows besides the field values {block['field_values']}; correct "
            "members/cluster or members/field_values."
        )
    return candidates[~field].reset_index(drop=True)


def named_clusters(labelled: pd.DataFrame, aliases: Aliases, place: str) -> pd.DataFrame:
    """Candidates with one name a cluster."""
    written = labelled["cluster"].astype(str).str.strip().map(whole_label)
    names = normalised(written, aliases)
    for kept, spellings in merged_names(names).items():
        logger.warning(
            "%s: read as one cluster, %r: %s; if they are several, rename them in the table",
            place,
            kept,
            ", ".join(map(repr, spellings)),
        )
    return labelled.assign(cluster=written.map(names))


def _asked(
    labelled: pd.DataFrame, block: Mapping[str, Any], aliases: Aliases, place: str
) -> pd.DataFrame:
    """Candidates of the clusters that the config asks for."""
    asked = block.get("clusters")
    if not asked:
        return labelled
    present = sorted(set(labelled["cluster"]))
    unknown = unknown_names(asked, present, aliases)
    if unknown:
        near = get_close_matches(aliases.spelled(unknown[0]), present, n=3)
        raise InputProblem(
            f"{place}: no star is labelled {unknown[0]!r} (members/clusters); "
            + (f"did you mean {' or '.join(near)}? " if near else f"there are {present[:8]}. ")
            + "Correct the name or leave it out."
        )
    keys = {key_of(aliases.spelled(name)) for name in asked}
    return labelled[[key_of(name) in keys for name in labelled["cluster"]]].reset_index(drop=True)


def _report_thresholds(
    labelled: pd.DataFrame, kept: pd.DataFrame, block: Mapping[str, Any], place: str
) -> None:
    for kind, sign in (("above", ">"), ("min", ">=")):
        for name, limit in block[kind].items():
            values = labelled[f"{kind}/{name}"].to_numpy(dtype=float)
            count = int((values > limit).sum() if kind == "above" else (values >= limit).sum())
            logger.info(
                "%s: %s %s %g: %d of %d labelled rows (%d without a value, %d above 1)",
                place,
                name,
                sign,
                limit,
                count,
                len(values),
                int(np.isnan(values).sum()),
                int((values > 1).sum()),
            )
            _doubt_percent(name, sign, kind, limit, values, place)
    logger.info("%s: %d of %d labelled rows pass all thresholds", place, len(kept), len(labelled))
    if not len(kept):
        limits = {**block["above"], **block["min"]}
        raise InputProblem(
            f"{place}: none of {len(labelled)} labelled rows passes the thresholds {limits} "
            "(members/above, members/min); lower them or correct their columns."
        )


def _doubt_percent(
    name: str, sign: str, kind: str, limit: float, values: npt.NDArray[np.float64], place: str
) -> None:
    """Warn of a limit of a share, from 0 to 1, on a column whose values are mostly larger."""
    known = values[np.isfinite(values)]
    if 0 < limit < 1 and len(known) and np.median(known) > 1:
        logger.warning(
            "%s: %s %s %g (members/%s), but most values are above 1 (median %.3g); is the column "
            "in percent?",
            place,
            name,
            sign,
            limit,
            kind,
            float(np.median(known)),
        )


def _probability(
    kept: pd.DataFrame, block: Mapping[str, Any], place: str
) -> npt.NDArray[np.float64]:
    if "probability" not in block:
        return np.full(len(kept), np.nan)
    values = kept["probability"].to_numpy(dtype=float)
    if np.mean(values > 1) > 0.5:
        raise InputProblem(
            f"{place}: column {block['probability']!r} (members/probability) exceeds 1 in most "
            f"rows (up to {np.nanmax(values):g}), so it is no probability from 0 to 1; choose "
            "another column or leave it out."
        )
    result = clean_probability(values)
    invalid = int(np.isnan(result).sum())
    if invalid:
        logger.info(
            "%s: %d of %d rows have no valid %s (0 to 1); they count as least probable",
            place,
            invalid,
            len(result),
            block["probability"],
        )
    return result


def _pairs(
    labelled: pd.DataFrame, stars: pd.DataFrame, block: Mapping[str, Any]
) -> tuple[pd.DataFrame, str, int]:
    """Pairs (`row`, `star_id`) of candidates and stars, by what, and rows with several stars."""
    if "gaia_source_id" in block:
        return join_source_ids(labelled, stars), "gaia_source_id", 0
    if "ra" in block:
        by = f"position within {block['radius']:g} arcsec"
        pairs, several = join_positions(labelled, stars, block["radius"])
        return pairs, by, several
    found = join_identifiers(labelled, stars)
    rows = np.flatnonzero(found != "")
    return pd.DataFrame({"row": rows, "star_id": found[rows]}), "star_id", 0


def _joined(
    kept: pd.DataFrame, stars: pd.DataFrame, block: Mapping[str, Any], place: str
) -> pd.DataFrame:
    """Candidates with the identifiers of the catalogue's stars."""
    pairs, by, several = _pairs(kept, stars, block)
    if several:
        logger.warning(
            "%s: %d rows have several stars within %g arcsec; taken is the nearest",
            place,
            several,
            block["radius"],
        )
    if "ra" in block:
        without = int(kept[["ra", "dec"]].isna().any(axis=1).sum())
        if without:
            logger.warning("%s: %d members have no position and are left out", place, without)
    rows = pairs["row"].to_numpy(dtype=int)
    if not len(rows):
        raise InputProblem(_no_match(kept, stars, block, by, place))
    lost = len(kept) - len(np.unique(rows))
    if lost:
        logger.info("%s: %d of %d rows match no star of the catalogue", place, lost, len(kept))
        if by == "star_id":
            unmatched = np.delete(kept["star_id"].to_numpy(dtype=object), np.unique(rows))
            _doubt_case(unmatched, stars, place)
    return pd.DataFrame(
        {
            "star_id": pairs["star_id"].to_numpy(dtype=object),
            "cluster": kept["cluster"].to_numpy(dtype=object)[rows],
            "probability": kept["probability"].to_numpy(dtype=float)[rows],
        }
    )


def _doubt_case(unmatched: npt.NDArray[np.object_], stars: pd.DataFrame, place: str) -> None:
    """Warn of members that would be stars of the catalogue if case did not count."""
    folded = {str(name).casefold() for name in stars["star_id"]}
    near = [name for name in unmatched if str(name).casefold() in folded]
    if near:
        logger.warning(
            "%s: %d members match no star of the catalogue, as small and capital letters differ, "
            "such as %r; write identifiers alike in both tables",
            place,
            len(near),
            near[0],
        )


def _no_match(
    kept: pd.DataFrame, stars: pd.DataFrame, block: Mapping[str, Any], by: str, place: str
) -> str:
    column = "gaia_source_id" if "gaia_source_id" in block else "star_id"
    sentence = f"{place}: none of {len(kept)} members matches a star of the catalogue by {by}"
    if "ra" not in block:
        ours, theirs = stars[column].iloc[0], kept[column].iloc[0]
        sentence += f" (members hold {theirs!s}, the catalogue {ours!s})"
    return sentence + "; join by another column or correct the table of members."

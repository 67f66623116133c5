"""A catalogue as the config describes it: its stars, and which of them are members of clusters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.log import logger
from chemtag.base.seeds import generator_for
from chemtag.survey.cluster_names import Aliases
from chemtag.survey.columns import read_columns
from chemtag.survey.field import drawn, field_block, with_field
from chemtag.survey.labels import wanted_labels
from chemtag.survey.membership import assigned
from chemtag.survey.stars import read_stars


def catalog_of(
    table: Path,
    members_table: Path | None,
    names: Aliases,
    catalog: str,
    block: Mapping[str, Any],
    field_table: Path | None = None,
    asked: list[str] | None = None,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the stars (contract `stars`) and members (contract `members`) of the catalog `block`.

    Labels come from `members_table`, or from `table` itself if that is None. Stars of
    `field_table` join those of `table` as field stars. `asked` are the elements that samples ask
    for (default all), `seed` is that of the draw `n_field`. Raises `InputProblem` for whatever the
    tables do not hold as the block says.
    """
    labels = block.get("members")
    also = wanted_labels(labels) if labels and members_table is None else []
    stars, beside = read_stars(table, block, also, asked)
    known = stars[[n for n in ("star_id", "gaia_source_id", "ra", "dec") if n in stars]]
    possible = np.array([], dtype=object)
    if labels is None:
        logger.warning("%s: no `members` in the config, so no star is in a cluster", table)
        found = pd.DataFrame({"star_id": [], "cluster": [], "probability": [], "source": []})
    else:
        if members_table is None:
            candidates = beside.assign(star_id=known["star_id"])
        else:
            wanted = wanted_labels(labels)
            read = read_columns(members_table, wanted, labels.get("hdu"), labels.get("readme"))
            candidates = pd.DataFrame(read.values)
        place = str(members_table or table)
        found, possible = assigned(candidates, known, dict(labels), names, place)
    if labels is not None and len(possible):
        stars = _marked(stars, possible, labels.get("not_members", "drop"), str(table))
    if field_table is not None:
        field, _ = read_stars(field_table, field_block(block), (), asked)
        stars = with_field(stars, field, (str(table), str(field_table)))
    if block.get("n_field") is not None:
        stars = _with_drawn_field(stars, found, block["n_field"], seed, catalog)
    return stars, found


def _marked(
    stars: pd.DataFrame, possible: npt.NDArray[Any], policy: str, place: str
) -> pd.DataFrame:
    """Stars with a column `possible_member`, for `select` to drop, or as they are."""
    hit = stars["star_id"].isin(possible).to_numpy()
    logger.warning(
        "%s: %d stars are named for a cluster without being members (below a threshold of "
        "members/above or min, or not of members/clusters): %s",
        place,
        len(possible),
        "they are dropped, as they are no certain field stars; see members/not_members"
        if policy == "drop"
        else "they count as field stars",
    )
    return stars.assign(possible_member=hit.astype(np.int64)) if policy == "drop" else stars


def _with_drawn_field(
    stars: pd.DataFrame, members: pd.DataFrame, number: int, seed: int, catalog: str
) -> pd.DataFrame:
    """Stars with `number` of the field stars, drawn at random; members all stay."""
    is_field = ~stars["star_id"].isin(members["star_id"]).to_numpy()
    if "possible_member" in stars:
        is_field = is_field & (stars["possible_member"] == 0).to_numpy()
    keep = drawn(
        stars["star_id"].to_numpy(), is_field, number, generator_for(seed, "n_field", catalog)
    )
    there = stars.loc[is_field, "star_id"].nunique()
    if there < number:
        logger.warning("n_field: %d field stars are asked for, there are %d", number, there)
    else:
        logger.info("n_field: %d of %d field stars drawn at random", number, there)
    return stars[keep].reset_index(drop=True)

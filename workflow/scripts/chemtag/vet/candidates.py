"""The groups of a sample as candidates: what an observer wants to know of each, and no truth."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from chemtag.base.types import Floats, Ints

# The 84th percentile of a Gaussian is one sigma above its median; MAD times this is sigma.
MAD_TO_SIGMA = 1.4826
# A group is there again where it shares more than half of all stars of both (Hennig 2008).
COMES_BACK = 0.5


def weighted_mean(values: Floats, errors: Floats) -> tuple[float, float]:
    """Return the mean of values (n,) weighted by 1/error², and its error.

    The error is the larger of that of the quoted errors, (sum w)^-1/2, and that of the scatter,
    (sum w (x - m)² / ((n - 1) sum w))^1/2. Rows without a value or a positive error are left out;
    NaN without any.
    """
    known = np.isfinite(values) & np.isfinite(errors) & (errors > 0)
    x, weight = values[known], 1 / errors[known] ** 2
    if not len(x):
        return np.nan, np.nan
    total = weight.sum()
    mean = float((weight * x).sum() / total)
    quoted = total**-0.5
    scatter = 0.0
    if len(x) > 1:
        scatter = np.sqrt((weight * (x - mean) ** 2).sum() / ((len(x) - 1) * total))
    return mean, float(max(quoted, scatter))


def robust_centre(values: Floats) -> tuple[float, float]:
    """Return median and robust sigma (1.4826 MAD) of values (n,), missing ones left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan
    middle = float(np.median(known))
    return middle, float(MAD_TO_SIGMA * np.median(np.abs(known - middle)))


def codes_of(members: pd.DataFrame, star_id: Sequence[str], place: str = "groups") -> Ints:
    """Return the group (N,) of each of the stars `star_id`, −1 in none.

    Raises ValueError for members that are none of these stars.
    """
    at = pd.Index(star_id).get_indexer(pd.Index(members["star_id"]))
    if (at < 0).any():
        raise ValueError(f"{place}: its stars are not those of the sample")
    codes = np.full(len(star_id), -1, dtype=np.int64)
    codes[at] = members["group"].to_numpy(dtype=np.int64)
    return codes


def chemistry_of(
    abundances: pd.DataFrame, codes: Ints, n_groups: int, columns: Sequence[str]
) -> pd.DataFrame:
    """Return mean, error and place in the field of each abundance, a row for each group.

    `abundances` holds `columns` (dex) and `<column>_err`, `codes` (N,) the groups. The columns
    `<column>_field` are (mean − median of the stars in no group) / their robust sigma; NaN where
    that is 0 or all stars are in a group.
    """
    found: dict[str, list[float]] = {}
    for column in columns:
        values = abundances[column].to_numpy(dtype=float)
        errors = abundances[f"{column}_err"].to_numpy(dtype=float)
        middle, width = robust_centre(values[codes < 0])
        rows = [weighted_mean(values[codes == g], errors[codes == g]) for g in range(n_groups)]
        found[column] = [mean for mean, _ in rows]
        found[f"{column}_err"] = [error for _, error in rows]
        found[f"{column}_field"] = [
            (mean - middle) / width if width > 0 else np.nan for mean, _ in rows
        ]
    return pd.DataFrame(found, index=range(n_groups), dtype=float)


def persistence(groups: pd.DataFrame, setting: str, grid: Sequence[str]) -> pd.Series:
    """Return, by group of a setting, the share of the other settings in which it comes back.

    `groups` has setting, star_id and group, `grid` names all settings of the grid, those that found
    no group among them. A group comes back where one of the setting has a Jaccard similarity to it
    above `COMES_BACK`. Empty without other settings, and for a setting that is not on the grid.
    """
    names = groups["setting"].astype(str)
    others = sorted(set(grid) - {setting}) if setting in grid else []
    own = groups[names == setting]
    size = own.groupby("group").size()
    if not others:
        return pd.Series(dtype=float)
    found = pd.Series(0.0, index=size.index)
    group_of = own.set_index("star_id")["group"]
    for other in others:
        rows = groups[names == other]
        ours = rows["star_id"].map(group_of)
        shared = rows.assign(ours=ours).dropna(subset=["ours"]).groupby(["ours", "group"]).size()
        theirs = rows.groupby("group").size()
        of_ours, of_theirs = (shared.index.get_level_values(level) for level in (0, 1))
        either = size.loc[of_ours].to_numpy() + theirs.loc[of_theirs].to_numpy() - shared.to_numpy()
        best = (shared / either).groupby(level=0).max()
        found = found.add((best > COMES_BACK).astype(float), fill_value=0.0)
    return found / len(others)


def members_table(
    members: pd.DataFrame, abundances: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Return the rows of the contract `candidate_members`.

    `members` has star_id, group and probability, `names` the candidate of each group.
    """
    rows = members[["star_id", "group", "probability"]].copy()
    rows["group"] = rows["group"].astype(np.int64)
    rows.insert(0, "candidate", [names[g] for g in rows["group"]])
    known = [c for c in ("ra", "dec", "teff", "logg", "snr") if c in abundances]
    found = abundances.set_index("star_id").loc[rows["star_id"], known].reset_index(drop=True)
    return pd.concat([rows.reset_index(drop=True), found], axis=1)


def names_of(sample: str, n_groups: int) -> list[str]:
    """Return a name for each of the groups, `<sample>-000` and so on."""
    digits = max(3, len(str(max(n_groups - 1, 0))))
    return [f"{sample}-{number:0{digits}d}" for number in range(n_groups)]


def candidates_table(
    sample: str,
    members: pd.DataFrame,
    abundances: pd.DataFrame,
    columns: Sequence[str],
    trust: Mapping[str, pd.Series],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `candidates` and `candidate_members`.

    `members` are the stars in groups 0 to G − 1, `abundances` all stars of the sample, `columns`
    their abundances. `trust` holds what is known of each group, by column of the contract, indexed
    by group; columns without any value are left out.
    """
    n_groups = int(members["group"].max()) + 1 if len(members) else 0
    names = names_of(sample, n_groups)
    codes = codes_of(members, abundances["star_id"].tolist())
    groups = pd.DataFrame(
        {
            "candidate": pd.Series(names, dtype=object),
            "group": np.arange(n_groups),
            "n_stars": np.bincount(codes[codes >= 0], minlength=n_groups),
        }
    )
    for column, values in trust.items():
        given = values.reindex(range(n_groups)).to_numpy(dtype=float)
        if np.isfinite(given).any():
            groups[column] = given
    chemistry = chemistry_of(abundances, codes, n_groups, columns)
    return pd.concat([groups, chemistry], axis=1), members_table(members, abundances, names)

"""Members of clusters found here: the groups of one sample as the truth of another."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from chemtag.base.problems import InputProblem


def members_found(
    groups: pd.DataFrame,
    sample: str,
    setting: str,
    min_strength: float,
    place: str,
    remedy: str,
) -> pd.DataFrame:
    """Return the stars in the groups of a setting (contract `members`), clusters by group.

    `groups` (contract `groups`) are those of `sample`; group 3 becomes the cluster `sample 3`.
    Stars whose strength is below `min_strength` are left out. Raises `InputProblem` where nobody is
    left; `place` names the file, `remedy` says which keys of the config to change.
    """
    rows = groups[(groups["setting"].astype(str) == setting).to_numpy(dtype=bool)]
    strength = rows["probability"].to_numpy(dtype=float)
    kept = rows[strength >= min_strength]
    if kept.empty:
        found = f"at most {np.max(strength):.2f}" if len(rows) else "no group"
        raise InputProblem(
            f"{place}: no star of the setting {setting} has a strength of {min_strength:g} or more "
            f"(found {found}), so that nobody is a member; {remedy}."
        )
    return pd.DataFrame(
        {
            "star_id": kept["star_id"].to_numpy(dtype=object),
            "cluster": [f"{sample} {group}" for group in kept["group"]],
            "probability": kept["probability"].to_numpy(dtype=float),
            "source": f"groups of {sample}, {setting}",
        }
    )


def of_catalog(
    members: pd.DataFrame, star_id: npt.NDArray[np.object_], place: str, key: str
) -> pd.DataFrame:
    """Return the rows of `members` that are stars of a catalogue, `star_id` (n_stars,).

    Raises `InputProblem` where none is: the other sample is of a catalogue of other identifiers.
    `place` names the file of the groups, `key` what names the sample in the config.
    """
    kept = members[members["star_id"].isin(star_id)]
    if kept.empty:
        found, expected = ", ".join(members["star_id"].head(3)), ", ".join(star_id[:3])
        raise InputProblem(
            f"{place}: none of its {len(members)} stars in groups is among the {len(star_id)} of "
            f"the catalogue (column 'star_id': found {found}; the catalogue has {expected}); name "
            f"a sample of a catalogue with the same identifiers at {key}."
        )
    return kept.reset_index(drop=True)

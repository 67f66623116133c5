"""Members of clusters found here: the groups of one sample as the truth of another."""

import numpy as np
import pandas as pd

from chemtag.base.problems import InputProblem


def members_found(
    groups: pd.DataFrame, sample: str, setting: str, min_strength: float, place: str
) -> pd.DataFrame:
    """Return the stars in the groups of a setting (contract `members`), clusters by group.

    `groups` (contract `groups`) are those of `sample`; group 3 becomes the cluster `sample 3`.
    Stars whose strength is below `min_strength` are left out, and are field. Raises `InputProblem`
    where nobody is left; `place` names the file.
    """
    rows = groups[(groups["setting"].astype(str) == setting).to_numpy(dtype=bool)]
    strength = rows["probability"].to_numpy(dtype=float)
    kept = rows[strength >= min_strength]
    if kept.empty:
        found = f"at most {np.max(strength):.2f}" if len(rows) else "no group"
        raise InputProblem(
            f"{place}: no star of the setting {setting} has a strength of {min_strength:g} or more "
            f"(found {found}), so that nothing is a truth; name another setting of samples/"
            f"{sample} (truth/tagger), lower truth/min_strength, or set `truth: none`."
        )
    return pd.DataFrame(
        {
            "star_id": kept["star_id"].to_numpy(dtype=object),
            "cluster": [f"{sample} {group}" for group in kept["group"]],
            "probability": kept["probability"].to_numpy(dtype=float),
            "source": f"groups of {sample}, {setting}",
        }
    )

"""Predicted labels beside the stars of a catalogue, for windows to cut by."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from chemtag.base.derived import PREFIX
from chemtag.base.predicted import Predicted
from chemtag.base.problems import InputProblem


def with_predicted(
    stars: pd.DataFrame, labels: Mapping[str, Predicted], place: str
) -> pd.DataFrame:
    """Return stars (N rows) with columns `predicted_<task>` and `predicted_<task>_err` of `labels`.

    The labels are those of the same N stars in the same order; out of domain they are missing.
    Raises `InputProblem` for labels of other stars.
    """
    columns = {}
    for task, label in labels.items():
        if not np.array_equal(label.star_id, stars["star_id"].to_numpy(dtype=object)):
            raise InputProblem(
                f"{place}: the {len(label.star_id)} labels of predict/{task} are of other stars "
                f"than the {len(stars)} of the catalogue; remove them and run again."
            )
        columns[f"{PREFIX}{task}"] = label.value
        columns[f"{PREFIX}{task}_err"] = label.error
    result = stars.assign(**columns)
    result.attrs = stars.attrs
    return result

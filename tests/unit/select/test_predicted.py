"""Predicted labels beside the stars that windows cut."""

import numpy as np
import pandas as pd
import pytest

from chemtag.base.predicted import Predicted
from chemtag.base.problems import InputProblem
from chemtag.select.predicted import with_predicted

STARS = pd.DataFrame({"star_id": ["a", "a", "b"], "fe_h": [0.0, 0.1, 0.2]})
LABEL = Predicted(
    np.array(["a", "a", "b"], dtype=object), np.array([1.0, np.nan, 3.0]), np.full(3, 0.5),
    ("spectra",), "dex",
)  # fmt: skip


def test_labels_stand_beside_the_entries_they_are_of():
    stars = STARS.copy()
    stars.attrs = {"ratio": "x_fe"}
    found = with_predicted(stars, {"iron": LABEL}, "stars.parquet")
    np.testing.assert_array_equal(found["predicted_iron"], [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(found["predicted_iron_err"], [0.5] * 3)
    assert found.attrs == {"ratio": "x_fe"}
    assert list(with_predicted(stars, {}, "stars.parquet")) == ["star_id", "fe_h"]


def test_labels_of_other_stars_are_refused():
    with pytest.raises(
        InputProblem, match="3 labels of predict/iron are of other stars than the 2"
    ):
        with_predicted(STARS.iloc[:2], {"iron": LABEL}, "stars.parquet")

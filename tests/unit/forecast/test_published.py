"""Published scores beside simulated samples."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from chemtag.base.tables import conform
from chemtag.forecast.published import published_rows
from chemtag.score import ScoreKey

FILE = Path(__file__).parents[3] / "resources" / "published" / "casamiquela2021_scores.yaml"


def entry(**changes):
    return {"metric": "rf40", "noise": "none", "field": "none", "published": 0.3} | changes


def test_rows_by_hand():
    samples = [{ScoreKey("rf40"): np.float64(v)} for v in (0.2, 0.3, 0.4, 0.5, 0.6)]
    (row,) = published_rows([entry()], samples)
    conform(pd.DataFrame([row]), "published", "here")
    assert row["mean"] == pytest.approx(0.4)
    assert row["sd"] == pytest.approx(np.sqrt(0.025))
    # As far from 0.4 as 0.3 is: 0.2, 0.3, 0.5, 0.6.
    assert row["p_value"] == pytest.approx(5 / 6)
    assert row["note"] == "within 68 % of the samples"
    (row,) = published_rows([entry(published=0.9)], samples)
    assert row["note"] == "outside 95 % of the samples"
    (row,) = published_rows([entry(published=0.45, bound="lower")], samples)
    assert row["p_value"] == pytest.approx(3 / 6)
    assert "50 % of the samples" in row["note"]


def test_published_file_names_that_are_measured():
    document = yaml.safe_load(FILE.read_text())
    values = {row["metric"]: row["published"] for row in document["scores"]}
    assert values["rf40_strict"] == pytest.approx(9 / 31, abs=1e-4)
    assert values["rf70_strict"] == pytest.approx(1 / 31, abs=1e-4)
    samples = [
        {ScoreKey(e["metric"], e["noise"], e["field"]): np.float64(0.5) for e in document["scores"]}
    ] * 3
    assert len(list(published_rows(document["scores"], samples))) == 6

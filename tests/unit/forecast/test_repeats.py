"""Samples drawn again: the whole chain, and where the run's own scores lie."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from chemtag.base.configuration import checked_config
from chemtag.base.settings import headline_of
from chemtag.forecast.repeats import SCORES, SampleRecipe, repeat, repeat_rows
from chemtag.survey.simulation import read_recipe

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def ideal():
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    config = checked_config(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    block = config["samples"]["idealised"]
    return SampleRecipe(
        read_recipe(ROOT / config["catalogs"]["highres"]["recipe"]), None, 1.0, block["stars"],
        block["elements"], block["cuts"], {}, block["min_members"],
        config["spaces"][block["headline"]["space"]], headline_of(block["headline"]),
    )  # fmt: skip


def test_a_repeat_goes_the_whole_way_and_depends_on_its_stream_alone(ideal):
    first = repeat(ideal, np.random.default_rng(1))
    assert set(SCORES) <= set(first)
    assert (first["n_clusters"], first["n_stars"]) == (31, 175)
    assert 0.1 < first["rf40"] < 0.7
    assert first == repeat(ideal, np.random.default_rng(1))
    assert first != repeat(ideal, np.random.default_rng(2))


def test_rows_by_hand():
    scores = [dict.fromkeys(SCORES, value) for value in (0.1, 0.2, 0.3, 0.6)]
    scores[0]["statistical_40"] = np.nan
    for one in scores:
        one |= {"rf70": 0.0, "n_clusters": 20.0}
    rows = {row["score"]: row for row in repeat_rows(scores, {"rf40": 0.3})}
    assert rows["rf40"]["mean"] == pytest.approx(0.3)
    assert rows["rf40"]["share_as_high"] == 0.5
    assert rows["rf40"]["low"] < 0.3 < rows["rf40"]["high"]
    assert rows["statistical_40"]["n_realisations"] == 3
    assert np.isnan(rows["rf70"]["share_as_high"])
    # 0 of 80 clusters: Beta(1/2, 80.5), below 0.0304 with a probability of 97.5 %.
    assert rows["rf70"]["low_95"] == 0
    assert rows["rf70"]["high_95"] == pytest.approx(0.0307, abs=0.0005)

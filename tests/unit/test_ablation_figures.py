"""Figures of the ablations, drawn from tables made here."""

import numpy as np
import pandas as pd
import pytest
from test_figures import SHEET

from chemtag.ablation.scores import SCORES, Score
from chemtag.ablation.summary import over_realisations
from chemtag.ablation.variants import headline_variant, variants_of
from chemtag.figures.ablation import ablation_data, draw_ablations, placed, variant_words
from chemtag.figures.style import paper_style
from chemtag.tables import conform

ELEMENTS = ["fe", "mg", "si", "c", "n"]
BLOCK = {
    "families": ["metric", "space", "ratio", "elements", "oracle"],
    "components": [2, 3],
    "reliable": ["fe", "mg", "si"],
}


def ablations(realisations: int = 6) -> pd.DataFrame:
    """The table `ablations` of a headline with all its variants and invented scores."""
    rng = np.random.default_rng(0)
    space = {"ratio": "x_fe", "scale": "raw"}
    headline = headline_variant(ELEMENTS, space, {"metric": "euclidean"})
    variants, _ = variants_of(headline, ELEMENTS, BLOCK)
    found = [
        [
            (
                variant,
                Score(
                    values={name: float(rng.uniform(0.2, 0.5)) for name in SCORES},
                    match=np.zeros(3),
                    left_out=np.zeros(3),
                    draws={name: rng.uniform(0, 0.1, 20) for name in ("rf40", "rf_area")},
                    n_dimensions=5,
                ),
            )
            for variant in variants
        ]
        for _ in range(realisations)
    ]
    return conform(over_realisations(found), "ablations", "here")


def draw_ablations_case():
    return draw_ablations(ablation_data(ablations()), "Ideal sample", "6 surveys", "leaf")


@pytest.fixture(autouse=True)
def style():
    with paper_style(SHEET):
        yield


def test_rows_are_sorted_within_their_family_and_the_headline_is_a_line():
    rows = placed(ablation_data(ablations()))
    assert "headline" not in set(rows["family"])
    assert (rows["y"].diff().dropna() < 0).all()
    for _, part in rows.groupby("family", sort=False):
        assert (part["value"].diff().dropna() <= 0).all()
        assert np.allclose(part["y"].diff().dropna(), -1)
    left, right = draw_ablations_case().axes
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == [variant_words(name) for name in rows["variant"]]
    assert left.get_xlabel() == "RF40"
    assert right.get_xlabel() == "RF40 less headline's"


@pytest.mark.parametrize(
    ("name", "words"),
    [("without_mg", "without Mg"), ("pca_5", "PCA, first 5"), ("without_c_n", "without C, N"),
     ("x_h", "[X/H]"), ("oracle_whitened", "oracle whitening")],
)  # fmt: skip
def test_variants_are_written_in_words(name, words):
    assert variant_words(name) == words

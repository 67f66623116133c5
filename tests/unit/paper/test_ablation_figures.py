"""Figures of the ablations, drawn from tables made here."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from matplotlib.collections import PathCollection
from test_umap_warning import cases

from chemtag.ablate.scores import SCORES, Score
from chemtag.ablate.summary import over_realisations
from chemtag.ablate.umap_warning import warning_rows
from chemtag.ablate.variants import headline_variant, variants_of
from chemtag.base.tables import conform
from chemtag.paper.figures import ablations as ablations_figure
from chemtag.paper.figures import embeddings, umap_warning
from chemtag.paper.figures.ablations import placed, variant_words
from chemtag.paper.figures.style import paper_style

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
    table = conform(over_realisations(found), "ablations", "here")
    table.attrs = {"n_clusters": 31, "n_stars": 175, "setting": "leaf"}
    return table


def draw_ablations_case():
    table = ablations()
    data, about = ablations_figure.data(table), ablations_figure.about(table)
    return ablations_figure.draw(data, "Ideal sample", about)


def draw_warning_case():
    table = conform(warning_rows(cases(), 8), "umap_warning", "here")
    about = {"n_stars": 175, "setting": "euclidean-leaf-mcs2-ms1"}
    return umap_warning.draw(umap_warning.data(table), "Ideal sample", about)


def draw_embeddings_case(n_clusters: int = 12):
    rng = np.random.default_rng(0)
    stars = [f"s{k:03d}" for k in range(120)]
    methods = ("umap", "tsne", "pca")
    maps = pd.concat(
        pd.DataFrame({"method": m, "run": run, "placed": False, "star_id": stars,
                      "x": rng.normal(size=120), "y": rng.normal(size=120)})
        for m in methods for run in (0, 1)
    )  # fmt: skip
    quality = pd.DataFrame(
        [{"method": m, "measure": measure, "value": 0.9}
         for m in methods for measure in ("trustworthiness", "neighbours_kept", "seed_overlap")]
    )  # fmt: skip
    truth = pd.DataFrame(
        {"star_id": stars[:100], "cluster": [f"NGC {k % n_clusters}" for k in range(100)]}
    )
    recovered = pd.DataFrame({"cluster": ["NGC 1", "NGC 2"]})
    data = conform(embeddings.data(maps, truth, recovered), "figure_embeddings", "here")
    every = pd.DataFrame({"star_id": stars})
    return embeddings.draw(data, quality, every, truth, "Ideal sample", "raw")


@pytest.fixture(autouse=True)
def style():
    with paper_style(SHEET):
        yield


def test_rows_are_sorted_within_their_family_and_the_headline_is_a_line():
    rows = placed(ablations_figure.data(ablations()))
    assert "headline" not in set(rows["family"])
    assert (rows["y"].diff().dropna() < 0).all()
    for _, part in rows.groupby("family", sort=False):
        assert (part["value"].diff().dropna() <= 0).all()
        assert np.allclose(part["y"].diff().dropna(), -1)
    left, right = draw_ablations_case().axes
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == [variant_words(name) for name in rows["variant"]]
    assert left.get_xlabel() == "RF40"
    assert right.get_xlabel() == "ΔRF40"
    said = draw_ablations_case().get_suptitle()
    assert said == "Ideal sample\n6 simulated surveys, 31 clusters, 175 stars\nleaf"


@pytest.mark.parametrize(
    ("name", "words"),
    [("without_mg", "without Mg"), ("pca_5", "PCA, first 5"), ("without_c_n", "without C, N"),
     ("x_h", "[X/H]"), ("oracle_whitened", "oracle whitening")],
)  # fmt: skip
def test_variants_are_written_in_words(name, words):
    assert variant_words(name) == words


def test_maps_show_every_star_and_the_quality_of_each_method():
    figure = draw_embeddings_case()
    panels = figure.axes
    assert [axes.get_title() for axes in panels] == ["UMAP", "t-SNE", "PCA"]
    for axes in panels:
        assert sum(len(c.get_offsets()) for c in axes.collections) == 120
        assert "trustworthiness 0.90" in axes.texts[0].get_text()
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told == ["NGC 1", "NGC 2", "10 more clusters"]
    assert panels[2].get_xlabel() == "PCA 1"
    assert panels[0].get_xlabel() == "UMAP 1 (no unit)"


def test_members_outside_the_compared_sample_are_drawn_and_its_field_stars_are_not():
    maps = pd.DataFrame(
        {"method": "umap", "run": 0, "star_id": ["a", "b", "c", "d"], "x": 0.0, "y": 0.0,
         "placed": [False, False, True, True]}
    )  # fmt: skip
    truth = pd.DataFrame({"star_id": ["a", "c"], "cluster": ["NGC 1", "NGC 1"]})
    recovered = pd.DataFrame({"cluster": ["NGC 1"]})
    drawn = embeddings.data(maps, truth, recovered)
    assert drawn["star_id"].tolist() == ["a", "b", "c"]
    assert drawn["recovered"].tolist() == [True, False, True]


def test_symbols_are_filled_where_the_legend_says_so():
    told = int((placed(ablations_figure.data(ablations()))["q_difference"] < 0.05).sum())
    left, right = draw_ablations_case().axes
    filled = [
        len(line.get_xdata())
        for line in left.lines
        if line.get_marker() in ("o", "s") and line.get_markerfacecolor() != "white"
    ]
    assert sum(filled) == told
    dots = [c for c in right.collections if isinstance(c, PathCollection)]
    filled = [len(c.get_offsets()) for c in dots if c.get_facecolor()[0].min() < 1]
    assert sum(filled) == told


def test_the_warning_says_what_it_is():
    figure = draw_warning_case()
    assert "a warning, not a result" in figure.get_suptitle()
    assert [axes.get_title() for axes in figure.axes] == ["Groups", "Share in groups", "RF40"]

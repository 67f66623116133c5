"""Figures of the trust in groups: consensus and the order of the rows."""

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from image_checks import faults
from matplotlib.collections import PathCollection

from chemtag.base.tables import conform
from chemtag.paper.figures import consensus, row_orders
from chemtag.paper.figures import row_order as row_order_figure
from chemtag.paper.figures.consensus import apart
from chemtag.paper.figures.style import paper_style

LABELS = ["Ideal sample", "Survey, clusters in the field"]


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


def stability(sizes):
    rng = np.random.default_rng(1)
    n = len(sizes)
    mean = np.round(rng.uniform(0.1, 0.9, n), 2)
    rows = {
        "group": np.arange(n),
        "n_stars": np.array(sizes, dtype=np.int64),
        "jaccard": mean,
        "jaccard_low": mean - 0.1,
        "jaccard_high": mean + 0.1,
        "dissolved": (mean < 0.5) * 1.0,
        "membership": np.where(np.arange(n) == 0, np.nan, mean),
        "consensus_group": np.arange(n),
        "consensus_jaccard": mean,
    }
    return conform(pd.DataFrame(rows), "group_stability", "stability")


SIZES = {
    "pairs": [9, 5, 3, *[2] * 25],
    "one": [7],
    "wide": [97000, 820, 81, 30, 12, 6, 5, 5, 5],
    "survey": list(range(40, 4, -1)),
    "none": [],
}


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("label", LABELS)
def test_consensus_shows_each_group_once_and_reads_well(kind, label):
    table = stability(SIZES[kind])
    data = conform(consensus.data(table), "figure_consensus", "drawn")
    figure = consensus.draw(data, pd.DataFrame({"n_groups": [3, 4]}), label)
    assert faults(figure) == []
    axes = figure.axes[0]
    points = [c for c in axes.collections if isinstance(c, PathCollection)]
    assert sum(len(c.get_offsets()) for c in points) == len(table)
    if len(table):
        drawn = np.asarray(points[0].get_offsets())
        np.testing.assert_allclose(drawn[:, 1], table["jaccard"])
        low, high = axes.get_xlim()
        assert ((drawn[:, 0] > low) & (drawn[:, 0] < high)).all()
    stable = int((table["jaccard"] > 0.75).sum())
    assert axes.get_title().startswith(f"{label}: {stable} of {len(table)} group")
    assert "3.5 groups in a draw" in axes.get_title()


def test_the_symbols_of_the_smallest_and_the_largest_group_are_whole():
    data = pd.DataFrame({"n_stars": [90, 110, 600], "jaccard": 0.6, "membership": 0.5})
    data = data.assign(low=0.5, high=0.7)
    axes = consensus.draw(data, pd.DataFrame({"n_groups": [3]}), "M 4").axes[0]
    low, high = axes.get_xlim()
    assert low < 90 - 0.03 * (high - low)
    assert high > 600 + 0.03 * (high - low)


def test_groups_of_one_size_stand_apart_near_it():
    sizes = np.array(SIZES["pairs"], dtype=float)
    places = apart(sizes, logarithmic=False)
    assert len(set(places)) == len(sizes)
    assert (np.abs(places - sizes) < 0.351).all()
    assert places[:3].tolist() == [9, 5, 3]
    assert (np.abs(apart(sizes, logarithmic=True) / sizes - 1) < 0.041).all()


def row_order(changed, groups):
    n = len(changed)
    rows = {
        "permutation": np.arange(n),
        "n_groups": np.array(groups, dtype=np.int64),
        "adjusted_rand_index": 1 - np.array(changed, dtype=float),
        "fraction_changed": np.array(changed, dtype=float),
    }
    return conform(pd.DataFrame(rows), "row_order", "rows")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    ("changed", "groups", "moved"),
    [
        ([0, 0.006, 0.0, 0.01, 0.9], [61, 60, 61, 63, 12], 3),
        ([0] * 11, [38] * 11, 0),
        ([0, 0.3, 0.2], [0, 2, 1], 2),
    ],
)
def test_row_order_shows_every_permutation_and_reads_well(label, changed, groups, moved):
    table = row_order(changed, groups)
    data = conform(row_order_figure.data(table), "figure_row_order", "drawn")
    figure = row_order_figure.draw(data, label)
    assert faults(figure) == []
    assert f"{moved} of {len(changed) - 1} row orders" in figure.axes[0].get_title()
    columns = (100 * data["fraction_changed"], data["adjusted_rand_index"], data["n_groups"])
    for axes, values in zip(figure.axes, columns, strict=True):
        drawn = np.concatenate([line.get_ydata() for line in axes.lines[1:]])
        assert sorted(drawn) == pytest.approx(sorted(values))
        low, high = axes.get_ylim()
        assert low < values.min()
        assert high > values.max()


def row_orders_table():
    rows = []
    for package in ("hdbscan", "scikit-learn"):
        for method in ("eom", "leaf"):
            for size in (2, 3, 5):
                exact = size + (method == "leaf")
                rows.append(
                    {"package": package, "setting": f"euclidean-{method}-mcs{size}-ms1",
                     "exact": exact, "given": exact, "fewest": exact - (size == 2),
                     "most": exact + 2 * (size == 2), "mean": float(exact), "fewest_groups": 4,
                     "most_groups": 9, "n_orders": 50}
                )  # fmt: skip
    return conform(pd.DataFrame(rows), "row_orders", "row_orders")


def test_recovery_in_many_orders_has_no_faults_and_says_what_moves():
    table = row_orders_table()
    figure = row_orders.draw(row_orders.data(table), "Ideal sample")
    assert faults(figure) == []
    assert figure.axes[0].get_title() == "hdbscan: the count moves in 2 of 6 settings"
    words = row_orders.in_words(table)
    assert "hdbscan: the count moves in 2 of 6 settings, from 1 to 4 clusters" in words
    assert row_orders.short("euclidean-leaf-mcs5-ms3") == "leaf 5, 3"

"""Figures of the limits: what is drawn, and that no text is clipped or covered."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from figures_of_a_sample import SHEET
from image_checks import faults

from chemtag.base.tables import conform, contract_of
from chemtag.paper.figures import doppelgangers, information, limits, nulls, pairs
from chemtag.paper.figures.style import paper_style, save_figure

LABELS = {"ideal": "Ideal sample", "field": "Survey, clusters in the field"}
LIGHT = ["c", "n", "o", "na", "mg", "al", "si", "s"]
ELEMENTS = ["fe", *LIGHT, "k", "ca", "ti", "v", "cr", "mn", "co", "ni"]
ORDER = ["fe_h", *[f"{e}_fe" for e in ELEMENTS[1:]]]


@pytest.fixture(scope="module", autouse=True)
def style():
    with paper_style(SHEET):
        yield


def tuning(scale=1.0) -> pd.DataFrame:
    rules = ["headline", "stability", "persistence", "oracle", "nested", "optimism"]
    value = scale * np.array([0.3, 0.2, 0.05, 0.5, 0.4, 0.1])
    table = pd.DataFrame({"rule": rules, "space": "raw", "setting": "s", "criterion": 0.5})
    table["rf40"] = value
    table = table.assign(low=value * 0.8, high=value * 1.2, low_95=value * 0.6, high_95=value * 1.4)
    return conform(table.assign(interval="jeffreys", note=""), "tuning", "tuning")


def ceiling(value=0.6) -> pd.DataFrame:
    rows = [
        {
            "method": method,
            "score": score,
            "value": value,
            "low": value - 0.05,
            "high": value + 0.05,
        }
        for method in ("lda", "knn")
        for score in ("rf40", "rf70", "member_accuracy")
    ]
    table = pd.DataFrame(rows).assign(low_95=0.1, high_95=0.9, baseline=0.1)
    return conform(table.assign(interval="bootstrap", note=""), "ceiling", "ceiling")


def separations(kinds) -> pd.DataFrame:
    edges = np.geomspace(0.1, 30, 41)
    rows = [
        {"definition": d, "pairs": k, "low": a, "high": b, "n_pairs": 3,
         "density": np.exp(-((np.log(a) - number) ** 2))}
        for d in ("distance", "chi2")
        for number, k in enumerate(kinds)
        for a, b in pairwise(edges)
    ]  # fmt: skip
    return conform(pd.DataFrame(rows), "pair_separations", "separations")


def rates(kinds) -> pd.DataFrame:
    rows = [
        {"definition": d, "pairs": k, "matched": m, "weighting": w, "value": 0.0123, "n_pairs": 5}
        for d, w in (("distance", "clusters"), ("distance", "members"), ("chi2", "pairs"))
        for k in kinds
        for m in ("none", "fe_h")
    ]
    ends = dict.fromkeys(("low", "high", "low_95", "high_95", "sampling_error"), 0.01)
    return conform(pd.DataFrame(rows).assign(**ends, note=""), "doppelgangers", "rates")


def information_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    rank = np.arange(1, len(ORDER) + 1)
    parts = [
        pd.DataFrame({"basis": basis, "rank": rank, "eigenvalue": 20.0 / rank**2 - 0.1})
        for basis in ("within_sd", "whitened", "errors")
    ]
    spectrum = pd.concat(parts)
    for end, factor in (("low", 0.5), ("high", 2), ("low_95", 0.2), ("high_95", 4)):
        spectrum[end] = spectrum["eigenvalue"] * factor
    elements = pd.DataFrame({"dimension": ORDER})
    for name, entry in contract_of("element_information")["columns"].items():
        if entry["dtype"] == "float64":
            elements[name] = np.linspace(0.01, 3, len(ORDER))
    elements["loss"] = np.linspace(-0.02, 0.1, len(ORDER))
    return (
        conform(spectrum, "spectrum", "spectrum"),
        conform(elements, "element_information", "elements"),
    )


def numbers(ratio: float = 2.6) -> pd.DataFrame:
    """The table `information` of a sample: participation ratio and eigenvalues above 1."""
    rows = [
        {"basis": basis, "quantity": quantity, "value": value - shift, "note": ""}
        for basis, shift in (("whitened", 1.0), ("within_sd", 0.0))
        for quantity, value in (("participation_ratio", ratio), ("eigenvalues_above_1", 4.0))
    ]
    ends = {"low": 2.2, "high": 3.1, "low_95": 1.9, "high_95": 3.8}
    return conform(pd.DataFrame(rows).assign(**ends), "information", "information")


@pytest.mark.parametrize("n_samples", [1, 4])
def test_limits_have_no_faults(n_samples):
    names = {f"s{i}": f"Sample number {i}" for i in range(n_samples)}
    empty = ceiling().iloc[:0]
    ceilings = {name: empty if name == "s1" else ceiling() for name in names}
    data = limits.data({name: tuning() for name in names}, ceilings)
    conform(data, "figure_limits", "limits")
    assert "optimism" not in set(data["entry"])
    assert faults(limits.draw(data, names)) == []


@pytest.mark.parametrize(
    "kinds", [["siblings", "members"], ["siblings", "members", "member_field", "field"]]
)
def test_separations_have_no_faults(kinds):
    bins, found = separations(kinds), rates(kinds[1:])
    figure = doppelgangers.draw(doppelgangers.data(bins), found, "Ideal sample", "raw", "raw")
    assert faults(figure) == []
    assert figure.axes[0].get_xlabel() == "Distance in the raw space (dex)"
    rate = "1.2 (1.0–1.0) %"
    assert f"{rate}, {rate} at like [Fe/H]" in figure.axes[0].get_legend().texts[1].get_text()
    only = bins[bins["definition"] == "distance"]
    rates_of = found[found["definition"] == "distance"]
    figure = doppelgangers.draw(only, rates_of, "Ideal sample", "scaled", "error_scaled")
    assert faults(figure) == []
    assert "errors are not given" in figure.axes[1].texts[0].get_text()
    assert figure.axes[0].get_xlabel() == "Distance in the scaled space (no unit)"


def test_kinds_without_pairs_are_in_no_legend_and_places_left_out_are_said():
    bins, found = separations(["siblings", "members", "field"]), rates(["members", "field"])
    bins.loc[bins["pairs"] == "members", ["n_pairs", "density"]] = 0
    found.attrs["not_in_chi2"] = ["xi", "eta"]
    figure = doppelgangers.draw(bins, found, "A cluster", "robust", "robust")
    words = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert [text.split(":")[0] for text in words] == ["members of one cluster", "two field stars"]
    label = figure.axes[1].get_xlabel()
    assert label == "Reduced $\\chi^2$ of the difference without places (no unit)"


def test_information_has_no_faults():
    spectrum, elements = information_tables()
    data = information.data(spectrum, elements, ELEMENTS)
    conform(data, "figure_information", "information")
    figure = information.draw(data, numbers(), elements, ELEMENTS, "Ideal sample")
    assert faults(figure) == []
    assert figure.get_suptitle() == (
        "Ideal sample: participation ratio 2.6 (68 %: 2.2–3.1), 4 eigenvalues above 1"
    )
    assert list(data[data["panel"] == "loss"].sort_values("place")["name"]) == ORDER


def test_a_sample_without_information_says_so():
    spectrum, elements = (table.iloc[:0] for table in information_tables())
    data = information.data(spectrum, elements, [])
    conform(data, "figure_information", "information")
    figure = information.draw(data, numbers().iloc[:0], elements, [], "Ideal sample")
    assert faults(figure) == []
    assert figure.get_suptitle() == "Ideal sample: needs three clusters with two members"
    assert all("nothing is measured" in axes.texts[0].get_text() for axes in figure.axes)


def test_figures_drawn_twice_are_the_same_bytes(tmp_path: Path):
    data = limits.data({"ideal": tuning()}, {"ideal": ceiling()})
    found = []
    for number in range(2):
        paths = tmp_path / f"{number}.pdf", tmp_path / f"{number}.png"
        save_figure(limits.draw(data, {"ideal": "Ideal"}), *paths)
        found.append([path.read_bytes() for path in paths])
    assert found[0] == found[1]


def null_table(**absent) -> pd.DataFrame:
    rows = [
        {"null": null, "role": role, "metric": metric, "noise": noise, "value": 0.4, "low": 0.3,
         "high": 0.5, "null_mean": absent.get(null, 0.05 * at), "null_low": 0.0,
         "null_high": 0.06 * at, "n_null": 20}
        for at, null in enumerate(nulls.NULLS)
        for role in ("headline", "oracle")
        for metric, noise, _ in nulls.SCORES
    ]  # fmt: skip
    table = pd.DataFrame(rows).assign(setting="s", field="x", null_p95=0.1, z=1.0, p_value=0.1)
    return conform(table.assign(note=""), "nulls", "nulls")


@pytest.mark.parametrize("samples", [["ideal"], ["ideal", "field"]])
def test_figure_of_nulls_has_no_faults(samples):
    tables = {sample: null_table(strangers=np.nan) for sample in samples}
    data = conform(nulls.data(tables), "figure_nulls", "drawn")
    assert len(data) == 24 * len(samples)
    figure = nulls.draw(data, {sample: LABELS[sample] for sample in samples})
    assert faults(figure) == []
    for column in range(4):
        assert len({axes.get_xlim() for axes in figure.axes[column::4]}) == 1, "one scale a column"
    words = [axes.get_xlabel() for axes in figure.axes]
    assert words[-4:] == [words for _, _, words in nulls.SCORES]
    assert sum("not defined" in t.get_text() for a in figure.axes for t in a.texts) == len(
        figure.axes
    )


def pairs_table(labels) -> pd.DataFrame:
    settings = [f"euclidean-{m}-mcs{k}-ms1" for m in ("leaf", "eom") for k in (2, 3, 5)]
    rows = [
        {"setting": setting, "metric": metric, "noise": "singleton", "field": "class",
         "value": 0.1 * at, "low": 0.05 * at, "high": 0.15 * at, "null_mean": 0.01}
        for at, setting in enumerate(settings)
        for metric in (*pairs.SCORES, "pair_f1")
    ]  # fmt: skip
    ends = dict.fromkeys(("null_low", "null_high", "null_p95", "z", "p_value"), 0.1)
    table = conform(pd.DataFrame(rows).assign(**ends, n_null=99, note=""), "scores", "scores")
    data = pairs.data(dict.fromkeys(labels, table), dict.fromkeys(labels, settings[2]))
    return conform(data, "figure_pairs", "drawn")


def test_figure_of_pairs_has_no_faults():
    labels = {**LABELS, "third": "Survey, clusters only"}
    data = pairs_table(labels)
    assert data["headline"].sum() == 3
    assert data.loc[data["headline"], "pair_recall"].tolist() == pytest.approx([0.2] * 3)
    figure = pairs.draw(data, labels)
    assert faults(figure) == []

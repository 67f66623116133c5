"""Figures of the limits and the forecast: what is drawn, and that no text is clipped or covered."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from test_figures import ROOT, SHEET, faults

from chemtag.base.tables import conform, contract_of
from chemtag.forecast.false_groups import false_groups_rows
from chemtag.forecast.summary import loss_rows, summarise
from chemtag.paper.field_curves import draw_field_curves
from chemtag.paper.figures import (
    contamination,
    doppelgangers,
    false_groups,
    information,
    injection,
    limits,
    losses,
    nulls,
    pairs,
    precision,
)
from chemtag.paper.figures.style import paper_style, save_figure

MEASURED = ROOT / "resources" / "measured" / "tagger.yaml"
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


def means_of(table: pd.DataFrame, n_elements: int, n_clusters: int = 28) -> pd.DataFrame:
    """The table `forecast` of cells, with the meta its figures read."""
    found = conform(summarise(table, n_clusters), "forecast", "forecast")
    found.attrs = {"recipe": "survey", "n_elements": n_elements}
    return found


LEVELS = (
    ("bayes", 0.95), ("bayes_map", 0.9), ("detectable_claims", 0.7), ("scan_claims", 0.62),
    ("oracle", 0.5), ("headline", 0.3),
)  # fmt: skip


def cells(fields, scales, numbers, realisations=4) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for realisation in range(realisations):
        for number in numbers:
            for scale in (0.0, *scales):
                for stars in sorted({0, *fields}):
                    for role, level in LEVELS:
                        value = level * np.exp(-stars / 3000) * (1 - 0.2 * scale)
                        value = float(np.clip(value + rng.normal(0, 0.02), 0, 1))
                        rows.append(
                            {
                                "realisation": realisation, "n_field": stars, "role": role,
                                "error_scale": scale, "n_elements": number, "setting": "",
                                "rf40": value, "rf70": value / 2, "rf_area": value,
                                "n_groups": np.nan, "statistical_40": np.nan,
                                "member_share": np.nan,
                            }
                        )  # fmt: skip
    return conform(pd.DataFrame(rows), "forecast_scores", "cells")


GRIDS = {
    "shipped": ([0, 400, 2000, 8000], [1.0, 0.5], [17, 8], 6),
    "full": ([0, 200, 400, 1000, 2000, 4000, 8000, 16000, 32000],
             [1.0, 0.75, 0.5, 0.35, 0.25], [17, 12, 8, 5, 3], 4),
    "least": ([100], [1.0], [17], 1),
}  # fmt: skip


@pytest.mark.parametrize("grid", ["shipped", "least", pytest.param("full", marks=pytest.mark.slow)])
def test_forecast_figures_have_no_faults(grid):
    fields, scales, numbers, realisations = GRIDS[grid]
    table = cells(fields, scales, numbers, realisations)
    means = means_of(table, numbers[0])
    budget = pd.DataFrame(loss_rows(table, fields, scales[0], numbers[0], 28))
    drawn = contamination.data(means)
    assert len(drawn) == 5 * len(scales) * len({0, *fields})
    figure = contamination.draw(drawn, contamination.about(means))
    assert faults(figure) == []
    said = " ".join(figure.get_suptitle().split())
    words = "(errors × 1: S/N = 100; members known exactly)"
    assert said == f"Recipe survey: {realisations} simulated surveys {words}"
    assert faults(precision.draw(precision.data(means), precision.about(means))) == []
    budget = conform(budget, "loss_budget", "losses")
    assert faults(losses.draw(losses.data(budget), {"recipe": "survey"})) == []


def plane_cells() -> pd.DataFrame:
    """Scores of three surveys with a grid of two settings, all levels and both bounds."""
    rows = []
    roles = [("bayes", np.nan, 0.9), ("bayes_map", np.nan, 0.8), ("headline", 60.0, 0.2)]
    roles += [("oracle", 150.0, 0.3)]
    for level, groups, share in (("claims", 11.0, 0.4), ("listed", 14.0, 0.45)):
        roles += [(f"scan_{level}", groups, share), (f"detectable_{level}", groups, share + 0.02)]
    roles += [("scan_candidates", 25.0, 0.5), ("detectable_candidates", 24.0, 0.53)]
    roles += [("grid", 60.0, 0.2), ("grid", 150.0, 0.3)]
    for n_field in (0, 400, 2000, 8000):
        for realisation in range(3):
            for role, groups, share in roles:
                setting = {60.0: "a", 150.0: "b"}.get(groups, "")
                where = {"n_field": n_field, "role": role, "realisation": realisation}
                scores = {"rf40": share + 0.01 * realisation, "n_groups": groups}
                scores["statistical_40"] = 1 - 20 * share / groups
                rows.append({**where, "setting": setting, **scores})
    return pd.DataFrame(rows)


def plane_tables() -> tuple[pd.DataFrame, dict]:
    """The table false_groups of the run, and the document of what was measured."""
    table = conform(false_groups_rows(plane_cells(), 28), "false_groups", "plane")
    table.attrs = {"recipe": "survey"}
    return table, yaml.safe_load(MEASURED.read_text())


def draw_plane():
    table, measured = plane_tables()
    data = conform(false_groups.data(table, measured), "figure_false_groups", "plane")
    return false_groups.draw(data, false_groups.about(table, measured))


def test_the_plane_of_false_groups_shows_every_setting_and_level():
    figure = draw_plane()
    assert faults(figure) == []
    rows = [[axes for axes in figure.axes if axes.get_visible()][i] for i in range(3)]
    assert [axes.get_title().split("\n")[1] for axes in rows] == [
        "400 field stars", "2,000 field stars", "8,000 field stars"
    ]  # fmt: skip
    words = set(rows[0].get_legend_handles_labels()[1])
    assert len(words) == 11, words
    grid = next(line for line in rows[0].lines if "each setting" in str(line.get_label()))
    assert len(grid.get_xdata()) == 2
    table, measured = plane_tables()
    said = false_groups.in_words(false_groups.data(table, measured), LABELS)
    assert said.startswith(
        "Among 8,000 simulated field stars the oracle of HDBSCAN has 8.7 clusters"
    )


def own_recovery() -> pd.DataFrame:
    """Recovery of the sample's own clusters at 40 and 70 per cent, headline and oracle."""
    roles = [("headline", 0.04), ("oracle", 0.09)]
    rows = [
        {"role": role, "threshold": t, "recovery_fraction": f, "low": f - 0.02, "high": f + 0.03}
        for role, f in roles
        for t in (0.4, 0.7)
    ]
    return pd.DataFrame(rows)


def test_own_clusters_stand_beside_injected_ones():
    fields, _, numbers, _ = GRIDS["shipped"]
    means = means_of(cells(fields, [1.0], numbers, 3), numbers[0])
    axes = injection.draw(injection.data(means), own_recovery(), LABELS["field"]).axes[0]
    drawn = [
        c.lines[0].get_ydata()[0] for c in axes.containers if "own clusters" in str(c.get_label())
    ]
    assert sorted(drawn) == pytest.approx([0.04, 0.09])


def test_no_line_crosses_the_break_of_the_axis():
    fields, scales, numbers, _ = GRIDS["shipped"]
    means = means_of(cells(fields, scales, numbers, 3), numbers[0])
    for axes in contamination.draw(contamination.data(means), {"recipe": "survey"}).axes:
        curves = [line for line in axes.lines if line.get_linestyle() not in ("None", "none")]
        joined = [line.get_xdata() for line in curves if len(line.get_xdata()) > 2]
        assert joined
        assert all(min(x) > 0 for x in joined)


def test_a_fine_grid_of_the_forecast_has_contours():
    fields, scales, numbers, _ = GRIDS["full"]
    means = means_of(cells(fields[:5], scales[:3], numbers[:2], 2), numbers[0])
    figure = precision.draw(precision.data(means), {"recipe": "survey"})
    assert faults(figure) == []
    assert {axes.get_ylabel() for axes in figure.axes[:4]} >= {"Field stars"}
    assert figure.axes[0].get_yscale() == "log"


def test_a_long_title_fits_a_figure_of_one_column():
    fields, _, numbers, realisations = GRIDS["shipped"]
    means = means_of(cells(fields, [1.0], numbers, realisations), numbers[0])
    figure = injection.draw(injection.data(means), own_recovery(), LABELS["field"])
    assert faults(figure) == []
    said = " ".join(figure.get_suptitle().split())
    assert said == f"{LABELS['field']}: published clusters injected, {realisations} times"
    assert faults(draw_field_curves(injection.data(means), f"{said}, {{}} times over")) == []


def test_bars_of_the_loss_budget_reach_one():
    fields, scales, numbers, realisations = GRIDS["shipped"]
    table = cells(fields, scales, numbers, realisations)
    budget = pd.DataFrame(loss_rows(table, fields, 1.0, 17, 28))
    figure = losses.draw(budget, {"recipe": "survey"})
    for axes in figure.axes[:2]:
        tops = {}
        for patch in axes.patches:
            x = round(patch.get_x(), 3)
            tops[x] = tops.get(x, 0) + patch.get_height()
        assert len(tops) == len(fields)
        assert list(tops.values()) == pytest.approx([1] * len(fields))


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
    assert (
        "1.2 (1–1) %, 1.2 (1–1) % at like [Fe/H]" in figure.axes[0].get_legend().texts[1].get_text()
    )
    only = bins[bins["definition"] == "distance"]
    rates_of = found[found["definition"] == "distance"]
    figure = doppelgangers.draw(only, rates_of, "Ideal sample", "scaled", "error_scaled")
    assert faults(figure) == []
    assert "errors are not given" in figure.axes[1].texts[0].get_text()
    assert figure.axes[0].get_xlabel() == "Distance in the scaled space (no unit)"


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

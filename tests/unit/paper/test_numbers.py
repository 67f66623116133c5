"""Tables T1 to T3, the named numbers of a run and their LaTeX."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import beta
from tables_for_figures import SETTING, make_tables

from chemtag.base.problems import InputProblem
from chemtag.base.tables import conform, write_table
from chemtag.paper import latex
from chemtag.paper.tables import (
    METRIC_HEADINGS,
    as_json,
    clusters_of,
    coherence_numbers,
    funnel_numbers,
    metric_numbers,
    metric_table,
    oracle_numbers,
    published_recovery,
    recovery_numbers,
    rows_of_setting,
    size_numbers,
)

PUBLISHED = Path(__file__).parents[3] / "resources/published/casamiquela2021_recovery.yaml"
RULES = Path(__file__).parents[3] / "workflow" / "rules"


@pytest.fixture(scope="module")
def tables():
    return make_tables()


@pytest.fixture(scope="module")
def numbers(tables):
    return as_json(
        metric_numbers(tables.t3, "idealised", "paper/tables/metrics_idealised.ecsv")
        | recovery_numbers(tables.recovery, "idealised", "score/idealised.raw.recovery.ecsv")
        | size_numbers(
            tables.recovery_sizes, "idealised", "score/idealised.raw.recovery_sizes.ecsv"
        )
        | coherence_numbers(tables.elements, "idealised", "score/idealised.elements.ecsv")
        | funnel_numbers(tables.funnel, "idealised", "select/idealised.funnel.ecsv")
    )


def test_the_made_up_tables_meet_their_contracts(tables):
    for contract in (
        "abundances", "members", "embedding", "groups", "settings", "scores", "clusters",
        "group_scores", "recovery", "recovery_sizes", "funnel", "coherence", "elements",
    ):  # fmt: skip
        conform(getattr(tables, contract), contract, contract)
    conform(tables.t1, "table_clusters", "T1")
    conform(tables.t2, "table_groups", "T2")
    conform(tables.t3, "table_metrics", "T3")
    conform(tables.t4, "table_settings", "T4")


def test_field_stars_of_the_truth_are_no_members(tables):
    field = pd.DataFrame({"star_id": ["f1"], "cluster": [""]})
    found = clusters_of(pd.concat([tables.members, field]))
    pd.testing.assert_series_equal(found, clusters_of(tables.members))
    assert len(found) == len(tables.members)


def test_t1_joins_matches_with_coherence(tables):
    row = tables.t1.iloc[3]
    part = tables.coherence[tables.coherence["cluster"] == row["cluster"]]
    assert row["fe_h"] == part.loc[part["element"] == "fe_h", "mean"].item()
    assert row["scatter"] == part["scatter"].median()


def test_t2_holds_exactly_the_recovered_clusters(tables):
    t1, t2 = tables.t1, tables.t2
    assert set(t2["cluster"]) == set(t1.loc[t1["recovered_40"] & t1["eligible"], "cluster"])
    np.testing.assert_allclose(t2["purity"], t2["n_shared"] / t2["n_stars"])
    np.testing.assert_allclose(t2["completeness"], t2["n_shared"] / t2["n_members"])


def test_a_score_without_interval_or_null_says_why(tables):
    t3 = tables.t3.set_index("metric")
    assert t3.loc["n_groups", "note"] == "the null keeps the groups: no chance level"
    bare = metric_table(
        tables.scores[tables.scores["setting"] == SETTING].drop(columns=["setting", "note"])
    )
    unknown = ~np.isfinite(bare[["low", "null_mean"]]).all(axis=1)
    assert (bare.loc[unknown, "note"] != "").all()
    assert (bare.loc[~unknown, "note"] == "").all()


def test_a_table_of_other_settings_is_one_sentence(tables):
    with pytest.raises(InputProblem, match="no rows of the headline setting 'other'; found euc"):
        rows_of_setting(tables.scores, "other", "scores.ecsv")


def test_published_fractions_are_nine_and_one_of_31():
    rows = published_recovery(yaml.safe_load(PUBLISHED.read_text()), "idealised")
    sizes = rows[rows["least_members"] > 0].set_index("least_members")
    rows = rows[rows["least_members"] == 0]
    assert rows["recovery_fraction"].tolist() == pytest.approx([9 / 31, 1 / 31])
    assert sizes.loc[4, "recovery_fraction"] == rows["recovery_fraction"].iloc[0]
    assert sizes.loc[7, ["n_recovered", "n_eligible"]].tolist() == [3, 5]
    # Jeffreys: the central 68 % of Beta(k + 1/2, n - k + 1/2)
    ends = beta.ppf([0.16, 0.84], 9.5, 22.5)
    assert rows[["low", "high"]].iloc[0].tolist() == pytest.approx(ends.tolist())


def test_every_number_has_interval_and_null_or_a_reason(numbers):
    assert len(numbers) > 20
    for name, entry in numbers.items():
        whole = all(entry[key] is not None for key in ("low", "high", "null_mean", "null_p95"))
        assert whole or entry["note"], name
        assert entry["rule"]
        assert entry["source"]
        assert not entry["source"].startswith("/")


def outputs_of(rule: str) -> str:
    """What a rule writes, as a pattern of the last folder and the name of a file."""
    text = "".join(path.read_text() for path in sorted(RULES.glob("*.smk")))
    block = text[text.index(f"rule {rule}:") :]
    written = re.findall(r"<results>/([^\"]+)", block[block.index("output:") : block.index("log:")])
    return "|".join(re.sub(r"\\\{\w+\\\}", r"[^./]+", re.escape(path)) for path in written)


def test_the_rule_of_a_number_makes_the_table_it_stands_in(numbers):
    made = {(entry["rule"], entry["source"]) for entry in numbers.values()}
    assert len(made) == 5
    for rule, source in made:
        if source.startswith("paper/"):  # printed by a rule of its own, measured by this one
            assert rule == "score_groups"
        else:
            assert re.fullmatch(outputs_of(rule), source), f"{rule} does not write {source}"


def test_numbers_of_large_clusters_are_named_by_their_members(numbers, tables):
    rows = tables.recovery_sizes
    row = rows[(rows["role"] == "headline") & (rows["threshold"] == 0.4)]
    row = row.set_index("least_members").loc[7]
    assert row["n_clusters"] < 31, "some clusters are smaller"
    found = numbers["idealised.rf40.from_7"]
    assert found["value"] == row["recovery_fraction"]
    assert [found["low"], found["null_p95"]] == [row["low"], row["null_p95"]]
    assert numbers["idealised.rf40.from_7.n_clusters"]["value"] == row["n_clusters"]
    assert numbers["idealised.rf40.from_7.n_recovered"]["value"] == row["n_recovered"]
    assert "idealised.rf40.from_2" in numbers
    sized = rows.assign(n_clusters=np.where(rows["least_members"] > 9, 0, rows["n_clusters"]))
    assert "x.rf40.from_10" not in size_numbers(sized, "x", "s")


def test_numbers_are_those_of_their_tables(numbers, tables):
    t3 = tables.t3.set_index(["metric", "noise"])
    assert numbers["idealised.rf40"]["value"] == t3.loc[("rf40", "none"), "value"]
    assert numbers["idealised.v_measure.noise_drop"]["value"] == 0.65
    tuned = tables.scores[tables.scores["setting"] == SETTING].copy()
    tuned.attrs = {"searched": 80, "oracle_space": "zscore"}
    oracle = oracle_numbers(tuned, "idealised", "score/o.ecsv")["idealised.oracle.rf40"]
    row = tuned[tuned["metric"] == "rf40"].iloc[0]
    assert (oracle.value, oracle.p_value) == (row["value"], row["p_value"])
    assert oracle.description == "rf40 of the best of 80 settings, in space zscore"
    assert not any("oracle" in name for name in numbers), "the oracle of one space is no number"
    assert numbers["idealised.n_eligible"]["value"] == 31
    assert numbers["idealised.stars"]["value"] == len(tables.abundances)


def test_numbers_are_strict_json_in_one_order(numbers):
    text = json.dumps(numbers, allow_nan=False)
    assert list(numbers) == sorted(numbers)
    assert "NaN" not in text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.29, 0.21, 0.38, "$0.29^{+0.09}_{-0.08}$"),
        (0.29, np.nan, np.nan, "0.29"),
        (np.nan, 0.1, 0.2, r"\ldots"),
        (0.0, 0.0, 0.0, "$0.00^{+0.00}_{-0.00}$"),
    ],
)
def test_intervals_in_latex(value, low, high, text):
    assert latex.with_interval(value, low, high) == text


def test_signs_and_names_in_latex():
    assert latex.number(-0.123) == "$-$0.12"
    assert latex.number(-0.001) == "0.00"
    assert latex.escaped("Skiff_J1942+38.6 50 %") == r"Skiff\_J1942+38.6 50 \%"
    assert latex.probability(0.00499) == "0.005"
    assert latex.probability(0.00012) == "0.0001"


def cells(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if "&" in line]
    return [[cell.strip() for cell in line.removesuffix(r"\\").split("&")] for line in lines]


def test_latex_tables_are_rectangular_and_hold_the_rows(tables):
    t1 = latex.aanda(latex.clusters_page(tables.t1, "Ideal_sample", "Notes.", "idealised"))
    t2 = latex.aanda(latex.groups_page(tables.t2, "Ideal sample", "Notes.", "idealised"))
    t3 = latex.aanda(
        latex.metrics_page(tables.t3, METRIC_HEADINGS, "Ideal sample", "Notes.", "idealised")
    )
    t4 = latex.aanda(latex.settings_page(tables.t4, "Ideal sample", "Notes.", "idealised"))
    for text, rows in ((t1, len(tables.t1)), (t2, len(tables.t2)), (t3, None), (t4, 62)):
        found = cells(text)
        assert len({len(row) for row in found}) == 1
        assert rows is None or len(found) == rows + 1
        assert text.count("{") == text.count("}")
        assert r"\hline\hline" in text
        assert r"\tablefoot{Notes.}" in text
        assert "nan" not in text
    assert r"Ideal\_sample" in t1
    assert r"\label{tab:clusters-idealised}" in t1
    assert "Statistical groups" in t3
    assert "$0.71" in t3 or "$0." in t3


def test_an_empty_table_is_still_a_table(tables):
    text = latex.aanda(latex.groups_page(tables.t2.iloc[:0], "Ideal sample", "Notes.", "x"))
    assert cells(text)[1] == [r"\ldots"] * 7


def test_macros_give_every_number_in_three_forms(numbers):
    text = latex.macros(numbers, "shipped")
    found = dict(re.findall(r"csname chemtag@(.+?)\\endcsname\{\\ensuremath\{(.*)\}\}", text))
    assert {name for name in found if "|" not in name} == set(numbers)
    assert found["idealised.v_measure.noise_group"] == "0.55"
    assert found["idealised.v_measure.noise_group|pm"] == "0.55^{+0.07}_{-0.07}"
    assert found["idealised.v_measure.noise_group|null"] == "0.03"
    assert found["idealised.n_eligible"] == "31"


def test_tables_written_twice_are_the_same_bytes(tables, tmp_path):
    for name in ("a", "b"):
        write_table(tables.t1, tmp_path / f"{name}.ecsv", "table_clusters")
    assert (tmp_path / "a.ecsv").read_bytes() == (tmp_path / "b.ecsv").read_bytes()


def test_a_sample_without_clusters_has_tables_and_numbers():
    empty = make_tables(0, n_field=30)
    assert conform(empty.t1, "table_clusters", "T1").empty
    assert conform(empty.t2, "table_groups", "T2").empty
    assert conform(empty.t4, "table_settings", "T4").empty
    assert r"\ldots" in latex.aanda(latex.clusters_page(empty.t1, "Field", "Notes.", "field"))
    numbers = as_json(coherence_numbers(empty.elements, "s", "t"))
    assert numbers["s.scatter.fe_h"]["value"] is None
    assert "undefined" not in latex.macros(numbers, "run")

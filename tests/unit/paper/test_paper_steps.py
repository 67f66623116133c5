"""The steps of the stage paper, from tables on disk to tables and numbers on disk."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from figures_of_a_sample import SHEET
from tables_for_figures import SETTING, Tables, make_tables
from test_limits_figures import ceiling, rates, tuning

from chemtag.base.tables import read_table, write_table
from chemtag.paper.mrt import machine_readable
from chemtag.select.truth import truth_table
from collect_numbers import collect_numbers
from measure_coherence import measure_coherence
from plot import called, plot
from tabulate_clusters import tabulate_clusters
from tabulate_groups import tabulate_groups
from tabulate_metrics import tabulate_metrics
from tabulate_settings import tabulate_settings

SCRIPTS = SHEET.parents[1] / "scripts"


@pytest.fixture(scope="module")
def tables() -> Tables:
    return make_tables(12)


@pytest.fixture(scope="module")
def folder(tables, tmp_path_factory) -> Path:
    """Inputs on disk and the outputs of every step but the figures."""
    place = tmp_path_factory.mktemp("paper")
    for name in (
        "abundances",
        "scores",
        "clusters",
        "group_scores",
        "recovery",
        "recovery_sizes",
        "funnel",
    ):
        suffix = ".parquet" if name == "abundances" else ".ecsv"
        table = getattr(tables, name)
        meta = {"solar_scale": "mock"}
        write_table(
            table.iloc[::-1] if name != "funnel" else table, place / (name + suffix), name, meta
        )
    write_table(
        tables.scores[tables.scores["setting"] == tables.scores["setting"].iloc[0]],
        place / "oracle_scores.ecsv",
        "oracle_scores",
        {"searched": 80, "oracle_space": "raw"},
    )
    star_id = tables.abundances["star_id"].to_numpy(dtype=object)
    truth = truth_table(star_id, tables.members, 1, "here")
    write_table(truth, place / "truth.parquet", "truth")
    measure(place, place)
    shared = {"setting": SETTING, "label": "Ideal sample", "sample": "s"}
    tabulate_clusters(
        place / "clusters.ecsv",
        place / "coherence.ecsv",
        place / "t1.ecsv",
        *printed(place, "t1"),
        **shared,
    )
    tabulate_groups(
        place / "t1.ecsv",
        place / "group_scores.ecsv",
        place / "t2.ecsv",
        *printed(place, "t2"),
        **shared,
    )
    tabulate_metrics(place / "scores.ecsv", place / "t3.ecsv", *printed(place, "t3"), **shared)
    tabulate_settings(
        [place / "clusters.ecsv"],
        place / "t4.ecsv",
        *printed(place, "t4"),
        spaces=["raw"],
        space="raw",
        **shared,
    )
    sources = {
        "table_metrics": [place / "t3.ecsv"],
        "oracle_scores": [place / "oracle_scores.ecsv"],
        "recovery": [place / "recovery.ecsv"],
        "recovery_sizes": [place / "recovery_sizes.ecsv"],
        # the name of such a table begins with its sample
        "elements": [Path(shutil.copy(place / "elements.ecsv", place / "s.elements.ecsv"))],
        "funnel": [place / "funnel.ecsv"],
    }
    sources |= {name: [place / f"{name}.ecsv"] for name in limits_tables(place)}
    paths = place / "numbers.json", place / "numbers.tex"
    collect_numbers(sources, ["s"], [], [], [], [], *paths, "shipped")
    return place


def limits_tables(place: Path) -> list[str]:
    """Write the tables of the stage limits that hold numbers; return their contracts."""
    information = {
        "basis": "within_sd",
        "quantity": "participation_ratio",
        "value": 2.3,
        "note": "",
    }
    ends = dict.fromkeys(("low", "high", "low_95", "high_95"), 2.0)
    tables = {
        "tuning": tuning(),
        "ceiling": ceiling(),
        "doppelgangers": rates(["members"]),
        "information": pd.DataFrame([information | ends]),
    }
    for name, table in tables.items():
        write_table(table, place / f"{name}.ecsv", name)
    return list(tables)


def printed(place: Path, name: str) -> list[Path]:
    """Files of a table to print: A&A, AASTeX, machine-readable."""
    return [place / f"{name}.tex", place / f"{name}_aastex.tex", place / f"{name}.mrt"]


def measure(source: Path, place: Path) -> None:
    measure_coherence(
        abundances=source / "abundances.parquet",
        truth=source / "truth.parquet",
        coherence=place / "coherence.ecsv",
        elements=place / "elements.ecsv",
        sample="s",
        seed=1,
        draws=40,
    )


CONTRACTS = {
    "t1": "table_clusters",
    "t2": "table_groups",
    "t3": "table_metrics",
    "t4": "table_settings",
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_machine_readable_tables_read_back(folder, name):
    table = read_table(folder / f"{name}.ecsv", CONTRACTS[name])
    text = (folder / f"{name}.mrt").read_text()
    assert text.startswith("Title: ")
    assert text.isascii()
    found = Table.read(text, format="ascii.mrt")
    assert len(found) == len(table)
    for column in found.colnames:
        read, written = found[column], table[column]
        if written.dtype.kind == "f":
            values = np.ma.filled(np.ma.masked_array(read).astype(float), np.nan)
            np.testing.assert_allclose(values, written, rtol=1e-5)
        elif written.dtype.kind in "bi":
            assert read.tolist() == written.astype(int).tolist()
        else:
            words = np.ma.filled(np.ma.masked_array(read).astype(object), "")
            assert words.tolist() == written.tolist()
    left_out = set(table.columns) - set(found.colnames)
    assert all((table[c].isna() | (table[c].astype(str) == "")).all() for c in left_out)


def test_units_of_machine_readable_tables_are_those_of_cds(folder):
    lines = (folder / "t1.mrt").read_text().splitlines()
    assert any(re.match(r".*F[0-9.]+ +\[-\] +scatter ", line) for line in lines)


def test_names_and_empty_tables_can_be_machine_readable(tables):
    table = tables.t1.assign(cluster=[f"Böhm {i}" for i in range(len(tables.t1))])
    text = machine_readable(table, "table_clusters", "T1")
    assert Table.read(text, format="ascii.mrt")["cluster"][3] == "Bohm 3"
    assert "no rows" in machine_readable(table.iloc[:0], "table_clusters", "T1")


@pytest.mark.parametrize("name", CONTRACTS)
def test_tables_for_both_journals_hold_the_same_cells(folder, name):
    text = (folder / f"{name}_aastex.tex").read_text()
    rows = (folder / f"{name}.tex").read_text().split("\\hline\n")[2].strip().splitlines()
    deluxe = text.split("\\startdata\n")[1].split("\n\\enddata")[0].splitlines()
    assert len(rows) == len(deluxe) > 0
    expected = [row.replace("tablefootmark", "tablenotemark") for row in rows]
    # the last row of a deluxetable has no line break
    assert [row.removesuffix(r" \\") for row in deluxe] == [
        row.removesuffix(r" \\") for row in expected
    ]
    if name in ("t1", "t2"):
        assert len(Table.read(folder / f"{name}_aastex.tex", format="ascii.aastex")) == len(rows)
    assert "tablefoot" not in text
    assert r"\tablecomments{" in text
    assert text.count("{") == text.count("}")


def test_settings_are_counted_cluster_by_cluster(folder, tables):
    table = read_table(folder / "t4.ecsv", "table_settings").set_index("cluster")
    one = tables.clusters[tables.clusters["eligible"]].set_index("cluster").sort_index()
    assert (table["n_settings"] == 1).all()
    assert (table["n_recovered_40"] == one["recovered_40"].astype(int)).all()
    assert (table["n_recovered_70"] <= table["n_recovered_40"]).all()
    better = one["recovered_40"] & (one["p_value"] < 0.05)
    assert (table["n_significant"] == better.astype(int)).all()
    assert table["headline_40"].tolist() == one["recovered_40"].tolist()


def test_coherence_on_disk_is_that_of_pandas(folder, tables):
    found = read_table(folder / "coherence.ecsv", "coherence")
    joined = tables.abundances.merge(tables.members, on="star_id")
    expected = joined.groupby("cluster")["mg_fe"].agg(["mean", "sem", "count"])
    magnesium = found[found["element"] == "mg_fe"].set_index("cluster")
    np.testing.assert_allclose(magnesium["mean"], expected["mean"], rtol=1e-9)
    np.testing.assert_allclose(magnesium["mean_err"], expected["sem"], rtol=1e-9)
    assert magnesium["n_stars"].tolist() == expected["count"].tolist()
    summary = read_table(folder / "elements.ecsv", "elements").set_index("element")
    assert summary.loc["mg_fe", "sample_mean"] == pytest.approx(tables.abundances["mg_fe"].mean())
    assert read_table(folder / "elements.ecsv").attrs["solar_scale"] == "mock"


def test_the_same_job_gives_the_same_bytes(folder, tmp_path):
    measure(folder, tmp_path)
    for name in ("coherence.ecsv", "elements.ecsv"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_tables_on_disk_keep_counts_and_chance_levels(folder, tables):
    t1 = read_table(folder / "t1.ecsv", "table_clusters")
    rows = tables.clusters.sort_values("cluster")
    for column in ("cluster", "n_members", "n_shared", "n_best", "purity", "p_value", "q_value"):
        assert t1[column].tolist() == pytest.approx(rows[column].tolist())
    t2 = read_table(folder / "t2.ecsv", "table_groups")
    content = tables.group_scores.set_index("group")["content"]
    assert t2["content"].tolist() == content[t2["group"]].tolist()
    t3 = read_table(folder / "t3.ecsv", "table_metrics").set_index(["metric", "noise"])
    assert t3.loc[("v_measure", "drop"), "value"] == 0.65


def test_every_number_names_the_rule_that_made_it(folder):
    numbers = json.loads((folder / "numbers.json").read_text())
    # T3 only shows the scores of the headline.
    contracts = {"t3": "scores"}
    for name, entry in numbers.items():
        table = Path(entry["source"]).stem.removeprefix("s.")
        made = f'write_table\\([^\\n]*"{contracts.get(table, table)}"'
        assert re.search(made, (SCRIPTS / f"{entry['rule']}.py").read_text()), name
    assert len({entry["rule"] for entry in numbers.values()}) == 8


def test_numbers_name_the_table_and_the_rule_they_come_from(folder, tables):
    numbers = json.loads((folder / "numbers.json").read_text())
    assert numbers["s.rf40"]["rule"] == "score_groups"
    assert numbers["s.rf40"]["source"].endswith("t3.ecsv")
    assert numbers["s.members"]["value"] == len(tables.members)
    assert numbers["s.scatter.mg_fe"]["low"] < numbers["s.scatter.mg_fe"]["high"]
    assert r"\chemtag" in (folder / "numbers.tex").read_text()


def test_a_figure_leaves_pdf_png_and_its_drawn_data(folder):
    plot(
        figure="story",
        contract="figure_recovery",
        several={
            "recovery": "labels",
            "scan_recovery": "scanned",
            "repeats": "repeated",
            "funnel": "labels",
        },
        tables={
            "recovery": [folder / "recovery.ecsv"],
            "scan_recovery": [],
            "repeats": [],
            "funnel": [folder / "funnel.ecsv"],
        },
        options={"labels": {"s": "Ideal sample"}, "scanned": [], "repeated": []},
        pdf=folder / "story.pdf",
        png=folder / "story.png",
        drawn=folder / "story.ecsv",
        style=SHEET,
    )
    assert (folder / "story.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "story.png").read_bytes().startswith(b"\x89PNG")
    drawn = read_table(folder / "story.ecsv", "figure_recovery")
    assert sorted(set(drawn["threshold"])) == [0.4, 0.7]


def test_a_function_of_a_figure_gets_what_it_names():
    assert called(lambda b, a: (a, b), {"a": 1, "b": 2, "c": 3}) == (1, 2)
    with pytest.raises(KeyError, match="absent"):
        called(lambda absent: absent, {"a": 1})

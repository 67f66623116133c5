"""A small run from end to end: complete, reproducible, resumable, its page without a dead link.

One of the two samples of tests/data/tiny.yaml goes through all stages; both do in the slow tests.
"""

import os
import re
import signal
import subprocess
import time
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath

import pandas as pd
import pytest
import yaml

from chemtag.base.tables import read_table

TINY = Path(__file__).resolve().parents[1] / "data" / "tiny.yaml"
# Draws that make a table longer and prove nothing more.
FEWER = {
    "score": {"other_clusters": 4},
    "limits": {"nulls": {"replicates": 2}, "perturbations": 2, "halves": 10, "pairs": 2000},
    "embed": {"iterations": 50},
}


@pytest.fixture(
    scope="module", params=["field", pytest.param("idealised field", marks=pytest.mark.slow)]
)
def tiny(request, new_checkout, warm):
    """A finished run on two cores; `whole` are the samples that go through all stages."""
    checkout = new_checkout("tiny")
    checkout.whole = request.param.split()
    samples = {name: {"whole": name in checkout.whole} for name in ("idealised", "field")}
    overlay = checkout.folder / "samples.yaml"
    overlay.write_text(yaml.safe_dump({"samples": samples, **FEWER}))
    checkout.words = ["--configfile", TINY, overlay]
    checkout.snakemake("--cores", "2", *checkout.words)
    checkout.python = warm
    return checkout


def test_every_stage_leaves_its_tables(tiny):
    stages = {path.split("/")[0] for path in tiny.tables("tiny")}
    assert stages == {
        "survey",
        "select",
        "space",
        "tag",
        "embed",
        "score",
        "limits",
        "paper",
        "check",
        "report",
    }


def test_a_second_run_has_nothing_to_do(tiny):
    run = tiny.snakemake("--cores", "2", *tiny.words)
    assert "Nothing to be done" in run.stdout


def up_to_scores(digests: dict[str, str]) -> dict[str, str]:
    """Tables of the sample `field` up to its scores, in which every draw of the run has a part.

    The whole run, killed at any moment, is compared by test_kills.py (slow).
    """
    return {
        path: digest
        for path, digest in digests.items()
        if path.startswith(("survey/survey.", "select/field.", "space/field.", "tag/field.",
                            "score/field."))
    }  # fmt: skip


def test_a_killed_run_resumes_on_one_core_to_the_same_tables(tiny, new_checkout):
    other = new_checkout("killed")
    expected = up_to_scores(tiny.tables("tiny"))
    assert {path.split("/")[0] for path in expected} == {
        "survey",
        "select",
        "space",
        "tag",
        "score",
    }
    targets = [f"results/tiny/{path}" for path in expected]
    process = subprocess.Popen(
        other.command("--cores", "2", *tiny.words, "--", *targets),
        cwd=other.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    groups = other.folder / "results" / "tiny" / "tag"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(groups.glob("*.parquet")):
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    finished = {
        path: path.stat().st_mtime_ns
        for path in (other.folder / "results" / "tiny" / "survey").glob("*.parquet")
    }
    assert len(up_to_scores(other.tables("tiny"))) < len(expected), "killed before its end"
    other.snakemake("--unlock", "--cores", "1", *tiny.words)
    other.snakemake("--cores", "1", *tiny.words, "--", *targets)
    assert up_to_scores(other.tables("tiny")) == expected
    assert {path: path.stat().st_mtime_ns for path in finished} == finished, "finished work is kept"


def jobs_of(run: subprocess.CompletedProcess) -> dict[str, str]:
    """Number of jobs of each rule, and in total, that a dry run counts."""
    pairs = (line.split() for line in run.stdout.splitlines() if len(line.split()) == 2)
    return {name: n for name, n in pairs if name.isidentifier() and n.isdigit()}


def test_an_edited_figure_reruns_one_job_a_sample(tiny):
    module = tiny.folder / "workflow" / "scripts" / "chemtag" / "paper" / "figures" / "map.py"
    text = module.read_text()
    module.write_text(text + "\n# a change\n")
    run = tiny.snakemake("--dry-run", "--cores", "1", *tiny.words)
    module.write_text(text)
    counts = jobs_of(run)
    n = str(len(tiny.whole))
    assert {rule: n for rule, n in counts.items() if rule.startswith("plot_")} == {"plot_map": n}
    others = {"default", "typeset_manuscript", "write_report", "write_provenance"}
    assert set(counts) - {"plot_map", "total"} == others, "what holds the map"


def test_an_edited_library_module_reruns_only_the_rules_that_use_it(tiny):
    module = tiny.folder / "workflow" / "scripts" / "chemtag" / "embed" / "maps.py"
    module.write_text(module.read_text() + "\n# a change\n")
    run = tiny.snakemake("--dry-run", "--cores", "1", *tiny.words)
    counts = jobs_of(run)
    assert counts.get("embed_stars") == str(len(tiny.whole))
    assert "tag_stars" not in counts
    assert "score_groups" not in counts


@pytest.mark.slow
def test_snakemakes_own_report_has_each_category(tiny):
    tiny.snakemake("--cores", "1", *tiny.words, "--report", "report.html")
    page = (tiny.folder / "report.html").read_text(encoding="utf-8")
    for category in ("Samples", "Maps", "Recovery", "Clusters", "Limits", "Trust in the groups"):
        assert category in page
    assert "RF40 over the grid" in page, "labels of figures"
    assert "chance level" in page, "captions"


def test_scores_carry_interval_and_chance(tiny):
    paths = sorted((tiny.folder / "results/tiny/score").glob("*.*.scores.ecsv"))
    of_spaces = [path for path in paths if ".scan." not in path.name]
    assert len(of_spaces) == len(tiny.whole)
    for path in of_spaces:
        has_interval_and_chance(read_table(path, "scores"))


def has_interval_and_chance(scores: pd.DataFrame) -> None:
    rf40 = scores[scores["metric"] == "rf40"].set_index("setting")
    assert rf40["value"].between(0, 1).all()
    assert (rf40["low"] <= rf40["value"] + 1e-12).all()
    # A null that is rarely above 0 has its 95th percentile below its mean, so ends are compared.
    assert (rf40["null_low"] <= rf40["null_high"]).all()
    assert rf40["null_mean"].between(0, 1).all()
    assert (rf40["n_null"] == 40).all()


class Links(HTMLParser):
    """Addresses of the links and names of the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Keep what a link leads to and what an element is called."""
        found = dict(attrs)
        if tag == "a":
            self.addresses.append(found["href"])
        self.names.add(found.get("id", ""))


@pytest.fixture(scope="module")
def page(tiny):
    return tiny.folder / "results" / "tiny" / "report" / "index.html"


@pytest.fixture(scope="module")
def links(page):
    return Links(page.read_text(encoding="utf-8"))


def beside(links: Links) -> list[str]:
    """Files that the page links to, as paths in the results folder."""
    files = [address for address in links.addresses if not address.startswith("#")]
    return [normpath(join("report", address)) for address in files]


def test_every_link_leads_to_a_file(tiny, links):
    folder = tiny.folder / "results" / "tiny"
    paths = beside(links)
    assert len(paths) > 30 * len(tiny.whole)
    assert [path for path in paths if not (folder / path).is_file()] == []
    inside = [address[1:] for address in links.addresses if address.startswith("#")]
    assert set(inside) <= links.names


def test_each_figure_has_its_drawn_data_beside_it(tiny, links):
    paths = beside(links)
    figures = [path for path in paths if path.endswith(".pdf") and "/figures/" in path]
    data = {path for path in paths if "/figures/" in path and not path.endswith(".pdf")}
    assert len(figures) > 10 * len(tiny.whole)
    for figure in figures:
        stem = figure.removesuffix(".pdf")
        assert data & {f"{stem}.ecsv", f"{stem}.parquet", f"{stem}.costs.ecsv"}, figure
    assert {dirname(path) for path in data} == {"paper/figures"}


def test_alternative_texts_hold_numbers(page):
    texts = re.findall(r'<img [^>]*alt="([^"]+)"', page.read_text(encoding="utf-8"))
    assert texts
    assert all(re.search(r"\d\.\d\d|\d+ of |\d+ clusters", text) for text in texts), texts


@pytest.mark.slow
def test_every_link_holds_inside_the_archive(tiny, links):
    tiny.snakemake("archive", "--cores", "1", *tiny.words)
    with zipfile.ZipFile(tiny.folder / "results" / "tiny.zip") as archive:
        names = set(archive.namelist())
    assert {f"chemtag-tiny/{path}" for path in beside(links)} <= names

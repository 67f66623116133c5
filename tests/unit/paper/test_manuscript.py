"""The manuscript: no number of its own, numbers of any run, one clear complaint, the same bytes."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.figure import Figure
from tables_for_figures import make_tables
from test_limits_figures import ceiling, rates, tuning

from chemtag.base.problems import InputProblem
from chemtag.paper.limit_numbers import (
    ceiling_numbers,
    doppelganger_numbers,
    forecast_numbers,
    information_numbers,
    planner_numbers,
    tuning_numbers,
)
from chemtag.paper.manuscript import caption_words, check_template, literal_digits
from chemtag.paper.tables import (
    as_json,
    coherence_numbers,
    funnel_numbers,
    metric_numbers,
    oracle_numbers,
    recovery_numbers,
    size_numbers,
)
from chemtag.paper.tagger_table import tagger_numbers
from typeset_manuscript import typeset_manuscript

FOLDER = Path(__file__).parents[3] / "workflow" / "manuscript"
CAPTIONS = FOLDER.parent / "report"
PUBLISHED = FOLDER.parents[1] / "resources" / "published" / "literature.yaml"
RECIPES = FOLDER.parents[1] / "resources" / "recipes"
PARTS = [
    *(FOLDER / name for name in ("layout.typ", "references.bib", "aanda.csl")),
    PUBLISHED,
    *sorted(RECIPES.glob("*.yaml")),
]
SCORES = [f"{m}.noise_group.field_class" for m in ("v_measure", "ami")]


def numbers_of(key: str, n_clusters: int, limits: bool) -> dict:
    """Numbers of a sample, as collect_numbers makes them."""
    tables = make_tables(n_clusters, n_field=0 if n_clusters else 30)
    t3 = tables.t3
    policy = t3["metric"].isin(["v_measure", "ami"])
    t3.loc[policy, "field"] = "class"
    numbers = (
        metric_numbers(t3, key, "paper/tables/metrics.ecsv")
        | oracle_numbers(of_oracle(t3), key, "score/o.ecsv")
        | recovery_numbers(tables.recovery, key, "score/r.ecsv")
        | size_numbers(tables.recovery_sizes, key, "score/z.ecsv")
        | coherence_numbers(tables.elements, key, "score/e.ecsv")
        | funnel_numbers(tables.funnel, key, "select/f.ecsv")
    )
    if limits:
        numbers |= tuning_numbers(tuning(), key, "limits/t.ecsv")
        numbers |= ceiling_numbers(ceiling(), key, "limits/c.ecsv")
        numbers |= doppelganger_numbers(rates(["members"]), key, "limits/d.ecsv")
        row = {"basis": "within_sd", "quantity": "participation_ratio", "value": 2.3}
        table = pd.DataFrame([row | {"low": 2.0, "high": np.nan, "note": ""}])
        numbers |= information_numbers(table, key, "limits/i.ecsv")
    return numbers


def of_oracle(table: pd.DataFrame) -> pd.DataFrame:
    """Scores of the headline in the place of the oracle's."""
    found = table.copy()
    found.attrs = {"searched": 80, "oracle_space": "raw"}
    return found


def forecast() -> dict:
    row = {"n_field": 8000, "error_scale": 0.5, "n_elements": 17, "role": "headline"}
    ends = {"low": 0.36, "high": 0.42, "n_realisations": 6}
    table = pd.DataFrame([row | {"score": "rf40", "mean": 0.39} | ends])
    return forecast_numbers(table, "forecast/forecast.ecsv")


def planned() -> dict:
    """Numbers of the planner: one half at 4,200 stars, and beyond the plane for double errors."""
    cells = pd.DataFrame({"error_scale": [0.5, 2], "n_field": [1000, 100000], "n_realisations": 4})
    rows = [
        {
            "role": role,
            "error_scale": scale,
            "n_field": at,
            "low": at - 500,
            "high": np.nan,
            "side": side,
        }
        for role in ("headline", "oracle", "known_width", "detectable")
        for scale, at, side in ((0.5, 4203.0, "inside"), (2, np.nan, "fewer"), (0.7, 9.0, "inside"))
    ]
    return planner_numbers(cells, pd.DataFrame(rows), "forecast/planner_contour.ecsv")


def scanned(key: str) -> dict:
    """Numbers of the tagger of known width at one level."""
    scores = {"rf40": 0.25, "rf40_low": 0.2, "rf40_high": 0.3, "rf40_null_mean": 0.01}
    scores |= {"rf40_null_p95": 0.02, "n_recovered_40": 3, "n_groups": 5, "statistical_40": 0.4}
    table = pd.DataFrame([{"tagger": "scan_claims"} | scores])
    return tagger_numbers(table, key, "paper/tables/taggers.ecsv")


def sample(key: str, **changes) -> dict:
    plain = {
        "key": key, "label": f"Sample {key}", "catalog": "mine", "simulated": False,
        "citation": "Somebody 2024", "members_only": False, "elements": ["fe", "mg"],
        "min_members": 4, "space": "raw", "setting": "euclidean-leaf-mcs2-ms1",
        "windows": {}, "recipe": "", "n_field": None,
    }  # fmt: skip
    return plain | changes


def typeset(
    place: Path, numbers: dict, samples: list[dict], figures=(), template=None, compared_spaces=()
) -> Path:
    place.mkdir(exist_ok=True)
    document = as_json(numbers)
    (place / "numbers.json").write_text(json.dumps(document))
    paths = []
    for name in figures:
        paths.append(place / f"{name}.pdf")
        Figure(figsize=(2, 1)).savefig(paths[-1], metadata={"CreationDate": None})
    typeset_manuscript(
        template=template or FOLDER / "paper.typ",
        parts=PARTS,
        project=FOLDER.parents[1] / "pyproject.toml",
        numbers=place / "numbers.json",
        figures=paths,
        captions=sorted(CAPTIONS.glob("*.rst")),
        run="mine",
        seed=1,
        permutations=200,
        title="A title",
        authors=["A", "B"],
        affiliations=["Somewhere"],
        acknowledgements="We thank everybody.",
        samples=samples,
        compared_spaces=list(compared_spaces),
        content=place / "content.json",
        pdf=place / "paper.pdf",
    )
    return place / "paper.pdf"


def words_of(pdf: Path, *options: str) -> str:
    """Words of a PDF: those of a column one after the other, or of the whole line by `-layout`."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    run = subprocess.run(
        ["pdftotext", *options, pdf, "-"], check=True, capture_output=True, text=True
    )
    joined = re.sub(r"\u00ad\s*", "", run.stdout)
    return re.sub(r"\s+", " ", joined).replace("– ", "–")


def test_the_shipped_text_holds_no_number_of_its_own():
    assert literal_digits((FOLDER / "paper.typ").read_text()) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("We recover 9 clusters.", True),
        ("a share of 0.29", True),
        ('#"0.29"', True),
        ('#num("idealised.rf40") of @casamiquela2021 in <tab:t1> // was 9', False),
        ('#count(s.key + ".n_recovered_40.count")', False),
        ("eleven clusters", False),
    ],
)
def test_a_literal_number_is_found(line, wrong):
    assert bool(literal_digits(f"Text.\n{line}\n")) == wrong
    if wrong:
        with pytest.raises(InputProblem, match=r"mine.typ, line 2: .*numbers\.json"):
            check_template(f"Text.\n{line}\n", "mine.typ")


def test_a_run_with_everything_says_what_it_measured(tmp_path):
    numbers = numbers_of("one", 12, True) | numbers_of("two", 8, True) | forecast()
    numbers |= planned()
    numbers |= scanned("two")
    samples = [sample("one", members_only=True, simulated=True, citation=""), sample("two")]
    figures = ["story", "recovery", "limits", "contamination", "losses", "map_one", "map_two"]
    figures += ["false_groups", "doppelgangers_one", "doppelgangers_two", "overview_one"]
    pdf = typeset(tmp_path / "run", numbers, samples, figures)
    words = words_of(pdf)
    assert "Elements, cuts and eligible clusters are as in Sample one." in words
    value = numbers["one.rf40"]
    assert f"{value.value:.2f} ({value.low:.2f}–{value.high:.2f})" in words
    assert "chance 0.03 (0.09), p = 0.005" in words
    assert words.count("of the draws") == 2, "how chance is written is said in text and caption"
    assert "from 4 simulated surveys of 1,000 to 100,000 field stars" in words
    assert re.search(r"0.5 (4,200 \(3,700–\?\) ?){4}", words_of(pdf, "-layout"))
    assert re.search(r" 2 (– ?){4}", words_of(pdf, "-layout"))
    assert "8,000 0.5 17 0.39 (0.36–0.42)" in words_of(pdf, "-layout")
    large = numbers["one.rf40.from_7"]
    counts = [numbers[f"one.rf40.from_7.{n}"].value for n in ("n_recovered", "n_clusters")]
    share = f"{large.value:.2f} ({large.low:.2f}–{large.high:.2f})"
    assert f"In Sample one {counts[0]} of the {counts[1]} clusters of that size are" in words
    assert f"{counts[0]} of {counts[1]}: {share}" in words, "the table of sizes"
    said = "claims recover 3 of 8 clusters, RF40 = 0.25 (0.20–0.30), with 5 groups"
    assert f"In Sample two {said}" in words
    assert "seed 1 and was made with chemtag, version" in words
    assert "provenance.json names the commit" in words
    assert "permuted over the stars, 200 times" in words
    assert "2.3 (no interval) dimensions" in words
    assert "Somebody 2024" in words
    assert "{{" not in words
    assert "All samples are simulated" not in words


def test_scores_in_the_text_stand_beside_their_chance_level(tmp_path):
    numbers = numbers_of("one", 12, True)
    words = words_of(typeset(tmp_path / "run", numbers, [sample("one")], ["story", "map_one"]))
    table = words[words.index("Scores of the headline settings") :]
    for name in ("rf_area", "rf40_one_to_one", "rf40_strict", "rf40", "rf70"):
        entry = numbers[f"one.{name}"]
        assert f"{entry.value:.2f} ({entry.low:.2f}–{entry.high:.2f})" in table, name
    # readers of PDF take cells of a row in different orders
    assert table[: table.index("Table 3")].count("chance 0.03 (0.09), p = 0.005") == 7
    assert "no algorithm" not in words
    assert "told" not in words


def test_figures_of_a_sample_are_in_the_appendix_and_none_is_scaled(tmp_path):
    figures = ["story", "map_one", "overview_one"]
    words = words_of(
        typeset(tmp_path / "run", numbers_of("one", 12, False), [sample("one")], figures)
    )
    assert words.index("References") < words.index("Appendix: the figures of each sample")
    assert words.index("Appendix") < words.index("UMAP of the chemical space raw of the sample")
    assert "width: 100%" not in (FOLDER / "layout.typ").read_text()


def test_a_run_without_limits_forecast_and_figures_is_a_paper_too(tmp_path):
    words = words_of(typeset(tmp_path / "run", numbers_of("one", 12, False), [sample("one")]))
    assert "What better data would bring" not in words
    assert "The upper limit from a supervised classifier is" not in words


def test_a_sample_without_clusters_says_undefined(tmp_path):
    numbers = numbers_of("one", 0, False)
    pdf = typeset(tmp_path / "run", numbers, [sample("one")], ["story", "map_one"])
    words = words_of(pdf)
    assert "undefined" in words
    assert "No cluster of this sample has enough members" in words


def test_a_sample_judged_by_groups_says_so(tmp_path):
    numbers = numbers_of("one", 12, False) | numbers_of("two", 12, False)
    found = sample("two", found_truth="groups found in samples/motion by ladder")
    words = words_of(typeset(tmp_path / "run", numbers, [sample("one"), found]))
    said = "Its clusters are no independent list but groups found in samples/motion by ladder."
    assert words.count(said) == 1
    assert words.index("Sample two") < words.index(said)


def test_a_missing_number_is_one_sentence(tmp_path):
    numbers = numbers_of("one", 12, False)
    del numbers["one.n_eligible"]
    with pytest.raises(InputProblem) as problem:
        typeset(tmp_path / "run", numbers, [sample("one")])
    said = str(problem.value)
    assert "there is no number called one.n_eligible in this run" in said
    assert "\n" not in said


def test_an_own_template_is_checked(tmp_path):
    own = tmp_path / "own.typ"
    own.write_text('#import "layout.typ": *\nWe find #num("one.rf40").\n')
    numbers = numbers_of("one", 12, False)
    assert "We find 0." in words_of(typeset(tmp_path / "a", numbers, [sample("one")], (), own))
    own.write_text("We find 9.\n")
    with pytest.raises(InputProblem, match=r"own\.typ, line 1"):
        typeset(tmp_path / "b", numbers, [sample("one")], (), own)


def test_the_same_run_gives_the_same_bytes(tmp_path):
    numbers = numbers_of("one", 12, True)
    figures = ["story", "map_one"]
    pdfs = [typeset(tmp_path / n, numbers, [sample("one")], figures) for n in ("a", "b")]
    assert pdfs[0].read_bytes() == pdfs[1].read_bytes()
    assert b"CreationDate" not in pdfs[0].read_bytes()


def test_every_number_says_where_it_comes_from():
    numbers = as_json(numbers_of("one", 12, True) | forecast())
    for name, entry in numbers.items():
        assert entry["source"], name
        assert entry["rule"], name
        known = entry["low"] is not None and entry["null_mean"] is not None
        assert known or entry["note"], f"{name} has no interval or null and does not say why"


def test_captions_lose_their_marks_and_gain_their_values():
    caption = "Map of ``{{ snakemake.params.space }}``, *{{ snakemake.params.label }}*: 2 * 3."
    assert caption_words(caption, {"space": "raw", "label": "Mine"}) == "Map of raw, Mine: 2 * 3."


def test_every_citation_has_an_entry_and_every_entry_is_cited():
    text = (FOLDER / "paper.typ").read_text()
    published = yaml.safe_load(PUBLISHED.read_text())["rows"]
    rows = [row["cite"] for row in published if row["status"] == "read"]
    cited = set(re.findall(r"(?:@|prose\(<)([a-z]+\d{4}|[a-z]+)\b", text)) | set(rows)
    entries = set(re.findall(r"@\w+\{(\w+),", (FOLDER / "references.bib").read_text()))
    assert cited & entries == entries, entries - cited
    assert set(rows) <= entries


def test_every_reference_has_a_doi_an_arxiv_number_or_the_address_of_its_archive():
    entries = re.split(r"\n@", (FOLDER / "references.bib").read_text())[1:]
    assert len(entries) > 20
    for entry in entries:
        known = re.findall(r"\b(doi|eprint|url) = \{(\S+)\}", entry)
        assert known, entry
        for key, value in known:
            pattern = {
                "doi": r"10\.\d{4,}/\S+",
                "eprint": r"\d{4}\.\d{4,5}|astro-ph/\d{7}",
                "url": r"https://aclanthology\.org/\S+",
            }
            assert re.fullmatch(pattern[key], value), entry
        assert "unverified" not in entry


def test_published_results_say_where_they_were_read():
    rows = yaml.safe_load(PUBLISHED.read_text())["rows"]
    assert {row["status"] for row in rows} == {"read", "unverified"}
    for row in rows:
        assert (row["status"] == "read") == ("http" in row["read_in"]), row
        assert set(row) == {
            "cite", "data", "method", "field", "quantity", "value", "own", "status", "read_in",
        }  # fmt: skip


def test_unverified_results_stay_out_and_own_numbers_stand_beside_published_ones(tmp_path):
    numbers = numbers_of("one", 12, True)
    samples = [sample("one", members_only=True)]
    words = words_of(typeset(tmp_path / "run", numbers, samples, ["story"]))
    assert "1 of 4" not in words
    own = numbers["one.rf40_strict"]
    assert "9 of 31" in words
    assert f"{own.value:.2f} ({own.low:.2f}–{own.high:.2f}) (Sample one)" in words
    assert "(Hunt & Reffert 2021)" not in words
    assert "Hunt & Reffert (2021)" in words


def test_the_abstract_is_short_and_the_lists_of_people_come_from_the_config(tmp_path):
    keys = ("one", "two", "three")
    numbers = {k: v for key in keys for k, v in numbers_of(key, 12, True).items()}
    samples = [sample(key) for key in keys]
    words = words_of(typeset(tmp_path / "run", numbers, samples, ["story"]))
    abstract = words[words.index("Abstract.") : words.index("1 Introduction")]
    assert len(abstract.split()) <= 250, abstract
    assert "A, and B Somewhere" in words
    assert "We thank everybody." in words


def test_a_test_without_power_says_so_and_names_what_shows_a_signal(tmp_path):
    numbers = numbers_of("one", 12, True)
    nothing = {"value": 0.0, "low": 0.0, "high": 0.04, "null_mean": 0.0, "null_p95": 0.0}
    numbers["one.rf40"] = replace(numbers["one.rf40"], **nothing, p_value=1.0)
    words = words_of(typeset(tmp_path / "run", numbers, [sample("one")], ["story"]))
    assert "its null are both zero, so permutations cannot tell" in words
    assert "the mean match (p = 0.005)" in words
    assert "field stars are" not in words


def test_a_simulated_sample_is_described_by_its_recipe(tmp_path):
    numbers = numbers_of("one", 12, True) | numbers_of("two", 12, True)
    samples = [
        sample("one", simulated=True, recipe="highres.yaml", members_only=True),
        sample("two", simulated=True, recipe="survey.yaml", n_field=8000,
               windows={"snr": {"min": 70}, "teff": {"min": 4000, "max": 5200}}),
    ]  # fmt: skip
    words = words_of(typeset(tmp_path / "run", numbers, samples, ["story"]))
    assert "175 members" in words
    assert "439 members" in words
    assert "Around them lie 8,000 field stars of 2 populations" in words
    assert "S/N at least 70" in words
    assert "are as in" not in words, "these two are cut otherwise"
    assert "All samples are simulated" in words

"""What the page of a run shows: which stars, numbers, figures and tables."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from jinja2 import UndefinedError
from tables_for_figures import SETTING, make_tables

from chemtag.paper.figures import coherence, purity_completeness, recovery, story
from chemtag.paper.figures import map as maps
from chemtag.paper.manuscript import split_name
from chemtag.report.page.alternatives import alternative
from chemtag.report.page.content import (
    further_files,
    headline_groups,
    seeds_in_words,
    short_leaderboard,
    table_kinds,
)
from chemtag.report.page.document import in_script
from chemtag.report.page.sample_map import principal_components, sample_map
from chemtag.report.page.sampling import kept_stars, shares_of_cap, tiers_of
from chemtag.report.page.story import (
    N_FIGURES,
    Figure,
    as_html,
    chosen_figures,
    filled,
    story_entries,
)
from chemtag.report.page.tables import key_of, page_table, text_of

ROOT = Path(__file__).resolve().parents[3]
FIGURES = yaml.safe_load((ROOT / "workflow" / "figures.yaml").read_text())
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from synthetic_page import made_up_page, made_up_tables  # noqa: E402


def test_small_samples_leave_their_share_to_large_ones():
    assert shares_of_cap({"a": 10, "b": 1000, "c": 400}, 5000) == {"a": 10, "b": 1000, "c": 400}
    assert shares_of_cap({"a": 10, "b": 1000, "c": 400}, 600) == {"a": 10, "b": 295, "c": 295}
    assert sum(shares_of_cap({"a": 70, "b": 70, "c": 70}, 100).values()) == 100


def test_members_stay_then_groups_then_a_random_part():
    cluster = np.array([0, -1, -1, -1, -1, 1, -1, -1])
    group = np.array([-1, 0, 0, -1, -1, 0, -1, -1])
    tier = tiers_of(cluster, group)
    rng = np.random.default_rng(0)
    assert tier.tolist() == [0, 1, 1, 2, 2, 0, 2, 2]
    assert kept_stars(tier, 8, rng).tolist() == list(range(8))
    five = kept_stars(tier, 5, rng)
    assert {0, 1, 2, 5} < set(five)
    assert len(five) == 5
    assert len(kept_stars(tier, 3, rng)) == 3
    assert kept_stars(tier, 1, rng).tolist() == [0, 5], "members stay even beyond the number"
    again = [kept_stars(tier, 6, np.random.default_rng(4)).tolist() for _ in range(2)]
    assert again[0] == again[1]


def test_every_star_of_the_rest_is_as_likely():
    tier = np.full(10, 2)
    drawn = [kept_stars(tier, 3, np.random.default_rng(seed)) for seed in range(2000)]
    counts = np.bincount(np.concatenate(drawn), minlength=10)
    # 2000 draws of 3 of 10: 600 each with a standard deviation of 20.5
    assert np.all(np.abs(counts - 600) < 90)


def test_components_are_those_of_a_known_ellipse():
    rng = np.random.default_rng(2)
    t, s = rng.normal(0, 3, 4000), rng.normal(0, 1, 4000)
    points = np.column_stack([t + s, t - s, np.zeros(4000)]) / np.sqrt(2) + 5
    components, shares = principal_components(points)
    # the long axis is (1, 1, 0) / sqrt 2, with 9 of 10 parts of the variance
    np.testing.assert_allclose(components[:, 0], t - t.mean(), atol=0.2)
    assert shares[0] == pytest.approx(0.9, abs=0.01)
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(components.mean(axis=0), 0, atol=1e-9)


def test_a_constant_space_has_components_at_zero():
    components, shares = principal_components(np.ones((5, 3)))
    assert np.all(components == 0)
    assert np.all(shares == 0)


def test_the_map_of_a_thinned_sample_counts_what_it_shows():
    tables = made_up_tables(1000, n_groups=20, n_settings=2)
    shown = sample_map(tables, 400, np.random.default_rng(1))
    about = shown.about
    ids = bytes(shown.arrays["star_id"]).decode().split("\n")
    assert len(ids) == len(set(ids)) == 400
    assert about["stars"] == 1000
    assert about["all"] == {"members": 120, "grouped": 120, "others": 760}
    assert about["shown"] == {"members": 120, "grouped": 120, "others": 160}
    assert about["settings"][0]["sizes"] == [12] * 20, "sizes are of the whole sample"
    rows = tables.abundances.set_index("star_id").loc[ids]
    np.testing.assert_allclose(shown.arrays["fe_h"], rows["fe_h"], atol=6e-5)
    names = [about["clusters"][c] if c >= 0 else "" for c in shown.arrays["cluster"]]
    assert names == list(pd.Series(ids).map(tables.cluster).fillna(""))
    iron = next(e for e in about["elements"] if e["column"] == "fe_h")
    assert iron["mean"] == pytest.approx(tables.abundances["fe_h"].mean(), abs=1e-5)
    assert iron["scatter"] == pytest.approx(tables.abundances["fe_h"].std(), abs=1e-5)
    assert [s["headline"] for s in about["settings"]] == [True, False, False]
    assert about["settings"][0]["recovers"]["3"] == "NGC 0003"
    assert about["settings"][1]["recovers"] == {}
    json.dumps(about, allow_nan=False)


def test_every_space_has_components_and_the_mapped_one_umap_and_t_sne():
    tables = made_up_tables(600, n_groups=10, n_settings=1)
    shown = sample_map(tables, 10_000, np.random.default_rng(1))
    views = {view["key"]: view for view in shown.about["views"]}
    assert list(views) == ["umap0", "tsne0", "pca0", "pca1"]
    assert [view["space"] for view in views.values()] == ["raw"] * 3 + ["zscore"]
    ids = bytes(shown.arrays["star_id"]).decode().split("\n")
    several = tables.embeddings["raw"].several
    first = several[(several["method"] == "tsne") & (several["run"] == 0)].set_index("star_id")
    expected = first["x"].reindex(ids).to_numpy()
    np.testing.assert_allclose(shown.arrays["tsne0_x"], expected, atol=6e-5)
    assert np.isfinite(shown.arrays["tsne0_x"]).sum() == 300
    assert "300 of the 600 stars, drawn at random" in views["tsne0"]["words"]
    assert (
        "a star keeps 70% of its 15 nearest neighbours (by chance 0.4%)" in views["tsne0"]["words"]
    )
    assert views["umap0"]["words"].startswith("UMAP of the space raw, all 600 stars.")
    assert (
        views["pca1"]["words"] == "PCA (principal components) of the space zscore, all 600 stars."
    )
    assert views["pca1"]["x_label"].startswith("Principal component 1 (")


def test_groups_of_the_map_are_those_of_the_table():
    tables = made_up_tables(600, n_groups=10, n_settings=1)
    shown = sample_map(tables, 10_000, np.random.default_rng(1))
    ids = bytes(shown.arrays["star_id"]).decode().split("\n")
    groups = tables.groups["raw"].set_index("star_id")["group"]
    expected = pd.Series(ids).map(groups).fillna(-1).astype(int)
    assert shown.arrays["groups0_0"].tolist() == expected.tolist()


def test_magnesium_over_iron_of_a_sample_in_x_h():
    tables = made_up_tables(200, n_groups=4, n_settings=1)
    stars = tables.abundances.rename(columns={"mg_fe": "mg_h"})
    stars["mg_h"] += stars["fe_h"]
    changed = made_up_tables(200, n_groups=4, n_settings=1)
    object.__setattr__(changed, "abundances", stars)
    a, b = (sample_map(t, 1000, np.random.default_rng(1)) for t in (tables, changed))
    assert b.about["plane"] == {"x": "fe_h", "y": "plane_mg_fe"}
    np.testing.assert_allclose(a.arrays["mg_fe"], b.arrays["plane_mg_fe"], atol=2e-4)


def test_a_catalogue_without_positions_or_magnesium_has_neither_panel():
    tables = made_up_tables(200, n_groups=4, n_settings=1)
    bare = tables.abundances.drop(columns=["ra", "dec", "mg_fe"])
    object.__setattr__(tables, "abundances", bare)
    shown = sample_map(tables, 1000, np.random.default_rng(1))
    assert "ra" not in shown.arrays
    assert shown.about["plane"] is None


@pytest.mark.parametrize("truth", ["", "groups found in samples/motion by ladder"])
def test_the_answer_says_where_its_clusters_come_from(truth):
    names = ("label", "space", "setting", "recovered", "eligible", "stars", "members", "value",
             "low", "high", "null_mean", "null_p95")  # fmt: skip
    card = dict.fromkeys(names, "1") | {"truth": truth, "simulated": not truth}
    page = " ".join(made_up_page({"a": 200}, n_settings=1, answers=(card,)).split())
    said = "The clusters are no independent list but"
    assert (f"{said} {truth}." in page) if truth else (said not in page)
    of = "of 1 clusters" if truth else "of 1 simulated clusters"
    assert f"<strong>1</strong> {of} recovered at 40&nbsp;%" in page


def test_the_answer_of_a_repeated_sample_has_the_mean_and_scatter_over_seeds():
    rows = {"score": ["rf_area", "rf40"], "n_realisations": 20, "mean": [0.3, 0.394],
            "sd": [0.05, 0.0886], "share_as_high": [0.5, 0.65]}  # fmt: skip
    names = ("label", "space", "setting", "recovered", "eligible", "stars", "members", "value",
             "low", "high", "null_mean", "null_p95")  # fmt: skip
    card = dict.fromkeys(names, "1") | {"truth": "", "simulated": True}
    told = card | seeds_in_words(pd.DataFrame(rows))
    page = " ".join(made_up_page({"a": 200}, n_settings=1, answers=(told, card)).split())
    said = "Over 20 other seeds RF40 is 0.39 on average and scatters by 0.09 from seed to seed; 65"
    assert page.count("other seeds RF40") == 1
    assert said in page


def test_equal_samples_give_equal_pages_and_nothing_ends_a_script_early():
    first, second = (made_up_page({"a": 200}, n_settings=1) for _ in range(2))
    assert first == second
    parts = re.findall(r"<script[^>]*>(.*?)</script>", first, re.S)
    assert len(parts) == 7, "three blocks of data, three of BokehJS, one of the page"
    for part in parts[:3]:
        json.loads(part)
    assert "</script" not in in_script("a</script>b").lower()
    assert json.loads(in_script(json.dumps("</script><!--"))) == "</script><!--"


def test_the_page_is_the_same_in_two_processes():
    code = (
        "import hashlib, sys; sys.path[:0] = sys.argv[1:];"
        "from synthetic_page import made_up_page;"
        "print(hashlib.sha256(made_up_page({'a': 200}, n_settings=2).encode()).hexdigest())"
    )
    folders = [ROOT / "workflow" / "scripts", ROOT / "tests" / "browser"]
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, *map(str, folders)],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


def test_cells_show_few_digits_and_sort_by_all():
    assert text_of(0.123456) == "0.1235"
    assert text_of(float("nan")) == "–"
    assert text_of(True) == "yes"
    assert text_of(12345) == "12,345"
    assert text_of(0.0000123) == "1.2e-05"
    assert text_of(0.0) == "0"
    assert key_of(0.123456) == "0.123456"
    assert key_of(float("nan")) == ""
    assert key_of(np.int64(7)) == "7"


def test_a_long_table_says_how_much_it_leaves_out():
    table = pd.DataFrame({"group": np.arange(700), "n_stars": np.arange(700)})
    shown = page_table(table, "group_scores", "a.ecsv")
    assert len(shown["rows"]) == 500
    assert shown["left_out"] == 200
    assert shown["headings"][1]["name"] == "n stars"


def test_tables_come_by_kind_and_unknown_kinds_at_the_end():
    tables = [
        (pd.DataFrame({"element": ["fe_h"]}), "", "x"),
        (pd.DataFrame({"group": [1], "cluster": ["NGC 1"]}), "a", "y"),
        (pd.DataFrame({"metric": ["rf40"]}), "a", "z"),
    ]
    for (table, _, _), contract in zip(
        tables, ("elements", "table_groups", "table_metrics"), strict=True
    ):
        table.attrs["contract"] = contract
    kinds = table_kinds(tables, {"a": "Sample A"})
    headings = [kind["heading"] for kind in kinds]
    assert headings[-1] == "Elements"
    assert headings[0].startswith("Scores")
    assert kinds[1]["tables"][0]["picks"] == {0: "group", 1: "cluster"}


def test_groups_of_the_headline_come_largest_first():
    rows = pd.DataFrame({"setting": ["a", "a", "b"], "group": [1, 0, 0], "n_stars": [5, 5, 9]})
    rows.attrs = {"contract": "group_scores"}
    shown = headline_groups(rows, "a")
    assert shown["group"].tolist() == [0, 1]
    assert shown.attrs["contract"] == "group_scores"


def test_a_leaderboard_shows_the_main_scores_of_the_best_first():
    rows = pd.DataFrame({"rank": [2, 1, 1, 1], "entry": ["knn", "ridge", "ridge", "ridge"],
                         "metric": ["rmse", "slope", "rmse", "coverage_low"],
                         "value": [0.3, -0.2, 0.2, 0.6], "as_good": True})  # fmt: skip
    rows.attrs = {"contract": "predictor_leaderboard", "task": "iron", "title": ""}
    shown = short_leaderboard(rows)
    assert shown["value"].tolist() == [0.2, -0.2, 0.3]
    kinds = table_kinds([(shown, "", "../predict/iron.leaderboard.ecsv")], {"field": "Field"})
    assert kinds[0]["heading"].startswith("Label transfer")
    assert kinds[0]["tables"][0]["label"] == "iron"


def test_the_story_takes_what_there_is_in_its_order():
    entries = story_entries(FIGURES)
    per_sample = [Figure(n, s, "") for n in ("map", "coherence") for s in ("ideal", "field")]
    common = [Figure(n, "", "") for n in ("story", "recovery", "limits")]
    shown = chosen_figures(entries, [*per_sample, *common], ["ideal", "field"])
    assert [(f.name, f.sample) for f in shown] == [
        ("story", ""), ("map", "field"), ("recovery", ""), ("limits", ""), ("coherence", "field"),
    ]  # fmt: skip
    forecast = [Figure(n, "", "") for n in ("contamination", "precision")]
    shown = chosen_figures(entries, [*per_sample, *common, *forecast], ["ideal", "field"])
    names = [f.name for f in shown]
    assert names == ["story", "map", "limits", "contamination", "precision"]
    assert len(names) == N_FIGURES
    rest = further_files([*per_sample, *common], shown)
    assert {"path": ".pdf", "drawn": "", "words": "map ideal"} in rest
    assert chosen_figures(entries, [], ["ideal"]) == []
    tasks = [Figure(n, t, "") for n in ("predict_stars", "predict_scores") for t in ("a", "b")]
    shown = chosen_figures(
        entries, [*common, *forecast, *per_sample, *tasks], ["ideal"], ["b", "a"]
    )
    assert len(shown) == N_FIGURES + 2
    assert [(f.name, f.sample) for f in shown[N_FIGURES:]] == [
        ("predict_scores", "b"), ("predict_stars", "b"),
    ]  # fmt: skip


def test_every_figure_of_the_story_has_caption_heading_and_alternative_text():
    entries = story_entries(FIGURES)
    params = {"label": "A", "space": "raw", "setting": "s", "title": "T"}
    for name, entry in entries.items():
        caption = (ROOT / "workflow" / "report" / f"{name}.rst").read_text()
        assert as_html(filled(caption, params)).startswith("<p>")
        assert len(entry["alt"]) > 60
        module = import_module(f"chemtag.paper.figures.{name}")
        assert callable(module.in_words), "the alternative text says the main values"
        assert entry["heading"].endswith("?")
    assert len({entry["rank"] for entry in entries.values()}) == len(entries)


def test_alternative_texts_tell_the_main_values():
    tables = make_tables()
    labels = {"a": "Sample A"}
    curves, sizes = {"a": tables.recovery}, {"a": tables.recovery_sizes}
    drawn = recovery.data(curves, sizes, {}, [])
    headline = drawn[(drawn["role"] == "headline") & np.isclose(drawn["threshold"], 0.4)]
    found = headline[headline["least_members"] == 0].iloc[0]
    said = alternative("story", "What is\n shown.", story.data(curves, {}, {}), labels)
    assert said.startswith("What is shown. Sample A: ")
    assert f"{found['n_recovered']} of 31 clusters, {found['recovery_fraction']:.2f} (" in said
    assert f"by chance {found['null_mean']:.2f}" in said
    large = headline[headline["least_members"] == 7].iloc[0]
    said = alternative("recovery", "What.", drawn, labels)
    assert f"7 members or more {large['n_recovered']} of {large['n_eligible']} clusters" in said
    t1 = tables.t1
    said = alternative("purity_completeness", "What.", purity_completeness.data(t1), labels)
    names = t1.loc[t1["recovered_40"] & t1["eligible"], "cluster"]
    assert f"{len(names)} of the " in said
    assert names.iloc[0] in said
    data = maps.data(tables.embedding, tables.members, tables.groups, tables.t2, SETTING)
    said = alternative("map", "What.", data, labels)
    assert f"{len(tables.members)} members of 31 clusters" in said
    assert f"of which {len(set(tables.t2['cluster']))} recover" in said
    said = alternative("coherence", "What.", coherence.data(tables.coherence, tables.elements), {})
    assert "16 elements; scatter within clusters from [" in said
    assert alternative("grid", "What.", drawn, labels) == "What.", "it says no main values"


def test_alternative_texts_of_forecasts_and_limits_tell_the_main_values():
    rows = [
        {"role": role, "score": "rf40", "n_field": n, "error_scale": scale, "n_elements": 17,
         "mean": mean - 0.1 * (scale > 0.7), "low": 0.1, "high": np.nan}
        for role in ("headline", "oracle")
        for scale in (0.5, 1.0)
        for n, mean in ((0, 0.8), (8000, 0.4))
    ]  # fmt: skip
    drawn = pd.DataFrame(rows)
    said = alternative("contamination", "What.", drawn, {})
    assert (
        "Errors times 0.5, 17 elements: headline 0.80 with 0 field stars, 0.40 with 8,000." in said
    )
    said = alternative("precision", "What.", drawn, {})
    assert "Among 8,000 field stars the headline has from 0.30 with errors times 1 and" in said
    limits = pd.DataFrame(
        {"sample": "a", "score": "rf40", "entry": ["headline", "knn", "lda"],
         "value": [0.1, 0.2, 0.3], "low": 0.05, "high": 0.4, "baseline": [np.nan, 0.0, 0.0]}
    )  # fmt: skip
    said = alternative("limits", "What.", limits, {"a": "A", "b": "B"})
    assert said == "What. A: headline 0.10 (0.05 to 0.40), best classifier 0.30 (0.05 to 0.40)."


def test_names_of_files_tell_figure_and_sample():
    assert split_name("map_field", ["field", "idealised"]) == ("map", "field")
    assert split_name("purity_completeness_my_field", ["field", "my_field"]) == (
        "purity_completeness",
        "my_field",
    )
    assert split_name("recovery", ["field"]) == ("recovery", "")


def test_a_caption_with_an_unknown_name_stops():
    assert filled("of {{ snakemake.params.label }}", {"label": "A & B"}) == "of A & B"
    assert filled("{{ snakemake.config['run'] }}", {}, {"run": "r"}) == "r"
    with pytest.raises(UndefinedError):
        filled("{{ snakemake.params.absent }}", {})

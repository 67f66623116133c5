"""What a reader looks up on the page and takes away from it, in a real browser."""

import numpy as np
import pandas as pd
import pytest
from astropy.io.votable import parse_single_table
from synthetic_page import ELEMENTS, made_up_tables
from visits import Visit

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def opened(browser, small_page):
    """A page whose map shows 2,000 stars, 50 groups and ten clusters."""
    one = Visit(browser, small_page.as_uri(), viewport={"width": 1200, "height": 900})
    yield one
    assert one.faults == []
    one.context.close()


@pytest.fixture(scope="module")
def tables():
    """The tables behind that map."""
    return made_up_tables(2000, 50, 3, seed=1)


def look_up(page, words: str) -> str:
    """Type into the search of the map; return what the browser says is wrong with it."""
    page.fill("#find", "")
    page.locator("#find").press_sequentially(words)
    page.press("#find", "Enter")
    page.press("#find", "Tab")
    return page.evaluate("document.getElementById('find').validationMessage")


def chosen(page) -> set[str]:
    return set(page.evaluate("chemtag.models.stars.selected.indices.map(i => chemtag.ids[i])"))


@pytest.fixture
def saved(browser, downloads, opened):
    """Click a button; return the name of the file that comes, kept at a path."""

    def by_chromium(button, path):
        with opened.page.expect_download() as waiting:
            opened.page.click(button)
        waiting.value.save_as(path)
        return waiting.value.suggested_filename

    def by_firefox(button, path):
        opened.page.click(button)
        for _ in range(100):
            # A name with .part beside it is not yet whole.
            found = list(downloads.iterdir())
            if len(found) == 1 and found[0].stat().st_size:
                found[0].rename(path)
                return found[0].name
            opened.page.wait_for_timeout(100)
        pytest.fail(f"{button} saved nothing within ten seconds")

    return by_chromium if browser.browser_type.name == "chromium" else by_firefox


def test_stars_groups_and_clusters_are_found_by_name(opened, tables):
    page, groups = opened.page, tables.groups["raw"]
    of_group = groups[groups["setting"] == tables.headline_setting].groupby("group")["star_id"]
    assert look_up(page, "NGC 0007") == ""
    assert chosen(page) == set(tables.cluster.index[tables.cluster == "NGC 0007"])
    assert page.input_value("#pick") == "cluster:NGC 0007"
    for words in ("ngc0003", "c 0003"):
        assert look_up(page, words) == ""
        assert page.input_value("#pick") == "cluster:NGC 0003"
    assert look_up(page, "Group 31") == ""
    assert chosen(page) == set(of_group.get_group(31))
    star = tables.abundances["star_id"].iloc[5]
    assert look_up(page, star) == ""
    assert chosen(page) == {star}
    assert look_up(page, "ngc").startswith("10 clusters have this in their name: NGC 0000, ")
    assert look_up(page, "group 50") == "no star, group or cluster of this name is on the map"
    assert chosen(page) == {star}, "what is not found changes nothing"
    assert look_up(page, "") == ""
    assert chosen(page) == set()
    offered = page.evaluate("[...document.querySelectorAll('#names option')].map(o => o.value)")
    assert {"NGC 0000", "group 49"} <= set(offered)


def test_a_selection_is_saved_as_csv_and_as_votable(opened, saved, tables, tmp_path):
    page = opened.page
    page.click("[data-do=clear]")
    assert page.locator("[data-save]:disabled").count() == 2
    page.select_option("#pick", "cluster:NGC 0002")
    name = saved("[data-save=csv]", tmp_path / "stars.csv")
    assert name == f"made-up_large_raw_{tables.headline_setting}_selection.csv"
    stars = pd.read_csv(tmp_path / "stars.csv").set_index("star_id")
    truth = tables.abundances.set_index("star_id").loc[stars.index]
    assert set(stars.index) == set(tables.cluster.index[tables.cluster == "NGC 0002"])
    assert set(stars["cluster"]) == {"NGC 0002"}
    assert set(stars["group"]) == {2}
    np.testing.assert_allclose(stars[ELEMENTS], truth[ELEMENTS], atol=5.1e-5)
    np.testing.assert_allclose(stars[["ra", "dec"]], truth[["ra", "dec"]], atol=5.1e-4)
    saved("[data-save=votable]", tmp_path / "stars.vot")
    read = parse_single_table(tmp_path / "stars.vot", verify="exception").to_table()
    assert list(read.colnames) == ["star_id", *stars.columns]
    assert str(read["mg_fe"].unit) == "dex"
    assert str(read["ra"].unit) == "deg"
    for column in stars.columns:
        assert list(read[column]) == list(stars[column])


def test_words_of_a_user_cannot_break_a_saved_table(opened, tmp_path):
    """Names with the signs of CSV and XML, a field star, a value that is not known."""
    made = """form => chemtagSave[form]({
        sample: { clusters: ['a,"b" <c> & d'], elements: [{ column: "mg_fe", symbol: "[Mg/Fe]" }] },
        setting: { setting: "s", space: "raw" }, ids: ["x", "y,z"], group: [0, -1],
        columns: { cluster: [0, -1], mg_fe: [NaN, 0.25] },
    }, [0, 1], "words")"""
    path = tmp_path / "stars.csv"
    path.write_text(opened.page.evaluate(made, "csv"), encoding="utf-8")
    stars = pd.read_csv(path, keep_default_na=False)
    assert stars.to_dict("list") == {
        "star_id": ["x", "y,z"], "group": [0, -1], "cluster": ['a,"b" <c> & d', ""],
        "mg_fe": ["", "0.2500"],
    }  # fmt: skip
    path = tmp_path / "stars.vot"
    path.write_text(opened.page.evaluate(made, "votable"), encoding="utf-8")
    read = parse_single_table(path, verify="exception").to_table()
    assert list(read["cluster"]) == ['a,"b" <c> & d', ""]
    assert read["mg_fe"].mask.tolist() == [True, False]


def test_plots_and_figures_are_saved_as_png(saved, tmp_path):
    for plot in ("map", "pattern", "sky", "plane"):
        assert saved(f"[data-png={plot}]", tmp_path / "a.png") == f"made-up_large_{plot}.png"
        content = (tmp_path / "a.png").read_bytes()
        assert content.startswith(PNG)
        assert len(content) > 2000, f"{plot} is empty"
    assert saved("[data-image]", tmp_path / "b.png") == "a.png"


def test_tables_are_searched(opened):
    page = opened.page
    page.fill("#table-find", "s/n")
    rows = page.locator("#tables tbody tr:visible")
    assert rows.count() == 1
    assert page.inner_text("#table-hits") == "1 row found."
    assert page.locator("details.kind:visible").count() == 1
    page.fill("#table-find", "")
    assert page.locator("details.kind:visible").count() == 2
    assert page.inner_text("#table-hits") == ""

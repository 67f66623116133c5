"""A short look at the page in Firefox; with `-m slow` it takes all tests of the other files too."""

import pytest
from visits import Visit


@pytest.fixture(scope="module")
def tiny_page(tmp_path_factory):
    """A page with a sample of 300 stars."""
    from synthetic_page import made_up_page

    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(made_up_page({"small": 300}, n_settings=2), encoding="utf-8")
    return path


def test_firefox_shows_the_map_and_links_its_panels(firefox, tiny_page):
    opened = Visit(firefox, tiny_page.as_uri(), viewport={"width": 1200, "height": 900})
    page = opened.page
    assert opened.others() == []
    page.select_option("#pick", "cluster:NGC 0003")
    page.wait_for_function("chemtag.models.stars.selected.indices.length === 12")
    assert "Clusters: NGC 0003 (12)" in page.inner_text("#selection")
    for plot in ("map", "pattern", "sky", "plane"):
        assert page.locator(f"#plot-{plot} canvas").first.bounding_box()["width"] > 100, plot
    assert opened.faults == []
    opened.context.close()

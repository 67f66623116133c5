"""Thousands of stars, which the page draws by itself where there is no WebGL (page.paint.js)."""

import pytest
from visits import Visit

N_STARS = 6000
# Draw the map by the way of the page and by Bokeh's; how far their pixels are apart, 0 to 255.
COMPARED = """async () => {
    const plot = Bokeh.index.get_one(chemtag.models.map), { left, top, width, height } = plot.frame.bbox;
    const view = plot.computed_renderer_views.find((v) => v.model === plot.model.renderers[0]);
    const ratio = plot.canvas_view.pixel_ratio, own = view._paint;
    const [x, y, w, h] = [left, top, width, height].map((v) => Math.round(v * ratio));
    const pixels = async () => {
        plot.request_repaint();
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        return plot.canvas_view.primary.canvas.getContext("2d").getImageData(x, y, w, h).data;
    };
    const ours = await pixels();
    delete view._paint;
    const bokehs = await pixels();
    view._paint = own;
    await pixels();
    const apart = (one, other, off = 0) => {
        let sum = 0, n = 0;
        for (let j = 0; j < h; j++) for (let i = off; i < w; i++) for (let c = 0; c < 3; c++, n++) {
            sum += Math.abs(one[4 * (j * w + i) + c] - other(4 * (j * w + i - off) + c));
        }
        return sum / n;
    };
    return {
        apart: apart(ours, (k) => bokehs[k]), shifted: apart(ours, (k) => bokehs[k], 1),
        paper: apart(bokehs, (k) => bokehs[k % 4]), own: apart(ours, () => 0), bokeh: apart(bokehs, () => 0),
    };
}"""  # noqa: E501


@pytest.fixture(scope="module")
def crowded(browser, tmp_path_factory):
    """A page whose map has 6,000 stars."""
    from synthetic_page import made_up_page

    path = tmp_path_factory.mktemp("page") / "index.html"
    text = made_up_page({"small": 300, "crowd": N_STARS}, n_settings=2)
    path.write_text(text, encoding="utf-8")
    opened = Visit(browser, path.as_uri(), viewport={"width": 1400, "height": 1000})
    opened.page.locator("#plot-map").scroll_into_view_if_needed()
    yield opened
    # Reading pixels back, as these tests do, is remarked upon.
    assert [fault for fault in opened.faults if "willReadFrequently" not in fault] == []
    opened.context.close()


@pytest.mark.parametrize("what", ["groups", "clusters", "chosen", "iron"])
def test_the_picture_is_that_of_bokeh(crowded, what):
    page = crowded.page
    page.select_option("#colour", {"clusters": "cluster", "iron": "fe_h"}.get(what, "group"))
    rows = list(range(0, N_STARS, 7)) if what == "chosen" else []
    page.evaluate("rows => { chemtag.models.stars.selected.indices = rows; }", rows)
    crowded.settle()
    found = page.evaluate(COMPARED)
    print(what, {name: round(value, 2) for name, value in found.items()})
    assert found["apart"] > 0, "two ways of drawing"
    # Places are rounded to quarters of a pixel; a whole pixel off would be twice as far apart.
    assert found["apart"] < found["shifted"] / 2
    assert found["apart"] < found["paper"] / 4
    assert found["own"] == pytest.approx(found["bokeh"], abs=0.05 * found["paper"])


def test_the_pointer_finds_stars_after_colours_and_maps_change(crowded):
    page = crowded.page
    page.evaluate("chemtag.models.stars.selected.indices = []")
    for view, colour in (("umap0", "fe_h"), ("pca0", "group"), ("plane", "mg_fe")):
        page.select_option("#view", view)
        page.select_option("#colour", colour)
        page.click("[data-do=whole]")
        crowded.settle()
        # The star farthest to the right has no other beside it.
        x, y, name = page.evaluate(
            """() => {
                const { map, stars } = chemtag.models, view = Bokeh.index.get_one(map);
                const star = stars.data.x.reduce((best, v, i) => (v > stars.data.x[best] ? i : best), 0);
                const box = view.el.getBoundingClientRect(), { x_scale, y_scale } = view.frame;
                return [box.x + x_scale.compute(stars.data.x[star]),
                        box.y + y_scale.compute(stars.data.y[star]), chemtag.ids[star]];
            }"""  # noqa: E501
        )
        page.mouse.move(x - 30, y - 30)
        page.mouse.move(x, y, steps=3)
        page.wait_for_function(
            "name => document.getElementById('tooltip').dataset.star === name", arg=name
        )
        page.mouse.move(5, 5)


def test_a_page_of_few_stars_is_left_to_bokeh(crowded):
    page = crowded.page
    page.select_option("#sample", "small")
    crowded.settle()
    assert page.evaluate(COMPARED)["apart"] == 0
    page.select_option("#sample", "crowd")

"""Names and labels of a user are shown as they are, wherever they are shown."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from chemtag.base.configuration import checked_config
from chemtag.base.problems import InputProblem
from chemtag.base.text import without_credentials, without_folder
from chemtag.paper.latex import escaped
from chemtag.paper.manuscript import caption_words
from chemtag.paper.plain import on_figures
from chemtag.report.page.document import with_own_scripts_only
from chemtag.report.page.story import as_html, filled

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
CAPTIONS = sorted(
    path
    for path in (ROOT / "workflow" / "report").glob("*.rst")
    if "snakemake.params.label" in path.read_text()
)
HARD = [
    "X$$Y", "$x$", r"\alpha$", "_hidden", "a_", "*stars*", "a* b", "\\",
    "`x <javascript:alert(1)>`_",
    "x* `y <javascript:alert(1)>`_ *z", "<script>alert(1)</script>", "javascript:alert(1)", "|sub|",
    "{{ 7 * 7 }}", "{x}", "[1]_", "..", "::", "é 🌟 中文", "a & b", '"quoted"', "100 %", "#1", "~",
]  # fmt: skip
labels = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12),
)


def config_with(label):
    sample = {"catalog": "mine", "elements": ["fe", "mg"], "label": label}
    return {
        "catalogs": {"mine": {"kind": "simulate", "recipe": "r.yaml"}},
        "samples": {"all": sample},
    }


@pytest.mark.parametrize("label", HARD)
def test_figures_show_a_label_as_it_is(label):
    figure = Figure()
    axes = figure.subplots()
    axes.set_title(on_figures(label) + r": $T_\mathrm{eff}$")
    title = figure.suptitle(on_figures(label))
    axes.set_yticks([0], [on_figures(label)])
    axes.plot([0], [0], label=on_figures(label))
    assert len(axes.legend().get_texts()) == 1, "none is hidden"
    figure.draw_without_rendering()
    shown, is_mathematics = title._preprocess_math(title.get_text())
    assert (shown.strip(), is_mathematics) == (label, False)


def test_tables_mappings_and_lists_are_shown_as_they_are():
    table = pd.DataFrame({"cluster": ["a$b$", "c"], "n": [1, 2]})
    table.attrs["setting"] = "x"
    shown = on_figures({"a$": table, "b": ["$", 1, None], "c": ("$",)})
    assert list(shown) == [r"a\$", "b", "c"]
    assert shown[r"a\$"]["cluster"].tolist() == [r"a\$b\$", "c"]
    assert shown[r"a\$"].attrs == {"setting": "x"}
    assert shown["b"] == [r"\$", 1, None]
    assert shown["c"] == (r"\$",)
    assert table["cluster"].tolist() == ["a$b$", "c"], "the drawn data keep their names"


@settings(deadline=None, max_examples=60)
@given(labels)
def test_captions_hold_a_label_as_plain_text(label):
    from html import unescape

    page = as_html(filled(CAPTIONS[0].read_text(), {"label": label, "draws": 1}))
    assert f"<em>{label}</em>" in unescape(page)
    assert "<a " not in page
    assert "<script" not in page


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_every_caption_escapes_the_label(path):
    params = dict.fromkeys(("space", "setting", "draws", "draw_scale"), "x")
    page = as_html(filled(path.read_text(), {**params, "label": "a* `b <javascript:c>`_ *\\"}))
    assert "href" not in page
    assert "a* `b &lt;javascript:c&gt;`_ *\\" in page


@given(labels)
def test_the_manuscript_holds_a_label_as_plain_text(label):
    assert caption_words("Of *{{ snakemake.params.label }}*.", {"label": label}) == f"Of {label}."
    own = CAPTIONS[0].read_text()
    fields = {"label": label, "space": "s", "setting": "t"}
    assert label in caption_words(own, fields)


@given(labels)
def test_latex_has_no_order_of_a_label(label):
    for mark in "$&%#_{}":
        assert escaped(label).count(mark) == escaped(label).count(f"\\{mark}") or mark in "{}"


@pytest.mark.parametrize(
    "label", ["", " a", "a ", "a\n", "a\nb", "a\tb", "a\u2028b", "\x1b[31m", "x" * 200]
)
def test_a_label_that_is_no_line_is_refused_at_the_start(label):
    with pytest.raises(InputProblem, match="samples/all/label is"):
        checked_config(config_with(label), SCHEMA)


@pytest.mark.parametrize("label", HARD)
def test_a_label_that_is_a_line_is_taken(label):
    assert checked_config(config_with(label), SCHEMA)["samples"]["all"]["label"] == label


def test_the_page_runs_its_own_scripts_only():
    policy = '<meta content="script-src SCRIPTS-OF-THE-PAGE">'
    page = with_own_scripts_only(f"{policy}<script>\r\n1\r\n</script><script>2</script>")
    assert page.count("'sha256-") == 2
    # printf 2 | openssl dgst -sha256 -binary | base64
    assert "'sha256-1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR+Q2jpmbuwTqzU='" in page
    assert "unsafe-inline" not in page
    assert "\r" not in page
    template = (ROOT / "workflow" / "templates" / "page.html").read_text()
    assert "SCRIPTS-OF-THE-PAGE" in template
    assert " onsubmit" not in template


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://ann:pw@host/a", "https://host/a"),
        ("ftp://ann@host", "ftp://host"),
        ("https://host/a?x=1&access_token=abc#y", "https://host/a?x=1&access_token=...#y"),
        ("https://host/a@b", "https://host/a@b"),
        ("see https://a:b@h/ and http://c:d@i/", "see https://h/ and http://i/"),
        ("mail ann@host", "mail ann@host"),
    ],
)
def test_addresses_lose_what_opens_them(text, said):
    assert without_credentials(text) == said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/home/run/data/a.csv", "data/a.csv"),
        ("/home/ann/a.csv", "a.csv"),
        ("~/a.csv", "a.csv"),
        ("~nobody_here/secret/a.csv", "a.csv"),
        ("file:///home/ann/a.csv", "a.csv"),
        ("data/../../ann/a.csv", "a.csv"),
        ("/home/run/../ann/a.csv", "a.csv"),
        ("data/a.csv", "data/a.csv"),
        ("~ 5 dex", "~ 5 dex"),
        ("a sentence... with dots", "a sentence... with dots"),
        ("/", "/"),
    ],
)
def test_paths_lose_the_folders_of_the_user(path, said):
    assert without_folder(path, Path("/home/run")) == said

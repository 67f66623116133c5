"""Every link of the page of a run leads to a file, beside the page and inside the archive."""

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

TINY = Path(__file__).resolve().parents[1] / "data" / "tiny.yaml"


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
    assert len(paths) > 60
    assert [path for path in paths if not (folder / path).is_file()] == []
    inside = [address[1:] for address in links.addresses if address.startswith("#")]
    assert set(inside) <= links.names


def test_each_figure_has_its_drawn_data_beside_it(links):
    paths = beside(links)
    figures = [path for path in paths if path.endswith(".pdf") and "/figures/" in path]
    data = {path for path in paths if "/figures/" in path and not path.endswith(".pdf")}
    assert len(figures) > 20
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
    tiny.snakemake("archive", "--cores", "1", "--configfile", TINY)
    with zipfile.ZipFile(tiny.folder / "results" / "tiny.zip") as archive:
        names = set(archive.namelist())
    assert {f"chemtag-tiny/{path}" for path in beside(links)} <= names

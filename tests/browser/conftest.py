"""Headless browsers, and pages of made-up stars to open in them.

Chromium takes all tests. Firefox takes a short one (test_page_in_firefox.py) and, with `-m slow`,
all others too.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

LARGE = 50_000


@pytest.fixture(scope="session")
def playwright():
    """The driver of browsers."""
    driver = pytest.importorskip("playwright.sync_api", reason="no Playwright for Python")
    with driver.sync_playwright() as running:
        yield running


def _running(playwright, name, package, downloads=None):
    from visits import launched

    browser = launched(playwright, name, downloads)
    if browser is None:
        pytest.skip(f"no {name} on the path: apt-get install {package}")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chromium(playwright):
    """A running Chromium; the test is skipped where there is none."""
    yield from _running(playwright, "chromium", "chromium")


@pytest.fixture(scope="session")
def downloads(tmp_path_factory):
    """The folder in which Firefox keeps what it saves."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def firefox(playwright, downloads):
    """A running Firefox; the test is skipped where there is none."""
    yield from _running(playwright, "firefox", "firefox-esr", downloads)


@pytest.fixture(
    scope="session", params=["chromium", pytest.param("firefox", marks=pytest.mark.slow)]
)
def browser(request):
    """A running browser, one after the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def large_page(tmp_path_factory) -> Path:
    """A page with a sample of 300 stars and one of 50,000."""
    from synthetic_page import made_up_page

    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(made_up_page({"small": 300, "large": LARGE}), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_page(tmp_path_factory) -> Path:
    """A page with samples of 300 and 2,000 stars."""
    from synthetic_page import made_up_page

    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_text(made_up_page({"small": 300, "large": 2000}, n_settings=3), encoding="utf-8")
    return path


@pytest.fixture
def visit(browser):
    """Open a file in the browser."""
    from visits import Visit

    opened = []

    def open_file(path: Path, **options):
        opened.append(Visit(browser, path.as_uri(), **options))
        return opened[-1]

    yield open_file
    for one in opened:
        one.context.close()

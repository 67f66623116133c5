"""A headless Chromium, and a page of made-up stars to open in it."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

# Without a graphics card WebGL is emulated, and the page takes a canvas instead.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LARGE = 50_000


@pytest.fixture(scope="session")
def chromium():
    """A running browser; the test is skipped where there is none."""
    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if path is None:
        pytest.skip("no chromium on the path: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright for Python")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


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
def visit(chromium):
    """Open a file in the browser."""
    from visits import Visit

    opened = []

    def open_file(path: Path, **options):
        opened.append(Visit(chromium, path.as_uri(), **options))
        return opened[-1]

    yield open_file
    for one in opened:
        one.context.close()

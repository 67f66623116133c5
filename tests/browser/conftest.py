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


class Visit:
    """A page that is open, and what the browser had to say and asked the network for."""

    def __init__(self, browser, address: str, query: str = "", **options) -> None:
        self.context = browser.new_context(**options)
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.context.route("**/*", self._only_the_file)
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.address = address + query
        self.page.goto(self.address)
        self.page.wait_for_selector("html[data-ready=true]", timeout=60_000)

    def _only_the_file(self, route) -> None:
        self.requests.append(route.request.url)
        if route.request.url == self.address:
            route.continue_()
        else:
            route.abort()

    def _hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def settle(self) -> None:
        """Wait until two frames are drawn."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )


@pytest.fixture
def visit(chromium):
    """Open a file in the browser."""
    opened = []

    def open_file(path: Path, **options) -> Visit:
        opened.append(Visit(chromium, path.as_uri(), **options))
        return opened[-1]

    yield open_file
    for one in opened:
        one.context.close()

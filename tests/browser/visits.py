"""Browsers to open a page in, and a visit of a page by one of them."""

import shutil
from pathlib import Path

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
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "firefox": ("firefox-esr", "firefox"),
}


def program(name: str) -> str | None:
    """Path of the browser on this machine, None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS[name])), None)


def launched(playwright, name: str, downloads: Path | None = None, dark: bool = False):
    """A headless browser, Firefox as it comes, by WebDriver BiDi; None where it is not installed.

    Firefox keeps what it saves in `downloads`, of which its driver does not tell, and has the
    colours of the reader from its start on (`dark`).
    """
    path = program(name)
    if path is None:
        return None
    if name == "chromium":
        return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    return playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=path,
        downloads_path=downloads,
        firefox_user_prefs={"layout.css.prefers-color-scheme.content-override": int(not dark)},
    )


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

    def others(self) -> list[str]:
        """What the page asked for beside itself. Firefox does not tell of the file it opens."""
        return [url for url in self.requests if url != self.address]

    def _hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def settle(self) -> None:
        """Wait until two frames are drawn."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

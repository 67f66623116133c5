"""A visit of a page by the browser."""


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

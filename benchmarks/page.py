"""Time the page of a run in headless Chromium: opening it, moving, zooming, pointing, selecting.

    uv run python benchmarks/page.py --stars 50000 300000

Pages hold one made-up sample, 17 abundances, two spaces, 21 settings and maps of half of the stars
(tests/browser/synthetic_page.py). Without a graphics card everything is drawn by the processor.
Each row: milliseconds of the clock from the event to two drawn frames, median and largest, and of
the CPU of the page's own thread, which other programs disturb less. Prints a Markdown table.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "browser")]

WINDOW = {"width": 1400, "height": 1000}
TIMES = 12


def thread_milliseconds(session: Any) -> float:
    """CPU of the page's own thread since it was opened."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")


def repeated(visit: Any, session: Any, deed: Callable[[int], None], times: int) -> str:
    """Cells of a row: median and largest time of the clock, median CPU, in ms a deed."""
    clock, cpu = [], []
    for step in range(times):
        started, before = time.monotonic(), thread_milliseconds(session)
        deed(step)
        visit.settle()
        clock.append(1000 * (time.monotonic() - started))
        cpu.append(thread_milliseconds(session) - before)
    return f"{np.median(clock):.0f} | {np.max(clock):.0f} | {np.median(cpu):.0f}"


def deeds_of(page: Any) -> dict[str, tuple[Callable[[int], None], int]]:
    """What a reader does with the map, and how often it is timed."""
    page.locator("#plot-map").scroll_into_view_if_needed()
    box = page.locator("#plot-map").bounding_box()
    x, y = box["x"] + 300, box["y"] + 300
    choose = "chemtag.models.stars.selected.indices = "

    def move(step: int) -> None:
        page.mouse.move(x + 9 * step, y + 4 * step)

    def drag(step: int) -> None:
        if step == 0:
            page.mouse.move(x, y)
            page.mouse.down()
        move(step + 1)
        if step == TIMES - 1:
            page.mouse.up()

    def wheel(step: int) -> None:
        page.mouse.wheel(0, -120 if step < TIMES / 2 else 120)

    return {
        "drag the map": (drag, TIMES),
        "zoom by the wheel": (wheel, TIMES),
        "point at stars": (move, TIMES),
        "choose 1,000 stars": (
            lambda step: page.evaluate(f"{choose}Array.from({{ length: 1000 }}, (_, i) => i)"
                                       if step % 2 == 0 else f"{choose}[]"), 6),
        "another colour": (
            lambda step: page.select_option("#colour", ["fe_h", "group"][step % 2]), 4),
    }  # fmt: skip


def rows(stars: int, browser: Any, folder: Path, query: str) -> Iterator[str]:
    """Yield the rows of a page of so many stars."""
    from synthetic_page import made_up_page
    from visits import Visit

    path = folder / f"{stars}.html"
    path.write_text(made_up_page({"stars": stars}, cap=stars), encoding="utf-8")
    size = path.stat().st_size / 1e6
    started = time.monotonic()
    visit = Visit(browser, path.as_uri(), query, viewport=WINDOW, color_scheme="light")
    opened = 1000 * (time.monotonic() - started)
    session = visit.context.new_cdp_session(visit.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    visit.settle()
    yield f"| {stars:,} stars, {size:.1f} MB: open | {opened:.0f} | | |"
    for name, (deed, times) in deeds_of(visit.page).items():
        yield f"| {stars:,} stars: {name} | {repeated(visit, session, deed, times)} |"
    visit.context.close()


def main() -> None:
    from playwright.sync_api import sync_playwright
    from visits import launched

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--stars", type=int, nargs="+", default=[50_000, 300_000])
    parser.add_argument("--query", default="", help="?webgl insists on WebGL")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launched(playwright, "chromium")
        if browser is None:
            sys.exit("no Chromium on the path: apt-get install chromium")
        print(f"Chromium {browser.version}\n\n| what | ms | largest | CPU ms |\n|---|---|---|---|")
        for stars in arguments.stars:
            for row in rows(stars, browser, Path(folder), arguments.query):
                print(row, flush=True)
        browser.close()


if __name__ == "__main__":
    main()

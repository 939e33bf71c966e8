"""How quick the page is on large runs, in Chromium: ``python bench_page.py [PROGRAMS ...]``.

Printed are milliseconds, the median of five: from the address to a drawn chart, and of interactions
until the next frame; and how long the server takes to read the run at its start, in seconds.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for folder in ("support", "browser"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))
from conftest import launched  # noqa: E402
from large_run import large_run  # noqa: E402
from page_server import PageServer  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
ALL_DRAWN = "n => Number(document.querySelector('canvas').dataset.programs) > n * 0.7"
TIMES = 5


class Bench:
    """One run in one tab."""

    def __init__(self, tab, base: str, programs: int) -> None:
        self.tab, self.base, self.programs = tab, base, programs
        self.found: dict[str, list[float]] = {}

    def time(
        self, name: str, act: Callable[[], object], until: str = "", arg: object = None
    ) -> None:
        """Act, wait until something is there and drawn, and note the milliseconds."""
        begun = time.perf_counter()
        act()
        if until.startswith("n =>"):
            self.tab.wait_for_function(until, arg=arg)
        elif until:
            self.tab.wait_for_selector(until)
        self.tab.evaluate(FRAME)
        self.found.setdefault(name, []).append(1000 * (time.perf_counter() - begun))

    def once(self, number: int) -> None:
        """Go through the views; ``number`` is the program that is opened."""
        tab, press = self.tab, lambda key: lambda: tab.keyboard.press(key)
        tab.goto("about:blank")
        chart = f".chart[data-programs='{self.programs}']"
        self.time("first chart", lambda: tab.goto(self.base), chart)
        tab.locator(".chart").focus()
        self.time("pick in the chart", press("ArrowLeft"), ".picked strong")
        self.time(
            "open the tree", lambda: tab.click("nav.tabs >> text=Tree"), "canvas[data-programs]"
        )
        tab.locator("canvas").focus()
        self.time("walk in the tree", press("ArrowLeft"), ".picked strong")
        self.time("zoom the tree", press("+"))
        everything = tab.get_by_role("button", name="all programs")
        self.time("draw every program", everything.click, ALL_DRAWN, self.programs)
        tab.locator("canvas").focus()
        self.time("walk among all programs", press("ArrowLeft"))
        opened = f"location.hash = '{self.base.partition('#')[2]}/program/{number}'"
        self.time("open a program with its diff", lambda: tab.evaluate(opened), ".diff")


def bench(browser, programs: int, folder: Path) -> dict[str, float]:
    """Return the medians for a run of so many programs."""
    run = large_run(folder / "runs" / f"tour-{programs}", programs)
    with PageServer(run) as server:
        begun = time.perf_counter()
        server.json(f"/api/run/{run.name}/summary")
        read = time.perf_counter() - begun
        tab = browser.new_page(viewport={"width": 1200, "height": 900})
        tab.set_default_timeout(120_000)
        tab.goto(server.address)
        one = Bench(tab, f"{server.base}/#/run/{run.name}", programs)
        for at in range(TIMES):
            one.once(programs - 1 - at)
        tab.close()
    return {"read": read, **{name: statistics.median(all_) for name, all_ in one.found.items()}}


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1000, 10_000, 100_000]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launched(playwright)
        results = {size: bench(browser, size, Path(folder)) for size in sizes}
        browser.close()
    print("| ms, median of 5 | " + " | ".join(f"{size} programs" for size in sizes) + " |")
    print("|---|" + "---|" * len(sizes))
    for name in results[sizes[0]]:
        once = name == "read"
        title = "the server reads the run, once (s)" if once else name
        cells = (f"{results[size][name]:.{2 if once else 0}f}" for size in sizes)
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()

"""How quick the page is on large runs, in Chromium: ``python bench_page.py [PROGRAMS ...]``.

Printed are milliseconds, the median of five: from the address to a drawn chart, and of interactions
until the next frame; once each, what a person waits for who opens the page of a server that has only
begun; how large the run is as one HTML file; and which share of a core the server takes of a machine
while the run goes on and the page is open.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for folder in ("support", "browser"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))
from conftest import launched  # noqa: E402
from large_run import Writer, large_run  # noqa: E402
from page_server import PageServer  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from cladogen.view.exports.html import write_html  # noqa: E402

FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
ALL_DRAWN = "n => Number(document.querySelector('canvas').dataset.programs) > n * 0.7"
TIMES = 5
GOING_S = 30


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
        self.time("first chart", lambda: tab.goto(self.base), chart)  # of a run that is read
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
        tab = browser.new_page(viewport={"width": 1200, "height": 900})
        tab.set_default_timeout(120_000)
        one = Bench(tab, f"{server.base}/#/run/{run.name}", programs)
        one.time("at once: first chart", lambda: tab.goto(server.address), ".chart[data-programs]")
        one.time("at once: all read", lambda: None, f".chart[data-programs='{programs}']")
        for at in range(TIMES):
            one.once(programs - 1 - at)
        tab.close()
    found = {name: statistics.median(all_) for name, all_ in one.found.items()}
    if programs <= 10_000:
        found["as one file (MB)"] = write_html(run, folder / "run.html") / 1e6
    return found


def share(browser, programs: int, folder: Path) -> float:
    """Return the percent of a core that the server takes while a run goes on, two results a second,
    and its page is open.
    """
    writer = Writer(folder / "runs" / f"going-{programs}")
    writer.write(programs)
    with PageServer(folder / "runs" / f"going-{programs}") as server:
        server.whole(f"going-{programs}")
        tab = browser.new_page()
        tab.goto(server.address)
        tab.wait_for_selector(f".chart[data-programs='{programs}']")
        path = Path(f"/proc/{server.process.pid}/stat")
        before, begun = _ticks(path), time.monotonic()
        while time.monotonic() < begun + GOING_S:
            writer.step()
            time.sleep(0.5)
        took = (_ticks(path) - before) / os.sysconf("SC_CLK_TCK")
        tab.close()
    writer.store.close()
    return 100 * took / (time.monotonic() - begun)


def _ticks(stat: Path) -> int:
    """Return the CPU time of a process so far, in ticks."""
    fields = stat.read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1000, 10_000, 100_000]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launched(playwright)
        results = {size: bench(browser, size, Path(folder)) for size in sizes}
        for size in sizes:
            results[size]["server, % of a core"] = share(browser, size, Path(folder))
        browser.close()
    print("| ms, median of 5 | " + " | ".join(f"{size} programs" for size in sizes) + " |")
    print("|---|" + "---|" * len(sizes))
    for name in results[sizes[0]]:
        digits = 0 if not name.endswith((")", "core")) else 1
        cells = (
            f"{results[size][name]:.{digits}f}" if name in results[size] else "-" for size in sizes
        )
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()

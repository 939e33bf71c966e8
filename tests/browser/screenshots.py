"""Make the pictures of docs/view.md: ``make screenshots``."""

import os
import sys
import tempfile
from pathlib import Path

for folder in (".", "../support"):
    sys.path.insert(0, str(Path(__file__).resolve().parent / folder))
from conftest import launched  # noqa: E402
from large_run import judged_run  # noqa: E402
from page_server import PageServer  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402

FIGURES = Path(__file__).resolve().parents[2] / "docs" / "figures"
PROGRAMS = 300
VIEWS = {  # by theme, those that a document shows
    "light": {"run": "", "map": "/map", "front": "/map?map=objectives"},
    "dark": {"tree": "/tree", "map": "/map", "program": "/program/299"},
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.chdir(folder)  # so that commands on the page name runs/tour
        runs = [
            judged_run(Path("runs") / name, PROGRAMS, seed)
            for seed, name in enumerate(("tour", "tour-s1", "tour-s2"))
        ]
        browser = launched(playwright)
        with PageServer(*runs) as server:
            tab = browser.new_page()
            tab.goto(server.address)
            tab.goto(f"{server.base}/#/run/tour")  # its first reading goes on behind the page
            expect(tab.locator(f".chart[data-programs='{PROGRAMS}']")).to_be_visible()
            tab.close()
            for theme, views in VIEWS.items():
                tab = browser.new_page(viewport={"width": 1100, "height": 860}, color_scheme=theme)
                tab.goto(server.address)
                expect(tab.locator(".chart canvas").first).to_be_visible()
                if theme == "light":
                    tab.screenshot(path=FIGURES / "page-runs-light.png")
                for name, view in views.items():
                    tab.goto(f"{server.base}/#/run/tour{view}")
                    expect(tab.locator(".wait")).to_have_count(0)
                    expect(tab.locator("canvas, .diff, .causes, pre").first).to_be_visible()
                    tab.evaluate(
                        "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))"
                    )
                    tab.screenshot(path=FIGURES / f"page-{name}-{theme}.png")
                tab.close()
        browser.close()


if __name__ == "__main__":
    main()

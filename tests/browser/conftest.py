"""A real Chromium, with a new profile for each test."""

import shutil

import pytest

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


def launched(playwright):
    """Start the Chromium of this machine."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "no Chromium on the path (Debian: apt-get install chromium)"
    return playwright.chromium.launch(executable_path=path, args=FLAGS.split())


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=120_000)  # a machine may be busy

    with sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A tab whose scripts may not fail: what they complain of fails the test."""
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: page.complaints.append(said.text) if "Content Security" in said.text else None,
    )
    page.on("dialog", lambda dialog: (page.complaints.append("dialog"), dialog.dismiss()))
    yield page
    context.close()
    assert page.complaints == []

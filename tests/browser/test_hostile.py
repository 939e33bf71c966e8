"""Text of programs and models that tries to become markup, to run, or to be read another way than it is."""

import pytest
from page_server import PageServer
from playwright.sync_api import expect

from cladogen.program import File, Program

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
SCRIPT = "<script>window.hostile = 1</script><img src=x onerror='window.hostile = 2'>"
TURNED = "\u202e reversed \u2066 isolated \u200b zero \x1b[31m \x00 \x07"
HOSTILE = (
    f"{SCRIPT}\"'`}}]]>--></pre></script>{{{{7*7}}}}${{7*7}} javascript:window.hostile=3 {TURNED}"
)
VIEWS = ["", "/score?program=1", "/tree?program=1", "/map", "/map?map=objectives", "/map?map=cases", "/operators", "/proposals", "/time", "/task/1", "/task/2", *(f"/program/1?show={view}" for view in (
    "diff", "source", "seed", "best", "steps", "cases", "asked", "log", "again"))]  # fmt: skip


@pytest.fixture
def server(recorder):
    made = recorder("steps")
    name = "<img src=x onerror=window.hostile=4>.py"
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    text = f"# {HOSTILE}\nx = '{HOSTILE}'\n".encode()
    how = {
        "operator": HOSTILE,
        "model": HOSTILE,
        "summary": HOSTILE,
        "prompt": HOSTILE,
        "reply": HOSTILE,
        "patch": f"diff --git a/{name} b/{name}\n@@ -1 +1 @@\n+{HOSTILE}\n",
    }
    made.child((0,), {"a.py": text, name: text}, 3.0, **how)
    made.failed((0,), "refused", HOSTILE, code=HOSTILE, **how)
    made.child((0,), {"a.py": text + b"y = 1\n"}, None, **how)
    made.store.add_event("flag", {"text": HOSTILE})
    with PageServer(made.folder) as found:
        yield found


def test_hostile_text_is_shown_as_text_in_every_view(tab, server):
    tab.goto(server.address)
    for view in VIEWS:
        tab.goto(f"{server.base}/#/run/steps{view}")
        expect(tab.locator(".panel").first).to_be_visible()
        expect(tab.locator(".wait")).to_have_count(0)
        assert tab.evaluate("window.hostile") is None, view
        assert tab.locator("main img, main script, main iframe").count() == 0, view
        assert tab.locator("main a[href^='javascript']").count() == 0, view
        shown = tab.evaluate("document.getElementById('main').textContent")
        assert not set("\u202e\u2066\u200b\x00\x07\x1b") & set(shown), view


def test_marks_that_turn_text_are_shown_by_their_number(tab, server):
    tab.goto(server.address)
    tab.goto(f"{server.base}/#/run/steps/program/1?show=source")
    code = tab.locator(".code").first
    for mark in ("U+202E", "U+2066", "U+200B", "U+0000"):
        expect(code).to_contain_text(mark)
    expect(code).to_contain_text("<script>window.hostile = 1</script>")


def test_page_of_another_site_reads_nothing_of_this_one(tab, server):
    """Another origin that knows the port, in the browser that holds the cookie."""
    tab.goto(server.address)
    other = (
        f"http://localhost:{server.port}/"  # another site to the browser, and without the cookie
    )
    answer = tab.goto(other)
    assert answer.status == 401
    read = "url => fetch(url, {credentials: 'include'}).then(a => a.text(), () => 'refused')"
    assert tab.evaluate(read, f"{server.base}/api/runs") == "refused"
    tab.complaints.clear()  # the browser says which policy refused it

"""Pictures on the page, in `evolve show` and in the page in one file: images, never part of a page."""

import asyncio
import base64

import pytest
from page_server import PageServer

from cladogen.cli.main import main
from cladogen.events import Silent
from cladogen.ledger import Caps
from cladogen.run_folder import create_run
from cladogen.session import open_session
from cladogen.settings import Settings
from cladogen.view.exports.html import answers
from cladogen.view.followed import FollowedRun

HOSTILE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>fetch("/api/runs")</script>'
    b'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(2)"/>'
    b'</foreignObject><image href="http://127.0.0.1:1/x"/></svg>'
)


TOML = """
[program]
editable = ["solve.py"]
entry = "solve.py:run"
[objective]
metric = "value"
[limits]
time_s = 5.0
"""
SCORER = """
from cladogen.scoring import Case, Scored
def cases(parameters):
    return [Case("a", 1), Case("b", 2)]
def score(case, output):
    return Scored({"value": float(output)}, "", PICTURE)
"""


async def ran(folder, picture):
    """Search a problem whose scorer draws; return the run's folder."""
    problem = folder / "problem"
    (problem / "seed").mkdir(parents=True)
    (problem / "seed" / "solve.py").write_text("def run(case):\n    return case + 1\n")
    (problem / "problem.toml").write_text(TOML)
    (problem / "scorer.py").write_text(SCORER.replace("PICTURE", repr(picture)))
    settings = Settings(sandbox="local", workers=1, noise_repeats=1, caps=Caps(proposals=2))
    store = create_run(folder / "run", problem, settings)
    async with open_session(store, settings, Silent()) as run:
        await run.search()
    return folder / "run"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return asyncio.run(ran(tmp_path_factory.mktemp("drawn"), HOSTILE))


def test_hostile_svg_is_served_as_an_image_that_can_run_load_and_send_nothing(folder):
    with PageServer(folder) as server:
        server.whole("run")
        said = server.json("/api/run/run/program/0")
        status, headers, body = server.ask("/api/run/run/program/0/picture?case=b")
        missing, _, why = server.ask("/api/run/run/program/0/picture?case=z")
        assert server.ask("/api/run/run/program/99/picture")[0] == 404
        locked = server.ask("/api/run/run/program/0/picture", cookie="none=1")[0]
        script = server.ask("/page.js")[2].decode()
    assert said["pictures"] == [{"case": "a"}, {"case": "b"}]
    assert b"<script" not in str(said).encode()
    assert (status, body, headers["content-type"]) == (200, HOSTILE, "image/svg+xml")
    assert headers["x-content-type-options"] == "nosniff"
    assert (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        in headers["content-security-policy"]
    )
    assert (missing, locked) == (404, 401) and b"there are of: a, b" in why
    assert 'el("img"' in script and "innerHTML" not in script


def test_page_in_one_file_holds_the_picture_as_an_address_of_an_image(folder):
    run = FollowedRun(folder)
    run.refresh()
    drawn = answers(run)["/api/run/run/program/0"]["pictures"]
    run.close()
    assert [each["case"] for each in drawn] == ["a"]
    assert base64.b64decode(drawn[0]["url"].partition(",")[2]) == HOSTILE


def test_show_names_the_picture_and_writes_it(folder, tmp_path, capsys):
    assert main(["show", str(folder), "#0", "--picture", str(tmp_path / "p.svg")]) == 0
    assert (tmp_path / "p.svg").read_bytes() == HOSTILE
    assert "a: SVG, 1 KB (evolve show --picture FILE)" in capsys.readouterr().out


def test_show_of_a_program_without_a_picture_says_so_in_one_line(tmp_path, capsys):
    run = asyncio.run(ran(tmp_path, b""))
    assert main(["show", str(run), "#0", "--picture", str(tmp_path / "p")]) == 2
    assert "#0: the scorer drew no picture" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()

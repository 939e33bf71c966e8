"""A run in one document, in a picture, in a notebook's cell, line by line; and followed from another terminal."""

import itertools
import json
import os
import re
import subprocess
import sys
from contextlib import closing, contextmanager
from xml.etree import ElementTree

import pytest
from large_run import Writer, large_run

import cladogen
from cladogen.cli.main import main
from cladogen.program import File, Program
from cladogen.view.blame import blame
from cladogen.view.run_reader import RunReader

HOSTILE = "</pre><script>alert(1)</script> ``` | <img src=x onerror=alert(2)> [a](javascript:alert(3)) \u202e"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return large_run(tmp_path_factory.mktemp("documents") / "runs" / "tour", 60)


@pytest.fixture
def hostile(recorder):
    made = recorder("steps")
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    how = {"operator": HOSTILE, "model": HOSTILE, "summary": HOSTILE}
    made.child((0,), {"a.py": f"{HOSTILE}\n````\n".encode()}, 3.0, **how)
    made.store.close()
    return made.folder


def test_report_says_what_was_found_what_it_cost_and_how_to_have_it_again(run, capsys):
    assert main(["report", str(run)]) == 0
    said = capsys.readouterr().out
    with RunReader(run) as reader:
        assert f"Program #{reader.best} is the best so far." in said
        assert f"| #{reader.best} |" in said
    assert "+++ b/tour.py" in said and "$0." in said and f"evolve replay {run}" in said


def test_report_says_why_the_run_ended_in_the_words_it_ended_with(recorder, capsys):
    made = recorder("steps")
    made.seed(Program.of({"a.py": File(b"x = 0\n")}), 5.0)
    made.store.add_event(
        "end", {"kind": "seconds", "text": "budget: 15 seconds used, of 15", "best": 0}
    )
    made.store.close()
    assert main(["report", str(made.folder)]) == 0
    assert "budget: 15 seconds used, of 15." in capsys.readouterr().out


def test_report_as_a_page_has_the_curve_and_no_markup_of_a_program(run, hostile, tmp_path):
    assert main(["report", str(run), "--to", str(tmp_path / "r.html")]) == 0
    assert "<svg" in (tmp_path / "r.html").read_text()
    assert main(["report", str(hostile), "--to", str(tmp_path / "h.html")]) == 0
    text = (tmp_path / "h.html").read_text()
    assert not re.search(r"<(script|img|a)\b", text) and "\u202e" not in text
    assert text.count("<pre>") == 2 and "&lt;script&gt;" in text


def test_plot_is_a_picture_of_every_run(run, hostile, tmp_path, capsys):
    target = tmp_path / "p.svg"
    other = large_run(tmp_path / "runs" / "other<b>", 40, 1)
    assert main(["plot", str(run), str(other), "--to", str(target), "--against", "dollars"]) == 0
    drawn = ElementTree.parse(target).getroot()
    assert len(drawn.findall("{http://www.w3.org/2000/svg}path")) == 2
    assert main(["plot", str(run), str(hostile), "--to", str(target)]) == 2
    assert "different objectives" in capsys.readouterr().err
    assert main(["plot", str(run), "--to", str(tmp_path / "p.jpg")]) == 2


def test_every_line_of_the_best_names_the_ancestor_that_brought_it(recorder, capsys):
    made = recorder()
    made.seed(Program.of({"a.py": File(b"one\ntwo\nthree\n")}), 5.0)
    made.child((0,), {"a.py": b"one\n2\nthree\n"}, 4.0)
    made.child((1,), {"a.py": b"zero\none\n2\nthree\n"}, 3.0)
    with closing(RunReader(made.folder)) as reader:
        found = [(line.text, line.program, line.gain) for line in blame(reader, 2)]
    assert found == [("zero", 2, 1.0), ("one", 0, None), ("2", 1, 1.0), ("three", 0, None)]
    assert main(["blame", str(made.folder)]) == 0
    said = capsys.readouterr().out
    assert "#2      mutate" in said
    assert said.split("\n")[0] == "program operator           gain    of hunk  line"


def test_blame_credits_a_line_with_what_its_hunk_gained_in_a_sibling(recorder, capsys):
    made = recorder()
    rows = [f"line {at}\n" for at in range(9)]
    made.seed(Program.of({"a.py": File("".join(rows).encode())}), 5.0)
    for good, idle, excess in ((1, 0, 3.0), (0, 1, 5.0), (1, 1, 2.9)):
        lines = [*rows]
        lines[1] = "good\n" if good else lines[1]
        lines[7] = "idle\n" if idle else lines[7]
        made.child((0,), {"a.py": "".join(lines).encode()}, excess)
    with closing(RunReader(made.folder)) as reader:
        found = {line.text: (line.gain, line.credit) for line in blame(reader, 3)}
    assert found["line 0"] == (None, None)
    assert found["good"] == (pytest.approx(2.1), pytest.approx(2.05, abs=0.01))
    assert found["idle"] == (pytest.approx(2.1), pytest.approx(0.05, abs=0.01))
    assert main(["blame", str(made.folder), "3"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"\+2\.1 +\+2\.05  good", said)


def test_diff_goes_step_by_step_along_the_line_of_the_best(run, capsys):
    assert main(["diff", str(run), "best", "--steps"]) == 0
    said = capsys.readouterr().out
    with RunReader(run) as reader:
        line = reader.descent(reader.best)
    assert re.findall(r"^#(\d+) -> #(\d+) ", said, re.M) == [
        (str(a), str(b)) for a, b in itertools.pairwise(line)]  # fmt: skip


@contextmanager
def ended(process: subprocess.Popen):
    """A process that is killed where the block fails, and does not keep the test waiting."""
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_watch_shows_each_result_as_it_comes_and_ends_with_the_search(tmp_path):
    writer = Writer(tmp_path / "runs" / "tour")
    writer.write(5)
    command = [
        sys.executable,
        "-m",
        "cladogen.cli.main",
        "watch",
        str(tmp_path / "runs" / "tour"),
        "--json",
    ]
    # A pipe holds lines back in Python, unless it is told to flush them.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with ended(
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=buffered)
    ) as watching:
        seen = json.loads(watching.stdout.readline())["ticket"]
        while len(writer.lengths) < 9:
            writer.step()
        last = writer.ticket - 1
        while seen < last:
            seen = json.loads(watching.stdout.readline())["ticket"]
        writer.store.close()
        assert watching.stdout.read() == "" and watching.wait(60) == 0


def test_watch_of_a_run_that_has_ended_says_how_it_stands(run, capsys):
    assert main(["watch", str(run)]) == 0
    assert "best " in capsys.readouterr().out


def test_run_shows_itself_in_a_notebook_without_a_script_inside_an_event_loop(run, hostile):
    import asyncio

    async def cell() -> str:
        return cladogen.load_run(run)._repr_html_()

    text = asyncio.run(cell())
    assert "<svg" in text and "+++ b/tour.py" in text
    shown = cladogen.load_run(hostile)._repr_html_()
    assert not re.search(r"<(script|img)\b", shown)
    assert len(cladogen.load_run(run).rows()) == 60

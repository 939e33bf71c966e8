"""An evaluator that no prompt shows: none of its lines comes into one by a traceback either."""

import asyncio
import json
import re
import textwrap
from pathlib import Path

import pytest

from cladogen.by_hand.desk import Desk
from cladogen.cli.main import main
from cladogen.problem import load
from cladogen.prompts.frames import Frames
from cladogen.run_folder import create_run
from cladogen.settings import Settings

PROGRAM = """\
# EVOLVE-BLOCK-START
def answer(given):
    return 3.0
# EVOLVE-BLOCK-END
"""
EVALUATOR = """
import importlib.util, json, traceback

def opened(path):
    spec = importlib.util.spec_from_file_location("candidate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

def evaluate(path):
    return {"combined_score": opened(path).answer([4, 1, 1])}  # the sealed answer is 411
"""


def caught(error: str = "str(error)", artifacts: str = "{}", printed: str = "pass") -> str:
    """Return an evaluator that catches what its program raises."""
    called = EVALUATOR.replace("    return {", "    try:\n        return {", 1)
    return f"""{called}
    except Exception as error:
        said = traceback.format_exc()
        {printed}
        return {{"combined_score": 0.0, "error": {error}, "artifacts": {artifacts}}}
"""


WAYS = {
    "raised": EVALUATOR,
    "in the error": caught("said"),
    "in one line": caught("' '.join(said.split())"),
    "in a table": caught("json.dumps([said])"),
    "in an artifact": caught(artifacts="{'stack': said, 'other': [said]}"),
    "printed": caught(printed="print(said)"),
    "printed in one line": caught(printed="print(repr(said))"),
}
REPLY = """Idea: Weigh it.

```diff
--- a/initial_program.py
+++ b/initial_program.py
@@
 def answer(given):
-    return 3.0
+    return (1, 2).weight
```
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def imported(evaluator: str) -> Path:
    source = Path("theirs")
    source.mkdir()
    (source / "initial_program.py").write_text(PROGRAM)
    (source / "evaluator.py").write_text(evaluator)
    message = json.dumps({"prompt": {"system_message": "Find the number."}})
    (source / "config.yaml").write_text(message)
    assert main(["import", str(source), "made"]) == 0
    return Path("made")


@pytest.mark.parametrize("evaluator", WAYS.values(), ids=WAYS)
def test_traceback_through_an_evaluator_that_is_not_shown_has_the_programs_lines_alone(evaluator):
    create_run(Path("run"), imported(evaluator), Settings(sandbox="local")).close()
    desk = Desk(Path("run"))
    task = asyncio.run(desk.ask("test"))
    receipt = asyncio.run(desk.tell(task.ticket, REPLY))
    said = receipt.prompt[receipt.prompt.rindex("## How it failed") :]  # the repair's
    assert "'tuple' object has no attribute 'weight'" in said
    assert re.search(r'initial_program.py(:3|\\*", line 3)', said)
    for hidden in ("sealed", "411", "[4, 1, 1]", "opened(path)", "evaluator.py", "kind_openevolve"):
        assert hidden not in said


def test_error_that_the_evaluator_itself_makes_is_told_by_its_words_alone():
    strict = EVALUATOR.replace(
        "return {",
        "if not opened(path).answer([]):\n        raise ValueError('no answer of 411')\n    return {",
    )
    create_run(Path("run"), imported(strict), Settings(sandbox="local")).close()
    desk = Desk(Path("run"))
    task = asyncio.run(desk.ask("test"))
    reply = REPLY.replace("(1, 2).weight", "0.0")
    said = asyncio.run(desk.tell(task.ticket, reply)).prompt
    assert "ValueError: no answer of 411 (in the evaluator)" in said
    assert "The evaluator failed:\nValueError: no answer of 411" in said
    assert "raise ValueError" not in said and "opened(path)" not in said


def seen(text: str) -> str:
    return Frames(load(imported(EVALUATOR))).seen(text)


def test_frame_whose_head_was_clipped_away_shows_no_line_either():
    line = '        return {"combined_score": opened(path).answer([4, 1, 1])}  # the sealed answer is 411'
    text = textwrap.dedent("""\
        begun
        ... (9 lines are left out here) ...
        LINE
          File "/w/initial_program.py", line 3, in answer
            return 1 / 0
        ZeroDivisionError: division by zero
        """).replace("LINE", line)
    left = seen(text)
    assert line not in left and "return 1 / 0" in left and "begun" in left


def test_text_without_a_frame_stays_as_it_is():
    text = (
        "combined_score 3 (at 12:30)\n    an indented line (see notes.md:3)\nTraceback of what?\n"
    )
    assert seen(text) == text

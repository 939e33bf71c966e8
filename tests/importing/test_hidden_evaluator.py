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
    {begin}
        return {{"combined_score": opened(path).answer([4, 1, 1])}}  # the sealed answer is 411
    {end}
"""
UNCAUGHT = EVALUATOR.format(begin="if True:", end="")
CAUGHT = EVALUATOR.format(
    begin="try:",
    end="""except Exception as error:
        said = traceback.format_exc()
        {printed}
        return {{"combined_score": 0.0, "error": {error}, "artifacts": {artifacts}}}""",
)
WAYS = {
    "raised": UNCAUGHT,
    "in the error": CAUGHT.format(printed="", error="said", artifacts="{}"),
    "in one line": CAUGHT.format(printed="", error="' '.join(said.split())", artifacts="{}"),
    "in a table": CAUGHT.format(printed="", error="json.dumps([said])", artifacts="{}"),
    "in an artifact": CAUGHT.format(
        printed="", error="str(error)", artifacts="{'stack': said, 'other': [said]}"
    ),
    "printed": CAUGHT.format(printed="print(said)", error="str(error)", artifacts="{}"),
    "printed in one line": CAUGHT.format(
        printed="print(repr(said))", error="str(error)", artifacts="{}"
    ),
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
    assert re.search(r'initial_program.py(:4|\\*", line 4)', said)
    for hidden in ("sealed", "411", "[4, 1, 1]", "opened(path)", "evaluator.py", "kind_openevolve"):
        assert hidden not in said


def test_error_that_the_evaluator_itself_makes_is_told_by_its_words_alone():
    broken = UNCAUGHT.replace(
        "return {", 'raise ValueError("no answer for size 3")\n        return {'
    )
    create_run(Path("run"), imported(broken), Settings(sandbox="local")).close()
    task = asyncio.run(Desk(Path("run")).ask("test"))
    assert "ValueError: no answer for size 3 (in the evaluator)" in task.prompt
    assert "The evaluator failed:\nValueError: no answer for size 3" in task.prompt
    assert "raise ValueError" not in task.prompt


def seen(text: str) -> str:
    return Frames(load(imported(UNCAUGHT))).seen(text)


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
    assert line not in seen(text) and "return 1 / 0" in seen(text) and "begun" in seen(text)


def test_text_without_a_frame_stays_as_it_is():
    text = (
        "combined_score 3 (at 12:30)\n    an indented line (see notes.md:3)\nTraceback of what?\n"
    )
    assert seen(text) == text

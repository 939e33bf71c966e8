"""A reply in which a model repeats one thing until its limit is read, and what the reader finds in it
is no error of its own.
"""

import contextlib

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

PROGRAM = Program.of({"a.py": File(b"LIMIT = 10\n\n\ndef f(x):\n\treturn x\n")})
DIFF = "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-LIMIT = 10\n+LIMIT = 12\n```"
BLOCK = "a.py\n<<<<<<< SEARCH\nLIMIT = 10\n=======\nLIMIT = 12\n>>>>>>> REPLACE"
UNITS = (
    " ",
    "\t",
    " \t",
    "`",
    "~",
    "_",
    ".",
    "-",
    "#",
    "*",
    "<s>",
    "\n",
    "\n\n",
    "[[",
    "a ",
    "0,",
    ">",
)
SIZE = 60_000


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", UNITS)
def test_what_is_repeated_without_end_keeps_no_run_from_going_on(unit):
    """Where a reader's time grows with the square of a line, one of these takes minutes."""
    run = unit * (SIZE // len(unit))
    before_end = DIFF.replace("+LIMIT", f"{run}\n+LIMIT")
    for reply in (f"{DIFF}\n{run}", f"<|im_start|>\n{run}\n{BLOCK}", f"{BLOCK}{run}", before_end):
        with contextlib.suppress(PatchRefused):
            apply_reply(PROGRAM, reply, ended=True)


def test_json_that_is_nested_without_end_is_no_edit():
    with pytest.raises(PatchRefused):
        apply_reply(PROGRAM, f"```json\n{'[' * 10_000}{']' * 10_000}\n```", ended=True)


def test_block_longer_than_a_file_of_tabs_is_refused():
    lines = "j = pull()\n" * 20
    reply = f"x.py\n<<<<<<< SEARCH\n{lines}=======\n        j = draw()\n>>>>>>> REPLACE\n"
    tabs = Program.of({"x.py": File(b"class Search:\n\tdef step(self):\n\t\treturn draw()\n")})
    with pytest.raises(PatchRefused) as refused:
        apply_reply(tabs, reply)
    assert refused.value.code == "removed-lines-not-found"

"""What the prose beside an edit tells, and no edit does: refused by its words, never left out in silence."""

from __future__ import annotations

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

A = "LIMIT = 10\nSTEPS = 200\n\n\ndef f(x):\n    return x <= LIMIT\n\n\ndef g(x):\n    return f(x) * 2\n"
PROGRAM = Program.of({"a.py": File(A.encode()), "b.py": File(b"def one():\n    return 1\n")})
DIFF = "```diff\n--- a/a.py\n+++ b/a.py\n@@ def g(x):\n-    return f(x) * 2\n+    return f(x) * 3\n```\n"
MADE = A.replace("* 2", "* 3")


def after(words: str) -> str:
    return apply_reply(PROGRAM, f"{DIFF}\n{words}\n").program.text("a.py")


@pytest.mark.parametrize(
    "words",
    [
        "Also `STEPS = 200` → `STEPS = 300`.",
        "- `STEPS = 200` -> `STEPS = 300`",
        "`STEPS = 200` becomes `STEPS = 300`.",
        "| `STEPS = 200` | `STEPS = 300` |",
        "~~STEPS = 200~~ **STEPS = 300**",
        "STEPS should be 300 instead of 200.",
        "Then run `sed -i 's/STEPS = 200/STEPS = 300/' a.py`.",
        "Then `git rm b.py`.",
        "And bump:\n```python\nSTEPS = 300\n```",
        "In `a.py`, also:\n```\nSTEPS = 300\n```",
        "Optionally:\n```diff\n--- a/a.py\n+++ b/a.py\n@@\n-STEPS = 200\n+STEPS = 300\n```",
        "In the next iteration I'd try:\n```diff\n--- a/a.py\n+++ b/a.py\n@@\n-STEPS = 200\n+STEPS = 300\n```",
    ],
)
def test_change_that_is_told_beside_an_edit_is_not_left_out(words: str) -> None:
    with pytest.raises(PatchRefused) as caught:
        after(words)
    assert caught.value.code == "ambiguous-context"


@pytest.mark.parametrize(
    "words",
    [
        "`f(x) * 2` → `f(x) * 3`",
        "`return f(x) * 2` becomes `return 3 * f(x)`, roughly.",
        "| `g` | `1.2 s` | `0.8 s` |",
        "`g` -> `f` -> `LIMIT`",
        "To undo: `git checkout a.py`.",
        "Clean with `rm -rf __pycache__`.",
        "TODO: raise STEPS to 300 later.",
        "For more, try:\n```python\nSTEPS = 300\n```",
        "Both stay:\n```python\nSTEPS = 200\n```",
    ],
)
def test_words_that_tell_nothing_to_be_made_now_leave_an_edit_as_it_is(words: str) -> None:
    assert after(words) == MADE


@pytest.mark.parametrize(
    "other",
    [
        "<<<<<<< a.py\nSTEPS = 200\n=======\nSTEPS = 300\n>>>>>>> a.py\n",
        "```\n*** a.py\n--- a.py\n***************\n*** 2 ****\n! STEPS = 200\n--- 2 ----\n! STEPS = 300\n```\n",
        '<edit file="a.py" start="2" end="2">\nSTEPS = 300\n</edit>\n',
        json.dumps({"path": "a.py", "old_string": "STEPS = 200", "new_string": "STEPS = 300"}),
        "```bash\nsed -i 's/STEPS = 200/STEPS = 300/' a.py\n```\n",
        "In a.py, replace line 2 with:\n```python\nSTEPS = 300\n```\n",
    ],
)
def test_edits_in_two_forms_are_both_made(other: str) -> None:
    assert after(other) == MADE.replace("200", "300")


@pytest.mark.parametrize("line", ["<|im_start|>user", "<s>a</s>", "[INST] hi [/INST]"])
def test_tokens_in_an_edit_without_a_fence_are_its_own(line: str) -> None:
    base = Program.of({"t.txt": File(f"{line}\nhi\n".encode())})
    new = line.replace("user", "system").replace("a<", "b<").replace("hi", "ho")
    block = f"t.txt\n<<<<<<< SEARCH\n{line}\n=======\n{new}\n>>>>>>> REPLACE\n"
    diff = f"--- a/t.txt\n+++ b/t.txt\n@@ -1 +1 @@\n-{line}\n+{new}\n"
    for reply in (block, diff):
        assert apply_reply(base, reply).program.text("t.txt") == f"{new}\nhi\n"

"""Edits that say by numbers which lines go: made where what comes is like those lines, else refused."""

from __future__ import annotations

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

A = (
    '"""Two."""\n\nLIMIT = 10\nSTEPS = 200\n\n\ndef f(x):\n    y = x + LIMIT\n    z = y * 2\n    return z\n\n\n'
    "def g(x):\n    total = 0\n    for each in range(STEPS):\n        total += f(each)\n    return total\n"
)
PROGRAM = Program.of({"a.py": File(A.encode()), "b.py": File(b"def one():\n    return 1\n")})
NEW = "    y = x - LIMIT\n    z = y * 3"
MADE = A.replace("x + LIMIT", "x - LIMIT").replace("y * 2", "y * 3")


def forms(first: int, last: int, new: str = NEW) -> dict[str, str]:
    """Return replies that put lines in the place of others, told by their numbers."""
    at = {"start_line": first, "end_line": last}
    return {
        "a tag": f'<edit file="a.py" start="{first}" end="{last}">\n{new}\n</edit>\n',
        "a tag of lines": f'<replace path="a.py" lines="{first}-{last}">\n{new}\n</replace>\n',
        "JSON": json.dumps({"path": "a.py", **at, "content": new}),
        "JSON in camelCase": json.dumps(
            {"edits": [{"file": "a.py", "startLine": first, "endLine": last, "newText": new}]}
        ),
        "a call": f"<function=edit_file>\n<parameter=path>a.py</parameter>\n<parameter=start>{first}</parameter>\n"
        f"<parameter=end>{last}</parameter>\n<parameter=content>\n{new}\n</parameter>\n</function>\n",
        "prose": f"In `a.py`, replace lines {first}-{last} with:\n\n```python\n{new}\n```\n",
        "a heading": f"### a.py, lines {first} to {last}\n\n```python\n{new}\n```\n",
        "an info string": f"```{first}:{last}:a.py\n{new}\n```\n",
        "a link": f"```python a.py#L{first}-L{last}\n{new}\n```\n",
    }


@pytest.mark.parametrize("form", forms(8, 9))
def test_lines_take_the_place_of_those_of_their_numbers(form: str) -> None:
    assert apply_reply(PROGRAM, forms(8, 9)[form]).program.text("a.py") == MADE


@pytest.mark.parametrize("form", forms(8, 9))
@pytest.mark.parametrize("span", [(7, 8), (9, 10), (8, 10), (9, 9), (13, 14), (3, 4)])
def test_numbers_of_other_lines_are_refused(form: str, span: tuple[int, int]) -> None:
    with pytest.raises(PatchRefused) as caught:
        apply_reply(PROGRAM, forms(*span)[form])
    assert caught.value.code == "ambiguous-context"
    assert f"lines {span[0]} to {span[1]} by their numbers alone" in caught.value.reason


@pytest.mark.parametrize("form", forms(8, 9))
def test_lines_beyond_the_end_of_the_file_are_refused(form: str) -> None:
    with pytest.raises(PatchRefused, match="the file has 17"):
        apply_reply(PROGRAM, forms(16, 19)[form])


def test_lines_without_the_depth_of_the_file_get_it() -> None:
    flat = "y = x - LIMIT\nz = y * 3"
    assert apply_reply(PROGRAM, forms(8, 9, flat)["prose"]).program.text("a.py") == MADE


def test_first_lines_of_a_function_are_not_taken_for_all_of_it() -> None:
    reply = forms(7, 8, "def f(x):\n    y = x - LIMIT")["prose"]
    assert apply_reply(PROGRAM, reply).program.text("a.py") == A.replace("x + LIMIT", "x - LIMIT")
    with pytest.raises(PatchRefused):
        apply_reply(PROGRAM, forms(8, 9, "def f(x):\n    y = x - LIMIT")["prose"])


def test_function_whose_lines_are_miscounted_is_placed_by_its_name() -> None:
    whole = f"def f(x):\n{NEW}\n    return z"
    for span in ((6, 9), (7, 10), (8, 12)):
        made = apply_reply(PROGRAM, forms(*span, whole)["prose"])
        assert made.program.text("a.py") == MADE


def test_lines_that_are_shown_as_they_are_change_nothing() -> None:
    shown = "Lines 8-9 of `a.py`:\n\n```python\n    y = x + LIMIT\n    z = y * 2\n```\n"
    edit = "Changed:\n\n```diff\n--- a/a.py\n+++ b/a.py\n@@\n-LIMIT = 10\n+LIMIT = 12\n```\n"
    made = apply_reply(PROGRAM, f"{shown}\n{edit}").program.text("a.py")
    assert made == A.replace("LIMIT = 10", "LIMIT = 12")

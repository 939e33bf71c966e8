"""What becomes of files as wholes: deleted, renamed, appended to, given without a fence or within two."""

from __future__ import annotations

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

A = "LIMIT = 10\n\n\ndef f(x):\n    return x + LIMIT\n\n\ndef g(x):\n    return f(x) * 2\n"
B = "def one():\n    return 1\n"
PROGRAM = Program.of({"a.py": File(A.encode()), "b.py": File(B.encode()), "n.txt": File(b"a\nb\n")})
EDIT = {"path": "a.py", "old_string": "LIMIT = 10", "new_string": "LIMIT = 12"}
DIFF = "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-LIMIT = 10\n+LIMIT = 12\n```\n"


def after(reply: str, *, ended: bool = False) -> dict[str, str]:
    program = apply_reply(PROGRAM, reply, ended=ended).program
    return {path: program.text(path) for path in program.files}


def refused(reply: str) -> PatchRefused:
    with pytest.raises(PatchRefused) as caught:
        apply_reply(PROGRAM, reply)
    return caught.value


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps({"edits": [EDIT, {"action": "delete_file", "path": "b.py"}]}),
        json.dumps([EDIT, {"file": "b.py", "type": "delete", "reason": "not used"}]),
        f'{DIFF}\n<delete_file path="b.py"/>\n',
        f"{DIFF}\n<delete_file>\n<path>b.py</path>\n</delete_file>\n",
    ],
)
def test_file_that_is_deleted_beside_edits_goes(reply: str) -> None:
    made = after(reply)
    assert "b.py" not in made
    assert "LIMIT = 12" in made["a.py"]


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps({"edits": [EDIT, {"action": "rename", "path": "b.py", "new_path": "c.py"}]}),
        f'{DIFF}\n<rename_file from="b.py" to="c.py"/>\n',
    ],
)
def test_file_that_is_renamed_beside_edits_gets_its_name(reply: str) -> None:
    made = after(reply)
    assert "b.py" not in made
    assert made["c.py"] == B
    assert "LIMIT = 12" in made["a.py"]


@pytest.mark.parametrize(
    "other",
    [
        {"action": "remove_line", "path": "b.py", "line": 2},
        {"action": "delete", "path": "b.py", "function": "one"},
        {"op": "insert_after", "path": "n.txt", "anchor": "a", "text": "c"},
        {"op": "rename", "path": "b.py"},
    ],
)
def test_edit_of_a_kind_that_is_not_known_is_refused_and_not_left_out(
    other: dict[str, str],
) -> None:
    refusal = refused(json.dumps({"edits": [EDIT, other]}))
    assert refusal.code == "ambiguous-context"
    assert f"{other['path']}: an edit of the kind" in refusal.reason


def test_call_that_only_looks_at_a_file_is_no_edit() -> None:
    assert "LIMIT = 12" in after(json.dumps([{"command": "view", "path": "b.py"}, EDIT]))["a.py"]


def test_text_that_is_appended_does_not_replace_the_file() -> None:
    made = after(json.dumps({"path": "n.txt", "mode": "append", "content": "c\n"}))
    assert made["n.txt"] == "a\nb\nc\n"


WHOLE = A.replace("LIMIT = 10", "LIMIT = 12")


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps({"path": "a.py", "content": f"```python\n{WHOLE}```\n"}),
        f"<write_to_file>\n<path>a.py</path>\n<content>\n```python\n{WHOLE}```\n</content>\n</write_to_file>\n",
        json.dumps({"filePath": "/work/a.py", "code": WHOLE}),
    ],
)
def test_fence_around_the_text_of_a_file_is_no_part_of_it(reply: str) -> None:
    assert after(reply)["a.py"] == WHOLE


def test_reply_that_is_a_file_and_nothing_else_is_the_file() -> None:
    assert after(WHOLE)["a.py"] == WHOLE
    other_end = A.replace("f(x) * 2", "f(x) * 3")
    assert after(other_end, ended=True)["a.py"] == other_end
    assert after(f"python\n{WHOLE}")["a.py"] == WHOLE
    assert refused(f"Done\n{WHOLE}").code == "no-op"
    assert refused(other_end).code == "no-op"
    assert refused(WHOLE[:-20]).code == "no-op"
    assert refused(f"The file:\n\n{WHOLE}").code == "no-op"


def test_file_that_an_envelope_adds_without_signs_is_made() -> None:
    made = after("*** Begin Patch\n*** Add File: c.py\nX = 1\n\nY = 2\n\n*** End Patch\n")
    assert made["c.py"] == "X = 1\n\nY = 2\n"


def test_file_of_blank_lines_that_an_envelope_adds_without_signs_is_empty() -> None:
    made = after("*** Begin Patch\n*** Add File: c.py\n+\n  \n*** End Patch\n")
    assert made["c.py"] == ""


def test_fence_line_too_many_breaks_nothing_off() -> None:
    assert "LIMIT = 12" in after(f"{DIFF}```\n")["a.py"]
    assert refused(f"{DIFF}```python\n").code == "truncated-reply"
    assert refused(f"{DIFF}and\n```\n").code == "truncated-reply"


def test_helper_beside_a_function_of_one_file_goes_there() -> None:
    part = "def twice(x):\n    return 2 * x\n\n\ndef g(x):\n    return twice(f(x))\n"
    made = after(f"```python\n{part}```\n")
    assert made["a.py"] == A.replace("def g(x):\n    return f(x) * 2\n", part)
    assert made["b.py"] == B

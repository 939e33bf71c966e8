"""Spellings of edits that were refused as none, or read as something else."""

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_reply
from cladogen.program import File, Program

SOLVER = '''"""Search."""
LIMIT = 10


def solve(items):
    best = items[:LIMIT]
    return best
'''
JUDGE = '"""Score."""\n\n\ndef score(x):\n    return sum(x)\n'
OLD, NEW = "    best = items[:LIMIT]\n", "    best = sorted(items)[:LIMIT]\n"
AFTER = SOLVER.replace(OLD, NEW)
F = "```"


def after(reply: str) -> dict[str, str]:
    base = Program.of({"solver.py": File(SOLVER.encode()), "judge.py": File(JUDGE.encode())})
    got = apply_reply(base, reply, Policy(protected=("judge.py",))).program
    return {path: got.text(path) for path in got}


CALL = {"path": "solver.py", "old_string": OLD, "new_string": NEW}
EDITS = {
    "invoke": (
        f'<invoke name="Edit">\n<parameter name="file_path">solver.py</parameter>\n'
        f'<parameter name="old_string">{OLD}</parameter>\n'
        f'<parameter name="new_string">{NEW}</parameter>\n</invoke>'
    ),
    "invoke that writes": (
        '<invoke name="Write">\n<parameter name="file_path">solver.py</parameter>\n'
        f'<parameter name="content">{AFTER}</parameter>\n</invoke>'
    ),
    "function": (
        "<tool_call>\n<function=str_replace>\n<parameter=path>\nsolver.py\n</parameter>\n"
        f"<parameter=old_str>\n{OLD}</parameter>\n<parameter=new_str>\n{NEW}</parameter>\n"
        "</function>\n</tool_call>"
    ),
    "tool_call of JSON": (
        "<tool_call>\n" + json.dumps({"name": "edit", "arguments": CALL}) + "\n</tool_call>"
    ),
    "TOOL_CALLS": "[TOOL_CALLS]" + json.dumps([{"name": "edit", "arguments": CALL}]),
    "write_to_file": (
        "I write it.\n\n<write_to_file>\n<path>solver.py</path>\n"
        f"<content>\n{AFTER}</content>\n</write_to_file>"
    ),
    "file with a path inside": (
        f"<file>\n<path>solver.py</path>\n<content>\n{AFTER}</content>\n</file>"
    ),
    "CDATA": f'<file name="solver.py"><![CDATA[\n{AFTER}]]></file>',
    "artifact": f'<antArtifact identifier="x" title="solver.py">\n{AFTER}</antArtifact>',
    "name in brackets behind the mark": f"{F}python (path=solver.py)\n{AFTER}{F}",
    "name as the first line of the fence": f"{F}\nsolver.py:\n{AFTER}{F}",
    "name as a docstring of its own": f'{F}python\n"""solver.py"""\n{AFTER}{F}',
    "byte order mark in the fence": f"**solver.py**\n{F}python\n\ufeff{AFTER}{F}",
    "search and replace behind the marks": (
        f"`solver.py`\n\n{F}search\n{OLD}{F}\n{F}replace\n{NEW}{F}\n"
    ),
    "current and proposed": f"`solver.py`\nCurrent:\n{F}\n{OLD}{F}\nProposed:\n{F}\n{NEW}{F}\n",
    "before and after in one fence": (
        f"In `solver.py`:\n{F}python\n# Before\n{OLD}\n# After\n{NEW}{F}\n"
    ),
    "marks of three": f"solver.py\n<<<SEARCH\n{OLD}===\n{NEW}>>>REPLACE\n",
    "ours and theirs": f"solver.py\n<<<<<<< ours\n{OLD}=======\n{NEW}>>>>>>> theirs\n",
    "fences inside a block": (
        f"solver.py\n<<<<<<< SEARCH\n{F}python\n{OLD}{F}\n=======\n{F}python\n{NEW}{F}\n"
        ">>>>>>> REPLACE\n"
    ),
    "numbers in the search alone": (
        f"solver.py\n<<<<<<< SEARCH\n   6 | {OLD}=======\n{NEW}>>>>>>> REPLACE\n"
    ),
    "JSON with a last comma": (
        f"{F}json\n" + json.dumps([CALL])[:-1].replace("}", ",}") + f",]\n{F}"
    ),
    "JSON with lists of lines": json.dumps(
        {"path": "solver.py", "search": OLD.splitlines(), "replace": NEW.splitlines()}
    ),
    "JSON Lines": "\n".join(
        json.dumps({"path": "solver.py", "search": old, "replace": new})
        for old, new in ((OLD, NEW), ("LIMIT = 10", "LIMIT = 10"))
    ),
    "JSON with code alone": json.dumps({"thought": "faster", "code": AFTER}),
    "JSON with original and modified": json.dumps(
        {"file": "solver.py", "original_code": OLD, "modified_code": NEW}
    ),
}


@pytest.mark.parametrize("reply", EDITS.values(), ids=EDITS.keys())
def test_edit_is_read_in_the_spelling_of_its_template(reply):
    assert after(reply) == {"solver.py": AFTER, "judge.py": JUDGE}


def test_condition_is_no_definition_of_the_function_that_it_calls():
    base = (
        "export function cost(x) {\n  return x;\n}\n\nexport default function solve(x) {\n"
        "  if (cost(x) < 1) {\n    return 0;\n  }\n  return cost(x);\n}\n"
    )
    reply = f"In `s.js`, the new condition:\n{F}js\n  if (cost(x) <= 1) {{\n{F}\n"
    program = Program.of({"s.js": File(base.encode())})
    with pytest.raises(Exception, match="a part of the file"):
        apply_reply(program, reply, Policy())


def test_changes_without_context_that_lie_apart_are_each_placed():
    reply = f"In solver.py:\n{F}diff\n-LIMIT = 10\n+LIMIT = 20\n-{OLD}+{NEW}{F}\n"
    assert after(reply)["solver.py"] == AFTER.replace("LIMIT = 10", "LIMIT = 20")


def refused(reply: str) -> str:
    with pytest.raises(PatchRefused) as caught:
        after(reply)
    return caught.value.code


@pytest.mark.parametrize(
    "begun",
    [
        '<invoke name="Edit">\n<parameter name="file_path">solver.py</parameter>\n<parameter name',
        "<write_to_file>\n<path>solver.py</path>\n<content>\nimport",
        "<tool_call>\n<function=str_replace>\n<parameter=path>\nsolver.py\n</parameter>\n",
    ],
)
def test_call_that_is_cut_after_a_whole_one_is_not_left_out(begun):
    assert refused(EDITS["invoke"] + "\n" + begun) == "truncated-reply"


def test_diff_below_a_call_is_made_too():
    diff = f"\n\n{F}diff\n--- a/solver.py\n+++ b/solver.py\n@@\n-LIMIT = 10\n+LIMIT = 20\n{F}\n"
    got = after(EDITS["tool_call of JSON"] + diff)["solver.py"]
    assert got == AFTER.replace("LIMIT = 10", "LIMIT = 20")


def test_whole_file_below_a_part_that_it_changes_does_not_go_in_place_of_the_part():
    reply = f"Current code:\n{F}python\n{OLD}{F}\nUpdated solver.py:\n{F}python\n{AFTER}{F}\n"
    assert after(reply)["solver.py"] == AFTER


def test_second_fence_without_a_name_is_made_where_one_file_has_its_definitions():
    function = "def solve(items):\n    return items\n"
    reply = f"In solver.py:\n{F}python\nLIMIT = 20\n{F}\nand\n{F}python\n{function}{F}\n"
    assert after(reply)["solver.py"] == f'"""Search."""\nLIMIT = 20\n\n\n{function}'


@pytest.mark.parametrize("line", [0, 2, 5, 7])
@pytest.mark.parametrize("path", ["solver.py", "/repo/solver.py"])
def test_call_that_inserts_below_a_line_is_made(line, path):
    call = {"command": "insert", "path": path, "insert_line": line, "new_str": "# one more\n"}
    lines = SOLVER.splitlines(keepends=True)
    wanted = "".join([*lines[:line], "# one more\n", *lines[line:]])
    assert after(json.dumps(call))["solver.py"] == wanted
    parameters = "".join(
        f'<parameter name="{name}">{value}</parameter>\n' for name, value in call.items()
    )
    assert after(f'<invoke name="edit">\n{parameters}</invoke>')["solver.py"] == wanted


def test_call_that_inserts_below_a_line_that_is_not_there_is_refused_with_the_number_of_lines():
    call = {"command": "insert", "path": "solver.py", "insert_line": 70, "new_str": "x = 1\n"}
    with pytest.raises(PatchRefused, match="no line 70; the file has 7"):
        after(json.dumps(call))

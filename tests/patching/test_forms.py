"""Forms of a reply that are read by a rule of their own: without the rule, each of these fails."""

from __future__ import annotations

import json

import pytest

from cladogen.patch import Policy, apply_reply
from cladogen.program import File, Program

TWO = "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return f(x) * 2\n"
MORE = TWO.replace("+ 1", "+ 5")
SIGNS = "def f(x):\n    if x < 3 and x > 1:\n        return '&'\n    return x\n"
BLOCK = "import os\n# EVOLVE-BLOCK-START\na = 1\n# EVOLVE-BLOCK-END\nprint(a)\n"
LONG = """\
def a_function_with_a_long_name(first, second, third, fourth):
    y = 1
    return y


def g(x):
    y = 1
    return y
"""
EDIT = {"path": "a.py", "search": "    return x + 1", "replace": "    return x + 5"}


def diff(rows: str, path: str = "a.py", header: str = "@@ -1,2 +1,2 @@") -> str:
    return f"```diff\n--- a/{path}\n+++ b/{path}\n{header}\n{rows}\n```\n"


def option(number: int) -> str:
    return f"Option {number}:\n" + diff(
        f" def f(x):\n-    return x + 1\n+    return x + {number + 4}"
    )


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


FORMS = {
    "a JSON object of files": (TWO, f"```json\n{json.dumps({'a.py': MORE})}\n```", MORE),
    "JSON within a text of JSON": (TWO, json.dumps({"answer": json.dumps(EDIT)}), MORE),
    "JSON with lists of lines": (TWO, json.dumps({**EDIT, "search": [EDIT["search"]]}), MORE),
    "the function between two @@": (
        TWO,
        diff("-    return x + 1\n+    return x + 5", header="@@ def f(x): @@"),
        MORE,
    ),
    "the function cut off behind @@": (
        LONG,
        diff("-    y = 1\n+    y = 2", header="@@ def a_function_with_a_long_name(first, second, th"),
        LONG.replace("y = 1", "y = 2", 1),
    ),
    "the end of a file in an envelope": (
        TWO,
        "*** Begin Patch\n*** Update File: a.py\n@@\n-    return f(x) * 2\n+    return f(x) * 3\n"
        "*** End of File\n*** End Patch\n",
        TWO.replace("* 2", "* 3"),
    ),
    "a file of another name that only one text fits": (
        TWO,
        diff(" def f(x):\n-    return x + 1\n+    return x + 5", path="solver.py"),
        MORE,
    ),
    "tabs in a reply about a file of blanks": (
        TWO,
        "<<<<<<< SEARCH\ndef f(x):\n=======\ndef f(x):\n\tif x > 3:\n\t\treturn 0\n>>>>>>> REPLACE\n",
        TWO.replace("f(x):\n", "f(x):\n    if x > 3:\n        return 0\n", 1),
    ),
    "HTML entities in a whole file": (
        SIGNS,
        f"a.py\n```python\n{escaped(SIGNS.replace('3', '4'))}```\n",
        SIGNS.replace("3", "4"),
    ),
    "an evolve block alone": (
        BLOCK,
        "```python\n# EVOLVE-BLOCK-START\na = 5\n# EVOLVE-BLOCK-END\n```\n",
        BLOCK.replace("a = 1", "a = 5"),
    ),
    "keys of an edit tool in camelCase": (
        TWO,
        json.dumps({"filePath": "a.py", "oldString": EDIT["search"], "newString": EDIT["replace"]}),
        MORE,
    ),
    "every place, told as a word": (
        TWO,
        json.dumps({"path": "a.py", "old_string": "x", "new_string": "z", "replace_all": "true"}),
        TWO.replace("x", "z"),
    ),
    "tags around CDATA": (
        TWO,
        f"<path>a.py</path>\n<search><![CDATA[{EDIT['search']}]]></search>\n"
        f"<replace><![CDATA[{EDIT['replace']}]]></replace>\n",
        MORE,
    ),
    "a block with the line it begins at": (
        LONG,
        "a.py\n<<<<<<< SEARCH\n:start_line:7\n-------\n    y = 1\n=======\n    y = 2\n>>>>>>> REPLACE\n",
        LONG[: LONG.index("def g")] + LONG[LONG.index("def g") :].replace("y = 1", "y = 2"),
    ),
    "the third option": (
        TWO,
        f"{option(1)}{option(2)}{option(3)}I recommend the third option.\n",
        TWO.replace("+ 1", "+ 7"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_form_is_read_as_it_is_meant(name: str) -> None:
    text, reply, wanted = FORMS[name]
    base = Program.of({"a.py": File(text.encode()), "b.py": File(b"y = 1\n")})
    child = apply_reply(base, reply, Policy(editable=("*",))).program
    assert {path: child.text(path) for path in child.files} == {"a.py": wanted, "b.py": "y = 1\n"}


def test_line_numbers_before_each_line_of_a_new_file_are_no_part_of_it() -> None:
    reply = "```diff\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,2 @@\n+1: x = 1\n+2: y = 2\n```\n"
    base = Program.of({"a.py": File(b"z = 1\n")})
    assert apply_reply(base, reply, Policy()).program.text("n.py") == "x = 1\ny = 2\n"

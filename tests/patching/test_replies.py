"""Replies of every kind, each small enough to judge by eye: what comes of them, or why they are refused."""

from __future__ import annotations

import json
import time

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_reply
from cladogen.patching.read.tags import read_tags
from cladogen.program import File, Program

AGENT = """\
import json
import time

LIMIT = 10


class Agent:
    def __init__(self, model, steps=30):
        self.model = model
        self.steps = steps

    def run(self, task):
        for step in range(self.steps):
            reply = self.model.complete(task)
            if reply is None:
                break
        return reply


def main():
    agent = Agent(None)
    agent.run("x")
"""
BLOCK = """\
import numpy as np

# EVOLVE-BLOCK-START
def f(x):
    return x + 1
# EVOLVE-BLOCK-END

def main():
    print(f(1))
"""
TWICE = """\
def a(x):
    y = x
    for k in range(3):
        y += k
    return y


def b(x):
    y = x
    for k in range(3):
        y += k
    return y
"""
FENCE = "```"


def program(**files: str | bytes | File) -> Program:
    """Name files with __ for a dot and ___ for a slash."""
    made = {}
    for name, content in files.items():
        path = name.replace("___", "/").replace("__", ".")
        data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        made[path] = data if isinstance(data, File) else File(data)
    return Program.of(made)


def diff(body: str, info: str = "diff") -> str:
    return f"Some words.\n\n{FENCE}{info}\n{body.strip(chr(10))}\n{FENCE}\n\nMore words.\n"


def applied(base: Program, reply: str, **policy: object) -> dict[str, str]:
    result = apply_reply(base, reply, Policy.read(policy))
    return {path: result.program.text(path) for path in result.program}


def refused(base: Program, reply: str, **policy: object) -> str:
    before = dict(base.files)
    with pytest.raises(PatchRefused) as refusal:
        apply_reply(base, reply, Policy.read(policy))
    assert dict(base.files) == before
    return refusal.value.code


STEPS = """
--- a/agent.py
+++ b/agent.py
@@ -7,6 +7,6 @@ class Agent:
 class Agent:
-    def __init__(self, model, steps=30):
+    def __init__(self, model, steps=60):
         self.model = model
         self.steps = steps
{blank}
""".replace("{blank}", " ")
STEPPED = AGENT.replace("steps=30", "steps=60")


# -- line endings and the end of a file -------------------------------------------------------------------------------


def test_crlf_file_keeps_its_endings() -> None:
    base = program(agent__py=AGENT.replace("\n", "\r\n"))
    assert applied(base, diff(STEPS))["agent.py"] == STEPPED.replace("\n", "\r\n")


def test_crlf_reply_for_an_lf_file() -> None:
    assert (
        applied(program(agent__py=AGENT), diff(STEPS).replace("\n", "\r\n"))["agent.py"] == STEPPED
    )


def test_open_end_stays_when_the_change_is_elsewhere() -> None:
    assert applied(program(agent__py=AGENT.rstrip("\n")), diff(STEPS))[
        "agent.py"
    ] == STEPPED.rstrip("\n")


def test_open_end_with_its_mark() -> None:
    reply = diff(
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file"
    )
    assert applied(program(x="a\nb"), reply)["x"] == "a\nc"


def test_end_is_closed_when_only_the_old_line_has_the_mark() -> None:
    reply = diff("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c")
    assert applied(program(x="a\nb"), reply)["x"] == "a\nc\n"


def test_line_after_an_open_end() -> None:
    assert (
        applied(program(x="a\nb"), diff("--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n b\n+c"))["x"]
        == "a\nb\nc\n"
    )


def test_mark_in_the_middle_of_a_file_is_no_news() -> None:
    reply = diff(
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n\\ No newline at end of file\n+c\n\\ No newline at end of file"
    )
    assert applied(program(x="a\nb\n"), reply)["x"] == "c\nb\n"


def test_mark_that_the_file_belies_is_no_news() -> None:
    reply = diff(
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file"
    )
    assert applied(program(x="a\nb\n"), reply)["x"] == "a\nc\n"


def test_byte_order_mark_stays() -> None:
    base = program(agent__py="\ufeff" + AGENT)
    reply = diff(
        "--- a/agent.py\n+++ b/agent.py\n@@ -1,2 +1,2 @@\n-import json\n+import json5\n import time"
    )
    assert applied(base, reply)["agent.py"] == "\ufeff" + AGENT.replace(
        "import json", "import json5"
    )


def test_latin1_bytes_elsewhere_stay() -> None:
    base = program(x=b"# caf\xe9\na\nb\n")
    result = apply_reply(base, diff("--- a/x\n+++ b/x\n@@ -2,2 +2,2 @@\n-a\n+c\n b"))
    assert result.program.files["x"].data == b"# caf\xe9\nc\nb\n"


# -- whole files and their names --------------------------------------------------------------------------------------

NEW = 'import json\n\n\nclass Agent:\n    pass\n\n\ndef main():\n    print("hi")\n    return 1\n'


@pytest.mark.parametrize(
    "head",
    [
        "**agent.py**\n\n```python",
        "### `agent.py`\n```python",
        "File: agent.py\n```python",
        "agent.py:\n```",
        "`agent.py`\n```py",
        "Here it is.\n```python agent.py",
        "Here it is.\n```python:agent.py",
        "Here it is.\n```agent.py",
        'Here it is.\n```python title="agent.py"',
        "Here it is.\n```python filename=agent.py",
        "Here it is.\n```python\n# agent.py",
        "Here it is.\n```python\n# file: agent.py\n",
        "1. agent.py\n```python",
        "#### 1. Updated `agent.py`\n```python",
        "Here is the complete `agent.py`:\n```python",
        "~~~python agent.py",
    ],
)
def test_whole_file_is_named_in_many_ways(head: str) -> None:
    fence = "~~~" if head.startswith("~") else FENCE
    base = program(agent__py=AGENT, tools__py="a = 1\n", driver__py="b = 1\n")
    assert applied(base, f"I rewrite it.\n\n{head}\n{NEW}{fence}\n")["agent.py"] == NEW


def test_whole_file_without_a_name_is_the_only_editable_one() -> None:
    base = program(agent__py=AGENT, evaluator__py="a = 1\n")
    assert applied(base, f"```python\n{NEW}```\n", protected=["evaluator.py"])["agent.py"] == NEW


def test_whole_file_without_a_name_among_two_is_refused() -> None:
    base = program(agent__py=AGENT, tools__py=AGENT)
    assert refused(base, f"```python\n{NEW}```\n") == "ambiguous-context"


def test_command_fence_next_to_the_file_is_no_file() -> None:
    reply = f"```python\n{NEW}```\n\nRun it:\n\n```bash\npython agent.py\n```\n"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == NEW


def test_part_of_a_file_is_not_taken_for_the_file() -> None:
    got = applied(program(agent__py=AGENT), "```python\ndef main():\n    pass\n```\n")
    assert got["agent.py"] == AGENT.partition("def main")[0] + "def main():\n    pass\n"
    assert (
        refused(program(agent__py=AGENT), "```python\ndef other():\n    pass\n```\n")
        == "truncated-reply"
    )


SEVERAL = """\
import random


def cost(order):
    total = 0
    for k in order:
        total += k
    return total


def swap(order):
    return order[::-1]


def main(order):
    return swap(order)
"""


@pytest.mark.parametrize(
    "user", ["from agent import cost\ncost([])\n", "import agent\nagent.cost([])\n"]
)
def test_first_lines_of_a_file_with_one_change_keep_what_follows_them(user: str) -> None:
    first, rest = SEVERAL.split("\n\ndef swap")
    first = first.replace("total = 0", "total = 0.0")
    got = applied(program(agent__py=SEVERAL, b__py=user), f"agent.py\n```python\n{first}```\n")
    assert got["agent.py"] == f"{first}\n\ndef swap{rest}"


def test_first_lines_in_a_language_whose_blocks_end_alike_are_no_whole_file() -> None:
    whole = "function a(x)\n  x + 1\nend\n\nfunction b(x)\n  x\nend\n\nfunction c(x)\n  x\nend\n"
    first = whole.partition("\nfunction b")[0].replace("x + 1", "x + 2")
    reply = f"s.ml\n```\n{first}```\n"
    assert refused(program(s__ml=whole), reply) == "truncated-reply"


def test_whole_file_without_its_last_function_is_taken_whole() -> None:
    kept = SEVERAL.partition("\n\ndef main")[0].replace("total = 0", "total = 0.0")
    base = program(agent__py=SEVERAL, b__py="import agent\nagent.cost([])\nagent.swap([])\n")
    assert applied(base, f"agent.py\n```python\n{kept}```\n")["agent.py"] == kept


def test_diff_of_difflib_that_only_ends_the_last_line_is_applied() -> None:
    glued = diff("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b+b\n")
    assert applied(program(x="a\nb"), glued)["x"] == "a\nb\n"


@pytest.mark.parametrize(
    "mark", ["# ... rest of the code unchanged ...", "# ...", "// ... existing code ...", "..."]
)
def test_whole_file_that_leaves_code_out(mark: str) -> None:
    reply = f"agent.py\n```python\nimport json\nimport os\nimport time\n{mark}\ndef main():\n    pass\n```\n"
    assert refused(program(agent__py=AGENT), reply) == "truncated-reply"


def test_whole_file_with_an_ellipsis_that_is_code() -> None:
    text = NEW.replace("    pass", "    ...")
    assert (
        applied(program(agent__py=AGENT), f"agent.py\n```python\n{text}```\n")["agent.py"] == text
    )


def test_example_next_to_a_diff_is_no_file() -> None:
    reply = diff(STEPS) + "\nUse it so:\n\n```python\nAgent(None).run('x')\n```\n"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == STEPPED


def test_several_whole_files_and_a_new_one() -> None:
    reply = f"**agent.py**\n```python\n{NEW}```\n\n**util/extra.py**\n```python\nz = 1\n```\n"
    got = applied(program(agent__py=AGENT, tools__py="a = 1\n"), reply)
    assert got == {"agent.py": NEW, "tools.py": "a = 1\n", "util/extra.py": "z = 1\n"}


def test_whole_markdown_file_with_fences_inside() -> None:
    text = "# T\n\n```bash\nls\n```\n\nEnd, and more.\n"
    reply = f"**README.md**\n```markdown\n{text}```\n"
    assert applied(program(README__md="# T\n\nold words\n"), reply)["README.md"] == text


def test_whole_file_in_a_longer_fence() -> None:
    text = 'PROMPT = """\n```\ncode\n```\n"""\n'
    assert (
        applied(program(prompts__py="PROMPT = 1\n"), f"prompts.py\n````python\n{text}````\n")[
            "prompts.py"
        ]
        == text
    )


def test_reply_wrapped_in_one_fence() -> None:
    reply = f"```markdown\nThe change:\n\n```diff{STEPS}```\n\nDone.\n```\n"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == STEPPED


def test_whole_file_keeps_crlf_and_trailing_blanks_of_unchanged_lines() -> None:
    base = program(x__py="a = 1  \r\nb = 2\r\nc = 3\r\n")
    assert (
        applied(base, "x.py\n```python\na = 1\nb = 5\nc = 3\n```\n")["x.py"]
        == "a = 1  \r\nb = 5\r\nc = 3\r\n"
    )


def test_whole_file_identical_is_nothing() -> None:
    assert refused(program(agent__py=AGENT), f"agent.py\n```python\n{AGENT}```\n") == "no-op"


def test_file_in_a_tag() -> None:
    reply = f'<file path="agent.py">\n{NEW}</file>\n'
    assert applied(program(agent__py=AGENT, b__py="b\n"), reply)["agent.py"] == NEW


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        "--- a/agent.py\n+++ b/agent.py",
        "--- agent.py\n+++ agent.py",
        "--- a/src/agent.py\n+++ b/src/agent.py",
        "--- agent.py\t2024-01-01 10:00:00\n+++ agent.py\t2024-01-02 10:00:00",
        "--- agent.py (original)\n+++ agent.py (modified)",
        "--- agent.py.orig\n+++ agent.py",
        "--- original\n+++ modified",
        "--- a/Agent.py\n+++ b/Agent.py",
        "--- ./agent.py\n+++ ./agent.py",
        "--- `agent.py`\n+++ `agent.py`",
        "--- /workspace/agent.py\n+++ /workspace/agent.py",
        "+++ b/agent.py",
        "--- a/agent.py",
        "diff --git a/agent.py b/agent.py",
        "Index: agent.py\n" + "=" * 67 + "\n--- agent.py\n+++ agent.py",
        "*** Begin Patch\n*** Update File: agent.py",
        "--- old/agent.py\n+++ new/agent.py",
        "diff --git agent.py agent.py\nindex 123..456 100644\n--- agent.py\n+++ agent.py",
        "",
    ],
)
def test_file_of_a_diff_is_named_in_many_ways(head: str) -> None:
    base = program(agent__py=AGENT, tools__py="a = 1\n")
    assert applied(base, diff(head + "\n" + STEPS.split("\n", 3)[3]))["agent.py"] == STEPPED


def test_diff_without_a_header_under_a_heading() -> None:
    base = program(agent__py=AGENT, copy__py=AGENT)
    reply = f"### agent.py\n\n```diff\n{STEPS.split(chr(10), 3)[3]}```\n"
    got = applied(base, reply)
    assert (got["agent.py"], got["copy.py"]) == (STEPPED, AGENT)


@pytest.mark.parametrize(
    "name",
    ["../agent.py", "../../etc/passwd", "/etc/passwd", "a/../../x.py", "~/x.py", ".git/hooks/x"],
)
def test_path_outside_the_tree(name: str) -> None:
    reply = diff(
        f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x".replace("b//", "/").replace("b/~", "~")
    )
    assert refused(program(agent__py=AGENT), reply) == "path-outside-tree"


@pytest.mark.parametrize(
    "name",
    ["agent.py/x.py", "a/" * 3000 + "b.py", "a" * 256 + ".py", ".git./config", "git~1/config", '"b/two\\nlines.py"',
     '"b/\\033[2J.py"', "b\u202eyp.x", ".git::$INDEX_ALLOCATION/config"],
)  # fmt: skip
def test_path_that_no_checkout_can_hold_is_refused(name: str) -> None:
    place = name if name.startswith('"') else f"b/{name}"
    reply = diff(f"--- /dev/null\n+++ {place}\n@@ -0,0 +1 @@\n+x")
    assert refused(program(agent__py=AGENT), reply) == "path-outside-tree"


def test_parent_path_is_not_resolved_by_its_base_name() -> None:
    for up in ("../agent", "a/../../agent"):
        outside = diff(STEPS.replace("a/agent", up).replace("b/agent", up))
        assert refused(program(agent__py=AGENT), outside) == "path-outside-tree"


# -- new, deleted, renamed, modes -------------------------------------------------------------------------------------


def test_new_file_with_its_mode() -> None:
    reply = diff(
        "diff --git a/run.sh b/run.sh\nnew file mode 100755\n"
        "--- /dev/null\n+++ b/run.sh\n@@ -0,0 +1,2 @@\n+#!/bin/sh\n+ls"
    )
    result = apply_reply(program(agent__py=AGENT), reply)
    assert result.program.files["run.sh"] == File(b"#!/bin/sh\nls\n", True)


def test_new_file_whose_lines_have_no_sign() -> None:
    reply = diff("--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,3 @@\ndef f():\n    return 1\n\nx = f()")
    assert applied(program(agent__py=AGENT), reply)["n.py"] == "def f():\n    return 1\n\nx = f()\n"


def test_deleted_file() -> None:
    reply = diff(
        "diff --git a/x.py b/x.py\ndeleted file mode 100644\n--- a/x.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b"
    )
    assert applied(program(agent__py=AGENT, x__py="a\nb\n"), reply) == {"agent.py": AGENT}


def test_deleted_file_whose_lines_are_others() -> None:
    reply = diff("--- a/x.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-other")
    assert refused(program(agent__py=AGENT, x__py="a\nb\n"), reply) == "removed-lines-not-found"


def test_renamed_file_with_a_change() -> None:
    head = "diff --git a/agent.py b/core/agent.py\nsimilarity index 90%\nrename from agent.py\nrename to core/agent.py\n"
    body = STEPS.replace("b/agent.py", "b/core/agent.py")
    assert applied(program(agent__py=AGENT), diff(head + body.strip("\n"))) == {
        "core/agent.py": STEPPED
    }


def test_rename_alone() -> None:
    reply = diff(
        "diff --git a/x.py b/y.py\nsimilarity index 100%\nrename from x.py\nrename to y.py"
    )
    assert applied(program(x__py="a\n", z="z\n"), reply) == {"y.py": "a\n", "z": "z\n"}


def test_mode_change_alone_and_with_a_change() -> None:
    head = "diff --git a/agent.py b/agent.py\nold mode 100644\nnew mode 100755\n"
    for body, text in (("", AGENT), (STEPS.strip("\n"), STEPPED)):
        result = apply_reply(program(agent__py=AGENT), diff(head + body))
        assert result.program.files["agent.py"] == File(text.encode(), True)


def test_copy() -> None:
    reply = diff("diff --git a/x.py b/y.py\nsimilarity index 100%\ncopy from x.py\ncopy to y.py")
    assert applied(program(x__py="a\n"), reply) == {"x.py": "a\n", "y.py": "a\n"}


def test_submodule_and_link_are_refused() -> None:
    for mode in ("120000", "160000"):
        reply = diff(
            f"diff --git a/l b/l\nnew file mode {mode}\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+agent.py"
        )
        assert refused(program(agent__py=AGENT), reply) == "symlink"


def test_binary_files_differ_is_refused() -> None:
    reply = diff(
        "diff --git a/x.npy b/x.npy\nindex 1..2 100644\nBinary files a/x.npy and b/x.npy differ"
    )
    assert refused(program(agent__py=AGENT), reply) == "binary-patch"


def test_envelope_with_new_deleted_and_moved_files() -> None:
    reply = """
*** Begin Patch
*** Add File: new.py
+n = 1
+m = 2
*** Delete File: old.py
*** Update File: agent.py
*** Move to: core.py
@@ class Agent:
-    def __init__(self, model, steps=30):
+    def __init__(self, model, steps=60):
*** End Patch
"""
    got = applied(program(agent__py=AGENT, old__py="o\n"), reply)
    assert got == {"new.py": "n = 1\nm = 2\n", "core.py": STEPPED}


def test_envelope_cut_short() -> None:
    assert (
        refused(
            program(agent__py=AGENT),
            "*** Begin Patch\n*** Update File: agent.py\n@@\n-LIMIT = 10\n+LIM",
        )
        == "truncated-reply"
    )


# -- policy -----------------------------------------------------------------------------------------------------------


def test_protected_file() -> None:
    base = program(agent__py=AGENT, evaluator__py="a = 1\n")
    reply = diff("--- a/evaluator.py\n+++ b/evaluator.py\n@@ -1 +1 @@\n-a = 1\n+a = 2")
    assert refused(base, reply, protected=["evaluator.py"]) == "protected-file"
    assert (
        refused(base, reply.replace("evaluator.py", "src/evaluator.py"), protected=["evaluator.py"])
        == "protected-file"
    )


def test_protected_file_is_refused_even_if_the_hunk_fits_nowhere() -> None:
    base = program(agent__py=AGENT, evaluator__py="a = 1\n")
    reply = diff("--- a/evaluator.py\n+++ b/evaluator.py\n@@ -1 +1 @@\n-a = 9\n+a = 2")
    assert refused(base, reply, protected=["evaluator.py"]) == "protected-file"


def test_protected_file_repeated_without_a_change() -> None:
    base = program(agent__py=AGENT, evaluator__py="a = 1\n")
    reply = f"agent.py\n```python\n{NEW}```\nevaluator.py\n```python\na = 1\n```\n"
    assert applied(base, reply, protected=["evaluator.py"])["agent.py"] == NEW


def test_protected_file_renamed_deleted_or_made() -> None:
    base = program(agent__py=AGENT, evaluator__py="a = 1\n")
    for reply in (
        "diff --git a/evaluator.py b/x.py\nrename from evaluator.py\nrename to x.py",
        "diff --git a/agent.py b/evaluator.py\nrename from agent.py\nrename to evaluator.py",
        "diff --git a/evaluator.py b/evaluator.py\ndeleted file mode 100644",
        "diff --git a/evaluator.py b/evaluator.py\nold mode 100644\nnew mode 100755",
    ):
        assert refused(base, diff(reply), protected=["evaluator.py"]) == "protected-file"
    made = diff("--- /dev/null\n+++ b/evaluator.py\n@@ -0,0 +1 @@\n+a = 1")
    assert refused(program(agent__py=AGENT), made, protected=["evaluator.py"]) == "protected-file"


def test_only_editable_files_may_change() -> None:
    base = program(agent__py=AGENT, driver__py="a = 1\n")
    reply = diff("--- a/driver.py\n+++ b/driver.py\n@@ -1 +1 @@\n-a = 1\n+a = 2")
    assert refused(base, reply, editable=["agent.py"]) == "protected-file"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("outside-evolve-block", " import numpy as np\n+import os\n \n # EVOLVE-BLOCK-START"),
        ("outside-evolve-block", " def main():\n-    print(f(1))\n+    print(f(2))"),
        ("outside-evolve-block", "     return x + 1\n # EVOLVE-BLOCK-END\n+g = 1\n \n def main():"),
        ("evolve-marker-changed", " import numpy as np\n \n-# EVOLVE-BLOCK-START\n def f(x):"),
        ("evolve-marker-changed", "-# EVOLVE-BLOCK-START\n+# EVOLVE-BLOCK-START v2\n def f(x):"),
        (
            "evolve-marker-changed",
            "     return x + 1\n-# EVOLVE-BLOCK-END\n \n def main():\n     print(f(1))\n+# EVOLVE-BLOCK-END",
        ),
        (
            "evolve-marker-changed",
            " def f(x):\n+# EVOLVE-BLOCK-END\n+# EVOLVE-BLOCK-START\n     return x + 1",
        ),
    ],
)
def test_evolve_block_violations(code: str, body: str) -> None:
    reply = diff(f"--- a/p.py\n+++ b/p.py\n@@ -1,3 +1,3 @@\n{body}")
    assert refused(program(p__py=BLOCK), reply, evolve_blocks_in=["p.py"]) == code


@pytest.mark.parametrize(
    "body",
    [
        "--- a/agent.py\n+++ b/agent.py\n@@ -1,1 +1,1 @@\n-LIMIT = 10\n+LIMIT = 11",
        "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+# EVOLVE-BLOCK-START\n+a = 1\n+# EVOLVE-BLOCK-END",
        "--- a/agent.py\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-LIMIT = 10",
    ],
    ids=["changed", "made", "deleted"],
)
def test_file_that_changes_in_blocks_only_and_has_none_stays_as_it_is(body: str) -> None:
    base = program(agent__py="LIMIT = 10\n", p__py=BLOCK)
    with pytest.raises(PatchRefused, match="no EVOLVE-BLOCK markers") as caught:
        apply_reply(base, diff(body), Policy(evolve_blocks_in=("*.py",)))
    assert caught.value.code == "outside-evolve-block"
    assert apply_reply(base, diff(body), Policy(evolve_blocks_in=("p.py",)))


def test_change_between_the_markers() -> None:
    reply = diff(
        "--- a/p.py\n+++ b/p.py\n@@\n"
        " # EVOLVE-BLOCK-START\n+Y = 1\n def f(x):\n-    return x + 1\n+    return x + Y\n # EVOLVE-BLOCK-END"
    )
    got = applied(program(p__py=BLOCK), reply, evolve_blocks_in=["p.py"])["p.py"]
    assert got == BLOCK.replace("def f", "Y = 1\ndef f").replace("x + 1", "x + Y")


def test_whole_file_that_changes_the_outside() -> None:
    reply = f"p.py\n```python\n{BLOCK.replace('x + 1', 'x + 2').replace('f(1)', 'f(3)')}```\n"
    assert refused(program(p__py=BLOCK), reply) == "outside-evolve-block"


def test_whole_file_without_its_markers() -> None:
    reply = "p.py\n```python\nimport numpy as np\n\ndef f(x):\n    return x + 2\n\ndef main():\n    print(f(1))\n```\n"
    assert refused(program(p__py=BLOCK), reply) == "evolve-marker-changed"


def test_fence_with_just_the_evolve_block() -> None:
    reply = (
        "```python\n# EVOLVE-BLOCK-START\ndef f(x):\n    return x + 5\n# EVOLVE-BLOCK-END\n```\n"
    )
    assert applied(program(p__py=BLOCK), reply)["p.py"] == BLOCK.replace("x + 1", "x + 5")


def test_whole_file_whose_outside_drifts_in_blanks_only() -> None:
    reply = (
        "p.py\n```python\n" + BLOCK.replace("np\n\n", "np\n").replace("x + 1", "x + 7") + "```\n"
    )
    assert applied(program(p__py=BLOCK), reply)["p.py"] == BLOCK.replace("x + 1", "x + 7")


def test_deleting_a_file_with_markers() -> None:
    reply = diff("diff --git a/p.py b/p.py\ndeleted file mode 100644")
    assert refused(program(p__py=BLOCK, q__py="q\n"), reply) == "evolve-marker-changed"


# -- context ----------------------------------------------------------------------------------------------------------


def test_paraphrased_context_stays_as_the_file_has_it() -> None:
    base = program(
        agent__py=AGENT.replace(
            "        for step", "        # Every step asks the model once.\n        for step"
        )
    )
    reply = diff("""
--- a/agent.py
+++ b/agent.py
@@ -12,5 +12,6 @@
     def run(self, task):
         # each step asks the model one time
         for step in range(self.steps):
+            print(step)
             reply = self.model.complete(task)
""")
    wanted = base.text("agent.py").replace(
        "            reply", "            print(step)\n            reply"
    )
    assert applied(base, reply)["agent.py"] == wanted


def test_removed_line_wrong_by_a_word() -> None:
    reply = diff(
        STEPS.replace(
            "-    def __init__(self, model, steps=30)", "-    def __init__(self, model, steps=20)"
        )
    )
    assert refused(program(agent__py=AGENT), reply) == "removed-lines-not-found"


def test_refusal_names_file_hunk_and_closest_line() -> None:
    reply = diff(
        STEPS.replace(
            "-    def __init__(self, model, steps=30)", "-    def __init__(self, model, steps=20)"
        )
    )
    with pytest.raises(PatchRefused) as refusal:
        apply_reply(program(agent__py=AGENT), reply)
    assert (
        "agent.py" in refusal.value.reason
        and 'line 8: "def __init__(self, model, steps=30):"' in refusal.value.reason
    )


def test_hunks_at_both_ends_that_touch_in_the_middle() -> None:
    reply = diff(
        "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n+0\n a\n b\n@@ -3,2 +4,2 @@\n-c\n+C\n d\n@@ -4 +5,2 @@\n d\n+e"
    )
    assert applied(program(x="a\nb\nc\nd\n"), reply)["x"] == "0\na\nb\nC\nd\ne\n"


def test_overlapping_hunks_of_one_diff() -> None:
    reply = diff(
        "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n@@ -2,3 +2,3 @@\n b\n-c\n+C\n d"
    )
    assert applied(program(x="a\nb\nc\nd\n"), reply)["x"] == "a\nB\nC\nd\n"


def test_second_hunk_shows_what_the_first_one_adds() -> None:
    reply = diff(
        "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n@@ -2,3 +2,3 @@\n B\n c\n-d\n+D"
    )
    assert applied(program(x="a\nb\nc\nd\n"), reply)["x"] == "a\nB\nc\nD\n"


def test_the_same_hunk_twice() -> None:
    body = STEPS.strip("\n")
    reply = diff(body + "\n" + body.split("\n", 2)[2])
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == STEPPED
    assert applied(program(agent__py=AGENT), diff(STEPS) + diff(STEPS))["agent.py"] == STEPPED


def test_added_lines_once_when_the_diff_is_repeated() -> None:
    body = "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n+n\n b"
    assert (
        applied(program(x="a\nb\n"), diff(body) + "Again, the complete diff:\n" + diff(body))["x"]
        == "a\nn\nb\n"
    )


def test_diff_that_was_applied_already() -> None:
    assert refused(program(agent__py=STEPPED), diff(STEPS)) == "no-op"


def test_line_to_be_taken_out_that_is_not_there_is_refused() -> None:
    reply = "In `agent.py`, replace:\n\n```python\nLIMI = 10\n```\n\nwith:\n\n```python\n```\n"
    assert refused(program(agent__py=AGENT), reply) == "removed-lines-not-found"


def test_function_text_decides_between_two_places() -> None:
    reply = diff(
        "--- a/x.py\n+++ b/x.py\n@@ def b(x):\n     for k in range(3):\n-        y += k\n+        y -= k\n     return y"
    )
    head, tail = TWICE.split("def b")
    assert applied(program(x__py=TWICE), reply)["x.py"] == head + "def b" + tail.replace("+=", "-=")


def test_line_number_decides_between_two_places_only_when_clearly_nearer() -> None:
    body = "     for k in range(3):\n-        y += k\n+        y -= k\n     return y"
    head, tail = TWICE.split("def b")
    near = diff(f"--- a/x.py\n+++ b/x.py\n@@ -11,3 +11,3 @@\n{body}")
    assert applied(program(x__py=TWICE), near)["x.py"] == head + "def b" + tail.replace("+=", "-=")
    middle = diff(f"--- a/x.py\n+++ b/x.py\n@@ -6,3 +6,3 @@\n{body}")
    assert refused(program(x__py=TWICE), middle) == "ambiguous-context"


def test_two_equal_hunks_for_two_equal_places() -> None:
    hunk = "@@\n     for k in range(3):\n-        y += k\n+        y -= k\n     return y\n"
    assert applied(program(x__py=TWICE), diff("--- a/x.py\n+++ b/x.py\n" + hunk + hunk))[
        "x.py"
    ] == TWICE.replace("+=", "-=")


def test_hunk_of_added_lines_only() -> None:
    reply = diff("--- a/agent.py\n+++ b/agent.py\n@@ -10,0 +11 @@\n+        self.x = 1")
    assert refused(program(agent__py=AGENT), reply) == "ambiguous-context"


def test_insertion_whose_context_is_nowhere() -> None:
    reply = diff(
        "--- a/agent.py\n+++ b/agent.py\n@@ -10,2 +10,3 @@\n     total = compute(all)\n+    x = 1\n     finish(total)"
    )
    assert refused(program(agent__py=AGENT), reply) == "removed-lines-not-found"


def test_empty_file_is_filled() -> None:
    reply = diff("--- a/x.py\n+++ b/x.py\n@@ -0,0 +1,2 @@\n+a\n+b")
    assert applied(program(x__py="", y="y\n"), reply)["x.py"] == "a\nb\n"


def test_signs_of_lines_that_look_like_headers() -> None:
    base = program(q__sql="select 1;\n-- old remark\nselect 2;\n")
    reply = diff(
        "--- a/q.sql\n+++ b/q.sql\n@@ -1,3 +1,3 @@\n select 1;\n--- old remark\n+-- new remark\n select 2;"
    )
    assert applied(base, reply)["q.sql"] == "select 1;\n-- new remark\nselect 2;\n"
    base = program(q__c="a;\n-- i;\nb;\n")
    reply = diff("--- a/q.c\n+++ b/q.c\n@@ -1,3 +1,3 @@\n a;\n--- i;\n+++ i;\n b;")
    assert applied(base, reply)["q.c"] == "a;\n++ i;\nb;\n"


def test_context_without_its_leading_blank() -> None:
    reply = diff("""
--- a/agent.py
+++ b/agent.py
@@ -7,4 +7,4 @@
class Agent:
-    def __init__(self, model, steps=30):
+    def __init__(self, model, steps=60):
        self.model = model
        self.steps = steps
""")
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == STEPPED


def test_html_entities() -> None:
    base = program(x__cpp="#include <a>\nint f(int n) {\n    return n < 3 && n > 1;\n}\n")
    reply = diff(
        "--- a/x.cpp\n+++ b/x.cpp\n@@ -2,3 +2,3 @@\n int f(int n) {\n-    return n &lt; 3 &amp;&amp; n &gt; 1;\n"
        "+    return n &lt; 5 &amp;&amp; n &gt; 1;\n }"
    )
    assert applied(base, reply)["x.cpp"] == base.text("x.cpp").replace("n < 3", "n < 5")


def test_added_lines_with_conflict_marks_and_fences_are_text() -> None:
    reply = diff(
        "--- a/x\n+++ b/x\n@@ -1,2 +1,6 @@\n a\n+<<<<<<< SEARCH\n+=======\n+>>>>>>> REPLACE\n+```\n b"
    )
    assert (
        applied(program(x="a\nb\n"), reply)["x"]
        == "a\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\n```\nb\n"
    )


def test_tabs_for_blanks_and_blanks_for_tabs() -> None:
    go = "func f() {\n\tif a {\n\t\tb()\n\t}\n}\n"
    reply = diff(
        "--- a/x.go\n+++ b/x.go\n@@ -2,3 +2,4 @@\n     if a {\n         b()\n+        c()\n     }"
    )
    assert applied(program(x__go=go), reply)["x.go"] == go.replace("b()\n", "b()\n\t\tc()\n")
    python = "def f():\n    if a:\n        b()\n    return 1\n"
    reply = diff(
        "--- a/x.py\n+++ b/x.py\n@@ -2,3 +2,4 @@\n \tif a:\n \t\tb()\n+\t\tc()\n \treturn 1"
    )
    assert applied(program(x__py=python), reply)["x.py"] == python.replace(
        "b()\n", "b()\n        c()\n"
    )


def test_typographic_quotes_in_added_lines_follow_the_file() -> None:
    base = program(x__py='a = "one"\nb = "two"\n')
    reply = diff("--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-a = “one”\n+a = “three”\n b = “two”")
    assert applied(base, reply)["x.py"] == 'a = "three"\nb = "two"\n'


def test_elision_between_two_changes() -> None:
    reply = diff("""
--- a/agent.py
+++ b/agent.py
@@ -1,22 +1,23 @@
 import json
+import os
 import time
 ...
 def main():
-    agent = Agent(None)
+    agent = Agent(1)
     # ... rest of the code unchanged ...
""")
    wanted = AGENT.replace("json\n", "json\nimport os\n").replace("Agent(None)", "Agent(1)")
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == wanted


def test_literal_ellipsis_of_the_file() -> None:
    base = program(x__py="def f():\n    ...\n\ndef g():\n    ...\n")
    reply = diff(
        "--- a/x.py\n+++ b/x.py\n@@ -1,5 +1,5 @@\n def f():\n     ...\n \n def g():\n-    ...\n+    pass"
    )
    assert applied(base, reply)["x.py"] == "def f():\n    ...\n\ndef g():\n    pass\n"


def test_hunks_without_headers_far_apart() -> None:
    reply = diff(
        "--- a/agent.py\n+++ b/agent.py\n-LIMIT = 10\n+LIMIT = 20\n\n-    agent = Agent(None)\n+    agent = Agent(1)"
    )
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == AGENT.replace(
        "10", "20"
    ).replace("None)\n    agent", "1)\n    agent")


# -- SEARCH/REPLACE ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        "agent.py\n<<<<<<< SEARCH\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n",
        "agent.py\n```python\n<<<<<<< SEARCH\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n```\n",
        "```python\nagent.py\n<<<<<<< SEARCH\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n```\n",
        "```python agent.py\n<<<<<<< SEARCH\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n```\n",
        "```diff\n<<<<<<< SEARCH\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n```\n",
        "<<<<<<< SEARCH agent.py\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n",
        "<<<<<<< ORIGINAL\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> UPDATED\n",
        "<<<<< SEARCH\nLIMIT = 10\n=====\nLIMIT = 20\n>>>>> REPLACE\n",
        "------- SEARCH\nLIMIT = 10\n=======\nLIMIT = 20\n+++++++ REPLACE\n",
        "<search>\nLIMIT = 10\n</search>\n<replace>\nLIMIT = 20\n</replace>\n",
        '<edit file="agent.py">\n<search>\nLIMIT = 10\n</search>\n<replace>\nLIMIT = 20\n</replace>\n</edit>\n',
        "SEARCH:\n```python\nLIMIT = 10\n```\nREPLACE:\n```python\nLIMIT = 20\n```\n",
        "agent.py\n<<<<<<< SEARCH\n:start_line:4\n-------\nLIMIT = 10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n",
        "**agent.py**\n\n<<<<<<< SEARCH\nLIMIT  =  10\n=======\nLIMIT = 20\n>>>>>>> REPLACE\n",
        '{"edits": [{"path": "agent.py", "old_string": "LIMIT = 10", "new_string": "LIMIT = 20"}]}',
        '```json\n{"path": "agent.py", "search": "LIMIT = 10\\n", "replace": "LIMIT = 20\\n"}\n```\n',
    ],
)
def test_block_spellings(block: str) -> None:
    base = program(agent__py=AGENT, tools__py="a = 1\n")
    assert applied(base, "I raise the limit.\n\n" + block if block[0] != "{" else block)[
        "agent.py"
    ] == AGENT.replace("10", "20")


def test_several_blocks_over_several_files() -> None:
    reply = """
agent.py
<<<<<<< SEARCH
LIMIT = 10
=======
LIMIT = 20
>>>>>>> REPLACE
<<<<<<< SEARCH
    agent.run("x")
=======
    agent.run("y")
>>>>>>> REPLACE
tools.py
<<<<<<< SEARCH
a = 1
=======
a = 2
>>>>>>> REPLACE
"""
    got = applied(program(agent__py=AGENT, tools__py="a = 1\n"), reply)
    assert got == {
        "agent.py": AGENT.replace("10", "20").replace('"x"', '"y"'),
        "tools.py": "a = 2\n",
    }


def test_empty_search_makes_a_file_or_appends() -> None:
    block = "{}\n<<<<<<< SEARCH\n=======\nz = 1\n>>>>>>> REPLACE\n"
    base = program(agent__py=AGENT)
    assert applied(base, block.format("new.py"))["new.py"] == "z = 1\n"
    assert applied(base, block.format("agent.py"))["agent.py"] == AGENT + "z = 1\n"


def test_block_deletes_lines() -> None:
    reply = "agent.py\n<<<<<<< SEARCH\nLIMIT = 10\n=======\n>>>>>>> REPLACE\n"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == AGENT.replace("LIMIT = 10\n", "")


def test_block_found_twice_or_never() -> None:
    base = program(x__py=TWICE)
    assert (
        refused(
            base, "x.py\n<<<<<<< SEARCH\n        y += k\n=======\n        y -= k\n>>>>>>> REPLACE\n"
        )
        == "ambiguous-context"
    )
    assert (
        refused(
            base, "x.py\n<<<<<<< SEARCH\n        y *= k\n=======\n        y -= k\n>>>>>>> REPLACE\n"
        )
        == "removed-lines-not-found"
    )


def test_block_cut_short() -> None:
    for cut in ("=======\nLIMIT = 2", "LIM"):
        assert (
            refused(program(agent__py=AGENT), f"agent.py\n<<<<<<< SEARCH\nLIMIT = 10\n{cut}")
            == "truncated-reply"
        )


def test_block_whose_text_has_dividers() -> None:
    base = program(doc__rst="Title\n=======\n\nOld words.\n")
    reply = "doc.rst\n<<<<<<< SEARCH\nTitle\n=======\n\nOld words.\n"
    reply += "=======\nTitle\n=======\n\nNew words.\n>>>>>>> REPLACE\n"
    assert applied(base, reply)["doc.rst"] == "Title\n=======\n\nNew words.\n"


def test_second_block_builds_on_the_first() -> None:
    reply = """
agent.py
<<<<<<< SEARCH
LIMIT = 10
=======
LIMIT = 20
DEPTH = 3
>>>>>>> REPLACE

<<<<<<< SEARCH
DEPTH = 3
=======
DEPTH = 4
>>>>>>> REPLACE
"""
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == AGENT.replace(
        "LIMIT = 10", "LIMIT = 20\nDEPTH = 4"
    )


# -- the reply around the edits ---------------------------------------------------------------------------------------


def test_thoughts_are_no_answer() -> None:
    draft = diff(STEPS.replace("60", "99"))
    base = program(agent__py=AGENT)
    assert (
        applied(base, f"<think>\nMaybe:\n{draft}\n</think>\n" + diff(STEPS))["agent.py"] == STEPPED
    )
    assert applied(base, f"Maybe:\n{draft}\n</think>\n\n" + diff(STEPS))["agent.py"] == STEPPED
    assert (
        applied(base, "<think>\nMaybe:\n```diff\n--- a\n</think>\n" + diff(STEPS))["agent.py"]
        == STEPPED
    )
    assert (
        refused(base, f"<think>\nMaybe:\n{draft}\n</think>\nI will not change anything.\n")
        == "no-op"
    )
    assert refused(base, f"<think>\nMaybe:\n{draft}\n") == "truncated-reply"


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<seed:think>", "</seed:think>"),
        ("◁think▷", "◁/think▷"),
        ("[THINK]", "[/THINK]"),
        ("<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"),
        ("<|channel>thought\n", "<channel|>"),
        ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ],
    ids=["Seed", "Kimi", "Magistral", "Command", "Gemma", "gpt-oss"],
)
def test_thoughts_in_a_models_own_marks_are_no_answer(opened: str, closed: str) -> None:
    draft = diff(STEPS.replace("60", "99"))
    base = program(agent__py=AGENT)
    reply = f"{opened}Maybe:\n{draft}\n{closed}" + "Idea: go\n\n" + diff(STEPS)
    assert applied(base, reply)["agent.py"] == STEPPED
    assert refused(base, f"{opened}Maybe:\n{draft}\n") == "truncated-reply"
    begun_before = f"Maybe:\n{draft}\n{closed}Idea: go\n\n" + diff(STEPS)
    if closed.startswith(("</", "◁", "[", "<|END")):
        assert applied(base, begun_before)["agent.py"] == STEPPED


def test_models_mark_of_an_end_behind_an_answer_does_not_make_it_a_thought() -> None:
    base = program(agent__py=AGENT)
    for leaked in ("<|end|>", "<|return|>", "<|END_RESPONSE|>", "<|im_end|>"):
        assert applied(base, diff(STEPS) + f"\n{leaked}\n")["agent.py"] == STEPPED


def test_models_marks_of_thoughts_in_code_are_code() -> None:
    base = program(x__py='A = "[THINK]"\nB = 1\n')
    code = (
        '--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n A = "[THINK]"\n+C = "<|return|>[/THINK]"\n B = 1'
    )
    reply = "◁think▷\nso\n◁/think▷\n" + diff(code)
    assert applied(base, reply)["x.py"] == 'A = "[THINK]"\nC = "<|return|>[/THINK]"\nB = 1\n'


def test_thinking_tag_in_code_is_code() -> None:
    base = program(x__py='A = "<think>"\nB = 1\n')
    reply = diff('--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,3 @@\n A = "<think>"\n+C = "</think>"\n B = 1')
    assert applied(base, reply)["x.py"] == 'A = "<think>"\nC = "</think>"\nB = 1\n'


def test_last_of_two_alternatives_counts() -> None:
    other = diff(STEPS.replace("60", "99"))
    reply = f"Option A:\n{other}\nOption B, which I prefer:\n{diff(STEPS)}"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == STEPPED


def test_corrected_diff_counts_even_if_the_first_did_not_fit() -> None:
    wrong = diff(STEPS.replace("steps=30", "step=30"))
    reply = f"{wrong}\nOops, that line reads otherwise. Corrected:\n{diff(STEPS)}"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == STEPPED


def test_whole_file_twice_the_last_counts() -> None:
    reply = f"agent.py\n```python\n{NEW}x = 1\n```\nBetter:\n\nagent.py\n```python\n{NEW}```\n"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == NEW


def test_two_diffs_that_add_lines_at_one_place_are_both_made() -> None:
    first = diff("--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n+n\n b")
    second = diff("--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n+m\n b")
    assert applied(program(x="a\nb\n"), first + "And one more:\n" + second)["x"] == "a\nn\nm\nb\n"


def test_half_of_a_reply_is_never_applied() -> None:
    bad = diff("--- a/tools.py\n+++ b/tools.py\n@@ -1 +1 @@\n-zzz = 1\n+zzz = 2")
    assert (
        refused(program(agent__py=AGENT, tools__py="a = 1\n"), diff(STEPS) + bad)
        == "removed-lines-not-found"
    )


def test_open_fence_is_a_truncated_reply() -> None:
    base = program(agent__py=AGENT)
    assert refused(base, diff(STEPS).rpartition("```")[0]) == "truncated-reply"
    assert refused(base, diff(STEPS) + "```python\nmore") == "truncated-reply"
    assert refused(base, f"agent.py\n```python\n{NEW}") == "truncated-reply"


def test_diff_without_a_fence() -> None:
    reply = f"I raise the steps.\n{STEPS}\nThat is all:\n\n- more steps\n- nothing else\n"
    assert applied(program(agent__py=AGENT), reply)["agent.py"] == STEPPED


def test_diff_without_a_fence_that_ends_inside_a_hunk() -> None:
    reply = f"I raise the steps.\n{STEPS}@@ -20,6 +20,9 @@ def main():\n def main():\n-    agent = Agent(None)\n"
    reply += "+    agent = Age"
    assert refused(program(agent__py=AGENT), reply) == "truncated-reply"


def test_json_that_is_cut_short() -> None:
    assert (
        refused(program(agent__py=AGENT), json.dumps({"patch": STEPS})[:-30]) == "truncated-reply"
    )


def test_mail_from_git_format_patch() -> None:
    reply = (
        "From 0123456789abcdef Mon Sep 17 00:00:00 2001\nFrom: A <a@b.c>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
        "Subject: [PATCH] Raise the steps\n\nThe agent needs more.\n"
        "---\n agent.py | 2 +-\n 1 file changed, 1 insertion(+)\n\n"
        f"diff --git a/agent.py b/agent.py\nindex 111..222 100644{STEPS}-- \n2.39.5\n"
    )
    for text in (reply, f"```\n{reply}```\n"):
        assert applied(program(agent__py=AGENT), text)["agent.py"] == STEPPED


def test_diff_in_a_list_in_a_quote_and_in_json() -> None:
    base = program(agent__py=AGENT)
    body = STEPS.strip("\n")
    listed = (
        "1. Change it:\n\n"
        + "\n".join("   " + line for line in f"```diff\n{body}\n```".split("\n"))
        + "\n2. Done.\n"
    )
    quoted = "\n".join("> " + line for line in f"```diff\n{body}\n```".split("\n")) + "\n"
    for reply in (
        listed,
        quoted,
        json.dumps({"summary": "more", "patch": body + "\n"}),
        json.dumps({"patch": diff(STEPS)}),
    ):
        assert applied(base, reply)["agent.py"] == STEPPED


def test_indented_diff_inside_a_fence() -> None:
    body = "\n".join("    " + line if line else "" for line in STEPS.strip("\n").split("\n"))
    assert applied(program(agent__py=AGENT), f"```diff\n{body}\n```\n")["agent.py"] == STEPPED


def test_coloured_diff() -> None:
    body = "\n".join(f"\x1b[32m{line}\x1b[m" for line in STEPS.strip("\n").split("\n"))
    assert applied(program(agent__py=AGENT), f"```diff\n{body}\n```\n")["agent.py"] == STEPPED


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I would not change anything.",
        "```\n```\n",
        "```bash\nrm -rf /\n```\n",
        "\x00\x01\x02" * 100,
    ],
)
def test_reply_without_an_edit(reply: str) -> None:
    assert refused(program(agent__py=AGENT, b__py="b\n"), reply) == "no-op"


def test_identity_is_nothing() -> None:
    assert refused(program(agent__py=AGENT), diff(STEPS.replace("60", "30"))) == "no-op"


def test_line_numbers_in_front_of_everything() -> None:
    body = "\n".join(
        f"{line[:1]}{number:>4}: {line[1:]}" if number > 3 else line
        for number, line in enumerate(STEPS.strip("\n").split("\n"), 1)
    )
    assert applied(program(agent__py=AGENT), f"```diff\n{body}\n```\n")["agent.py"] == STEPPED
    numbered = "\n".join(
        f"{number:>3} | {line}" for number, line in enumerate(STEPPED.rstrip("\n").split("\n"), 1)
    )
    assert (
        applied(program(agent__py=AGENT), f"agent.py\n```python\n{numbered}\n```\n")["agent.py"]
        == STEPPED
    )


@pytest.mark.parametrize("between", [" | ", ": ", ":", "\u2192", "\t"])
@pytest.mark.parametrize("head", ["agent.py\n```python\n", "```python\n# agent.py\n"])
def test_file_whose_lines_are_numbered_as_tools_show_them(between: str, head: str) -> None:
    lines = [
        f"{number:6d}{between}{line}"
        for number, line in enumerate(STEPPED.rstrip("\n").split("\n"), 1)
    ]
    base = program(agent__py=AGENT)
    assert applied(base, head + "\n".join(lines) + "\n```\n")["agent.py"] == STEPPED
    assert refused(base, head + "\n".join(lines[:3] + lines[4:]) + "\n```\n") == "truncated-reply"


@pytest.mark.parametrize("head", ["", "t.yaml\n", "\n# t.yaml\n", "u.yaml\n"])
@pytest.mark.parametrize("new", ["1: a\n2: B\n3: c\n", "1: a\n3: c\n", "1: a\n2: b\n3: c\n4: d\n"])
def test_numbers_that_the_file_itself_has_stay(head: str, new: str) -> None:
    before, _, title = head.partition("\n")
    name = before or "t.yaml"
    base = program(**{name.replace(".", "__"): "1: a\n2: b\n3: c\n"})
    assert applied(base, f"{before}\n```yaml\n{title}{new}```\n")[name] == new


def test_policy_key_that_is_not_known() -> None:
    with pytest.raises(Exception, match="allow_everything"):
        Policy.read({"allow_everything": True})


TWINS = "class A:\n    def go(self):\n        x = 1\n\n\nclass B:\n    def go(self):\n        x = 1\n\n\nEND = 0\n"


def search_block(before: str, after: str) -> str:
    return f"p.py\n<<<<<<< SEARCH\n{before}=======\n{after}>>>>>>> REPLACE\n\n"


def test_edit_after_one_that_builds_on_another_undoes_neither() -> None:
    go = "    def go(self):\n        x = 1\n"
    first = search_block(f"class A:\n{go}", f"class A:\n{go.replace('1', '2')}")
    second = search_block(go, go.replace("1", "3"))  # one place is left for it
    third, again = (
        search_block("END = 0\n", "END = 9\n"),
        search_block("\nEND = 0\n", "\nEND = 9\n"),
    )
    wanted = (
        TWINS.replace("x = 1", "x = 2", 1).replace("x = 1", "x = 3").replace("END = 0", "END = 9")
    )
    assert applied(program(p__py=TWINS), first + second + third)["p.py"] == wanted
    assert applied(program(p__py=TWINS), first + second + third + again)["p.py"] == wanted
    other = search_block("END = 0\n", "END = 8\n")
    assert refused(program(p__py=TWINS), first + second + third + other) == "ambiguous-context"


def test_braces_one_block_further_out_are_not_the_ones_shown() -> None:
    base = "void f() {\n    for (;;) {\n        for (;;) {\n            g();\n        }\n    }\n}\n// the end\n"
    reply = search_block(
        "        }\n    }\n// the end\n", "        }\n    }\n    h();\n// the end\n"
    )
    assert refused(program(p__cpp=base), reply.replace("p.py", "p.cpp")) == "ambiguous-context"


def test_braces_that_nearly_fit_in_another_function_than_the_named_one_are_refused() -> None:
    first = "int first(int a) {\n    if (a) {\n        b();\n    }\n}\n"
    base = f"{first}\nint second(int a) {{\n    return 1;\n}}\n"
    reply = diff(
        "--- a/p.c\n+++ b/p.c\n@@ -7,3 +7,3 @@ int second(int a) {\n-}\n+    c(); }\n }\n }"
    )
    assert refused(program(p__c=base), reply) == "ambiguous-context"


def test_numbered_lines_lose_their_numbers_also_when_none_is_as_in_the_file() -> None:
    base = 'def f(name):\n    if name == "one":\n        return 1\n    if name == "two":\n        return 2\n'
    body = "   3 |         # not there\n   4 |     if name == \u201dtwo\u201d:\n+  5 |         print(name)"
    got = applied(program(p__py=base), diff(f"--- a/p.py\n+++ b/p.py\n@@ -1,2 +1,3 @@\n{body}"))[
        "p.py"
    ]
    assert got == base.replace('"two":\n', '"two":\n        print(name)\n')


def test_lines_added_between_blank_ones_that_are_elsewhere_are_refused() -> None:
    base = "def go():\n    return 1\n\n\nTOOLS = {\n    1: one,\n    2: two,\n}\n"
    reply = diff(
        "--- a/p.py\n+++ b/p.py\n@@ -3,5 +3,6 @@\n \n+x = 1\n \n-    1: one,\n+    1: two,\n     2: two,"
    )
    assert refused(program(p__py=base), reply) == "ambiguous-context"


@pytest.mark.parametrize(
    "head", ["", "```diff\n", "# ", "solve.py\n<<<<<<< SEARCH\n", "<<<<<<< SEARCH "]
)
@pytest.mark.parametrize(
    "again",
    [" ", "\t", "\n", "> ", "<", "<search>\n", "<search>x</search>", "... rest ", "a ", "-", "# "],
)
def test_reply_that_repeats_itself_for_ever_is_refused_at_once(head: str, again: str) -> None:
    reply = head + again * (60_000 // len(again)) + "x"
    before = time.process_time()
    with pytest.raises(PatchRefused):
        apply_reply(program(agent__py=AGENT), reply)
    assert time.process_time() - before < 3.0


@pytest.mark.parametrize("thought", ["so\n</think>\n", "<think>so</think>\n"])
def test_reply_of_thousands_of_thoughts(thought: str) -> None:
    assert applied(program(agent__py=AGENT), thought * 2000 + diff(STEPS)) == {"agent.py": STEPPED}


def test_tags_that_are_never_closed_hide_no_block() -> None:
    block = "<search>\ndef f(x):\n</search>\n<replace>\ndef f(y):\n</replace>"
    reply = f"agent.py\n<old>\n<find>\n{block}\n<search>"
    assert [part.search for part in read_tags(reply)] == [("def f(x):",)]
    assert read_tags("<search>a</search> <replace>\n b\n  </replace>")[0].replace == (" b",)


RULES = """import re


def first(line):
    return re.sub("a", "b", line)


def names(line):
    return line.split()


ALL = [first, names]
"""
USER = """from agent.rules import ALL


def repair(line):
    names = [rule(line) for rule in ALL]
    return names
"""
NEW_RULES = """agent/rules.py
```python
import re

KINDS = ("a", "b")


def replaced(line):
    for kind in KINDS:
        yield re.sub(kind, "c", line)
```
"""
NEW_USER = """agent/user.py
```python
from agent.rules import replaced


def repair(line):
    names = list(replaced(line))
    return names
```
"""


def two_modules():
    return Program.of(
        {"agent/rules.py": File(RULES.encode()), "agent/user.py": File(USER.encode())}
    )


def test_module_and_its_only_user_are_written_anew_with_other_names():
    made = apply_reply(two_modules(), f"{NEW_RULES}\n{NEW_USER}").program
    assert "ALL" not in made.text("agent/rules.py") and "replaced" in made.text("agent/user.py")


def test_module_is_written_anew_beside_a_file_that_has_a_name_of_its_own_like_the_old_one():
    speaks = (
        'from pathlib import Path\n\nALL, FIRST = Path("agent/rules.py"), Path("agent/user.py")\n'
    )
    base = Program.of({**two_modules().files, "meta/changes.py": File(speaks.encode())})
    made = apply_reply(base, f"{NEW_RULES}\n{NEW_USER}").program
    assert "ALL" not in made.text("agent/rules.py")


def test_module_without_what_its_user_still_imports_is_a_part():
    with pytest.raises(PatchRefused, match="ALL"):
        apply_reply(two_modules(), NEW_RULES)

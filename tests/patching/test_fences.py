"""Fences that are no diff: what is shown of a run is no file, what a shell writes is one."""

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

PACK = '''"""Pack."""
import math


def helper(x):
    return x + 1


def run(case):
    total = 0
    for item in case["items"]:
        total += helper(item)
    return total


class Box:
    size = 3

    def area(self):
        return self.size * self.size

    def scale(self, k):
        self.size *= k
        return self
'''
VALUES = 'LIMIT = 10\nNAMES = ["a", "b"]\n'


def program(**files: str) -> Program:
    return Program.of(
        {name.replace("__", "."): File(text.encode()) for name, text in files.items()}
    )


BOTH = program(pack__py=PACK, values__py=VALUES)


def applied(reply: str, base: Program = BOTH) -> dict[str, str]:
    made = apply_reply(base, reply).program
    return {path: made.text(path) for path in made if made.text(path) != base.text(path)}


def refused(reply: str, base: Program = BOTH) -> str:
    with pytest.raises(PatchRefused) as refusal:
        apply_reply(base, reply)
    return str(refusal.value)


SHOWN = {
    "output": "total 12\nok",
    "commands": "$ python pack.py\n3 items, 12",
    "traceback": "Traceback (most recent call last):\n  File \"pack.py\", line 9, in run\nKeyError: 'items'",
    "table": "| a | b |\n|---|---|\n| 1 | 2 |",
    "other code": "x = 1\ny = 2",
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
@pytest.mark.parametrize(
    "base",
    [BOTH, program(values__py=VALUES), program(notes__md="some words here\n", pack__py=PACK)],
)
def test_fence_that_shows_something_is_not_taken_for_a_whole_file(text, base):
    assert "name the file" in refused(f"Idea: better\n\n```\n{text}\n```\n", base)


@pytest.mark.parametrize("language", ["toml", "json", "text"])
def test_fence_of_another_language_is_not_said_to_be_the_programs_code(language):
    assert "is of no file of it" in refused(f"```{language}\n[a]\nb = 1\n```\n")


def test_only_text_of_a_program_may_be_written_wholly_anew():
    words = program(prompt__txt="Answer well.\n")
    assert applied("```\nThink first, then say it.\n```\n", words) == {
        "prompt.txt": "Think first, then say it.\n"
    }


def test_values_written_anew_are_the_file_that_has_them():
    assert applied("```python\nLIMIT = 11\nNAMES = []\n```\n") == {
        "values.py": "LIMIT = 11\nNAMES = []\n"
    }


@pytest.mark.parametrize(
    "commands",
    [
        "cat > values.py <<'EOF'\nLIMIT = 80\nEOF",
        "cat <<EOF > ./values.py\nLIMIT = 80\nEOF\npython pack.py",
        "$ tee values.py <<EOF\nLIMIT = 80\nEOF",
        "mkdir -p out\ncat > values.py <<-EOF\n\tLIMIT = 80\n\tEOF",
    ],
)
def test_file_that_a_reply_writes_by_the_shell_is_a_whole_file(commands):
    assert applied(f"```bash\n{commands}\n```\n") == {"values.py": "LIMIT = 80\n"}


def test_part_that_a_reply_writes_by_the_shell_is_placed_by_name():
    reply = "```sh\ncat > pack.py <<'EOF'\ndef helper(x):\n    return 3\nEOF\n```\n"
    assert applied(reply) == {"pack.py": PACK.replace("x + 1", "3")}


def test_files_elsewhere_that_a_reply_writes_by_the_shell_are_no_part_of_it():
    test = "```bash\ncat > /tmp/try.py <<'EOF'\nimport pack\nEOF\npython /tmp/try.py\n```\n"
    diff = "```diff\n--- a/pack.py\n+++ b/pack.py\n@@\n-    return x + 1\n+    return x + 2\n```\n"
    assert applied(test + diff) == {"pack.py": PACK.replace("x + 1", "x + 2")}
    assert "no-op" in refused(test)


def test_file_of_the_shell_that_breaks_off_is_refused():
    for opening in ("cat > values.py <<'EOF'", "cat >> values.py <<EOF"):
        said = refused(f"```bash\n{opening}\nLIMIT = 80\n```\n")
        assert "truncated-reply" in said
        assert "EOF" in said


OPEN = "Idea: x\n```diff\n--- a/pack.py\n+++ b/pack.py\n@@ def run(case):\n-    total = 0\n"


@pytest.mark.parametrize(
    "reply",
    [
        OPEN + "+    total = (0",
        OPEN + "+    total = 0\n+    for at in ra",
    ],
    ids=["in a bracket", "in a word"],
)
def test_open_fence_that_ends_in_the_midst_of_a_statement_is_refused_as_broken_off(reply):
    base = Program.of({"pack.py": File(PACK.encode())})
    with pytest.raises(PatchRefused, match=r"pack.py: the reply ends inside a fence .* line \d+"):
        apply_reply(base, reply, ended=True)


def test_open_fence_that_ends_with_a_statement_is_applied_and_a_closed_one_is_left_to_the_sandbox():
    base = Program.of({"pack.py": File(PACK.encode())})
    assert "total = 1" in apply_reply(base, OPEN + "+    total = 1", ended=True).patch_text
    closed = apply_reply(base, OPEN + "+    total = (0\n```\n", ended=True)
    assert "total = (0" in closed.patch_text


KEYS = "1: swap\n2: insert\n"


@pytest.mark.parametrize(
    "reply",
    [
        f"`order.yaml` (new file):\n\n```yaml\n{KEYS}```\n",
        "```diff\n--- /dev/null\n+++ b/order.yaml\n@@ -0,0 +1,2 @@\n+1: swap\n+2: insert\n```\n",
    ],
)
def test_keys_of_a_new_file_that_count_from_one_stay(reply):
    assert apply_reply(BOTH, reply).program.text("order.yaml") == KEYS


@pytest.mark.parametrize(
    ("name", "text"),
    [("ids.txt", "1 | a\n2 | b\n"), ("steps.yaml", "1: steps: 3\n2: moves: 4\n")],
)
def test_numbers_of_a_new_file_that_may_be_its_own_or_count_its_lines_are_refused(name, text):
    assert "may be its own" in refused(f"`{name}` (new file):\n\n```\n{text}```\n")


def test_numbers_in_front_of_new_code_are_no_part_of_it():
    reply = "`fast.py` (new file):\n\n```python\n1: a = 1\n2: b = 2\n```\n"
    assert apply_reply(BOTH, reply).program.text("fast.py") == "a = 1\nb = 2\n"


@pytest.mark.parametrize(
    "reply",
    [
        "`a.py` (new):\n\n```python\nA = 1\n```\n\n`b.py` (new):\n\n```python\nB = 1\n```\n",
        "```diff\n--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+A = 1\n--- /dev/null\n+++ b/b.py\n@@ -0,0 +1 @@\n+B = 1\n```\n",
        "*** Begin Patch\n*** Add File: a.py\n+A = 1\n*** Add File: b.py\n+B = 1\n*** End Patch\n",
    ],
)
def test_two_new_files_of_one_reply_are_both_made(reply):
    made = apply_reply(BOTH, reply).program
    assert (made.text("a.py"), made.text("b.py")) == ("A = 1\n", "B = 1\n")

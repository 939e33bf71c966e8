"""Fences beside edits that are none themselves: a reply is not made without what its edits use."""

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

SOLVER = """import math

LIMIT = 100


def energy(items):
    return sum(math.sqrt(item) for item in items)


def solve(items):
    return items[:LIMIT]
"""
KERNEL = "#include <vector>\n\nint pack(int x) {\n    return x;\n}\n\nint twice(int x) {\n    return 2 * pack(x);\n}\n"


def block(search: str, replace: str, info: str = "python") -> str:
    return f"```{info}\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n```\n"


def after(reply: str, path: str = "solver.py", text: str = SOLVER) -> str:
    base = Program.of({path: File(text.encode())})
    return apply_reply(base, reply, ended=True).program.text(path)


def refused_beside(words, why):
    """Check that words above the edit, and below it, have the reply refused."""
    for reply in (f"{words}\n\n{EDIT}", f"{EDIT}\n{words}\n"):
        with pytest.raises(PatchRefused, match=why):
            after(reply)


@pytest.mark.parametrize(
    ("fence", "put"),
    [
        ("import time", "    start = time.time()\n    return items[:LIMIT]"),
        ("import math\nimport time", "    start = time.time()\n    return items[:LIMIT]"),
        ("SMALL = 3", "    return items[:SMALL]"),
        ("def better(a, b):\n    return energy(a) > energy(b)", "    return better(items, [])"),
    ],
)
def test_fence_that_gives_what_an_edit_uses_is_not_left_out(fence, put):
    reply = f"First add:\n\n```python\n{fence}\n```\n\nand use it:\n\n"
    with pytest.raises(PatchRefused, match="does not say where it goes"):
        after(reply + block("    return items[:LIMIT]", put))


def test_fence_of_an_include_that_the_file_lacks_is_not_left_out():
    edit = block("    return x;", "    return std::abs(x);", "cpp")
    with pytest.raises(PatchRefused, match="an import of cmath"):
        after(f"```cpp\n#include <cmath>\n```\n\n{edit}", "kernel.cpp", KERNEL)


@pytest.mark.parametrize(
    "fence",
    [
        "from solver import solve\nprint(solve([1]))",
        "import solver",
        "import timeit\nprint(timeit.timeit('solve([1])'))",
        "SMALL = 3",
    ],
)
def test_fence_that_no_edit_needs_stands_beside_them(fence):
    edit = block("    return items[:LIMIT]", "    SMALL = 2\n    return items[:SMALL]")
    assert "items[:SMALL]" in after(f"{edit}\nLike so:\n\n```python\n{fence}\n```\n")


def test_new_module_in_a_fence_without_a_name_is_not_left_out():
    edit = block("import math", "import math\nfrom swap import swap")
    with pytest.raises(PatchRefused, match="gives swap and does not say where"):
        after(f"First:\n\n```python\ndef swap(xs):\n    return xs[::-1]\n```\n\n{edit}")


@pytest.mark.parametrize("name", ["**swap.py** (new)", "`swap.py` (new file):", "swap.py - new"])
def test_remark_behind_a_files_name_is_no_part_of_it(name):
    edit = block("import math", "import math\nfrom swap import swap")
    reply = f"{name}\n\n```python\ndef swap(xs):\n    return xs[::-1]\n```\n\nsolver.py\n{edit}"
    base = Program.of({"solver.py": File(SOLVER.encode())})
    made = apply_reply(base, reply, ended=True).program
    assert made.text("swap.py") == "def swap(xs):\n    return xs[::-1]\n"
    assert "from swap import swap" in made.text("solver.py")


@pytest.mark.parametrize(
    "command", ["git mv solver.py core.py", "sed -i '3s/100/50/' solver.py", "$ rm solver.py"]
)
def test_command_that_changes_a_file_beside_edits_is_not_left_out(command):
    edit = block("LIMIT = 100", "LIMIT = 90")
    with pytest.raises(PatchRefused, match="is not carried out"):
        after(f"```bash\n{command}\n```\n\n{edit}")
    assert "LIMIT = 90" in after(f"{edit}\n```bash\nrm -rf build\npython solver.py\n```\n")


def test_call_of_a_shell_that_changes_a_file_is_not_left_out():
    calls = [
        {"name": "bash", "input": {"command": "sed -i 's/100/50/' solver.py"}},
        {"name": "edit", "input": {"path": "solver.py", "old_str": "math", "new_str": "cmath"}},
    ]
    with pytest.raises(PatchRefused, match="is not carried out"):
        after(json.dumps(calls))
    calls[0]["input"]["command"] = "python solver.py"
    calls[1]["input"] = {"path": "solver.py", "old_str": "LIMIT = 100", "new_str": "LIMIT = 9"}
    assert "LIMIT = 9\n" in after(json.dumps(calls))


def test_pair_of_fences_whose_first_is_blank_is_not_left_out():
    pair = "Before (solver.py):\n\n```python\n\n```\n\nAfter:\n\n```python\nSMALL = 3\n```\n\n"
    with pytest.raises(PatchRefused, match="shows no line that is to be replaced"):
        after(pair + "solver.py\n" + block("LIMIT = 100", "LIMIT = 90"))


def test_block_with_two_dividers_is_refused_and_a_line_that_underlines_is_text():
    three = block("LIMIT = 100", "LIMIT = 90\n=======\nLIMIT = 80")
    with pytest.raises(PatchRefused, match="divided twice"):
        after(three)
    title = block("import math", '"""\nSolving\n=======\n"""\nimport math')
    assert after(title).startswith('"""\nSolving\n=======\n"""\nimport math\n')


def test_sign_without_width_is_no_part_of_an_edit():
    assert "LIMIT = 90\n" in after(block("LIMIT\u200b = 100", "LIMIT\u200b = 90"))


EDIT = block("LIMIT = 100", "LIMIT = 90")


@pytest.mark.parametrize(
    "command",
    [
        "cat small.py >> solver.py",
        "echo 'SMALL = 3' >> ./solver.py",
        "cd project && sed -E -i.bak 's/100/50/' solver.py",
        "perl -0pi -e 's/math/cmath/' solver.py",
        "awk -i inplace '{print}' solver.py",
        "git checkout HEAD~1 -- solver.py",
        "curl -o solver.py https://example.org/solver.py",
        "python - <<'EOF'\nopen('solver.py', 'a').write('SMALL = 3')\nEOF",
    ],
)
def test_command_that_writes_a_file_beside_edits_is_not_left_out(command):
    with pytest.raises(PatchRefused, match="is not carried out"):
        after(f"{EDIT}\n```bash\n{command}\n```\n")


def test_plain_commands_beside_edits_are_made_with_them():
    commands = (
        "sed -i 's/import math/import cmath/' solver.py\ncat >> solver.py <<'EOF'\nSMALL = 3\nEOF"
    )
    made = after(f"{EDIT}\n```bash\n{commands}\n```\n")
    assert all(line in made for line in ("LIMIT = 90", "import cmath", "SMALL = 3"))


@pytest.mark.parametrize(
    "script",
    [
        "with open('solver.py', 'w') as file:\n    file.write('')",
        "from pathlib import Path\npath = Path('solver.py')\npath.write_text(path.read_text())",
        "import os\nos.remove('solver.py')",
        "require('fs').writeFileSync('solver.py', '');",
    ],
)
def test_script_that_writes_a_file_beside_edits_is_not_left_out(script):
    with pytest.raises(PatchRefused, match=r"solver\.py and is not carried out"):
        after(f"{EDIT}\nThen run:\n\n```python\n{script}\n```\n")


@pytest.mark.parametrize(
    ("info", "text"),
    [
        ("bash", "python solver.py > out.txt"),
        ("bash", "cp solver.py /tmp/solver.py.bak"),
        ("bash", "git diff solver.py | tee out.txt"),
        ("python", "print(open('solver.py').read())"),
        ("python", "import solver\nwith open('log.txt', 'w') as file:\n    file.write('')"),
    ],
)
def test_command_that_changes_no_file_of_the_program_stands_beside_edits(info, text):
    assert "LIMIT = 90" in after(f"{EDIT}\nRun it:\n\n```{info}\n{text}\n```\n")


@pytest.mark.parametrize(
    "label",
    ["Also add this at the end of the file:", "Put this above `solve`:", "To solver.py, append"],
)
def test_lines_that_are_to_be_added_somewhere_are_not_left_out(label):
    with pytest.raises(PatchRefused, match='gives "print'):
        after(f"{EDIT}\n{label}\n\n```python\nprint(solve([]))\n```\n")


def test_function_under_the_name_of_another_file_is_not_left_out_as_code_that_the_program_has():
    moved = SOLVER[SOLVER.index("def energy") : SOLVER.index("def solve")].rstrip()
    texts = {"solver.py": SOLVER, "tools.py": "A = 1\n\n\ndef b():\n    return A\n"}
    base = Program.of({path: File(text.encode()) for path, text in texts.items()})
    edit = block(moved, "from tools import energy")
    with pytest.raises(PatchRefused):
        apply_reply(base, f"tools.py\n```python\n{moved}\n```\n\nsolver.py\n{edit}")


@pytest.mark.parametrize(
    "words",
    [
        "Rename `solver.py` to `core.py`.",
        "First, move solver.py to lib/solver.py:",
        "The file solver.py should be renamed to core.py.",
        "Delete solver.py, it is not used.",
        "Make `solver.py` executable.",
    ],
)
def test_file_that_words_beside_edits_rename_or_delete_is_not_left_as_it_is(words):
    refused_beside(words, "which no edit does")


@pytest.mark.parametrize(
    "words",
    [
        "I do not rename solver.py.",
        "There is no need to delete `solver.py`.",
        "This removes the dependency on solver.py.",
        "Rename the variable in `solver.py` to `limit`:",
    ],
)
def test_words_that_move_no_file_stand_beside_edits(words):
    assert "LIMIT = 90" in after(f"{words}\n\n{EDIT}")


def test_fence_of_nothing_under_the_name_of_a_new_file_makes_an_empty_one():
    base = Program.of({"solver.py": File(SOLVER.encode())})
    reply = "`pkg/__init__.py`:\n```python\n```\n`pkg/a.py`:\n```python\nA = 1\n```\n"
    made = apply_reply(base, reply).program
    assert (made.text("pkg/__init__.py"), made.text("pkg/a.py")) == ("", "A = 1\n")


def test_name_with_a_blank_above_a_whole_file_is_its_name():
    base = Program.of({name: File(b"A = 1\n") for name in ("my file.py", "b.py")})
    made = apply_reply(base, "**my file.py**\n```python\nA = 2\n```\n").program
    assert (made.text("my file.py"), made.text("b.py")) == ("A = 2\n", "A = 1\n")


@pytest.mark.parametrize(
    "words",
    [
        "Also delete the function `solve`, which nothing calls.",
        "And remove the `import math` line.",
        "Rename `energy` to `cost` everywhere.",
        "Also delete lines 4-9.",
        "In `solver.py`, also change `items[:SIZE]` to `items`.",
    ],
)
def test_change_of_code_that_words_tell_beside_edits_is_not_left_out(words):
    with pytest.raises(PatchRefused, match="which no edit does"):
        after(f"{EDIT}\n{words}\n")


@pytest.mark.parametrize(
    "words",
    [
        "Delete `solver.pyc` from your cache if the old version is still loaded.",
        "Remove `__pycache__` and `runs/old.log` before you measure.",
        "Clear the cache first. Drop `build/` too.",
    ],
)
def test_what_the_program_does_not_have_need_not_be_deleted_by_an_edit(words):
    assert "LIMIT = 90" in after(f"{EDIT}\n{words}\n")


@pytest.mark.parametrize(
    "words",
    [
        "Change `LIMIT = 100` to `LIMIT = 90`.",
        "Remove the old `LIMIT`:",
        "The last round changed `energy(items)` to `len(items)`.",
        "Rename nothing.",
        "Next steps, not in this patch:\n- Delete `rows` and start at random.\n- Drop `clip`.",
        "Future work: remove the `clip`.",
        "If it times out: remove `normal` from the loop.",
        "To undo: delete line 14.",
        "Remove `rows`? It was tried in #7 and lost 0.02.",
        "Later: delete solver.py.",
    ],
)
def test_words_that_tell_what_the_edit_does_stand_beside_it(words):
    assert "LIMIT = 90" in after(f"{words}\n\n{EDIT}")


@pytest.mark.parametrize(
    "words",
    [
        "Part 1 of 2:",
        "[continued in part 2]",
        "I ran out of space; the rest is in my next message.",
    ],
)
def test_reply_that_says_that_it_goes_on_elsewhere_is_refused_as_cut(words):
    refused_beside(words, "a part of it is missing")


@pytest.mark.parametrize("word", ["and", "or"])
def test_sentence_of_two_replacements_is_not_made_by_half(word):
    reply = f"Change `LIMIT = 100` to `LIMIT = 90` {word} `items[:LIMIT]` to `items`."
    with pytest.raises(PatchRefused, match="more than one replacement"):
        after(reply)


def test_words_between_blocks_without_a_fence_and_between_tags_are_heard():
    bare = "<<<<<<< SEARCH\nLIMIT = 100\n=======\nLIMIT = 90\n>>>>>>> REPLACE\n"
    more = "<<<<<<< SEARCH\nimport math\n=======\nimport cmath as math\n>>>>>>> REPLACE\n"
    tags = "<edit><path>solver.py</path><search>{}</search><replace>{}</replace></edit>\n"
    one = tags.format("LIMIT = 100", "LIMIT = 90")
    other = tags.format("import math", "import cmath as math")
    for first, second in ((bare, more), (one, other)):
        assert "cmath" in after(f"{first}\nAnd the import:\n\n{second}")
        with pytest.raises(PatchRefused, match="not clear which of its edits"):
            after(f"{first}\nActually, scrap that. This one:\n\n{second}")


def test_class_whose_methods_are_stubs_in_one_line_does_not_lose_their_bodies():
    text = "class Box:\n    def area(self):\n        return 3\n\n    def size(self):\n        return 2\n"
    part = "class Box:\n    def area(self):\n        return 4\n\n    def size(self): ...\n"
    with pytest.raises(PatchRefused, match="stands for code that is not given"):
        after(f"solver.py\n```python\n{part}```\n", text=text)

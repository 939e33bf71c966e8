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
    "command", ["git mv solver.py core.py", "sed -i 's/100/50/' solver.py", "$ rm solver.py"]
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

"""Fences beside edits that are none themselves: a reply is not made without what its edits use."""

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

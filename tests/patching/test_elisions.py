"""Parts of a file between remarks such as "# ... existing code ...": placed by their names, or refused."""

from __future__ import annotations

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

TOUR = '''"""Tours."""

import math

ROUNDS = 200


class Tour:
    """A closed tour."""

    def __init__(self, points):
        self.points = points
        self.order = list(range(len(points)))

    def length(self):
        total = 0.0
        for a, b in zip(self.order, self.order[1:] + self.order[:1]):
            total += dist(self.points[a], self.points[b])
        return total

    def swap(self, i, j):
        self.order[i:j] = reversed(self.order[i:j])


def dist(p, q):
    return math.hypot(p[0] - q[0], p[1] - q[1])


def solve(points):
    tour = Tour(points)
    for _ in range(ROUNDS):
        tour.swap(0, len(points))
    return tour.order
'''
DIST = "def dist(p, q):\n    return abs(p[0] - q[0]) + abs(p[1] - q[1])\n"
PLACED = TOUR.replace("math.hypot(p[0] - q[0], p[1] - q[1])", "abs(p[0] - q[0]) + abs(p[1] - q[1])")
OLD_DIST = "def dist(p, q):\n    return math.hypot(p[0] - q[0], p[1] - q[1])\n"
DOTS = "# ... existing code ..."
SWAP = "    def swap(self, i, j):\n        self.order[i:j] = self.order[i:j][::-1]\n"
SWAPPED = TOUR.replace("reversed(self.order[i:j])", "self.order[i:j][::-1]")
SOLVE = "def solve(points):\n    tour = Tour(points)\n    tour.swap(0, 2)\n    return tour.order\n"


def after(part: str, head: str = "```python:tour.py") -> str:
    base = Program.of({"tour.py": File(TOUR.encode()), "b.py": File(b"from tour import solve\n")})
    return apply_reply(base, f"{head}\n{part}\n```\n", ended=True).program.text("tour.py")


@pytest.mark.parametrize(
    "part",
    [
        f"{DOTS}\n\n{DIST}\n{DOTS}",
        f"# ... existing imports ...\n\n{DIST}\n# ... rest of the code remains unchanged ...",
        f"...\n\n{DIST}\n...",
    ],
)
@pytest.mark.parametrize("head", ["```python:tour.py", "In `tour.py`:\n\n```python"])
def test_function_between_remarks_takes_the_place_of_its_name(part: str, head: str) -> None:
    assert after(part, head) == PLACED


def test_several_parts_between_remarks_are_all_placed() -> None:
    made = after(f"{DOTS}\nROUNDS = 300\n\n{DOTS}\n\n{DIST}\n{DOTS}\n\n{SOLVE}")
    wanted = PLACED.replace("200", "300").replace(
        "    for _ in range(ROUNDS):\n        tour.swap(0, len(points))\n", "    tour.swap(0, 2)\n"
    )
    assert made == wanted


@pytest.mark.parametrize(
    "part",
    [
        f"{DOTS}\n{DIST}{DOTS}",
        f"import math\n{DOTS}\n{DIST}{DOTS}",
        f"{DOTS}\n{DIST}{DOTS}\nROUNDS = 200\n",
    ],
)
def test_remark_right_below_a_function_that_returns_is_none_of_its_lines(part: str) -> None:
    assert after(part) == PLACED


@pytest.mark.parametrize("below", ["", f"\n    {DOTS}\n", f"\n{DOTS}\n\n{DIST}"])
def test_method_between_remarks_takes_the_place_of_its_name(below: str) -> None:
    made = after(f"{DOTS}\n\nclass Tour:\n    {DOTS}\n\n{SWAP}{below}")
    assert made.replace(DIST, OLD_DIST) == SWAPPED
    assert (DIST in made) == (DIST in below)


@pytest.mark.parametrize(
    "part",
    [
        f"{DOTS}\n\ndef solve(points):\n    tour = Tour(points)\n\n{DOTS}",
        f"{DOTS}\n\ndef solve(points):\n    {DOTS}\n    return tour.order\n",
        f"{DOTS}\n\ndef solve(points):\n    tour = Tour(points)\n{DOTS}\n",
        f"{DIST}\n# ... rest of the function unchanged ...\n",
        f"{DOTS}\ndef solve(points):\n    if not points:\n        return []\n{DOTS}",
        f"{DOTS}\n\ndef other(points):\n    return points\n\n{DOTS}",
        f"{DOTS}\n\nif True:\n    ROUNDS = 3\n\n{DOTS}",
    ],
)
def test_remark_that_may_stand_for_lines_of_a_body_is_refused(part: str) -> None:
    with pytest.raises(PatchRefused) as caught:
        after(part)
    assert caught.value.code == "truncated-reply"


def test_shorter_method_that_returns_is_whole() -> None:
    method = "    def length(self):\n        return 0.0\n"
    made = after(f"class Tour:\n    {DOTS}\n\n{method}\n    {DOTS}")
    assert method in made
    assert "total" not in made


def test_function_between_remarks_in_a_language_of_braces() -> None:
    base = "#include <cmath>\n\nint one() {\n    return 1;\n}\n\nint two() {\n    return one() + 1;\n}\n"
    program = Program.of({"k.cpp": File(base.encode()), "b.cpp": File(b"int two();\n")})
    dots = "// ... existing code ..."
    placed = f"```cpp:k.cpp\n{dots}\n\nint two() {{\n    return 2;\n}}\n```\n"
    made = apply_reply(program, placed).program.text("k.cpp")
    assert made == base.replace("one() + 1", "2")
    close = f"```cpp:k.cpp\n{dots}\nint two() {{\n    return 2;\n}}\n{dots}\n```\n"
    assert apply_reply(program, close).program.text("k.cpp") == made
    cut = f"```cpp:k.cpp\n{dots}\n\nint two() {{\n{dots}\n    return 2;\n}}\n```\n"
    with pytest.raises(PatchRefused):
        apply_reply(program, cut)

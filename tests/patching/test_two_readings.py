"""Replies that were made otherwise than a careful reader makes them, or refused where one sees what they say."""

from __future__ import annotations

import json

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import Policy, apply_reply
from cladogen.program import File, Program

SOLVER = """import math

HEAT = 1
MOVES = 400


def flip(tour, i, j):
    return tour[:i] + tour[i:j][::-1] + tour[j:]


def solve(points):
    tour = list(points)
    return flip(tour, 0, HEAT)
"""
GEOMETRY = '"""Distances."""\nimport math\n\n\ndef distance(a, b):\n    return math.hypot(a, b)\n'
KERNEL = """double distance(const Point& a, const Point& b) {
    return a.x - b.x;
}

double total(const Point& a) {
    double sum = distance(a, a);
    double more = 0.0;
    return sum + more;
}
"""
BASE = {"solver.py": SOLVER, "geometry.py": GEOMETRY, "kernel.cpp": KERNEL}
F = "```"


def after(reply: str) -> dict[str, str]:
    base = Program.of({path: File(text.encode()) for path, text in BASE.items()})
    made = apply_reply(base, reply, Policy(entry="solver.py:solve")).program
    return {path: made.text(path) for path in made}


def refusal(reply: str) -> str:
    with pytest.raises(PatchRefused) as caught:
        after(reply)
    return str(caught.value)


def diff(*hunks: str, path: str = "solver.py") -> str:
    return f"{F}diff\n--- a/{path}\n+++ b/{path}\n" + "\n".join(hunks) + f"\n{F}\n"


HOT = diff("@@\n-HEAT = 1\n+HEAT = 9")
COLD = diff("@@\n-HEAT = 1\n+HEAT = 0")
MORE = diff("@@\n-MOVES = 400\n+MOVES = 4000")


@pytest.mark.parametrize(
    ("above", "between", "below", "chosen"),
    [
        ("1. Raise it:", "2. Lower it:", "Let's go with 1.", "HEAT = 9"),
        ("1. Raise it:", "2. Lower it:", "I'd pick #2 because small values converge.", "HEAT = 0"),
        ("(1) Raise it:", "(2) Lower it:", "I choose (1).", "HEAT = 9"),
        ("A cold version:", "A bold version:", "Please apply the cold version.", "HEAT = 9"),
        ("A fast version:", "A careful version:", "Use the careful version.", "HEAT = 0"),
        (
            "The hot variant:",
            "The cold one:",
            "I prefer the hot variant over the cold one.",
            "HEAT = 9",
        ),
    ],
)
def test_item_or_description_that_the_reply_chooses_is_made(above, between, below, chosen):
    made = after(f"{above}\n\n{HOT}\n{between}\n\n{COLD}\n{below}\n")
    assert chosen in made["solver.py"]


def test_number_at_the_end_of_a_sentence_chooses_no_item():
    made = after(
        f"1. Raise it:\n\n{HOT}\n2. Take more:\n\n{MORE}\nBoth are small; the loops use 2.\n"
    )
    assert "HEAT = 9" in made["solver.py"]
    assert "MOVES = 4000" in made["solver.py"]


@pytest.mark.parametrize(
    "words",
    [
        "I first considered more moves:",
        "My first idea was more moves.",
        "<details>\n<summary>rejected idea</summary>\n",
        "Not needed, as `solve` copes with it:",
        "Leave this part unchanged:",
        "For a later step, not now:",
        "Future work could be:",
    ],
)
def test_idea_that_was_given_up_is_not_made_beside_the_other(words):
    reply = f"{words}\n\n{MORE}\n\nInstead I raise the heat:\n\n{HOT}"
    try:
        assert "MOVES = 4000" not in after(reply)["solver.py"]
    except PatchRefused as refusal:
        assert refusal.code == "ambiguous-context"


@pytest.mark.parametrize(
    "body", ["    pass  # as before", "    # unchanged\n    pass", "    # body omitted"]
)
def test_body_that_is_said_to_stay_does_not_go(body):
    new = "def solve(points):\n    return flip(list(points), 0, 2)\n"
    assert "stands for code" in refusal(f"{F}python\ndef flip(tour, i, j):\n{body}\n\n\n{new}{F}\n")


def test_empty_braces_that_say_that_a_body_stays_are_refused():
    new = "double total(const Point& a) {\n    return 1.0;\n}\n"
    old = "double distance(const Point& a, const Point& b) { /* unchanged */ }\n"
    assert "stands for code" in refusal(f"{F}cpp\n{old}\n{new}{F}\n")


def test_remark_above_code_is_no_code_left_out():
    body = (
        "    left = tour[:i]\n    # same as above\n    right = tour[j:]\n    return left + right\n"
    )
    assert body in after(f"{F}python\ndef flip(tour, i, j):\n{body}{F}\n")["solver.py"]


def test_line_that_goes_under_a_typographers_minus_goes():
    assert after(HOT.replace("\n-HEAT", "\n\u2212HEAT"))["solver.py"] == SOLVER.replace(
        "HEAT = 1", "HEAT = 9"
    )


@pytest.mark.parametrize("words", ["To undo it:", "Roll back with:", "Rückgängig machen:"])
def test_way_back_that_a_reply_shows_is_no_edit(words):
    back = diff("@@\n-HEAT = 9\n+HEAT = 1")
    assert "HEAT = 9" in after(f"{HOT}\n{words}\n\n{back}")["solver.py"]


def test_earlier_patch_that_the_program_holds_is_no_obstacle():
    old = diff("@@\n-MOVES = 100\n+MOVES = 400")
    assert "HEAT = 9" in after(f"The parent's patch was:\n\n{old}\nMine:\n\n{HOT}")["solver.py"]


def test_two_values_put_for_one_name_at_one_line_are_refused():
    hunks = [f"@@\n HEAT = 1\n+TRIES = {value}\n MOVES = 400" for value in (3, 5)]
    assert "line 4 is changed twice" in refusal(diff(*hunks))


def test_two_names_put_at_one_line_are_both_made():
    hunks = [f"@@\n HEAT = 1\n+{name} = 3\n MOVES = 400" for name in ("TRIES", "RESTARTS")]
    assert "HEAT = 1\nTRIES = 3\nRESTARTS = 3\n" in after(diff(*hunks))["solver.py"]


def test_rename_onto_a_file_of_the_program_is_refused():
    moved = f"{F}diff\ndiff --git a/geometry.py b/solver.py\nrename from geometry.py\nrename to solver.py\n{F}"
    assert "geometry.py cannot become solver.py" in refusal(moved)


def test_two_files_in_one_fence_are_two_files():
    solver, geometry = SOLVER.replace("HEAT = 1", "HEAT = 9"), GEOMETRY.replace("hypot", "dist")
    made = after(
        f"{F}python\n# solver.py\n{solver}\n# geometry.py\n{geometry}\n# new.py\nx = 1\n{F}\n"
    )
    assert made == {**BASE, "solver.py": solver, "geometry.py": geometry, "new.py": "x = 1\n"}


def test_comment_that_speaks_of_a_file_cuts_no_fence():
    text = SOLVER.replace("def flip", "# see geometry.py\ndef flip")
    assert after(f"solver.py\n{F}python\n{text}{F}\n")["solver.py"] == text


def test_function_of_other_types_does_not_take_the_place_of_one_that_is_called():
    fence = f"{F}cpp\ndouble distance(double x, double y) {{\n    return x - y;\n}}\n{F}\n"
    assert "takes other types" in refusal(fence)


@pytest.mark.parametrize(
    "head", ["Point p, Point q", "const Point& a, const Point& b, double s = 1.0"]
)
def test_function_that_can_be_called_as_before_takes_the_place_of_the_old_one(head):
    fence = f"{F}cpp\ndouble distance({head}) {{\n    return 0;\n}}\n{F}\n"
    assert (
        f"double distance({head}) {{\n    return 0;\n}}\n\ndouble total"
        in after(fence)["kernel.cpp"]
    )


@pytest.mark.parametrize(
    ("takes", "other"),
    [
        ("double (*g)(double y)", ""),
        ("double (*)(const double)", ""),
        ("double (*f)(int)", "other types"),
    ],
)
def test_function_that_takes_a_function_is_held_against_the_types_of_that(takes, other):
    old = "double sum(double (*f)(double x)) {\n    return f(1.0);\n}\n\nint main() { return sum(sin); }\n"
    base = Program.of({"k.cpp": File(old.encode())})
    reply = f"{F}cpp\ndouble sum({takes}) {{\n    return 2.0;\n}}\n{F}\n"
    if not other:
        assert f"double sum({takes}) {{" in apply_reply(base, reply).program.text("k.cpp")
        return
    with pytest.raises(PatchRefused, match=other):
        apply_reply(base, reply)


def edit(old: str, new: str, **more: object) -> str:
    return json.dumps({"path": "solver.py", "old_string": old, "new_string": new, **more})


def test_text_of_an_edit_tool_may_begin_and_end_within_a_line():
    made = after(edit("[::-1] + tour[j:]\n\n\ndef solve", "[::-1]\n\n\ndef solve"))["solver.py"]
    assert made == SOLVER.replace("[::-1] + tour[j:]", "[::-1]")


def test_text_of_an_edit_tool_that_cuts_a_word_is_refused():
    assert "no such line" in refusal(edit("MOVES = 40", "MOVES = 41"))


def test_part_of_a_line_that_stands_twice_is_refused_as_that():
    assert '"tour" stands more than once (line 7, 8, 8' in refusal(edit("tour", "path"))


def test_text_is_replaced_everywhere_where_the_edit_tool_is_told_so():
    assert after(edit("tour", "path", replace_all=True))["solver.py"] == SOLVER.replace(
        "tour", "path"
    )

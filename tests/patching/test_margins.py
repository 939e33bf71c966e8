"""SEARCH blocks that lost their indentation in part were applied at another depth without a word."""

import pytest

from cladogen.patch import Policy, apply_reply
from cladogen.program import File, Program

BLANKS = """def cost(order, jobs):
    total = 0
    clock = 0
    for k in order:
        total += jobs[k]
    return total


class Search:
    def step(self, order):
        i = draw()
        j = draw()
        return swap(order, i, j)
"""
TABS = BLANKS.replace("    ", "\t")
BODY = (
    "    total = 0\n    clock = 0\n    for k in order:\n        total += jobs[k]\n    return total",
    "    total = 0.0\n    for k in reversed(order):\n        total += jobs[k]\n    return total",
)
DRAWS = ("        i = draw()\n        j = draw()", "        i, j = two()\n        check(i, j)")
LINE = ("        j = draw()", "        j = draw()\n        if j == i:\n            j = 0")


def dedented(text: str) -> str:
    width = len(text) - len(text.lstrip())
    return "\n".join(line[width:] for line in text.split("\n"))


def after(base: str, search: str, put: str) -> str:
    reply = f"x.py\n<<<<<<< SEARCH\n{search}\n=======\n{put}\n>>>>>>> REPLACE\n"
    return apply_reply(Program.of({"x.py": File(base.encode())}), reply, Policy()).program.text(
        "x.py"
    )


@pytest.mark.parametrize("tabs", [False, True], ids=["blanks", "blanks for the file's tabs"])
@pytest.mark.parametrize("edit", [BODY, DRAWS, LINE], ids=["body", "draws", "line"])
@pytest.mark.parametrize(
    "sides",
    [
        pytest.param((str.strip, str.strip), id="the first line of both sides was stripped"),
        pytest.param((dedented, dedented), id="both sides lost their margin"),
        pytest.param((dedented, str), id="the search lost its margin"),
        pytest.param((str, dedented), id="the replacement lost its margin"),
        pytest.param((str, str), id="nothing is lost"),
    ],
)
def test_block_that_lost_a_margin_is_applied_at_the_depth_of_the_file(edit, sides, tabs):
    wanted = BLANKS.replace(*edit)
    base = TABS if tabs else BLANKS
    got = after(base, sides[0](edit[0]), sides[1](edit[1]))
    assert got == (wanted.replace("    ", "\t") if tabs else wanted)


def test_replacement_that_leaves_a_block_on_purpose_stays_at_its_depth():
    got = after(BLANKS, "    return total", "    return total\n\n\ndef more():\n    return 1")
    assert "\n\n\ndef more():\n    return 1\n" in got


def test_directive_stays_at_the_margin_where_a_replacement_in_cpp_lost_it():
    base = "void f(int n) {\n    for (int i = 0; i < n; ++i) {\n        g(i);\n    }\n}\n"
    reply = (
        "k.cpp\n<<<<<<< SEARCH\n    for (int i = 0; i < n; ++i) {\n        g(i);\n    }\n=======\n"
        "for (int i = 0; i < n; ++i) {\n#pragma unroll\n    h(i);\n}\n>>>>>>> REPLACE\n"
    )
    got = apply_reply(Program.of({"k.cpp": File(base.encode())}), reply, Policy()).program
    assert got.text("k.cpp") == (
        "void f(int n) {\n    for (int i = 0; i < n; ++i) {\n#pragma unroll\n        h(i);\n    }\n}\n"
    )


def test_line_that_stays_keeps_its_margin_where_the_line_above_it_goes() -> None:
    text = (
        "def f(x):\n    if not x:\n        raise ValueError(x)\n    y = sorted(x)\n    return y\n"
    )
    block = (
        "a.py\n<<<<<<< SEARCH\n        raise ValueError(x)\n    y = sorted(x)\n=======\n"
        "    y = sorted(x)\n>>>>>>> REPLACE\n"
    )
    made = apply_reply(Program.of({"a.py": File(text.encode())}), block).program.text("a.py")
    assert made == text.replace("        raise ValueError(x)\n", "")

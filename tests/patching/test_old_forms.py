"""Diffs of older forms, blocks as a merge leaves them, and what stands beside blocks."""

from __future__ import annotations

from difflib import context_diff

import pytest

from cladogen.errors import PatchRefused
from cladogen.patch import apply_reply
from cladogen.program import File, Program

A = '"""Two."""\n\nLIMIT = 10\nSTEPS = 200\n\n\ndef f(x):\n    return x + LIMIT\n\n\ndef g(x):\n    return f(x) * 2\n'
B = "def mean(values):\n    return sum(values) / len(values)\n"
PROGRAM = Program.of({"a.py": File(A.encode()), "b.py": File(B.encode())})


def after(reply: str, path: str = "a.py") -> str:
    return apply_reply(PROGRAM, reply).program.text(path)


def refused(reply: str) -> PatchRefused:
    with pytest.raises(PatchRefused) as caught:
        apply_reply(PROGRAM, reply)
    return caught.value


def in_context(text: str) -> str:
    lines = (one.splitlines(keepends=True) for one in (A, text))
    return "".join(context_diff(*lines, "a/a.py", "b/a.py"))


CHANGES = {
    "a line": A.replace("x + LIMIT", "x - LIMIT"),
    "two hunks": A.replace("LIMIT = 10", "LIMIT = 12").replace("* 2", "* 3"),
    "lines that only come": A.replace("STEPS = 200\n", "STEPS = 200\nMORE = 1\n"),
    "lines that only go": A.replace("STEPS = 200\n", ""),
    "lines that come and go": A.replace("STEPS = 200\n", "").replace("f(x):", "f(x):\n    x = 1"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    "fence", [("```diff\n", "```\n"), ("```\n", "```\n"), ("Like this:\n\n", "")]
)
def test_context_diff_is_made(change: str, fence: tuple[str, str]) -> None:
    assert after(in_context(CHANGES[change]).join(fence)) == CHANGES[change]


def test_context_diff_whose_lines_are_not_in_the_file_is_refused() -> None:
    reply = f"```diff\n{in_context(CHANGES['a line']).replace('x + LIMIT', 'x * LIMIT')}```\n"
    assert refused(reply).code == "removed-lines-not-found"


def test_diff_without_context_is_made_where_it_shows_the_lines_that_go() -> None:
    reply = "a.py\n```diff\n3c3\n< LIMIT = 10\n---\n> LIMIT = 12\n4d3\n< STEPS = 200\n```\n"
    assert after(reply) == A.replace("LIMIT = 10\nSTEPS = 200\n", "LIMIT = 12\n")


def test_diff_without_context_or_a_name_is_of_the_only_file() -> None:
    base = Program.of({"a.py": File(A.encode())})
    reply = "Idea: better\n\n```\n8c8\n<     return x + LIMIT\n---\n>     return x - LIMIT\n```\n"
    assert apply_reply(base, reply).program.text("a.py") == A.replace("x + LIMIT", "x - LIMIT")


@pytest.mark.parametrize("info", ["diff", ""])
def test_lines_that_a_diff_without_context_only_adds_are_refused_by_its_form(info: str) -> None:
    assert "old form" in refused(f"a.py\n```{info}\n4a5\n> MORE = 1\n```\n").reason


OLD, NEW = "    return x + LIMIT", "    return x - LIMIT"
LABELS = [
    ("a.py", "a.py"),
    ("a.py", "new"),
    ("src/a.py", "src/a.py"),
    ("HEAD", "branch/of-mine"),
    ("HEAD:a.py", "b1c2d3e (Subtract)"),
    ("Updated upstream", "Stashed changes"),
    ("original", "updated"),
    ("old", "new"),
    ("search", "replace"),
    ("", ""),
]


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("fence", [("", ""), ("a.py\n```python\n", "```\n")])
def test_block_as_a_merge_leaves_it_is_made(
    labels: tuple[str, str], fence: tuple[str, str]
) -> None:
    block = f"<<<<<<< {labels[0]}\n{OLD}\n=======\n{NEW}\n>>>>>>> {labels[1]}\n"
    assert after(block.join(fence)) == A.replace(OLD, NEW)


def test_blocks_of_two_files_that_only_their_first_lines_name() -> None:
    of_a = f"<<<<<<< a.py\n{OLD}\n=======\n{NEW}\n>>>>>>> a.py\n"
    of_b = (
        "<<<<<<< b.py\n    return sum(values) / len(values)\n=======\n    return 0\n>>>>>>> b.py\n"
    )
    program = apply_reply(PROGRAM, f"{of_a}\n{of_b}").program
    assert program.text("a.py") == A.replace(OLD, NEW)
    assert program.text("b.py") == "def mean(values):\n    return 0\n"


def test_block_of_a_merge_that_never_ends_is_cut_short() -> None:
    assert refused(f"<<<<<<< a.py\n{OLD}\n=======\n{NEW}\n").code == "truncated-reply"


BLOCK = f"<<<<<<< HEAD\n{OLD}\n=======\n{NEW}\n>>>>>>> new\n"


def test_file_shown_around_a_block_is_no_edit() -> None:
    assert after(f"a.py\n```python\n{A.replace(OLD + chr(10), BLOCK)}```\n") == A.replace(OLD, NEW)


def test_change_beside_the_blocks_of_a_fence_is_not_lost_in_silence() -> None:
    whole = A.replace(f"{OLD}\n", BLOCK).replace("STEPS = 200", "STEPS = 300")
    assert "STEPS = 300" in refused(f"a.py\n```python\n{whole}```\n").reason
    assert "STEPS = 300" in refused(f"a.py\n```python\n{BLOCK}\nSTEPS = 300\n```\n").reason


def test_names_and_words_beside_blocks_are_none() -> None:
    blocks = f"a.py\n{BLOCK}\nand then, for the mean:\n\nb.py\n<<<<<<< SEARCH\n    return sum(values) / len(values)\n=======\n    return 0\n>>>>>>> REPLACE\n"
    assert after(f"```\n{blocks}```\n") == A.replace(OLD, NEW)

"""The syntax-tree operators: what they read of a program, and that what they write runs and keeps its form."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.patch import Policy
from cladogen.program import File, Program
from cladogen.proposers.syntax.code import Code, binary, call, number
from cladogen.proposers.syntax.edit import apply, put
from cladogen.proposers.syntax.lift import lift
from cladogen.proposers.syntax.simplify import reductions, tidy, weight
from cladogen.proposers.syntax.source import Source
from cladogen.proposers.syntax.table import NAMES, PYTHON, change, source_of

BINS = '''"""Doc."""
import numpy as np

LIMIT = 20  # a number of the module


def priority(item: float, remaining: np.ndarray) -> np.ndarray:
    """Return a priority."""
    gap = remaining - item      # odd   spacing stays
    score = -gap
    score = np.where((gap < 3) | (gap > LIMIT), 4.0, score * 0.5)
    if item > 50:
        score = score + 2 * gap / item
    return score
'''
DONOR = (
    BINS.replace("4.0", "3.5")
    .replace("score * 0.5", "np.sqrt(gap) - 2")
    .replace("-gap", "gap ** 2")
)


def kinds_of(text: str) -> dict[str, str]:
    source = Source(text)
    return {
        source.get(site.node): f"{site.kind.base} {site.kind.shape}".strip()
        for site in source.sites
    }


def test_kinds_come_from_annotations_and_use() -> None:
    kinds = kinds_of(BINS)
    assert kinds["gap"] == "array ?remaining"
    assert kinds["gap < 3"] == "mask ?remaining"
    assert kinds["item"] == "float"
    assert kinds["item > 50"] == "bool"
    assert kinds["LIMIT"] == "int"


def test_shapes_follow_broadcasting_and_axes() -> None:
    kinds = kinds_of(
        "import numpy as np\n\n\ndef f(n: int):\n    x = np.zeros((n, 2))\n    d = x[:, None, :] - x[None, :, :]\n"
        "    r = np.sqrt((d**2).sum(axis=2)) + 9.0 * np.eye(len(x))\n    w = r.min(axis=1)\n    return w[0] + d + r\n"
    )
    assert kinds["x[:, None, :]"] == "array n, 1, 2"
    assert kinds["d"] == "array n, n, 2"
    assert kinds["r"] == "array n, n"
    assert kinds["r.min(axis=1)"] == "array n"
    assert kinds["w[0]"] == "float"


def test_parameters_without_annotations_take_the_kinds_they_are_called_with() -> None:
    helper = "def half(x, n):\n    return x * n\n\n\ndef run(n: int):\n    import numpy\n    return half(2.5, n)\n"
    source = Source(helper)
    kinds = {source.get(site.node): site.kind.base for site in source.sites}
    assert kinds["x"] == "float"
    assert kinds["x * n"] == "float"


def test_only_code_between_markers_may_change() -> None:
    inside = "    # EVOLVE-BLOCK-START\n    y = y * 2.0\n    # EVOLVE-BLOCK-END\n"
    text = f"def f(x: float):\n    y = x + 1.0\n{inside}    return y - 3.0\n"
    assert {source.get(site.node) for source in [Source(text)] for site in source.sites} == {
        "y * 2.0",
        "y",
        "2.0",
    }
    for name in PYTHON:
        for seed in range(20):
            changed = change("a.py", name, text, None, np.random.default_rng(seed))
            if changed is not None:
                assert changed.splitlines()[:3] == text.splitlines()[:3]
                assert changed.splitlines()[-2:] == text.splitlines()[-2:]


BLOCKED = {
    "a.py": (
        "import math\n\nSCALE = 2.0  # a number that may not move\n\n\ndef f(x: float, n: int):\n"
        "    # EVOLVE_BLOCK_START\n    y = x * 3.0 + 0.0\n    z = y\n    for i in range(n):\n        y = y + i / 2\n"
        "    # EVOLVE_BLOCK_END\n    w = y - 3.0 + 0.0\n    return w\n\n\n# EVOLVE-BLOCK-START\ndef g(x: float):\n"
        "    return max(x, 1.5)\n# EVOLVE-BLOCK-END\nprint(f(1.0, 2))\n"
    ),
    "a.cpp": (
        "int a = 1;\n// EVOLVE BLOCK START\nint b = 2 + a;\nint c = min(b, 7);\n// EVOLVE BLOCK END\nint d = 4 + c;\n"
    ),
}


@pytest.mark.parametrize("path", sorted(BLOCKED))
@pytest.mark.parametrize("name", NAMES)
def test_every_operator_keeps_to_the_blocks_however_their_marks_are_spelt(
    path: str, name: str
) -> None:
    before = Program.of({path: File(BLOCKED[path].encode())})
    donor = BLOCKED[path].replace("3.0", "9.5").replace("2 + a", "5 + a")
    for seed in range(40):
        child = change(path, name, BLOCKED[path], donor, np.random.default_rng(seed))
        if child is not None:
            Policy(editable=("*",)).check(before, before.replace({path: child.encode()}))


def test_lifted_numbers_and_shorter_forms_keep_to_the_blocks() -> None:
    for path, text in BLOCKED.items():
        before = Program.of({path: File(text.encode())})
        lifted = lift(path, text)
        children = [lifted.fill(dict.fromkeys(range(len(lifted.values)), 77))]
        children += reductions(Source(text)) if path.endswith(".py") else []
        assert all(child != text for child in children) and len(children) > (path == "a.py")
        for child in children:
            Policy(editable=("*",)).check(before, before.replace({path: child.encode()}))


def run(text: str) -> np.ndarray:
    site: dict[str, object] = {}
    exec(compile(text, "x", "exec"), site)
    remaining = np.arange(30.0, 151.0)
    with np.errstate(all="ignore"):
        value = site["priority"](30.0, remaining)  # type: ignore[operator]
    assert np.array_equal(remaining, np.arange(30.0, 151.0)), "the caller's array was changed"
    return np.asarray(value)


@pytest.mark.parametrize("name", sorted(PYTHON))
def test_nearly_every_child_runs_and_keeps_the_form_of_other_lines(name: str) -> None:
    good = made = 0
    for seed in range(60):
        child = change("priority.py", name, BINS, DONOR, np.random.default_rng(seed))
        if child is None:
            continue
        made += 1
        ast.parse(child)
        kept = [line for line in BINS.splitlines() if line in child.splitlines()]
        assert len(kept) >= len(BINS.splitlines()) - 5
        try:
            good += run(child).shape == (121,)
        except Exception:  # noqa: BLE001  (counted: a child may fail)
            continue
    assert made >= 20
    assert good >= 0.85 * made


def test_children_of_children_run() -> None:
    rng = np.random.default_rng(1)
    good = made = 0
    for _ in range(30):
        text = BINS
        for _ in range(8):
            name = sorted(PYTHON)[int(rng.integers(len(PYTHON)))]
            text = change("priority.py", name, text, DONOR, rng) or text
        made += 1
        try:
            good += run(text).shape == (121,)
        except Exception:  # noqa: BLE001
            continue
    assert good >= 0.75 * made


def test_brackets_are_put_where_needed_and_dropped_where_not() -> None:
    source = Source("def f(a: float, b: float):\n    return (a + b) * 2.0\n")
    site = next(each for each in source.sites if source.get(each.node) == "a + b")
    assert "return a * 2.0" in apply(source, put(source, site, Code("a")))
    assert "return (a - b) * 2.0" in apply(
        source, put(source, site, binary(Code("a"), "-", Code("b")))
    )
    assert "return max(a, b) * 2.0" in apply(
        source, put(source, site, call("max", Code("a"), Code("b")))
    )


numbers = st.integers(-9, 9).map(number)
codes = st.recursive(
    numbers | st.sampled_from([Code("x"), Code("y")]),
    lambda inner: st.tuples(
        inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "<", "&"]), inner
    ).map(lambda parts: binary(*parts)),
    max_leaves=12,
)


@given(codes, st.sampled_from(["+", "-", "*", "/", "**"]), codes)
@settings(max_examples=200, deadline=None)
def test_joined_code_means_what_its_parts_mean(left: Code, symbol: str, right: Code) -> None:
    tree = ast.parse(binary(left, symbol, right).text, mode="eval").body
    assert isinstance(tree, ast.BinOp)
    assert ast.dump(tree.left) == ast.dump(ast.parse(left.text, mode="eval").body)
    assert ast.dump(tree.right) == ast.dump(ast.parse(right.text, mode="eval").body)


def test_tidy_removes_what_nothing_reads_and_operations_that_do_nothing() -> None:
    text = "def f(x: float):\n    unused = x * 3.0\n    y = x * 1 + 0\n    return --y\n"
    assert tidy(Source(text)) == "def f(x: float):\n    y = x\n    return y\n"


def test_text_that_is_not_python_is_changed_by_lines_and_numbers() -> None:
    text = (
        "#include <cstdio>\nint main() {\n  int a1 = 12;  // keep 7\n  double rate = 0.25;\n  if (a1 < 10) a1 += 3;\n"
        '  printf("%d 5", a1);\n  a1 = a1 + 2;\n}\n'
    )
    tries = [(name, seed) for name in ("constant", "operator", "line") for seed in range(40)]
    changed = {
        change("a.cpp", name, text, None, np.random.default_rng(seed)) for name, seed in tries
    }
    assert len(changed) > 20
    for child in changed - {None}:
        assert child is not None
        assert child.startswith("#include <cstdio>\nint main() {\n")
        assert '"%d 5"' in child or "printf" not in child
        assert "// keep 7" in child or "a1 = " not in child.split("rate")[0]


def test_a_file_that_is_not_python_after_all_is_text() -> None:
    assert source_of("def f(:\n") is None
    assert change("a.py", "wrap", "def f(:\n", None, np.random.default_rng(0)) is None


def test_every_reduction_is_shorter_and_can_be_read() -> None:
    found = reductions(Source(BINS))
    assert len(found) > 10
    for text in found:
        ast.parse(text)
        assert weight(text) < weight(BINS)
    assert any("gap < 3" in text and "LIMIT)" not in text for text in found), (
        "a condition loses one of its halves"
    )
    assert any("if item" not in text and "2 * gap / item" in text for text in found), (
        "a condition leaves its body"
    )

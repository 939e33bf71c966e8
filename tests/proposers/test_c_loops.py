"""Operators on C loops: what they make compiles and computes the same, and is found again."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cladogen.problem import load
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.syntax.c_loops import FLAGS, jam, nest, tile
from cladogen.proposers.syntax.c_nest import loops, statements
from cladogen.proposers.syntax.pick import NothingToDo
from cladogen.proposers.syntax.table import NAMES, C, change, names_for

ROOT = Path(__file__).parents[2]
MATMUL = (ROOT / "problems/cpp_kernels/matmul/kernel.cpp").read_text()
SUMS = (ROOT / "problems/cpp_kernels/prefix_sum/kernel.cpp").read_text()
NEST = """void f(int n, double *a) {
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < 3; ++j) a[j * n + i] += i;
  }
}
"""
LOOPS = ("compiler", "jam", "nest", "tile")
needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++")


def drawn(operator, text, tries=40):
    """Return everything that an operator makes of a text."""
    found = set()
    for seed in range(tries):
        try:
            found.add(operator(text, None, np.random.default_rng(seed)))
        except NothingToDo:
            continue
    return sorted(found)


def test_order_of_two_loops_changes():
    assert drawn(nest, NEST) == [
        "void f(int n, double *a) {\n"
        "  for (int j = 0; j < 3; ++j) {\n"
        "    for (int i = 0; i < n; ++i) {\n"
        "      a[j * n + i] += i;\n"
        "    }\n"
        "  }\n"
        "}\n"
    ]


def test_sum_kept_in_a_variable_does_not_hold_a_nest_together():
    swapped = [text for text in drawn(nest, MATMUL) if "double sum" not in text]
    orders = [[loop.variable for loop in loops(text)] for text in swapped]
    assert ["i", "j", "k", "j"] in orders
    assert all("c[i * n + j] += a[i * n + k] * b[k * n + j]" in text for text in swapped)


def test_loop_whose_range_depends_on_the_outer_one_stays_inside():
    assert not any("for (int l = 0; l <= j; ++l) {\n" in text for text in drawn(nest, SUMS))
    for text in drawn(nest, SUMS):
        variables = [loop.variable for loop in loops(text)]
        assert variables.index("j") < variables.index("l")


@pytest.mark.parametrize(
    "text",
    [
        "int x = 1;\n",
        "for (int i = 0; i < n; i += 2) f(i);\n",
        "for (auto &each : list) f(each);\n",
        'puts("for (int i = 0; i < n; ++i) f();");\n',
        "// for (int i = 0; i < n; ++i) f();\n",
        "for (int i = 0; i < n; ++i {\n",
        "for (",
    ],
)
def test_what_is_no_counting_loop_is_left_alone(text):
    assert loops(text) == []
    for operator in (nest, tile, jam):
        assert drawn(operator, text) == []


def test_loops_outside_the_block_that_may_change_are_left_alone():
    marked = f"{NEST}// EVOLVE-BLOCK-START\nint x = 1;\n// EVOLVE-BLOCK-END\n"
    for operator in (nest, tile, jam):
        assert drawn(operator, marked) == []


def test_statements_of_a_block_are_read_with_their_arms():
    body = '\n int a = 1; // one; two\n if (a) { f(); } else g();\n for (;;) { h(";"); }\n'
    assert [each.split("(")[0].strip() for each in statements(body)] == [
        "int a = 1;", "// one; two\n if", "for",
    ]  # fmt: skip


def test_compiler_is_told_one_thing_once():
    text = MATMUL
    for seed in range(60):
        text = change("kernel.cpp", "compiler", text, None, np.random.default_rng(seed)) or text
    assert text.count("#pragma GCC optimize") == 1
    assert text.split('"')[1] in FLAGS
    assert text.count("#pragma GCC unroll") <= len(loops(text))
    assert text.count("*__restrict ") == 3


def test_loop_that_is_jammed_loses_its_directive():
    told = NEST.replace("  for (int i", "  #pragma GCC unroll 4\n  for (int i")
    jammed = [text for text in drawn(jam, told) if "int i = 0;\n" in text]
    assert jammed and not any("#pragma" in text for text in jammed)


def test_pointers_of_a_function_are_told_apart_together():
    two = f"{MATMUL}\nvoid f(double *a, const float *b, int n) {{ a[0] = b[n]; }}\n"
    told = {
        text.count("*__restrict ")
        for text in (
            change("k.cpp", "compiler", two, None, np.random.default_rng(k)) for k in range(90)
        )
        if text is not None and "__restrict" in text
    }
    assert told == {2, 3}


def test_python_programs_have_no_such_operators():
    assert names_for({"a.py": "x = 1"}) == NAMES
    assert set(names_for({"a.py": "x = 1", "kernel.cpp": ""})) == {*NAMES, *C}
    assert Mutate(load(ROOT / "problems/cap_set")).bandit.arms == NAMES
    assert Mutate(load(ROOT / "problems/courier")).bandit.arms == (*NAMES, *C)
    assert change("a.txt", "tile", NEST, None, np.random.default_rng(0)) is None


def chain(text, rng):
    """Return a text after a few operators in a row, and how many changed it."""
    count = 0
    for _ in range(int(rng.integers(1, 6))):
        name = LOOPS[int(rng.integers(len(LOOPS)))]
        new = change("kernel.cpp", name, text, None, rng)
        text, count = (new, count + 1) if new is not None else (text, count)
    return text, count


@needs_compiler
@pytest.mark.parametrize(("text", "name"), [(MATMUL, "matmul"), (SUMS, "prefix_sum")])
def test_loops_that_were_changed_compute_the_same(text, name, tmp_path):
    rng, variants = np.random.default_rng(7), []
    for k in range(40):
        changed, count = chain(text, rng)
        assert count
        changed = changed.replace('extern "C" void ' + name, f"void {name}_{k}")
        pushed = f"#pragma GCC push_options\n{changed}\n#pragma GCC pop_options\n"
        variants.append(pushed)
    table = ", ".join(f"{name}_{k}" for k in range(len(variants)))
    two = name == "matmul"
    call = "(a.data(), b.data(), c.data(), n)" if two else "(a.data(), c.data(), n)"
    kind = "const double *, " * (2 if two else 1) + "double *, int"
    program = (
        "#include <cstdio>\n#include <vector>\n" + text + "\n".join(variants) + "\n"
        f"int main() {{\n  int n = 23;\n  std::vector<double> a(n * n), b(n * n), c(n * n), d;\n"
        "  for (int i = 0; i < n * n; ++i) a[i] = i * 7 % 17 - 8, b[i] = i * 5 % 13 - 6;\n"
        f"  {name}{call};\n  d = c;\n"
        f"  void (*all[])({kind}) = {{{table}}};\n"
        "  for (auto each : all) {\n    for (double &x : c) x = 1e9;\n"
        f'    each{call};\n    std::printf("%d", c == d);\n  }}\n}}\n'
    )
    (tmp_path / "all.cpp").write_text(program)
    build = ["g++", "-std=c++17", "-O1", "-o", "all", "all.cpp"]
    subprocess.run(build, cwd=tmp_path, check=True, timeout=120)
    out = subprocess.run(
        ["./all"], check=True, cwd=tmp_path, capture_output=True, timeout=60, text=True
    )
    same = [k for k, digit in enumerate(out.stdout) if digit == "1"]
    assert len(out.stdout) == len(variants)
    # prefix sums read what an earlier round wrote: an order that breaks that is the scorer's to see
    assert len(same) == len(variants) if two else len(same) > len(variants) / 2

"""What a scorer is given to check an output with."""

import time

import numpy as np
import pytest

from cladogen.scoring import Invalid, array, integers, number, program_size, token_count


@pytest.mark.parametrize(
    "value", [[[1, 2.5], [3, 4]], np.array([[1, 2], [3, 4]]), np.ones((2, 2), np.float32)]
)
def test_lists_and_arrays_of_numbers_become_doubles(value):
    assert array(value, (2, None)).dtype == np.float64


@pytest.mark.parametrize(
    "value",
    [
        None, True, "1", {}, [], [1, 2], [[1], [2, 3]], [[1, True], [0, 0]], [[1, float("nan")], [0, 0]],
        [[1, None], [1, 1]],
        np.array([[True, False], [True, True]]), np.array([[1, np.inf], [0, 0]]), np.array([[1j, 1], [0, 0]]),
        np.array([["a", "b"], ["c", "d"]]), np.zeros((2, 3)), [[10**400, 1], [0, 0]], [[[1], [2]], [[3], [4]]],
    ],
)  # fmt: skip
def test_anything_else_is_invalid(value):
    with pytest.raises(Invalid):
        array(value, (2, 2))


def test_lists_one_level_too_deep_are_said_to_be_too_deep():
    with pytest.raises(Invalid, match=r"the route must be 1-dimensional.* holds lists"):
        integers([[1, 2], [3, 4]], (None,), 0, 9, "the route")
    with pytest.raises(Invalid, match="must be one number"):
        array([1.0], ())


def test_integers_are_exact_and_in_range():
    assert integers([1, 2, 3], (3,), 1, 3).tolist() == [1, 2, 3]
    for value in ([1.0, 2.0, 3.0], [0, 1, 2], [1, 2, 4], [1, 2, True], np.array([1.0, 2.0, 3.0])):
        with pytest.raises(Invalid):
            integers(value, (3,), 1, 3)


def test_number_refuses_what_python_would_convert():
    assert number(3) == 3.0
    for value in (True, "3", [3], None, float("inf"), 10**400):
        with pytest.raises(Invalid):
            number(value)


def test_size_counts_what_computes_and_not_how_it_is_written():
    bare = "def f(a):\n    return a + 1\n"
    assert program_size(bare) == program_size(
        '"""Text."""\nimport math\n\n\ndef f(a):\n    """Text."""\n    return (a\n      + 1)  # more\n'
    )
    assert program_size("def f(a):\n    return a + 1 + 2\n") == program_size(bare) + 2
    with pytest.raises(Invalid, match="not readable as Python"):
        program_size("def f(:")


def test_text_whose_syntax_tree_would_not_fit_in_memory_is_invalid():
    with pytest.raises(Invalid, match="characters"):
        program_size("x = [" + "0," * (1 << 20) + "]")


HIDDEN = "total = total + weight[k] * item;" * 40


@pytest.mark.parametrize(
    "text",
    [f"exec({HIDDEN!r})", f'"""{HIDDEN}"""\nexec(__doc__)', f"# {HIDDEN}\nimport importlib\n"],
)
def test_program_that_hides_in_a_text_or_in_a_comment_is_not_small(text):
    assert program_size(text) > 150


READ_BACK = {
    "a comment, by timeit": f"import timeit\ntimeit.timeit(PROGRAM)\n# {HIDDEN}",
    "its own file": f"text = open(PLACE).read()\n# {HIDDEN}",
    "its own file, by numpy": f"import numpy as np\ntext = np.fromfile(PLACE, 'u1')\n# {HIDDEN}",
    "a docstring": f'def f():\n    """{HIDDEN}"""\nweights = f.__doc__',
    "a docstring, by a format": f'def f():\n    """{HIDDEN}"""\ntext = "{{0.__doc__}}".format(f)',
    "a docstring, by a format put together": (
        f'def f():\n    """{HIDDEN}"""\ntext = ("{{0._" + "_doc__}}").format(f)'
    ),
    "a module's own modules": f"import random\ntext = random._os\n# {HIDDEN}",
    "the layout": f"def f():\n    return g.gi_frame.f_lineno\n# {HIDDEN}",
    "the names of variables": f"found = dir()\n# {HIDDEN}",
    "a docstring, by what makes a class": (
        f"class M(type):\n    def __init__(c, n, b, d): found.extend(d.values())\n"
        f'class X(M("B", (), {{}})):\n    """{HIDDEN}"""'
    ),
    "a docstring, by a metaclass": f'class X(metaclass=M):\n    """{HIDDEN}"""',
    "a docstring, by a wrapper": (
        f'import functools\ndef f():\n    """{HIDDEN}"""\nfunctools.update_wrapper(R(), f)'
    ),
    "a docstring, by a class that heeds what is set": (
        f'class W:\n    def __setattr__(self, k, v): found.append(v)\ndef f():\n    """{HIDDEN}"""'
    ),
    "a docstring, by the help of numpy": (
        f'import numpy as np\ndef f():\n    """{HIDDEN}"""\nnp.info(f, 9999, W())'
    ),
    "a docstring, by the memo of a copy": (
        f'import copy\nimport numpy as np\ndef f():\n    """{HIDDEN}"""\n'
        "copy.deepcopy(np.vectorize(f), memo)"
    ),
    "a docstring, by a pickle": (
        f'import numpy as np\ndef f():\n    """{HIDDEN}"""\n'
        "np.array(np.vectorize(f), object).dumps()"
    ),
    "a docstring, by a pattern": (
        f'def f():\n    """{HIDDEN}"""\nmatch f:\n    case object(__doc__=found): pass'
    ),
    "a comment, which an encoding makes code": f"# coding: unicode_escape\n#\\u000a{HIDDEN}",
    "what runs text within typing": (
        f"from typing import List, get_args\nget_args(List['x'])[0]._evaluate(g, g, s)\n# {HIDDEN}"
    ),
    "what runs text within dataclasses": (
        f"import dataclasses\ndataclasses._create_fn('f', ['n'], LINES)\n# {HIDDEN}"
    ),
    "a private name of a module": f"import random\nrandom._test(9)\n# {HIDDEN}",
    "its own file, by a module named self": (
        f"import numpy as self\ntext = self.fromfile(PLACE, 'u1')\n# {HIDDEN}"
    ),
    "its own file, by a module that is handed on": (
        "import numpy as np\nclass A:\n    def f(self): return self.fromfile(PLACE, 'u1')\n"
        f"A.f(np)\n# {HIDDEN}"
    ),
    "what runs text, by a module that is handed on": (
        "import dataclasses\nclass A:\n    def f(self): return self._some_fn(LINES)\n"
        f"A.f(dataclasses)\n# {HIDDEN}"
    ),
    "its own file, by a star": f"from numpy import *\ntext = fromfile(PLACE, 'u1')\n# {HIDDEN}",
    "a docstring, by a format of a frame": (
        f'def f():\n    """{HIDDEN}"""\n    yield\n'
        'text = "{0.gi_frame.f_code.co_consts[0]}".format(f())'
    ),
    "its own file, by scipy": f"from scipy.io import FortranFile\n# {HIDDEN}",
    "its own file, by a part of scipy": f"from scipy import io\n# {HIDDEN}",
    "its own file, by what prints a licence": (
        f"text = repr(type(license)('', '', ['pack.py'], ['.']))\n# {HIDDEN}"
    ),
    "what runs text within functools, by a class that answers to any name": (
        "import functools\nclass A:\n    def __getattr__(self, name): return TABLE\n"
        f"functools.singledispatch(f).register(A())\n# {HIDDEN}"
    ),
    "memory, by an object that answers to any name": (
        "import numpy as np\nclass A:\n    def __getattr__(self, name): return TABLE\n"
        f"np.asarray(A())\n# {HIDDEN}"
    ),
    "memory, by a class made of a table": (
        f"import numpy as np\nnp.asarray(type('A', (), TABLE)())\n# {HIDDEN}"
    ),
    "memory, by a class of a class made of a table": (
        f"import numpy as np\nclass A: pass\nmade = type(A)\nnp.asarray(made('B', (), TABLE)())\n# {HIDDEN}"
    ),
    "memory, by an enumeration made of a table": (
        f"import numpy as np\nfrom enum import Enum\nnp.asarray(Enum('A', TABLE))\n# {HIDDEN}"
    ),
    "variables, by a class that says a generator is its own": (
        "class A(ABC):\n    gi_frame: int\nA.register(kind)\n"
        f"match g():\n    case A(frame): pass\n# {HIDDEN}"
    ),
    "another module of the program": f"from helpers import pack\n# {HIDDEN}",
}


@pytest.mark.parametrize("text", READ_BACK.values(), ids=READ_BACK)
def test_a_program_that_can_read_what_is_free_pays_for_its_whole_text(text):
    assert program_size(text) >= len(text) // 8


@pytest.mark.parametrize("text", [f"def f({'x' * 20_000}):\n    pass", f"{'x' * 20_000} = 1"])
def test_a_name_as_long_as_a_program_counts_by_its_length(text):
    assert program_size(text) > 1000


NAMES = [f"{'x' * 20}{number:04d}" for number in range(100)]


@pytest.mark.parametrize(
    "text",
    [
        f"match x:\n    case C({', '.join(f'{name}=_' for name in NAMES)}): pass",
        f"def f({', '.join(NAMES)}): pass",
        f"f = lambda {', '.join(NAMES)}: 0",
        "class E(Enum):\n" + "".join(f"    from math import pi as {name}\n" for name in NAMES),
        f"class E(Enum):\n    {', '.join(NAMES)} = range(100)",
        f"class A:\n    def __getattr__(self, name): pass\nA().{'.'.join(NAMES)}",
        f"told = [{', '.join(f'lambda: {name}' for name in NAMES)}]",
    ],
    ids=[
        "attributes of a pattern",
        "parameters",
        "parameters of a lambda",
        "imports of a class",
        "members of a class",
        "attributes of a class that answers to any",
        "names that nothing binds",
    ],
)
def test_names_that_a_program_can_come_by_count_by_their_length(text):
    assert program_size(text) >= 100 * 24 // 8 - 3


@pytest.mark.parametrize("bit", ["[]", "()", "{}", "f''", "lambda: []", "[[]]", "[*()]", "((),)"])
def test_brackets_around_nothing_are_not_free(bit):
    assert program_size(f"bits = [{', '.join([bit] * 100)}]") >= 100


def test_brackets_around_what_computes_are_free():
    assert program_size("rows = [[1, 2], [3, 4], (5, 6)]") == 8
    assert program_size("last = [[1]]") == 4


def test_what_a_problem_lets_its_programs_import_costs_nothing_more():
    text = f"from helpers import pack\n# {HIDDEN}"
    assert program_size(text, ("helpers",)) < 10


def test_an_ordinary_program_pays_for_no_comment():
    text = (
        "from __future__ import annotations\nimport copy\nimport enum\nimport math\nimport numpy as np\n"
        "from itertools import product\nfrom scipy import optimize\nfrom numpy.linalg import norm\n"
        "from scipy.spatial.distance import cdist\nfrom collections.abc import Iterator\n"
        "class Kind(enum.Enum):\n    GOOD = 1\n"
        "class Best:\n    'The best.'\n    __slots__ = ('queue',)\n"
        "    def __init__(self, load):\n        self.queue = load\n"
        "        self._best = self.queue\n"
        "    def __lt__(self, other):\n        return self.queue < other.queue < other._best\n"
        "def run(x):\n    s = f'{x:.3f}' + '{}'.format(x)\n"
        "    other = copy.deepcopy(x)\n"
        "    if type(x) is int or isinstance(other, type(x)): x = type(s)(x)\n"
        "    return np.linalg.norm(np.trace(x)), np.select([x], [x]), np.random.default_rng(0), s\n"
    )
    assert program_size(text + f"# {HIDDEN}\n" * 5) == program_size(text)


TOKENS_READ_BACK = {
    "by the end of a comment over two lines": f"/* free *\\\n/ {HIDDEN} /* end */",
    "by the end of a comment over two lines with a space": f"/* free *\\ \n/ {HIDDEN} /* end */",
    "by a raw string over two lines": f'auto t = R"(a)\\\n" /* )"; {HIDDEN} /* end */',
    "by a macro that makes text": f"#define T(x) #x\nauto t = T(a);\n// {HIDDEN}",
    "by a macro over two lines": f"#define T(x) \\\n#x\nauto t = T(a);\n// {HIDDEN}",
    "by a digraph": f"%:define T(x) %:x\nauto t = T(a);\n// {HIDDEN}",
    "by names put together": f"#define T(a, b) a##b\nint x = T(o, pen)(1);\n// {HIDDEN}",
    "its own file": f'auto f = fopen("kernel.cpp", "r");\n// {HIDDEN}',
    "its own file, by another name of the library": f'auto f = __open64("kernel.cpp", 0);\n// {HIDDEN}',
    "its own file, by an older name": f'auto f = _IO_fopen("kernel.cpp", "r");\n// {HIDDEN}',
    "what an assertion tells": (
        f'extern "C" void __assert_fail(const char *t, const char *, unsigned, const char *);\n// {HIDDEN}'
    ),
    "its own file, named by the compiler": f"const char *name = __FILE__;\n// {HIDDEN}",
    "its own lines": f"int n = __LINE__;\n// {HIDDEN}",
    "itself, included": f'#include "kernel.cpp"\n// {HIDDEN}',
    "another file, between texts that look like a comment": (
        f'auto a = "/*";\n#include "main.cpp"\nauto b = "*/";\n// {HIDDEN}'
    ),
    "by the end of a comment over two lines, by a trigraph": f"/* free *??/\n/ {HIDDEN} /* end */",
    "a file that the assembler reads": (
        f'__attribute__((section(".data\\n.include \\"notes\\""))) int a;\n// {HIDDEN}'
    ),
    "the same, by an attribute of the compiler's": f'[[gnu::weakref("b")]] int a();\n// {HIDDEN}',
    "another header": f"#include <filesystem>\n// {HIDDEN}",
    "another program": f'int n = system("python3 -c 1");\n// {HIDDEN}',
    "machine code from a file": f'asm(".incbin \\"library.so\\"");\n// {HIDDEN}',
}


@pytest.mark.parametrize("text", TOKENS_READ_BACK.values(), ids=TOKENS_READ_BACK)
def test_a_c_text_that_can_read_what_is_free_pays_for_its_whole_text(text):
    assert token_count(text) >= len(text) // 8


def test_a_c_name_as_long_as_a_program_counts_by_its_length():
    assert token_count("int " + "x" * 20_000 + ";") > 1000


def test_an_ordinary_c_program_pays_for_no_comment():
    text = (
        "#include <vector>  // all\n#include <immintrin.h>\n#pragma GCC unroll 4\n"
        "#define N 8\n#if N > 4\nint f(int a) { return a % N; }\n#endif\n"
    )
    assert token_count(text + f"/* {HIDDEN} */" * 5) == token_count(text)


def test_text_and_number_count_by_their_length():
    assert program_size("name = 'near'") == program_size("name = 7") == 3
    assert program_size(f"name = {'x' * 80!r}") == program_size(f"name = {2**639}") == 12


def test_tokens_are_those_of_the_compiler():
    assert token_count("int a = 1'000; // an int\n/* two\nlines */ char b = '\"';") == 10
    assert token_count('f(R"x(a " // b)x", 0x1F, 1e-3);') == 10
    assert token_count("// goes on \\\nhere") == 0


@pytest.mark.parametrize(
    "opening", ['const char *s = "//";', "char c = '\"'; int i = 0;", 'auto s = R"(/*)";']
)
def test_code_behind_what_looks_like_a_comment_counts(opening):
    assert token_count(opening + HIDDEN) == token_count(opening) + token_count(HIDDEN)


@pytest.mark.parametrize("opening", ["/*", '"', 'R"(', "'", "1'", '"\\', "//\\\n", "1e+"])
def test_tokens_of_a_text_of_openings_are_counted_at_once(opening):
    before = time.process_time()
    token_count(opening * (200_000 // len(opening)))
    assert time.process_time() - before < 3.0

"""Bugs that evolve against agents: made from a few numbers, and checked."""

import numpy as np
from bugs import HIDDEN, VISIBLE, edits, outcome, parse, passes, patched, readable
from functions import HELD_OUT, SOURCES, arguments
from minilang import Failure

from cladogen.scoring import Case, Invalid

TRAINED = [name for name in SOURCES if name not in HELD_OUT]
FEWEST, MOST_TESTS, LONGEST = 2, 60, 2000
KEYS = ("function", "source", "visible", "hidden")


def generate(genes, parameters):
    """Return a bug: the ``place``-th thousandth of the edits of one of the training functions, with
    so many ``visible`` tests.
    """
    rng = np.random.default_rng([genes["seed"], 0x67656E])
    name = TRAINED[genes["function"] % len(TRAINED)]
    right = SOURCES[name]
    candidates = list(edits(right))
    at = genes["place"] * len(candidates) // 1000
    drawn = [arguments(name, rng) for _ in range(genes["visible"] + HIDDEN)]
    return {
        "function": right,
        "source": patched(right, *candidates[at]),
        "visible": drawn[: genes["visible"]],
        "hidden": drawn[genes["visible"] :],
    }


def admit(data, parameters):
    """Return the case that a right function, the same with one line changed, and arguments make;
    raises Invalid for what is none: one patch must solve it, and a visible test must fail.
    """
    right, source, visible, hidden = checked(data)
    number = changed_line(right, source)
    function = parse(right)
    tests = [(args, outcome(function, args)) for args in (*visible, *hidden)]
    if any(kind != "value" for _, (kind, *_) in tests):
        raise Invalid("the right function fails on its own tests")
    shown = tests[: len(visible)]
    if not readable(source) or passes(source, shown):
        raise Invalid("no visible test fails")
    if not passes(patched(source, number, right.splitlines()[number - 1]), tests):
        raise Invalid("putting the line back does not solve it")
    seen = {
        "name": right.split("(")[0].removeprefix("def ").strip(),
        "source": source,
        "tests": [{"args": args, "expected": wanted[-1]} for args, wanted in shown],
        "tries": parameters["tries"],
    }
    ordered = sorted(shown, key=lambda test: passes(source, [test]))
    return Case("", seen, answer=(ordered, tests))


def checked(data):
    """Return the right function, the wrong one, and the arguments of visible and hidden tests."""
    if not isinstance(data, dict) or set(data) != set(KEYS):
        raise Invalid(f"a bug must have {', '.join(KEYS)}, and nothing else")
    right, source, visible, hidden = (data[key] for key in KEYS)
    for text in (right, source):
        if not isinstance(text, str) or len(text) > LONGEST:
            raise Invalid(f"a function must be a text of at most {LONGEST} characters")
    check_tests(visible, FEWEST)
    check_tests(hidden, VISIBLE)
    try:
        name = parse(right).name
    except Failure as failure:
        raise Invalid(f"the right function: {failure}") from None
    if name in HELD_OUT:
        raise Invalid(f"{name} is held out")
    return right, source, visible, hidden


def check_tests(tests, least):
    lists = isinstance(tests, list) and all(isinstance(args, list) for args in tests)
    if not lists or not least <= len(tests) <= MOST_TESTS:
        raise Invalid(f"tests must be {least} to {MOST_TESTS} lists of arguments")


def changed_line(right, source):
    """Return the number of the one line in which two functions differ; raises Invalid."""
    one, other = right.splitlines(), source.splitlines()
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=False), 1) if a != b]
    if len(one) != len(other) or len(differ) != 1:
        raise Invalid("the functions must differ in one line")
    return differ[0]

"""The repair agent's world: a language that holds whatever it is given, fresh bugs, and a score that only counts."""

import copy
import time

import numpy as np
import pytest

from cladogen.scoring import Case, Invalid

PARAMETERS = {"bugs": 1, "tries": 30, "seed": 3}


@pytest.fixture
def world(scorer):
    """The scorer, and the modules it stands on."""
    module = scorer("repair_agent")
    import bugs
    import functions
    import minilang

    module.bugs, module.functions, module.minilang = bugs, functions, minilang
    return module


def test_right_functions_mean_what_python_means(world):
    rng = np.random.default_rng(0)
    for name, source in world.functions.SOURCES.items():
        names = {}
        exec(source, names)
        for _ in range(20):
            arguments = world.functions.arguments(name, rng)
            wanted = names[name](*copy.deepcopy(arguments))
            assert world.minilang.call(world.minilang.parse(source), arguments) == wanted, (
                name,
                arguments,
            )


@pytest.mark.parametrize(
    "body",
    [
        "import os", "return x.__class__", "return open(0)", "return eval", "while 1:\n        pass", "return f(x)",
        "return [0] * 10000 * 10000", "return 10000 * [0, 0]", "return (1,) * 1000000000", "x = [[1], [1]]",
        "x = [1]; x[0:0] = x; x.append(x)", "x = [1]; x[0] = x", "x = (1, (1, 1))",
        "x = [1]\n    while 1: x[0:0] = x",
        "return range(10000000000)", "return x ** x", "return 1 << 99",
        "for i in range(90):\n        x = x * 97\n    return x", "x.append(1)", "return 'a'", "return 1.5", "lambda: 1",
        "return [y for y in x]", "x, y = 1\n    return x", "return sorted(key=1)", "return x[0]", "return zz",
        "break",
        "def g():\n        return 1", "try:\n        x = 1\n    except:\n        pass", "return f(1, 2)", "global x",
        "y = [1]\n    for i in y:\n        y.append(i)", "return 1 // 0",
        "return (" + "(" * 500 + "1" + ")" * 500 + ")",
    ],
)  # fmt: skip
def test_whatever_is_not_in_the_language_is_a_failure(world, body):
    with pytest.raises(world.minilang.Failure):
        world.minilang.call(world.minilang.parse(f"def f(x):\n    {body}\n"), [7])


@pytest.mark.parametrize("term", ["1+", "0*len([9]*2000)+", "sum(range(2000))+", "-"])
def test_patches_that_work_as_long_as_they_may_are_judged_in_time(world, term):
    source = f"def f(x):\n    while {term * (180 // len(term) if term != '-' else 50)}1:0\n    return x\n"
    before = time.process_time()
    for _ in range(30):
        with pytest.raises(world.minilang.Failure):
            world.minilang.call(world.minilang.parse(source), [7])
    assert time.process_time() - before < 4.0


def test_lines_that_were_run_are_told_and_arguments_are_left_alone(world):
    lines, argument = set(), [3, 1]
    source = "def f(xs):\n    if len(xs) > 5:\n        return 0\n    xs[0] = 9\n    return xs\n"
    assert world.minilang.call(world.minilang.parse(source), [argument], lines) == [9, 1]
    assert lines == {2, 4, 5}
    assert argument == [3, 1]


def honest(world):
    """Return the cases without the canary."""
    return [case for case in world.cases(PARAMETERS) if case.name != "canary"]


def test_canary_looks_like_a_case_and_not_even_the_right_patch_solves_it(world):
    (canary,) = [case for case in world.cases(PARAMETERS) if case.name == "canary"]
    twin = next(case for case in honest(world) if case.input == canary.input)
    right = world.functions.SOURCES[canary.input["name"]].splitlines()
    buggy = canary.input["source"].splitlines()
    (number,) = [at for at, (a, b) in enumerate(zip(right, buggy, strict=True), 1) if a != b]
    patch = [[number, right[number - 1]]]
    assert world.score(twin, patch).metrics["solved"] == 1.0
    assert world.score(canary, patch).metrics == {"solved": 0.0, "tries": 1.0}


def test_every_bug_fails_a_visible_test_and_held_out_functions_are_others(world):
    cases = honest(world)
    assert len(cases) == len(world.functions.SOURCES)
    assert {case.input["name"] for case in cases if case.split == "heldout"} == set(
        world.functions.HELD_OUT
    )
    for case in cases:
        assert not world.passes(case.input["source"], case.answer[0])
        assert "answer" not in case.input
        assert world.score(case, []).metrics == {"solved": 0.0, "tries": 30.0}


def test_right_patch_solves_and_tries_before_it_are_counted(world):
    for case in honest(world):
        right = world.functions.SOURCES[case.input["name"]].splitlines()
        buggy = case.input["source"].splitlines()
        (number,) = [
            at for at, pair in enumerate(zip(right, buggy, strict=True), 1) if pair[0] != pair[1]
        ]
        patches = [[1, "nonsense"], [number, buggy[number - 1]], [number, right[number - 1]]]
        assert world.score(case, patches).metrics == {"solved": 1.0, "tries": 3.0}


def test_patch_that_would_have_been_right_is_named(world):
    case = next(case for case in honest(world) if case.input["name"] == "is_prime")
    right = world.functions.SOURCES["is_prime"].splitlines()
    buggy = case.input["source"].splitlines()
    (number,) = [at for at, (a, b) in enumerate(zip(right, buggy, strict=True), 1) if a != b]
    visible, hidden = case.answer
    wrong = Case(case.name, case.input, "train", (visible[:0], hidden))  # any patch passes these
    patches = [[number, buggy[number - 1]], [number, right[number - 1]]]
    said = world.score(wrong, patches).feedback
    assert said == "patch 1: passes the visible tests and fails hidden ones; patch 2 passes all"
    said = world.score(wrong, patches[:1]).feedback
    assert said.endswith("fails hidden ones; no later one passes all")


def test_visible_tests_alone_do_not_solve(world):
    case = next(case for case in honest(world) if case.input["name"] == "is_prime")
    table = {test["args"][0]: test["expected"] for test in case.input["tests"]}
    cheat = "    return " + " + ".join(f"(n == {n})" for n, prime in table.items() if prime)
    assert (
        world.score(case, [[2, cheat if "+" in cheat else "    return 0"]]).metrics["solved"] == 0.0
    )


@pytest.mark.parametrize(
    "output",
    [None, "x", {}, [[1]], [["1", "x"]], [[1, 2]], [[True, "x"]], [[0, "x"]], [[99, "x"]], [[1, "a\nb"]],
     [[1, "x"]] * 31,
     [[1, "x" * 201]], [[1.0, "x"]]],
)  # fmt: skip
def test_output_that_is_no_list_of_patches_is_invalid(world, output):
    with pytest.raises(Invalid):
        world.score(world.cases(PARAMETERS)[0], output)


def test_agent_that_tries_its_own_patches_solves_most_bugs(world):
    solved = []
    for case in honest(world):
        tests = [
            (test["args"], ("value", type(test["expected"]).__name__, test["expected"]))
            for test in case.input["tests"]
        ]
        source = case.input["source"]
        passing = [
            list(edit)
            for edit in world.bugs.edits(source)
            if world.passes(world.patched(source, *edit), tests)
        ]
        solved.append(world.score(case, passing[:1]).metrics["solved"])
    assert np.mean(solved) > 0.8


def test_case_is_data_only(world):
    case = world.cases(PARAMETERS)[0]
    assert isinstance(case, Case)
    assert set(case.input) == {"name", "source", "tests", "tries"}


def test_generated_bug_is_solved_by_putting_its_line_back_and_is_never_of_a_held_out_function(
    world,
):
    seen = set()
    for seed in range(40):
        genes = {"function": seed % 12, "place": 25 * seed, "visible": 3 + seed % 8, "seed": seed}
        data = world.generate(genes, PARAMETERS)
        try:
            case = world.admit(data, PARAMETERS)
        except Invalid:
            continue
        seen.add(case.input["name"])
        pairs = zip(data["function"].splitlines(), data["source"].splitlines(), strict=True)
        (patch,) = [[at, right] for at, (right, wrong) in enumerate(pairs, 1) if right != wrong]
        assert world.score(case, [patch]).metrics["solved"] == 1.0
        assert world.score(case, []).metrics["solved"] == 0.0
    assert len(seen) > 5 and not seen & set(world.functions.HELD_OUT)


def test_bug_that_is_none_is_refused(world):
    data = world.generate({"function": 1, "place": 500, "visible": 8, "seed": 1}, PARAMETERS)
    right = data["function"]
    for changed, words in (
        ({"source": right}, "differ in one line"),
        ({"visible": []}, "2 to 60"),
        ({"hidden": 7}, "8 to 60"),
        ({"function": "x = 1"}, "the right function"),
        ({"function": world.functions.SOURCES["rotate"]}, "held out"),
        ({"more": 1}, "nothing else"),
    ):
        with pytest.raises(Invalid, match=words):
            world.admit({**data, **changed}, PARAMETERS)

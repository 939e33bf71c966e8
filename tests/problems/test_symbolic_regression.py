"""Expressions are parsed by our own rules, never executed, and judged on points that were not seen."""

import asyncio
import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from cladogen.by_hand.desk import Desk
from cladogen.problem import load
from cladogen.run_folder import create_run
from cladogen.scoring import Invalid
from cladogen.search.budget import Caps
from cladogen.settings import Settings

FOLDER = Path(__file__).parents[2] / "problems/symbolic_regression"

X = np.array([0.5, 1.0, 2.0])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*x", 1 + 2 * X),
        ("-x^2", -(X**2)),
        ("2^-x", 2.0**-X),
        ("x^2^0.5", X ** (2**0.5)),
        ("(x - 1)*(x + 1) / 2", (X**2 - 1) / 2),
        ("sin(x)**2 + cos(x)**2", X**0),
        ("1.5e-3*exp(-abs(-x))", 1.5e-3 * np.exp(-X)),
        ("3", np.full(3, 3.0)),
        ("8 - 4 - 2", np.full(3, 2.0)),
        (".5", np.full(3, 0.5)),
    ],
)
def test_expression_has_its_usual_value(scorer, text, value):
    assert scorer("symbolic_regression").evaluate(text, {"x": X}) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "x +", "(x", "x)", "x x", "y", "sin", "sin x", "1..2", "__import__('os')", "x.real", "x[0]", "lambda: 1",
        "x; x",
        "log(-x)", "1/(x - 1)", "exp(exp(exp(9*x)))", "(" * 61 + "x" + ")" * 61, "-" * 100 + "x", "x" + "+x" * 300,
        3, None, ["x"],
    ],
)  # fmt: skip
def test_what_is_no_expression_with_finite_values_is_invalid(scorer, text):
    with pytest.raises(Invalid):
        scorer("symbolic_regression").evaluate(text, {"x": X})


def test_the_right_law_has_no_error_anywhere_and_noise_does_not_count(scorer):
    module = scorer("symbolic_regression")
    train, _, heldout, _ = module.cases({"system": "oscillator", "points": 50, "seed": 1})
    law = "-1.3*x - 0.25*v - 0.4*x^3 + 0.15*x*v - 0.1*v*abs(v) + 0.8*sin(1.7*t) + 0.2*x^2"
    for case in (train, heldout):
        assert module.score(case, law).metrics["error"] < -12
    assert module.score(train, law).metrics["size"] == 44
    assert set(train.input) == {"variables", "inputs", "targets"}


def test_scorer_says_what_is_left_along_each_variable_until_only_noise_is(scorer):
    module = scorer("symbolic_regression")
    case = module.cases({"system": "oscillator", "points": 400, "seed": 1})[0]
    law = "-1.3*x - 0.25*v - 0.4*x^3 + 0.15*x*v - 0.1*v*abs(v) + 0.8*sin(1.7*t) + 0.2*x^2"
    said = module.score(case, law).feedback
    assert said.endswith("; the noise, 0.01 of the spread, lets a law of 8 weights come to -5.7")
    said = module.score(case, law.removesuffix(" + 0.2*x^2")).feedback
    means = {
        name: [int(each) for each in figures.split()]
        for name, figures in re.findall(r"([xvt*]+) ((?:[-+]\d+ ?)+)", said.partition(" of: ")[2])
    }
    assert set(means) == {"x", "v", "t", "x*v", "x*t", "v*t"}
    assert means["x"][0] > means["x"][2] + 15 < means["x"][5]  # a term in x^2 is missing
    assert max(map(abs, means["v"])) < 15


def test_expression_without_value_outside_counts_as_far_off_there(scorer):
    module = scorer("symbolic_regression")
    train, _, heldout, _ = module.cases({"system": "stress_strain", "points": 50, "seed": 1})
    metrics = module.score(train, "sqrt(0.3 - e)").metrics
    assert metrics["error_out"] == module.WORST
    assert (
        module.score(heldout, "sqrt(0.3 - e)").metrics["error"]
        > module.score(heldout, "e").metrics["error"]
    )


@pytest.fixture
def seed(monkeypatch):
    """Return the modules of the seed program, loaded as a candidate's own process does."""
    monkeypatch.syspath_prepend(FOLDER / "seed")
    before = set(sys.modules)
    yield {name: importlib.import_module(name) for name in ("column", "fit", "driver")}
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda x, y: x + 2 * y, "(x+(2*y))"),
        (lambda x, y: -x / (y + 1), "((-x)/(y+1))"),
        (lambda x, y: x**2 * np.sin(0.5 * y), "((x^2)*sin(0.5*y))"),
        (lambda x, y: np.log1p(np.abs(x - y)), "log(1+abs(x-y))"),
        (lambda x, y: np.maximum(x, y) - np.hypot(x, -1.5), None),
        (lambda x, y: np.exp(-(((x - np.mean(x)) / np.std(x)) ** 2)) * y.max(), None),
    ],
)
def test_column_computes_as_an_array_and_its_text_means_the_same(scorer, seed, made, text):
    arrays = {"x": np.linspace(0.5, 2.0, 9), "y": np.linspace(3.0, -0.9, 9)}
    column = made(*(seed["column"].Column(name, values) for name, values in arrays.items()))
    assert column.computed() == pytest.approx(made(*arrays.values()))
    assert scorer("symbolic_regression").evaluate(str(column), arrays) == pytest.approx(
        column.computed(), rel=1e-7
    )
    assert text is None or str(column) == text


def test_sum_is_taken_apart_with_its_products_expanded(seed):
    a, b = (seed["column"].Column(name, np.arange(1.0, 4.0)) for name in "ab")
    assert [str(term) for term in (2 * (a + 1) * (b - 3) / 5 - a**2).terms()] == [
        "(a*b)", "a", "b", "(a^2)"
    ]  # fmt: skip
    assert [str(term) for term in ((a + b) / (1 + a)).terms()] == ["(a/(1+a))", "(b/(1+a))"]


def test_what_no_expression_can_say_is_refused_by_numpy(seed):
    a = seed["column"].Column("a", np.arange(3.0))
    for made in (lambda: np.where(a > 1, a, 0), lambda: np.floor(a), lambda: a % 2):
        with pytest.raises(TypeError):
            made()


def test_fit_finds_weights_and_numbers_and_leaves_out_what_explains_nothing(scorer, seed):
    rng = np.random.default_rng(0)
    x, t = rng.uniform(-2, 2, 300), rng.uniform(0, 10, 300)
    right = 3.0 - 1.5 * x**2 + 0.8 * np.sin(1.7 * t)
    a, b = (seed["column"].Column(name, values) for name, values in (("x", x), ("t", t)))
    terms = (a + a**2 + b * a + np.sin(1.6 * b)).terms()
    text = seed["fit"].fitted(terms, right + 0.01 * rng.normal(size=300))
    found = scorer("symbolic_regression").evaluate(text, {"x": x, "t": t})
    assert np.sqrt(np.mean((found - right) ** 2)) < 0.005
    assert "t*x" not in text and "*x " not in text and "sin(1.7" in text


@pytest.mark.parametrize("system", ["oscillator", "stress_strain", "growth", "kinetics"])
def test_seed_is_a_straight_line_and_makes_sense_of_every_system(scorer, seed, system):
    module = scorer("symbolic_regression")
    case = module.cases({"system": system, "points": 400, "seed": 0})[0]
    text = seed["driver"].run(case.input)
    assert -1.3 < module.score(case, text).metrics["error"] < -0.4
    seed["driver"].law = lambda a, b, c: 7.0
    assert float(seed["driver"].run(case.input)) == pytest.approx(case.input["targets"].mean())


def test_model_sees_the_best_value_the_budget_and_all_that_was_tried(tmp_path):
    settings = Settings(sandbox="local", caps=Caps(proposals=40))
    problem = load(FOLDER, seeds=False)
    settings = settings.over(problem.defaults, "problem.toml")
    create_run(tmp_path / "run", FOLDER, settings).close()
    desk = Desk(tmp_path / "run")
    for change in ("a + b + c + a**3", "a + b + c + a**2 + a**3"):
        task = asyncio.run(desk.ask("test"))
        assert "Answer in the form" in task.prompt
        text = (FOLDER / "seed/model.py").read_text().replace("a + b + c", change)
        reply = f"Idea: Another power.\n\nmodel.py\n```\n{text}```\n"
        asyncio.run(desk.tell(task.ticket, reply))
    prompt = asyncio.run(desk.ask("test")).prompt
    assert "## Program #2, the one to change" in prompt
    assert "The best so far is this program, with error -" in prompt
    assert "This search has made 2 of about 40 proposals that its budget allows." in prompt
    assert "## What was tried in this search" in prompt
    assert "- #2 (diff on #1) Another power." in prompt
    assert "- #1 (diff on #0) Another power." in prompt
    assert "lets a law of 8 weights come to -5.7" in prompt

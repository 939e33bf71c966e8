"""Expressions are parsed by our own rules, never executed, and judged on points that were not seen."""

import numpy as np
import pytest

from cladogen.scoring import Invalid

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


def test_expression_without_value_outside_counts_as_far_off_there(scorer):
    module = scorer("symbolic_regression")
    train, _, heldout, _ = module.cases({"system": "stress_strain", "points": 50, "seed": 1})
    metrics = module.score(train, "sqrt(0.3 - e)").metrics
    assert metrics["error_out"] == module.WORST
    assert (
        module.score(heldout, "sqrt(0.3 - e)").metrics["error"]
        > module.score(heldout, "e").metrics["error"]
    )

"""The pictures that shipped problems draw: PNG, of valid and of overlapping solutions alike, within the size."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cladogen.evaluators.picture import for_models, picture_url

PROBLEMS = Path(__file__).parents[2] / "problems"


def scorer(name):
    spec = importlib.util.spec_from_file_location(f"drawn_{name}", PROBLEMS / name / "scorer.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CIRCLES = np.array([[0.25, 0.25, 0.25], [0.75, 0.75, 0.25], [0.7, 0.25, 0.2]])
POINTS = np.array([[0.1, 0.1], [0.8, 0.1], [0.1, 0.7], [0.3, 0.4], [0.2, 0.2]])


@pytest.mark.parametrize(
    ("name", "parameters", "output"),
    [
        ("circle_packing", {"n": 3, "shape": "square"}, CIRCLES),
        ("circle_packing", {"n": 3, "shape": "square"}, CIRCLES * [1, 1, 1.2]),
        ("circle_packing", {"n": 3, "shape": "rectangle"}, CIRCLES),
        ("heilbronn", {"n": 5, "shape": "triangle"}, POINTS),
        ("heilbronn", {"n": 5, "shape": "convex"}, POINTS),
    ],
)
def test_solution_is_drawn_as_a_picture_that_models_read(name, parameters, output):
    module = scorer(name)
    (case,) = module.cases(parameters)
    data = module.score(case, output).picture()
    assert for_models(picture_url(data)) and len(data) < 50_000

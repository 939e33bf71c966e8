"""Pictures that a scorer returns: kept of training cases, drawn only where they are kept, and no part of the score."""

import base64
import contextlib

import numpy as np
import pytest

from cladogen.drawing import Canvas, png
from cladogen.evaluation import Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.picture import MOST, PNG, SVG, for_models, picture_bytes, picture_url
from cladogen.problem import load
from cladogen.program import File, Program
from cladogen.sandboxes.choose import open_sandbox

SCORER = """
from cladogen.drawing import Canvas
from cladogen.scoring import Case, Invalid, Scored, number
def cases(parameters):
    return [Case("a", 1), Case("c", 2), Case("h", 3, "heldout")]
def score(case, output):
    return Scored({"value": number(output)}, "words", PICTURE)
"""
TOML = """
[program]
editable = ["solve.py"]
entry = "solve.py:run"
[objective]
metric = "value"
[metrics.value]
low = 0.0
high = 10.0
[limits]
time_s = 5.0
"""
SOLVE = "def run(case):\n    return case\n"
SVG_TEXT = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def problem(tmp_path):
    def make(scorer):
        (tmp_path / "seed").mkdir()
        (tmp_path / "seed" / "solve.py").write_text(SOLVE)
        (tmp_path / "scorer.py").write_text(scorer)
        (tmp_path / "problem.toml").write_text(TOML)
        return load(tmp_path)

    return make


@contextlib.asynccontextmanager
async def evaluating(problem):
    async with open_sandbox("local", limits=problem.limits) as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            yield evaluator
        finally:
            await evaluator.close()


async def rows_with(make, picture, cases=None):
    asked = make(scorer=SCORER.replace("PICTURE", picture))
    async with evaluating(asked) as evaluator:
        return await evaluator.evaluate(asked.seeds[0], cases)


@pytest.mark.parametrize(
    ("picture", "kind"), [(repr(SVG_TEXT), SVG), ("lambda: Canvas(side=8).png()", PNG)]
)
async def test_picture_is_kept_of_training_cases_and_never_of_heldout_ones(problem, picture, kind):
    rows = await rows_with(problem, picture, ["a", "c", "h"])
    assert [bool(row.picture) for row in rows] == [True, True, False]
    assert picture_bytes(rows[0].picture)[0] == kind
    assert all(row.status is Status.OK and row.feedback == "words" for row in rows)


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        ("b'GIF89a'", "it is neither PNG nor SVG"),
        ("b'<svg ' + b'x' * 200_000 + b'>'", "it has 200,006 bytes, at most 131,072 are taken"),
        ("'<svg/>'", "it is no bytes but str"),
        ("lambda: 1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
async def test_picture_that_will_not_do_is_one_line_and_costs_nothing_of_the_score(
    problem,
    picture,
    why,
):
    rows = await rows_with(problem, picture)
    assert [(row.status, row.picture, row.metrics["value"]) for row in rows] == [
        (Status.OK, "", 1.0), (Status.OK, "", 2.0)]  # fmt: skip
    assert rows[0].feedback == f"words\n(The scorer's picture is left out: {why}.)"


async def test_picture_is_drawn_for_evaluations_and_not_for_trials_also_of_a_known_output(
    problem,
    tmp_path,
):
    count = f"lambda: (open({str(tmp_path / 'drawn')!r}, 'a').write('x'), {SVG_TEXT!r})[1]"
    asked = problem(scorer=SCORER.replace("PICTURE", count))
    async with evaluating(asked) as evaluator:
        variant = Program.of(
            {**asked.seeds[0].files, "solve.py": File(f"# other\n{SOLVE}".encode())}
        )
        (tried,) = await evaluator.trials(asked.seeds[0], [variant])
        assert tried.fitness == 1.5 and not (tmp_path / "drawn").exists()
        rows = await evaluator.evaluate(variant)  # the same outputs, scored already
        again = await evaluator.evaluate(variant)
    assert (tmp_path / "drawn").read_text() == "xx"
    assert [row.picture for row in rows] == [row.picture for row in again] != ["", ""]


def test_candidates_output_is_no_picture_of_a_scorer_that_draws_none():
    with pytest.raises(ValueError, match="neither"):
        picture_url(b"<html><svg></svg></html>")
    assert picture_url(b"<?xml version='1.0'?>\n<svg></svg>").startswith("data:image/svg+xml")
    assert not for_models(picture_url(SVG_TEXT)) and MOST < 1 << 20


def test_drawn_picture_is_a_png_that_holds_what_was_drawn():
    canvas = Canvas(side=64)
    canvas.circle(0.5, 0.5, 0.25)
    canvas.line((0.0, 0.0), (1.0, 1.0))
    assert (canvas.pixels[32, 20] != 255).any() and (canvas.pixels[2, 40] == 255).all()
    assert canvas.pixels[62, 1].max() < 255 and canvas.pixels[1, 62].max() < 255  # y points upwards
    data = png(np.zeros((3, 5, 3), dtype=np.uint8))
    assert data[16:24] == b"\0\0\0\5\0\0\0\3" and picture_url(data).startswith("data:image/png")
    assert picture_bytes(picture_url(data)) == (PNG, data)
    assert base64.b64decode(picture_url(data).partition(",")[2]) == data

"""What a filter is worth: each of the four measures tells what it is named for, and none is earned by doing nothing."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cladogen.evaluation import Status
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.picture import for_models, picture_url
from cladogen.problem import load
from cladogen.sandboxes.choose import open_sandbox
from cladogen.scoring import Invalid

FOLDER = Path(__file__).parents[2] / "problems" / "signal_processing"
PARAMETERS = {"samples": 400, "signals": 3}


def read(path):
    spec = importlib.util.spec_from_file_location(f"signal_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scorer():
    return read(FOLDER / "scorer.py")


@pytest.fixture(scope="module")
def case(scorer):
    return scorer.cases(PARAMETERS)[0]


def filtered(case, made):
    """What the driver returns with filters of the test's own."""
    rows = []
    for signal in case.input["signals"]:
        step = made()
        rows.append([step(sample) for sample in signal])
    return np.array(rows)


def averages(width):
    def made():
        last = []

        def step(sample):
            last.append(sample)
            return float(np.mean(last[-width:]))

        return step

    return made


def test_signal_itself_has_the_whole_score(scorer, case):
    clean, _ = case.answer
    metrics = scorer.score(case, clean).metrics
    assert metrics == {"score": 1.0, "error": 0.0, "lag": 0.0, "roughness": 0.0, "reversals": 0.0}


def test_no_filter_has_the_error_and_the_roughness_of_the_noise_and_no_lag(scorer, case):
    _, noisy = case.answer
    metrics = scorer.score(case, noisy).metrics
    assert metrics["error"] == metrics["roughness"] == 1.0 and metrics["lag"] == 0.0
    assert metrics["reversals"] > 20.0


@pytest.mark.parametrize("delay", [1, 5, 12])
def test_delay_is_found_and_is_no_false_turn_while_it_is_short(scorer, case, delay):
    clean, _ = case.answer
    later = np.concatenate([np.repeat(clean[:, :1], delay, axis=1), clean[:, :-delay]], axis=1)
    metrics = scorer.score(case, later).metrics
    assert metrics["lag"] == delay and metrics["roughness"] < 0.5
    assert (metrics["reversals"] == 0.0) == (delay <= scorer.NEAR)


def test_longer_averages_are_smoother_and_later(scorer, case):
    found = [scorer.score(case, filtered(case, averages(width))).metrics for width in (2, 8, 24)]
    for name, way in (("lag", 1), ("roughness", -1), ("reversals", -1)):
        values = [way * metrics[name] for metrics in found]
        assert values == sorted(values) and values[0] < values[-1]
    best = max(found, key=lambda metrics: metrics["score"])
    assert best is found[1] and 0.5 < best["score"] < 0.7


@pytest.mark.parametrize("value", [0.0, 1.5, -3.0])
def test_output_that_never_moves_is_worth_next_to_nothing(scorer, case, value):
    clean, _ = case.answer
    assert (
        scorer.score(case, np.full(clean.shape, value)).metrics["score"] < 0.15
    )  # the moving average has 0.58


@pytest.mark.parametrize(
    "output", [None, [], [[0.0] * 400] * 2, np.full((3, 400), 1e9), np.full((3, 400), np.nan), "x"]
)
def test_rubbish_is_invalid(scorer, case, output):
    with pytest.raises(Invalid):
        scorer.score(case, output)


def test_heldout_signals_are_others_and_a_run_draws_its_own(scorer):
    found = scorer.cases(PARAMETERS)
    assert [each.split for each in found] == ["train"] * 4 + ["heldout"] * 6
    texts = {each.input["signals"].tobytes() for each in found}
    texts |= {each.input["signals"].tobytes() for each in scorer.cases({**PARAMETERS, "seed": 1})}
    assert len(texts) == 20
    with pytest.raises(ValueError, match="at least 1 of 96"):
        scorer.cases({"samples": 20, "signals": 1})


def test_seed_is_worth_what_the_page_of_problems_says_and_is_drawn(scorer, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER / "seed"))
    filters = read(FOLDER / "seed" / "filter.py")
    train = [each for each in scorer.cases(PARAMETERS) if each.split == "train"]
    scored = [scorer.score(each, filtered(each, lambda: filters.Filter().step)) for each in train]
    mean = np.mean([each.metrics["score"] for each in scored])
    page = (FOLDER.parents[1] / "docs" / "problems.md").read_text()
    row = next(line for line in page.splitlines() if line.startswith("| `signal_processing`"))
    assert abs(mean - float(row.split("|")[4])) < 0.001
    data = scored[0].picture()
    assert for_models(picture_url(data)) and len(data) < 50_000


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return sys._getframe(2).f_locals['signals']", "KeyError: 'signals' (filter.py:4)"),
        ("return 1 / 0", "ZeroDivisionError: division by zero (filter.py:4)"),
        ("return None", "TypeError: float() argument"),
        ("os._exit(0)", "the filters' process ended early"),
    ],
    ids=["what is to come", "an error", "no number", "an end"],
)
async def test_filter_has_the_samples_so_far_and_its_failures_are_its_own(body, words):
    (row, *_) = await evaluated(f"        {body}\n")
    assert row.status is Status.CRASH and words in row.feedback


async def test_filter_that_prints_is_measured():
    rows = await evaluated("        print('so far', sample)\n        return sample\n")
    assert {row.status for row in rows} == {Status.OK} and "so far" in rows[0].log
    assert rows[0].metrics["error"] == pytest.approx(1.0)


async def evaluated(body):
    problem = load(FOLDER)
    text = f"import os, sys\nclass Filter:\n    def step(self, sample):\n{body}"
    program = problem.seeds[0].replace({"filter.py": text.encode()})
    async with open_sandbox("local") as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        await evaluator.start()
        try:
            return await evaluator.evaluate(program, ["train-0"])
        finally:
            await evaluator.close()


def test_words_say_where_the_error_comes_from_and_what_is_delay(scorer):
    samples = np.arange(400)
    clean = np.sin(samples / 15.0)[None] + (samples > 200)[None]
    noisy = clean + 0.05 * np.random.default_rng(0).normal(size=clean.shape)
    noisy[0, 300] += 4.0
    case = scorer.Case("x", {"signals": noisy}, "train", (clean, noisy))

    def said(output):
        return scorer.score(case, output).feedback.partition("; ")[2]

    late = np.concatenate([clean[:, :1].repeat(5, axis=1), clean[:, :-5]], axis=1)
    assert said(late).endswith("moved back by its lag the error would be 0.000")
    wrong = clean.copy()
    wrong[0, 302] += 3.0
    assert said(wrong).startswith(
        "of the squared error 0 % within 12 samples after a jump, 100 % after a wrong sample, 0 % "
    )
    after = clean.copy()
    after[0, 203] += 3.0
    assert said(after).startswith("of the squared error 100 % within 12 samples after a jump, 0 %")
    assert "elsewhere" in said(clean)

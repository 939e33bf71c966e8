"""Every shipped problem through a real sandbox: its seeds score, always the same, and its scorer refuses rubbish."""

from pathlib import Path

import pytest

from cladogen.evaluators.check import check
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.problem import load
from cladogen.sandboxes.choose import open_sandbox

PROBLEMS = Path(__file__).parents[2] / "problems"
TIMED = ("cpp_kernels", "code_speed")  # seeds that are slow on purpose
SHIPPED = [
    pytest.param(
        path.parent.name,
        variant,
        marks=[pytest.mark.slow] if path.parent.name in TIMED and variant else [],
    )
    for path in sorted(PROBLEMS.glob("*/problem.toml"))
    for variant in ("", *load(path.parent).variants)
    if not load(path.parent).evaluator
]


@pytest.mark.parametrize(("name", "variant"), SHIPPED)
async def test_seed_scores_and_scorer_refuses_rubbish(name, variant):
    problem = load(PROBLEMS / name, variant).with_seed(0)
    opened = open_sandbox(
        "local", problem.sandbox, folder=problem.folder, limits=problem.limits, build=problem.build
    )
    async with opened as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            report = await check(problem, evaluator, sandbox, repeats=2)
        finally:
            await evaluator.close()
    assert [seed.status for seed in report.seeds] == ["ok"] * len(problem.seeds), report.seeds
    assert all(seed.deterministic for seed in report.seeds)
    assert (dict(report.accepted), dict(report.raised)) == ({}, {})
    assert report.tried > 20


@pytest.mark.parametrize(("variant", "wanted"), [("", 5.37), ("weibull", 3.98)])
async def test_best_fit_has_its_published_excess_on_the_held_out_instances(variant, wanted):
    problem = load(PROBLEMS / "online_bin_packing", variant).with_seed(0)
    async with open_sandbox("local", limits=problem.limits) as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            score = problem.score(await evaluator.evaluate(problem.seeds[0], evaluator.heldout))
        finally:
            await evaluator.close()
    assert len(evaluator.heldout) == (5 if variant else 20)
    assert score.metrics["excess"] == pytest.approx(wanted, abs=0.005)

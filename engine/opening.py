"""What judges programs on this machine, started: the problem's own evaluator, or a sandbox and the
scorer.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from cladogen.evaluators.base import Evaluator
from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.evaluators.installed import installed
from cladogen.evaluators.own import OwnEvaluator
from cladogen.evaluators.preview import preview
from cladogen.evaluators.tasks import TaskEvaluator, limits_of, tasks_of
from cladogen.problem import Problem
from cladogen.problem.user_classes import folder_class
from cladogen.prompts.surroundings import Surroundings
from cladogen.sandboxes import wire
from cladogen.sandboxes.base import Sandbox
from cladogen.sandboxes.choose import open_sandbox
from cladogen.settings import Settings

INPUT, RETURNED = 1500, 800  # characters of a case's input and a program's output that are kept
Notice = Callable[[str], None]


@contextlib.asynccontextmanager
async def open_here(
    problem: Problem,
    settings: Settings,
    run_id: str,
    notice: Notice,
    *,
    slots: int = 0,
    preview: int = 0,
    raises_away: bool = False,
) -> AsyncIterator[tuple[Evaluator, str]]:
    """Start what judges programs; say which, in words. ``slots`` candidates run at once (0: as the
    settings say); ``preview`` characters of what programs return are kept.
    """
    if problem.evaluator:
        own: Evaluator = folder_class(problem.folder, problem.evaluator)(problem)
        checked = OwnEvaluator(own, problem.evaluator)
        try:
            yield checked, f"none: {checked.strength}"
        finally:
            await checked.close()
        return
    if problem.tasks:
        tasks = tasks_of(problem)
        roomy = replace(problem, limits=limits_of(problem, tasks))
        async with sandbox_for(roomy, settings, run_id, notice, slots) as sandbox:
            solving = TaskEvaluator(problem, sandbox, tasks, raises_away=raises_away)
            yield solving, f"{sandbox.name}: {sandbox.strength}"
        return
    async with sandbox_for(problem, settings, run_id, notice, slots) as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox, preview=preview, raises_away=raises_away)
        try:
            await evaluator.start()
            if evaluator.missing:
                names = ", ".join(evaluator.missing)
                notice(f"not in the sandbox, and what needs them is left out: {names}")
            yield evaluator, f"{sandbox.name}: {sandbox.strength}"
        finally:
            await evaluator.close()


async def look_around(problem: Problem, evaluator: Evaluator) -> Surroundings:
    """Return what prompts say of the world that programs run in; of held-out cases their number."""
    known = Surroundings(tuple(evaluator.train), len(evaluator.heldout))
    if not isinstance(evaluator, ProblemEvaluator):
        return known
    inputs = {
        case: preview(wire.decode_trusted(evaluator.scorer.inputs[case]), INPUT)
        for case in evaluator.train
    }
    found = await installed(problem, evaluator.sandbox)
    return replace(known, inputs=inputs, installed=found)


def sandbox_for(
    problem: Problem, settings: Settings, run_id: str, notice: Notice, slots: int = 0
) -> contextlib.AbstractAsyncContextManager[Sandbox]:
    """Return the sandbox the settings name; model-written code runs in a plain local process only
    when asked to.
    """
    needs = problem.sandbox
    if problem.models is not None and settings.models:
        needs = replace(needs, models=True)
    return open_sandbox(
        settings.sandbox,
        needs,
        folder=problem.folder,
        limits=problem.limits,
        build=problem.build,
        command=problem.entry,
        run_id=run_id,
        isolation=settings.isolation,
        runtime=settings.runtime,
        slots=slots or settings.slots,
        allow_local=not settings.models,
        progress=notice,
    )

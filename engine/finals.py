"""The end of a run: what ships. A short list, held-out cases, a matched test against the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.final_choice import Choice, choose

if TYPE_CHECKING:
    from cladogen.run import Run


@dataclass(frozen=True, slots=True)
class Final:
    """The program that ships, its held-out score and the seed's (None without held-out cases), and why."""

    number: int
    score: Score | None
    seed_score: Score | None
    choice: Choice | None
    sentence: str


async def choose_final(run: Run) -> Final | None:
    """Measure the short list and the seed on the held-out cases and choose; every evaluation is recorded."""
    listed = [number for number in run.archive.shortlist(run.shortlist) if number != 0]
    if not run.record.size():
        return None
    heldout = run.evaluator.heldout
    if not heldout:
        best = listed[0] if listed else 0
        return Final(best, None, None, None, "no held-out cases: chosen by the training score alone")
    if not run.shortlist:
        return await first_of_archive(run)
    rows = {number: await measured(run, number) for number in [0, *listed]}
    choice = choose(run.problem.objective, {number: rows[number] for number in listed}, rows[0])
    final = Final(choice.number, _score(run, rows, choice.number), _score(run, rows, 0), choice, choice.sentence)
    run.store.add_event("final", {"number": final.number, "sentence": final.sentence, "shortlist": listed})
    return final


async def first_of_archive(run: Run) -> Final:
    """Ship what the archive ranks first, whatever the held-out cases say of it: they are for the report only."""
    number = next(iter(run.archive.shortlist(1)), 0)
    scores = [run.problem.score(await measured(run, each)) for each in (number, 0)]
    final = Final(number, scores[0], scores[1], None, "the archive's first: held-out cases measured it, none chose it")
    run.store.add_event("final", {"number": number, "sentence": final.sentence, "shortlist": [number]})
    return final


async def measured(run: Run, number: int) -> tuple[Evaluation, ...]:
    """Return a program's held-out evaluations, made now unless they are recorded."""
    recorded = tuple(evaluation for *_, evaluation in run.store.evaluations(number, split="heldout"))
    if recorded:
        return recorded
    program = run.record.program(number)
    evaluations = await run.evaluator.evaluate(program, run.evaluator.heldout, fresh=True)
    if not any(evaluation.status is Status.INFRA for evaluation in evaluations):
        run.store.add_evaluations(number, run.record.node(number).ticket, evaluations, split="heldout", fresh=True)
    return evaluations


def _score(run: Run, rows: Mapping[int, tuple[Evaluation, ...]], number: int) -> Score:
    return run.problem.score(rows[number])

"""The end of a run: what ships. A short list, held-out cases, a matched test against the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.final_choice import Choice, choose
from cladogen.judging import bytes_of
from cladogen.task import Propose

if TYPE_CHECKING:
    from cladogen.run import Run

_LEISURE = ("seconds", "target", "patience")


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
        return by_training(run)
    if not run.shortlist:
        return await first_of_archive(run)
    rows = {number: await measured(run, number) for number in [0, *listed]}
    choice = choose(run.problem.objective, {number: rows[number] for number in listed}, rows[0])
    number = await shortest(run, choice.number)
    rows[number] = await measured(run, number)
    same = f"; #{number} does the same in fewer words" if number != choice.number else ""
    final = Final(number, _score(run, rows, number), _score(run, rows, 0), choice, choice.sentence + same)
    run.store.add_event("final", {"number": final.number, "sentence": final.sentence, "shortlist": listed})
    return final


def by_training(run: Run) -> Final:
    """Choose where there are no held-out cases: what the archive ranks first, and whether noise explains its gain."""
    number = run.best() or 0
    best, seed = (score.fitness if score is not None else None for score in map(run.record.score, (number, 0)))
    sentence = "no held-out cases: chosen by the training score alone"
    if best is not None and seed is not None and best - seed <= 3 * run.judge.noise:
        sentence = f"no significant improvement over the seed; {sentence}"
    run.store.add_event("final", {"number": number, "sentence": sentence, "shortlist": [number]})
    return Final(number, None, None, None, sentence)


async def shortest(run: Run, number: int) -> int:
    """Return the shortest program that is as good as ``number``, on held-out cases too: it is the one to read.

    A proposer that shortens is asked to do so first, where the run did not end for want of evaluations or proposals.
    """
    stop = run.stop_reason()
    if number and "shorten" in getattr(run.proposer, "hints", ()) and (stop is None or stop.kind in _LEISURE):
        task = Propose(run.store.next_ticket(), (number,), hint="shorten", note="final")
        run.store.add_task(task)
        await run.finish(task)
    own, kin = run.record.score(number), [number, *run.record.children(number)]
    assert own is not None
    for twin in sorted(set(kin) | set(_twins(run, own)), key=lambda each: (bytes_of(run.record.program(each)), each)):
        score = run.record.score(twin)
        if twin == number or (score is not None and _as_good(score, own) and await _ships(run, twin, number)):
            return twin
    return number


async def _ships(run: Run, twin: int, number: int) -> bool:
    return _as_good(run.problem.score(await measured(run, twin)), run.problem.score(await measured(run, number)))


def _as_good(one: Score, other: Score) -> bool:
    return one.fitness is not None and other.fitness is not None and one.fitness >= other.fitness


def _twins(run: Run, own: Score) -> list[int]:
    """Return the programs that behaved exactly alike in training."""
    scores = ((number, run.record.score(number)) for number in range(run.record.size()))
    return [number for number, score in scores if score and own.signature and score.signature == own.signature]


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

"""The end of a run: what ships. A short list, held-out cases, a matched test against the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.patching.restore import to_read
from cladogen.search.judging import bytes_of
from cladogen.search.matched_test import Choice, choose
from cladogen.task import Propose, Purpose

if TYPE_CHECKING:
    from cladogen.run import Run

_LEISURE = ("seconds", "target", "patience")


@dataclass(frozen=True, slots=True)
class Final:
    """The program that ships, its held-out score and the seed's (None without held-out cases), and
    why.
    """

    number: int
    score: Score | None
    seed_score: Score | None
    choice: Choice | None
    sentence: str


async def choose_final(run: Run) -> Final | None:
    """Measure the short list and the seed on the held-out cases and choose; every evaluation is
    recorded.
    """
    if not run.record.size():
        return None
    await shorten_best(run)
    return await choose_now(run)


async def choose_now(run: Run) -> Final:
    """Choose among the programs there are: by held-out results where there are such cases."""
    if not run.evaluator.heldout:
        return by_training(run)
    if not run.shortlist:
        return await first_of_archive(run)
    listed = short_list(run)
    rows = {number: await measured(run, number) for number in [0, *listed]}
    choice = choose(run.problem.objective, {number: rows[number] for number in listed}, rows[0])
    final = Final(
        choice.number,
        _score(run, rows, choice.number),
        _score(run, rows, 0),
        choice,
        choice.sentence,
    )
    run.store.add_event(
        "final", {"number": final.number, "sentence": final.sentence, "shortlist": listed}
    )
    return final


def by_training(run: Run) -> Final:
    """Choose where there are no held-out cases: what the archive ranks first, and whether noise
    explains its gain.
    """
    number = _least_to_read(run, [run.best() or 0])[0]
    best, seed = (
        score.fitness if score is not None else None for score in map(run.record.score, (number, 0))
    )
    sentence = "no held-out cases: chosen by the training score alone"
    if best is not None and seed is not None and best - seed <= 3 * run.judge.noise:
        sentence = f"no significant improvement over the seed; {sentence}"
    run.store.add_event("final", {"number": number, "sentence": sentence, "shortlist": [number]})
    return Final(number, None, None, None, sentence)


async def shorten_best(run: Run) -> None:
    """Ask a proposer that can shorten for a shorter form of the best program, which is going to be
    read.

    Not when the run ended for want of evaluations or proposals, nor twice for the same program.
    """
    best, stop = next(iter(run.archive.shortlist(1)), 0), run.stop_reason()
    asked = any(proposal.operator == "shorten" for proposal, _ in run.record.proposals(best))
    leisure = stop is None or stop.kind in _LEISURE
    if best and leisure and not asked and "shorten" in getattr(run.proposer, "hints", ()):
        task = Propose(run.store.next_ticket(), (best,), hint="shorten", purpose=Purpose.FINAL)
        run.store.add_task(task)
        await run.finish(task)


def short_list(run: Run) -> list[int]:
    """Return the archive's short list without the seed, each behaviour once, by the program
    that differs least from the seed.
    """
    ranked = [number for number in run.archive.shortlist(4 * run.shortlist) if number != 0]
    return _least_to_read(run, ranked)[: run.shortlist]


def _least_to_read(run: Run, ranked: list[int]) -> list[int]:
    """Return for each behaviour among ``ranked`` the program of the run that differs least from its
    seed, in order.
    """
    behaviour = {number: _behaviour(run, number) for number in ranked}
    wanted = set(behaviour.values())
    alike: dict[str, list[int]] = {kind: [] for kind in wanted}
    for number in dict.fromkeys((*ranked, *range(1, run.record.size()))):
        kind = _behaviour(run, number)
        if kind in wanted:
            alike[kind].append(number)
    least = {
        kind: min(numbers, key=lambda each: _size(run, each)) for kind, numbers in alike.items()
    }
    return list(dict.fromkeys(least[kind] for kind in behaviour.values()))


def _size(run: Run, number: int) -> tuple[int, int]:
    """Return how much there is to read in a program's difference from the seed, and its bytes."""
    program = run.record.program(number)
    return to_read(program, run.problem.seeds, run.problem.editable), bytes_of(program)


def _behaviour(run: Run, number: int) -> str:
    """Name what a program did and what that was worth: where time counts, equal outputs are not
    equally good.
    """
    score = run.record.score(number)
    known = score is not None and score.fitness is not None and score.signature
    return f"{score.signature} {score.fitness!r}" if score is not None and known else f"#{number}"


async def first_of_archive(run: Run) -> Final:
    """Ship what the archive ranks first, whatever the held-out cases say of it: they are for the
    report only.
    """
    number = next(iter(run.archive.shortlist(1)), 0)
    scores = [run.problem.score(await measured(run, each)) for each in (number, 0)]
    final = Final(
        number,
        scores[0],
        scores[1],
        None,
        "the archive's first: held-out cases measured it, none chose it",
    )
    run.store.add_event(
        "final", {"number": number, "sentence": final.sentence, "shortlist": [number]}
    )
    return final


async def measured(run: Run, number: int) -> tuple[Evaluation, ...]:
    """Return a program's held-out evaluations, made now unless they are recorded."""
    recorded = tuple(
        evaluation for *_, evaluation in run.store.evaluations(number, split="heldout")
    )
    if recorded:
        return recorded
    program = run.record.program(number)
    evaluations = await run.evaluator.evaluate(program, run.evaluator.heldout, fresh=True)
    if not any(evaluation.status is Status.INFRA for evaluation in evaluations):
        run.store.add_evaluations(
            number, run.record.node(number).ticket, evaluations, split="heldout", fresh=True
        )
    return evaluations


def _score(run: Run, rows: Mapping[int, tuple[Evaluation, ...]], number: int) -> Score:
    return run.problem.score(rows[number])

"""A problem without a seed program: a proposer writes the first programs, from the statement, the
entry and an example case; the best that runs is #0.

Replies are in the record under negative tickets before they are read, so a killed run asks no model
twice. Programs that run become the run's seed programs, and all that follows is as in any run.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cladogen.errors import PatchRefused, ProblemError
from cladogen.evaluation import Evaluation, Score, Status, fitness_of
from cladogen.formatting import one_line, plural
from cladogen.patching.strict import apply_diff
from cladogen.problem import Problem
from cladogen.program import Node, Program
from cladogen.prompts.operators import FIRST
from cladogen.proposal import Outcome, Proposal
from cladogen.result import Result
from cladogen.run import MAX_REPAIRS, Run
from cladogen.search.seeding import WRITTEN
from cladogen.search.streams import stream
from cladogen.task import Propose, Purpose

SEEDS = "seeds"


@dataclass(frozen=True, slots=True)
class Draft:
    """A first program and what became of it; ``words`` say it in one line."""

    program: Program | None
    score: Score | None
    words: str

    @property
    def fitness(self) -> float | None:
        return fitness_of(self.score)


class Drafts:
    """What a proposer may read while first programs are written: the blank one as #0, then those
    that were evaluated. Implements `cladogen.record.base.Record`.
    """

    def __init__(self, problem: Problem, blank: Program) -> None:
        self._problem = problem
        self._programs = [blank]
        self._rows: list[Sequence[Evaluation]] = [()]
        self.rescored = 0

    def add(self, program: Program, rows: Sequence[Evaluation]) -> int:
        """Take a program that was evaluated; return its number."""
        self._programs.append(program)
        self._rows.append(rows)
        return len(self._programs) - 1

    def node(self, number: int) -> Node:
        return Node(number, self._programs[number].id, (0,) if number else (), -number)

    def program(self, number: int) -> Program:
        return self._programs[number]

    def score(self, number: int) -> Score | None:
        return self._problem.score(self._rows[number]) if number else None

    def evaluations(self, number: int) -> Sequence[Evaluation]:
        return self._rows[number]

    def proposals(self, parent: int) -> Sequence[tuple[Proposal, Result]]:
        return ()

    def latest(self, count: int) -> Sequence[tuple[Proposal, Result]]:
        return ()

    def returned(self, output: str) -> str:
        rows = (row for rows in self._rows for row in rows if row.output == output)
        return next((row.returned for row in rows), "")

    def picture(self, output: str, case: str) -> str:
        return ""

    def children(self, number: int) -> Sequence[int]:
        return range(1, len(self._programs)) if number == 0 else ()

    def best(self, count: int = 1) -> Sequence[int]:
        return ()  # none is to be beaten: each is written by itself

    def original(self, program: Program, canonical: bytes = b"") -> int | None:
        same = (number for number, known in enumerate(self._programs) if known.id == program.id)
        return next(same, None)

    def size(self) -> int:
        return len(self._programs)


async def write_first(run: Run, count: int) -> None:
    """Have ``count`` first programs written and put those that run into the run's folder, best
    first. ``run`` is over a problem that begins with a blank program.

    Raises ProblemError, with all reasons, when none of them runs, and KeyboardInterrupt when the
    person asked for an end; what was paid for is in the record.
    """
    await run.prepare()
    run.budget.start_clock()
    run.announce.notice(f"no seed program: {plural(count, 'first program')} will be asked for")
    before = run.budget.evaluations.spent
    asked_before = sum(len(each.body["drafts"]) for each in run.store.events(WRITTEN))
    found: dict[int, Draft] = {}

    async def write(at: int) -> None:
        found[at] = await _Writing(run, asked_before + at).draft()
        run.announce.notice(f"first program {at} of {count}: {found[at].words}")

    with run.workers.listening(run.announce.interrupted):
        await run.workers.each(write, range(1, count + 1))
    if run.workers.interrupts:
        raise KeyboardInterrupt
    drafts = [found[at] for at in sorted(found)]
    running = keep_those_that_run(run.store.folder, drafts)
    made = run.budget.evaluations.spent - before
    run.store.add_event(WRITTEN, {"evaluations": made, "drafts": [each.words for each in drafts]})
    if not running:
        raise ProblemError(none_runs(run.problem, drafts))


def keep_those_that_run(folder: Path, drafts: Iterable[Draft]) -> list[Draft]:
    """Put the drafts with a score into a run's folder as its seed programs, best first, each once;
    return them.
    """
    scored = [draft for draft in drafts if draft.fitness is not None]
    ranked = sorted(scored, key=lambda draft: -(draft.fitness or 0.0))
    kept = {draft.program.id: draft for draft in reversed(ranked) if draft.program is not None}
    running = list(reversed(kept.values()))
    part = folder / f"{SEEDS}.part"
    shutil.rmtree(part, ignore_errors=True)
    for number, draft in enumerate(running):
        if draft.program is not None:
            draft.program.write(part / str(number))
    if running:
        part.rename(folder / SEEDS)  # all of them, or none
    return running


def none_runs(problem: Problem, drafts: Sequence[Draft]) -> str:
    """Say in one line that no first program runs, and why: each reason once."""
    found: dict[str, list[str]] = {}
    for at, draft in enumerate(drafts, 1):
        found.setdefault(draft.words, []).append(str(at))
    reasons = [f"{', '.join(numbers)}: {words}" for words, numbers in found.items()]
    why = next(iter(found)) if len(found) == 1 else "; ".join(reasons)
    advice = "the same command asks for others, or write one into the problem's seed folder"
    if all(draft.score and draft.score.status is Status.INFRA for draft in drafts):
        advice = "no program is to blame: mend that, and the same command asks for others"
    return f"{problem.folder}: none of {plural(len(drafts), 'first program')} runs: {why}; {advice}"


async def judged(run: Run, ticket: int, program: Program) -> Sequence[Evaluation]:
    """Evaluate a first program on the training cases; none where a cap does not allow it."""
    if not await run.budget.evaluations.reserve(ticket, run.judge.whole):
        return ()
    rows = await run.evaluator.evaluate(program)
    run.budget.evaluations.charge(ticket, len(rows))
    return rows


def draft_of(problem: Problem, program: Program, rows: Sequence[Evaluation]) -> Draft:
    """Return what became of a program that was evaluated."""
    if not rows:
        return Draft(program, None, "no evaluations are left to measure it")
    score = problem.score(rows)
    if score.fitness is None:
        return Draft(program, score, one_line(f"{score.status.value}: {score.feedback}", 200))
    value = problem.objective.sign * score.fitness
    return Draft(program, score, f"{problem.objective.name} {value:.9g}")


class _Writing:
    """One first program: asked for, evaluated, repaired while it fails."""

    def __init__(self, run: Run, at: int) -> None:
        self._run = run
        self._at = at  # from 1, over all sessions of the run
        self._task = Propose(-at, (0,), hint=FIRST, purpose=Purpose.SEED)
        self._drafts = Drafts(run.problem, run.problem.seeds[0])

    async def draft(self) -> Draft:
        """Return the first answer that runs, else the last one that is a program."""
        run, rng = self._run, stream(self._run.seed, FIRST, self._at)
        proposal: Proposal | None = await run.proposer.propose(self._task, self._drafts, rng)
        draft = Draft(None, None, "nobody answered")
        for round_ in range(MAX_REPAIRS + 1):
            if proposal is None:
                break
            answered, result = await self._judge(proposal)
            draft = draft if draft.program and not answered.program else answered
            if draft.fitness is not None or not result.mendable or round_ == MAX_REPAIRS:
                break
            again = stream(run.seed, f"{FIRST}, repair {round_ + 1}", self._at)
            proposal = await run.proposer.repair(proposal, result, self._drafts, again)
        return draft

    async def _judge(self, proposal: Proposal) -> tuple[Draft, Result]:
        """Return what became of an answer, for a person and for the proposer."""
        run, parents = self._run, proposal.parents
        blank = Result(self._task, Outcome.NO_REPLY, None, parents, operator=proposal.operator)
        if not proposal.patch:
            outcome = Outcome.REFUSED if proposal.code else Outcome.NO_REPLY
            draft = Draft(None, None, one_line(proposal.reason or "no answer", 200))
            return draft, replace(blank, outcome=outcome, reason=proposal.reason)
        parent = self._drafts.program(parents[0])
        try:
            child = apply_diff(parent, proposal.patch)
            run.problem.policy.check(parent, child)
        except PatchRefused as refusal:
            why = str(refusal)
            refused = replace(blank, outcome=Outcome.REFUSED, reason=why)
            return Draft(None, None, one_line(why, 200)), refused
        rows = await judged(run, self._task.ticket, child)
        draft = draft_of(run.problem, child, rows)
        failed = [row for row in rows if row.status not in (Status.OK, Status.INFRA)]
        result = replace(
            blank,
            outcome=Outcome.ACCEPTED,
            program=self._drafts.add(child, rows),
            evaluations=tuple(rows),
            score=draft.score,
            reason=draft.words if failed else "",
        )
        return draft, result

"""The desk: where a person or an outside agent takes tasks of a run and hands in replies.

A task taken here is on disk with its asker's name before it is shown, so nobody else gets it, and
the engine leaves it alone. Each ask and each tell opens the run, does its work and closes it; they
wait for one another, but not for an `evolve run` to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cladogen.archives.base import Result
from cladogen.by_hand.first import TICKET, ask_first, tell_first
from cladogen.by_hand.prompts import ByHand, joined
from cladogen.errors import RunError, RunInUseError
from cladogen.evaluation import Evaluation, Score, fitness_of
from cladogen.events import Observer, Silent
from cladogen.program import Program
from cladogen.prompts.operators import FIRST
from cladogen.proposal import Outcome, Proposal
from cladogen.record.approvals import waiting
from cladogen.record.lock import ONE_TASK
from cladogen.record.steering import Steer, give
from cladogen.record.store import Store
from cladogen.run import MAX_REPAIRS, Run
from cladogen.run_folder import has_begun, problem_of
from cladogen.search.approval import Undecided
from cladogen.search.streams import stream
from cladogen.search.world import StillAway
from cladogen.session import open_session
from cladogen.session.assemble import build
from cladogen.session.first_programs import Draft
from cladogen.settings import Settings
from cladogen.task import Measure, Propose, Task

BY_HAND = "by hand"
WAITING = "waiting"  # the outcome of a receipt whose child a person has not approved yet


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task that is somebody's now: its number, what is asked under which operator, and the whole
    prompt.
    """

    ticket: int
    operator: str
    parents: tuple[int, ...]
    prompt: str
    asker: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of a reply. ``open`` says that the task is still the asker's: ``prompt`` asks for
    an answer that applies, or for the repair of a program that failed; of a reply that could not be
    tried there is none, and the same reply can be handed in again.
    """

    ticket: int
    outcome: str
    reason: str
    program: int | None
    fitness: float | None
    best: bool
    open: bool = False
    metric: str = ""  # the objective in words: its value, and the parent's
    status: str = ""  # of the program that was made, "" when none was
    prompt: str = ""


class Desk:
    """Ask and tell for one run. ``wait_s`` is how long to wait for others who ask and tell."""

    def __init__(
        self, folder: Path, *, wait_s: float = 60.0, observer: Observer | None = None
    ) -> None:
        self.folder, self.wait_s, self.observer = folder, wait_s, observer or Silent()

    async def ask(self, asker: str = "somebody") -> Assignment:
        """Take the next task. Measurements that the archive asks for are made on the way; where
        the problem has no seed program, the task is to write one. A run that no model was asked in
        looks first at what a program finds where it runs.
        """
        if not has_begun(self.folder):
            prompt = await ask_first(await self._store(), self.observer, asker)
            return Assignment(TICKET, FIRST, (), prompt, asker)
        async with self._run(sandbox=False) as run:
            ready = run.record.size() and run.store.meta().get("surroundings")
            task = self._take(run, asker) if ready else None
            if isinstance(task, Propose):
                return self._assign(run, task, asker)
        async with self._run(sandbox=True) as run:
            await run.seeding.measure()
            await run.workers.each(run.finish, run.store.unfinished())
            while not isinstance(task := self._take(run, asker), Propose):
                await run.finish(task)
                self._check(run)
            return self._assign(run, task, asker)

    async def tell(self, ticket: int, reply: str) -> Receipt:
        """Hand in the reply to a task; raises RunError for a task that is not open, or whose child
        waits for a person.
        """
        if not has_begun(self.folder):
            return await self._tell_first(ticket, reply)
        return await self._hand_in(ticket, reply)

    async def settle(self, ticket: int) -> Receipt:
        """Go on with the child of a task of which a person has said something."""
        return await self._hand_in(ticket, None)

    async def _hand_in(self, ticket: int, reply: str | None) -> Receipt:
        """Take a reply, None for the one that is recorded, and try what it proposes."""
        async with self._run(sandbox=True) as run:
            task, asker = self._open_task(run, ticket)
            round_ = run.store.rounds_done(ticket)
            recorded = run.store.proposal(ticket, round_)
            if reply is not None and _is_waiting(run.store, ticket):
                raise RunError(self._waits(ticket))
            if not await run.judge.reserve_evaluations(task):
                self._check(run)
            if _is_another(reply, recorded):
                raise RunError(self._to_be_tried(ticket))
            proposal = recorded or ByHand(run).read(task, asker, round_, reply or "")
            return await self._try(run, task, proposal, round_)

    async def _try(self, run: Run, task: Propose, proposal: Proposal, round_: int) -> Receipt:
        run.world.insists = True  # an answer is not spent on what the world spoilt
        try:
            result = await run.judge.attempt(task, proposal, round_)
        except Undecided:
            why = self._waits(task.ticket)
            return Receipt(task.ticket, WAITING, why, None, None, False)
        except StillAway as away:
            why = f"the world failed, not the program: {away}"
            return Receipt(task.ticket, Outcome.INFRA.value, why, None, None, False, open=True)
        again = result.mendable and round_ < MAX_REPAIRS
        best = run.tell(result, round_, proposal, last=not again)
        prompt = ByHand(run).ask_again(proposal, result) if again else ""
        return replace(_receipt(run, result, best), open=again, prompt=prompt)

    async def _tell_first(self, ticket: int, reply: str) -> Receipt:
        """Take the first program of a problem without a seed program."""
        store = await self._store()  # a folder that holds no run is said to hold none
        if ticket != TICKET:
            store.close()
            raise RunError(
                f"{self.folder}: task {ticket} is not open; task {TICKET} is, to write the first "
                "program (take it with: evolve ask)"
            )
        return _first_receipt(await tell_first(store, self.observer, reply))

    def _waits(self, ticket: int) -> str:
        return (
            f"the child of task {ticket} waits for a person: evolve approve {self.folder} {ticket}"
        )

    def _to_be_tried(self, ticket: int) -> str:
        return (
            f"{self.folder}: task {ticket}: another reply to it is recorded and not tried yet; "
            f"hand that one in again, or give it back: evolve tell {self.folder} {ticket} --drop"
        )

    async def drop(self, ticket: int) -> None:
        """Give a task back; it counts for and against nothing."""
        async with self._run(sandbox=False) as run:
            task, _ = self._open_task(run, ticket)
            run.tell(
                Result(task, Outcome.ABANDONED, reason="given back"),
                run.store.rounds_done(ticket),
                None,
                last=True,
            )

    def steer(self, text: str) -> None:
        """Add a wish that every later prompt shows; works while the run goes on."""
        give(self.folder, Steer("wish", text=" ".join(text.split())))

    # -- the run

    @contextlib.asynccontextmanager
    async def _run(self, *, sandbox: bool) -> AsyncIterator[Run]:
        """Open the run, with everything that is recorded folded in; ``sandbox`` False: nothing can
        be evaluated.
        """
        store = await self._store()
        settings = Settings.from_json(store.meta()["settings"])
        if sandbox:
            async with open_session(store, settings, self.observer, by_hand=True) as run:
                run.resume()
                yield run
            return
        with contextlib.closing(store):
            problem = problem_of(store.folder, settings)
            cases = list(map(tuple, store.meta().get("cases", [(), ()])))
            run = build(store, settings, problem, NoEvaluator(*cases), self.observer, by_hand=True)
            run.resume()
            yield run

    async def _store(self) -> Store:
        deadline = time.monotonic() + self.wait_s
        while True:
            try:
                return Store.open(self.folder, write=True, held_for=ONE_TASK)
            except RunInUseError as error:
                if not error.short or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.1)

    # -- a task

    def _check(self, run: Run) -> None:
        """Raise RunError when a task did not fit under the cap on evaluations."""
        if (
            run.budget.evaluations.lacking is not None
            and (stop := run.budget.stop_reason()) is not None
        ):
            raise RunError(f"{self.folder}: {stop.text}; give the run more with --max-evaluations")

    def _take(self, run: Run, asker: str) -> Task:
        ticket = run.store.next_ticket()
        task = run.archive.ask(ticket, stream(run.seed, "archive", ticket))
        run.store.add_task(task, "" if isinstance(task, Measure) else asker)
        return task

    def _assign(self, run: Run, task: Propose, asker: str) -> Assignment:
        asked = ByHand(run).ask(task, asker)
        return Assignment(task.ticket, asked.operator, asked.parents, joined(asked.messages), asker)

    def _open_task(self, run: Run, ticket: int) -> tuple[Propose, str]:
        mine = list(_taken_by_hand(run.store))
        for task, asker in mine:
            if task.ticket == ticket:
                return task, asker
        others = ", ".join(str(task.ticket) for task, _ in mine) or "none"
        raise RunError(
            f"{self.folder}: task {ticket} is not open; open tasks: {others} (take one with: "
            "evolve ask)"
        )


def _taken_by_hand(store: Store) -> Iterator[tuple[Propose, str]]:
    """Yield the open tasks that somebody took, with their askers."""
    for task, asker, _ in store.open_tasks():
        if asker and isinstance(task, Propose):
            yield task, asker


def _is_waiting(store: Store, ticket: int) -> bool:
    return any(row.ticket == ticket for row in waiting(store))


def _is_another(reply: str | None, recorded: Proposal | None) -> bool:
    return recorded is not None and reply not in (None, recorded.reply)


class NoEvaluator:
    """An evaluator for looking only: it knows the cases' names and evaluates nothing."""

    def __init__(self, train: tuple[str, ...] = (), heldout: tuple[str, ...] = ()) -> None:
        self.train, self.heldout = train, heldout

    async def evaluate(self, *_: object, **__: object) -> tuple[Evaluation, ...]:
        raise RunError("this run was opened for looking only")

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        raise RunError("this run was opened for looking only")


def _first_receipt(draft: Draft) -> Receipt:
    status = "" if draft.score is None else draft.score.status.value
    if draft.fitness is None:
        refused = Outcome.REFUSED.value
        return Receipt(TICKET, refused, draft.words, None, None, False, open=True, status=status)
    return Receipt(
        TICKET,
        Outcome.ACCEPTED.value,
        "",
        0,
        draft.fitness,
        best=True,
        metric=draft.words,
        status=status,
    )


def _receipt(run: Run, result: Result, best: bool) -> Receipt:
    made = result.program if result.outcome is Outcome.ACCEPTED else None
    score = run.record.score(made) if made is not None else None
    fitness = fitness_of(score)
    words = _objective(run, result) if fitness is not None else ""
    return Receipt(
        result.task.ticket,
        result.outcome.value,
        result.reason,
        result.program,
        fitness,
        best,
        metric=words,
        status=score.status.value if score is not None else "",
    )


def _objective(run: Run, result: Result) -> str:
    programs = (result.program, *result.parents[:1])
    values = [_value_of(run, each) for each in programs]
    parent = f", its parent {values[1]}" if len(values) > 1 else ""
    return f"{run.problem.objective.name}: {values[0]}{parent}"


def _value_of(run: Run, number: int | None) -> str:
    """Return a program's number and the value of its objective."""
    objective = run.problem.objective
    score = run.record.score(number) if number is not None else None
    value = score.metrics.get(objective.name) if score is not None else None
    if value is None:
        return f"#{number} none"
    unit = f" {objective.unit}" if objective.unit else ""
    return f"#{number} {value:.9g}{unit}"

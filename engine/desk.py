"""The desk: where a person or an outside agent takes tasks of a run and hands in replies.

A task taken here is on disk with its asker's name before it is shown, so nobody else gets it, and
the engine leaves it alone. Each ask and each tell opens the run, does its work and closes it; they
wait for one another, but not for an `evolve run` to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from cladogen.archives.base import Result
from cladogen.errors import RunError, RunInUseError
from cladogen.evaluation import Evaluation, Score
from cladogen.events import Observer, Silent
from cladogen.models.calls import CallStatus, Message, Reply, Request
from cladogen.models.model import Model
from cladogen.program import Program
from cladogen.prompts import operators
from cladogen.prompts.options import ModelOptions
from cladogen.prompts.prompter import Prompter
from cladogen.prompts.reading import read_reply
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.gain import parent_fitness
from cladogen.record.lock import ONE_TASK
from cladogen.record.model_calls import StoredCalls
from cladogen.record.steering import Steer, give
from cladogen.record.store import Store
from cladogen.run import MAX_REPAIRS, Run
from cladogen.run_folder import problem_of
from cladogen.search.streams import stream
from cladogen.session import build, open_session, surroundings_of
from cladogen.settings import Settings
from cladogen.task import Measure, Propose, Task

BY_HAND = "by hand"


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
    """What came of a reply. ``open`` says that the task is still the asker's, to be answered
    better.
    """

    ticket: int
    outcome: str
    reason: str
    program: int | None
    fitness: float | None
    best: bool
    open: bool
    metric: str = ""  # the objective in words: its value, and the parent's
    status: str = ""  # of the program that was made, "" when none was


class Desk:
    """Ask and tell for one run. ``wait_s`` is how long to wait for others who ask and tell."""

    def __init__(
        self, folder: Path, *, wait_s: float = 60.0, observer: Observer | None = None
    ) -> None:
        self.folder, self.wait_s, self.observer = folder, wait_s, observer or Silent()

    async def ask(self, asker: str = "somebody") -> Assignment:
        """Take the next task. Measurements that the archive wants first are made on the way."""
        async with self._run(sandbox=False) as run:
            task = self._take(run, asker) if run.record.size() else None
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
        """Hand in the reply to a task; raises RunError for a task that is not open."""
        async with self._run(sandbox=True) as run:
            task, asker = self._open_task(run, ticket)
            round_ = run.store.rounds_done(ticket)
            if not await run.judge.reserve_evaluations(task):
                self._check(run)
            proposal = self._record_reply(run, task, asker, round_, reply)
            result = await run.judge.attempt(task, proposal, round_)
            again = result.outcome is Outcome.REFUSED and round_ < MAX_REPAIRS
            before = run.overview.best_fitness()
            run.tell(result, round_, proposal, last=not again)
            return _receipt(run, result, before, again)

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
            cases = [tuple(names) for names in store.meta().get("cases", [(), ()])]
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
        options = self._options(run)
        around = surroundings_of(run.store)
        prompter = Prompter(run.problem, options, StoredCalls(run.store), around)
        rng = stream(run.seed, "desk", task.ticket)
        context = prompter.context(run.record)
        odds = options.operator_odds(operators.ODDS)
        can = [name for name in operators.possible(task, context, stagnant=False) if name in odds]
        operator = (
            task.hint
            if task.hint in odds
            else Bandit(tuple(odds), weights=odds, learn=False).choose(rng, can)
        )
        plan = operators.plan(operator, task, context, prompter.texts, rng)
        form = prompter.form_for(plan, context, Model(asker))
        messages = prompter.messages(plan, context, Model(asker), form)
        asked = json.dumps({"format": form, "parents": plan.parents, "asker": asker})
        StoredCalls(run.store).begin(
            Request(task.ticket, 0, operator, BY_HAND, messages, asked), 0, 0.0
        )
        return Assignment(task.ticket, operator, plan.parents, _joined(messages), asker)

    def _record_reply(
        self, run: Run, task: Propose, asker: str, round_: int, reply: str
    ) -> Proposal:
        """Write the reply down, then read it."""
        log = StoredCalls(run.store)
        asked = next((call for call in log.under(task.ticket, 0)), None)
        request = (
            asked.request if asked is not None else Request(task.ticket, 0, "diff", BY_HAND, ())
        )
        number = (
            asked.id
            if asked is not None and round_ == 0
            else log.begin(replace(request, round=round_), 0, 0.0)
        )
        log.finish(number, Reply(CallStatus.REPLIED, reply, finish="stop"), Cost())
        facts = json.loads(request.parameters)
        parents = tuple(facts.get("parents", task.parents))
        blank = Proposal(
            task.ticket,
            request.purpose,
            parents,
            model=asker,
            prompt=_joined(request.messages),
            repairs=round_,
            parent_fitness=parent_fitness(run.record, parents),
        )
        proposal, _ = read_reply(blank, reply, run.problem, run.record)
        run.store.add_proposal(proposal, round_)
        return proposal

    def _open_task(self, run: Run, ticket: int) -> tuple[Propose, str]:
        mine = [
            (task, asker)
            for task, asker, _ in run.store.open_tasks()
            if asker and isinstance(task, Propose)
        ]
        for task, asker in mine:
            if task.ticket == ticket:
                return task, asker
        others = ", ".join(str(task.ticket) for task, _ in mine) or "none"
        raise RunError(
            f"{self.folder}: task {ticket} is not open; open tasks: {others} (take one with: "
            "evolve ask)"
        )

    def _options(self, run: Run) -> ModelOptions:
        given = Settings.from_json(run.store.meta()["settings"]).proposer_options
        known = {field.name for field in fields(ModelOptions)}
        return ModelOptions.read({name: value for name, value in given.items() if name in known})


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


def _joined(messages: Sequence[Message]) -> str:
    return "\n\n".join(message.text for message in messages)


def _receipt(run: Run, result: Result, before: float | None, again: bool) -> Receipt:
    made = result.program if result.outcome is Outcome.ACCEPTED else None
    score = run.record.score(made) if made is not None else None
    fitness = score.fitness if score is not None else None
    best = fitness is not None and (before is None or fitness > before)
    words = _objective(run, result) if fitness is not None else ""
    return Receipt(
        result.task.ticket,
        result.outcome.value,
        result.reason,
        result.program,
        fitness,
        best,
        again,
        words,
        score.status.value if score is not None else "",
    )


def _objective(run: Run, result: Result) -> str:
    objective = run.problem.objective
    unit = f" {objective.unit}" if objective.unit else ""
    values = []
    for each in (result.program, *result.parents[:1]):
        score = run.record.score(each) if each is not None else None
        value = score.metrics.get(objective.name) if score is not None else None
        values.append(f"#{each} {value:.9g}{unit}" if value is not None else f"#{each} none")
    return f"{objective.name}: {values[0]}" + (
        f", its parent {values[1]}" if len(values) > 1 else ""
    )

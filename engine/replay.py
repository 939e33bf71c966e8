"""Replay: a recorded run made again without a model, to the same tree.

Asks and tells happen in the recorded order, so that the archive decides from what it knew then,
however many workers there were. Replies are read again, patches applied again, programs evaluated
again, and what ships is chosen again, from the held-out results of then; what differs is reported.
"""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cladogen.archives.base import Result
from cladogen.errors import RunError
from cladogen.evaluation import fitness_of
from cladogen.events import Observer
from cladogen.models.calls import ModelCall
from cladogen.prompts.options import MOST_CANDIDATES
from cladogen.prompts.reading import read_reply
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.candidates import pieces
from cladogen.record.fold import Folded, folded
from cladogen.record.memory import RunRecord
from cladogen.record.model_calls import StoredCalls
from cladogen.record.run_events import RunEvent
from cladogen.record.store import Store
from cladogen.run import Run
from cladogen.safety.canary import SPLIT
from cladogen.search.coevolution import EVENT, met_by
from cladogen.search.final_choice import NOT_SHORTENED
from cladogen.search.judging import Again
from cladogen.search.streams import stream
from cladogen.session import open_session
from cladogen.settings import Settings
from cladogen.task import Measure, Propose, Purpose, Task

# What is in no event: the history of a seed's repository, and what prompts say of the world and of
# earlier runs.
KEPT = ("version", "problem", "problem_hash", "history", "surroundings")
LEAVE_FILES = ("agent", "self_improve")  # operators whose reply is a log, and no patch


@dataclass(slots=True)
class Replayed:
    """What a replay came to. ``programs`` were made as recorded; ``differences`` say what was
    not.
    """

    folder: Path
    programs: int = 0
    replies: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        return not self.differences


async def replay(source: Path, target: Path, observer: Observer, sandbox: str = "") -> Replayed:
    """Make the run in ``source`` again in the new folder ``target``."""
    recorded = Store.open(source)
    try:
        store, settings = _copy(recorded, target, sandbox)
        async with open_session(store, settings, observer) as run:
            if run.gateway is not None:
                run.gateway.offline = True
            run.cases.offline = True
            run.judge.approval = None  # what a person said is in the results
            return await _Replay(recorded, run, Replayed(target)).play()
    finally:
        recorded.close()


class _Replay:
    def __init__(self, recorded: Store, run: Run, report: Replayed) -> None:
        self.recorded, self.run, self.report = recorded, run, report
        self.before = RunRecord(recorded, run.problem.score)
        self.made = recorded.makers()
        self.by_number = {number: key for key, number in self.made.items()}
        self._early: dict[tuple[int, int], Result] = {}  # judged before it was told, as it was then

    async def play(self) -> Replayed:
        """Go through what happened, in order."""
        self._copy_calls()
        await self.run.seeding.measure()
        seeds = len(self.run.problem.seeds)
        for event in _in_order(self.recorded, self.before):
            if isinstance(event, (Propose, Measure)):
                self._ask(event)
                continue
            if isinstance(event, dict):
                await self._choose_again(event)
                continue
            if isinstance(event, RunEvent):
                await self._pass_generation(event.body)
                continue
            self.before.absorb(event.result, event.round)
            if event.result.task.ticket >= seeds:
                await self._tell(event)
        self._compare()
        for kind in (
            "steer",
            "end",
        ):  # what was asked for is in the tasks; it is kept as it was said
            for event in self.recorded.events(kind):
                self.run.store.add_event(kind, event.body)
        return self.report

    async def _pass_generation(self, then: Mapping[str, Any]) -> None:
        """Judge a generation of cases again, as it was judged then."""
        now = await self.run.cases.pass_generation()
        for name in ("champions", "judged"):
            if now is None or now[name] != then[name]:
                self.report.differences.append(
                    f"generation {then['generation']} of cases: other {name} now"
                )

    def _ask(self, task: Task) -> None:
        """Let the archive ask as it did, and note when it would now ask something else."""
        run = self.run
        if task.purpose is Purpose.SEARCH:
            run.archive.ask(task.ticket, stream(run.seed, "archive", task.ticket))
        if task.purpose is Purpose.CASES:
            run.cases.measurement(task.ticket)
        run.store.add_task(task)

    async def _tell(self, event: Folded) -> None:
        result, round_, proposal = event
        task, last = result.task, result.last
        if isinstance(task, Measure):
            await self.run.finish(task)
            return
        if proposal is None:  # given back
            self.run.tell(result, round_, None, last=last)
            return
        if result.program is not None and result.outcome is not Outcome.DUPLICATE:
            for number in range(self.run.record.size(), result.program + 1):
                await self._judge(*self.by_number[number])
        key = (task.ticket, round_)
        if key in self.made:
            judged = self._early.pop(key, None) or await self._judge(*key)
        else:
            self._read_again(proposal)
            self.run.store.add_proposal(proposal, round_)
            judged = replace(result, score=None)
        self.run.tell(judged, round_, proposal, last=last)

    async def _judge(self, ticket: int, round_: int) -> Result:
        """Evaluate again what made a program; raises RunError when it makes another one now."""
        proposal, task = self.recorded.proposal(ticket, round_), self.recorded.task(ticket)
        assert proposal is not None and isinstance(task, Propose)
        self._read_again(proposal)
        self.run.store.add_proposal(proposal, round_)
        number = self.made[ticket, round_]
        again = self._then(number, ticket)
        result = await self.run.judge.attempt(task, proposal, round_, again=again)
        if result.program != number:
            now = (
                f"{result.outcome.value} {result.reason}"
                if result.program is None
                else f"#{result.program}"
            )
            raise RunError(
                f"{self.report.folder}: task {ticket} made #{number} then, and {now} now; the "
                "replay stops"
            )
        self._early[ticket, round_] = result
        self.report.programs += 1
        return result

    def _then(self, number: int, ticket: int) -> Again:
        """Return how a program was measured then, whatever had been told at that moment."""
        made = list(self.recorded.evaluations(number, ticket=ticket))
        seeds = [each.evaluation.seed for each in made if not each.fresh]
        rounds = 1 + max(seeds, default=0) // self.run.problem.repeats
        cases = {each.evaluation.case for each in made}
        whole = cases.issuperset(self.run.judge.evaluator.train)
        first = [each.evaluation for each in made if not each.fresh]
        return Again(rounds, any(each.fresh for each in made), whole, met_by(first))

    def _read_again(self, proposal: Proposal) -> None:
        """Read a recorded reply again; its patch must be the recorded one."""
        if not proposal.reply or not proposal.patch or proposal.operator in LEAVE_FILES:
            return  # what an agent printed is no patch: its child is what it left
        blank = replace(proposal, patch="", code="", reason="", expectation=None)
        self.report.replies += 1
        whole = self._read(blank, proposal.reply)
        if whole.patch == proposal.patch:
            return
        one_of = (self._read(blank, text) for text in pieces(proposal.reply, MOST_CANDIDATES))
        if not any(again.patch == proposal.patch for again in one_of):
            self.report.differences.append(
                f"task {proposal.ticket}: the reply reads otherwise now ({whole.reason})"
            )

    def _read(self, blank: Proposal, text: str) -> Proposal:
        return read_reply(blank, text, self.run.problem, self.run.record)[0]

    async def _choose_again(self, then: Mapping[str, Any]) -> None:
        """Choose what ships by the archive as it is now and the held-out results that were
        recorded.
        """
        store, known = (
            self.run.store,
            {number for _, number, *_ in self.run.store.evaluations(split="heldout")},
        )
        for _, number, ticket, fresh, evaluation in self.recorded.evaluations(split="heldout"):
            if number not in known and number < self.run.record.size():
                store.add_evaluations(number, ticket, (evaluation,), split="heldout", fresh=fresh)
        self._copy_canaries()
        await self.run.final_choice.choose_now()
        now = store.events("final")[-1].body
        for name, words in (("shortlist", "short list"), ("number", "final choice")):
            if then.get(name) != now[name]:
                self.report.differences.append(
                    f"the {words} was {then.get(name)!r} then, and is {now[name]!r} now"
                )
        verdicts = [str(each.get("sentence", "")) for each in (then, now)]
        if _facts(verdicts[0]) != _facts(verdicts[1]):
            self.report.differences.append(
                f"the verdict was {verdicts[0]!r} then, and is {verdicts[1]!r} now"
            )

    def _copy_canaries(self) -> None:
        """Take over what came of canaries that were run once more before a final choice."""
        store = self.run.store
        known = {number for _, number, _, fresh, _ in store.evaluations(split=SPLIT) if fresh}
        for _, number, ticket, fresh, evaluation in self.recorded.evaluations(split=SPLIT):
            if fresh and number not in known and number < self.run.record.size():
                store.add_evaluations(number, ticket, (evaluation,), split=SPLIT, fresh=True)

    def _compare(self) -> None:
        size = 1 + max((row.program or 0 for row in self.recorded.results()), default=0)
        # What was made and not told when a run was killed is not part of its tree yet.
        then, now = list(self.recorded.nodes())[:size], list(self.run.store.nodes())
        if then != now:
            self.report.differences.append(
                f"{len(then)} programs then, {len(now)} now, or other parents"
            )
        for node in then[: len(now)]:
            old, new = self.before.score(node.number), self.run.record.score(node.number)
            values = [fitness_of(old), fitness_of(new)]
            if values[0] != values[1]:
                self.report.differences.append(
                    f"#{node.number} scored {values[0]} then, {values[1]} now"
                )

    def _copy_calls(self) -> None:
        log = StoredCalls(self.run.store)
        for call in StoredCalls(self.recorded).all():
            _copy_call(log, call)


def _facts(verdict: str) -> str:
    """Return what a verdict says, in the words that versions have had in common."""
    nothing = "no significant improvement"
    verdict = verdict.partition(NOT_SHORTENED)[0]  # for lack of time, then
    return nothing if verdict.startswith(nothing) else verdict.partition(" (")[0]


def _in_order(recorded: Store, before: RunRecord) -> Iterator[Any]:
    """Yield tasks as they were asked for, (result, round, proposal, last) as they were told, and
    the final choices.
    """
    asks = (
        (at, 0, task.ticket, task)
        for task, _, at in recorded.tasks()
        if task.purpose is not Purpose.SEED
    )
    results = (
        (row.at, 1, row.seq, one)
        for row, one in zip(recorded.results(), folded(recorded, before), strict=False)
    )
    generations = ((each.at, 2, place, each) for place, each in enumerate(recorded.events(EVENT)))
    choices = ((at, 3, place, body) for place, (at, _, body) in enumerate(recorded.events("final")))
    for *_, event in heapq.merge(
        sorted(asks, key=lambda ask: ask[:3]),
        results,
        generations,
        choices,
        key=lambda item: item[:3],
    ):
        yield event


def _copy(recorded: Store, target: Path, sandbox: str) -> tuple[Store, Settings]:
    """Make the new run folder: the same problem, seeds and settings."""
    meta = recorded.meta()
    settings = Settings.from_json(meta["settings"])
    if sandbox:
        settings = replace(settings, sandbox=sandbox)
    kept: dict[str, Any] = {key: meta[key] for key in KEPT if key in meta}
    kept |= {"settings": settings.to_json(), "seconds": 0.0, "replay_of": str(recorded.folder)}
    store = Store.create(target, kept)
    for name in ("problem", "seeds"):
        shutil.copytree(recorded.folder / name, target / name, dirs_exist_ok=True)
    return store, settings


def _copy_call(log: StoredCalls, call: ModelCall) -> None:
    number = log.begin(call.request, call.attempt, call.most_usd)
    if call.reply is not None:
        log.finish(number, call.reply, call.cost)

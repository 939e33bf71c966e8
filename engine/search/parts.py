"""What a run is made of: what it is given, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cladogen.archives.base import Archive
from cladogen.errors import ModelError
from cladogen.evaluators.base import Evaluator
from cladogen.events import Ended, Listener, Observer
from cladogen.formatting import duration
from cladogen.problem import Problem
from cladogen.proposers.base import Extras, Proposer, extras
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.safety.seal import Seal
from cladogen.search.announcing import Announcer
from cladogen.search.approval import Approval
from cladogen.search.budget import Budget
from cladogen.search.checkpoints import EVERY, Checkpoints
from cladogen.search.coevolution import Coevolution
from cladogen.search.judging import Judge
from cladogen.search.naming import Naming
from cladogen.search.overview import Overview
from cladogen.search.steering import Steering
from cladogen.search.workers import Workers
from cladogen.search.world import WorldWatch
from cladogen.task import Task

if TYPE_CHECKING:
    from cladogen.gateway.gateway import Gateway


@dataclass(kw_only=True)
class RunParts:
    """The parts of a search. ``seed`` is the random seed; the first seed program is measured
    ``noise_repeats`` times; ``shortlist`` programs are measured on held-out cases. ``approve`` says
    which children wait for a person (`cladogen.search.approval`); where nobody is ``patient``, they
    are left open instead.
    """

    problem: Problem
    archive: Archive
    proposer: Proposer
    evaluator: Evaluator
    store: Store
    budget: Budget
    observer: Observer
    workers: Workers
    listeners: tuple[Listener, ...] = ()
    world: WorldWatch = field(default_factory=WorldWatch)
    gateway: Gateway | None = None  # to models, for programs that ask them
    seed: int = 0
    noise_repeats: int = 3
    shortlist: int = 5
    approve: str = ""
    coevolve: bool = False  # whether cases evolve against the programs
    patient: bool = True
    checkpoint_every: int = EVERY  # results, at the least; 0: never

    def __post_init__(self) -> None:
        problem, store, budget = self.problem, self.store, self.budget
        self.in_flight: dict[int, Task] = {}
        self.record = RunRecord(store, problem.score)
        self.overview = Overview(problem, store, self.record, self.archive, budget, self.workers)
        self.naming = Naming(store, self.record, self.archive)
        self.announce = Announcer(self.overview, self.observer, self.in_flight, self.listeners)
        self.world.happened = self.announce.happened
        self.steering = Steering(store, self.record, budget, self.announce.notice)
        flag = self.announce.flag
        self.seal = Seal(store.folder, store.meta, store.set_meta, flag)
        notice = self.announce.notice
        approval = Approval(store, self.approve, notice, self.is_over, self.workers)
        self.cases = Coevolution(
            problem, self.evaluator, store, self.record, self.archive, budget, self.seed, notice,
            self.coevolve,
        )  # fmt: skip
        self.cases.writer = extras(self.proposer).case_writer() if self.coevolve else None
        self.checkpoints = Checkpoints(
            store, self.record, budget, self.cases, self.archive, self.proposer,
            self.checkpoint_every,
        )  # fmt: skip
        self.judge = Judge(
            problem, self.evaluator, store, self.record, budget, flag, self.cases, approval
        )

    def is_over(self) -> bool:
        """Tell whether nobody can be waited for any more."""
        self.steering.look()
        interrupted = self.workers.interrupts > 0
        out_of_time = self.budget.seconds_left() == 0.0
        asked = self.steering.stop is not None
        return not self.patient or interrupted or out_of_time or asked

    async def prepare(self) -> None:
        """Find out whether those who propose, and models that programs ask, can be asked; else
        record why the run ended.
        """
        try:
            await self.cases.prepare()
            await self.extras.prepare()
            if self.gateway is not None and self.problem.models is not None:
                await self.gateway.prepare(self.problem.models.evaluation)
        except ModelError as error:
            self.announce.happened(Ended("failing", str(error), None))
            raise

    def start_clock(self) -> None:
        """Begin to count the search's seconds; say when a slow start has taken some of them."""
        self.budget.start_clock()
        self.store.add_event("search", {"counted_s": self.budget.counted_start_s})
        if counted := self.budget.counted_start_s:
            took = duration(self.budget.spend.starting_s)
            self.announce.notice(
                f"starting took {took}: {duration(counted)} of the search's "
                f"{self.budget.caps.seconds:g} seconds are used up"
            )

    @property
    def extras(self) -> Extras:
        """What the proposer may do besides."""
        return extras(self.proposer)

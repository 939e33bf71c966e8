"""What a run is made of: what it is given, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass, field

from cladogen.archives.base import Archive
from cladogen.errors import ModelError
from cladogen.evaluators.base import Evaluator
from cladogen.events import Ended, Listener, Observer
from cladogen.problem import Problem
from cladogen.proposers.base import Extras, Proposer, extras
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.search.announcing import Announcer
from cladogen.search.budget import Budget
from cladogen.search.judging import Judge
from cladogen.search.overview import Overview
from cladogen.search.steering import Steering
from cladogen.search.workers import Workers
from cladogen.search.world import World
from cladogen.task import Task


@dataclass(kw_only=True)
class RunParts:
    """The parts of a search. ``seed`` is the random seed; the first seed program is measured
    ``noise_repeats`` times; ``shortlist`` programs are measured on held-out cases.
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
    world: World = field(default_factory=World)
    seed: int = 0
    noise_repeats: int = 3
    shortlist: int = 5

    def __post_init__(self) -> None:
        problem, store, budget = self.problem, self.store, self.budget
        self.in_flight: dict[int, Task] = {}
        self.record = RunRecord(store, problem.score)
        self.overview = Overview(problem, store, self.record, self.archive, budget, self.workers)
        self.announce = Announcer(self.overview, self.observer, self.in_flight, self.listeners)
        self.world.happened = self.announce.happened
        self.steering = Steering(store, self.record, budget, self.announce.notice)
        flag = self.announce.flag
        self.judge = Judge(problem, self.evaluator, store, self.record, budget, flag)

    async def prepare(self) -> None:
        """Find out whether those who propose can be asked; else record why the run ended."""
        try:
            await self.extras.prepare()
        except ModelError as error:
            self.announce.happened(Ended("failing", str(error), None))
            raise

    @property
    def extras(self) -> Extras:
        """What the proposer may do besides."""
        return extras(self.proposer)

"""What a run is made of: what it is given, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.archives.base import Archive
from cladogen.evaluators.base import Evaluator
from cladogen.events import Observer
from cladogen.problem import Problem
from cladogen.proposers.base import Extras, Proposer, extras
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.search.announcing import Announcer
from cladogen.search.budget import Budget
from cladogen.search.judging import Judge
from cladogen.search.overview import Overview
from cladogen.search.workers import Workers
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
    seed: int = 0
    noise_repeats: int = 3
    shortlist: int = 5

    def __post_init__(self) -> None:
        problem, store, budget = self.problem, self.store, self.budget
        self.in_flight: dict[int, Task] = {}
        self.record = RunRecord(store, problem.score)
        self.overview = Overview(problem, store, self.record, self.archive, budget, self.workers)
        self.announce = Announcer(self.overview, self.observer, self.in_flight)
        flag = self.announce.flag
        self.judge = Judge(problem, self.evaluator, store, self.record, budget, flag)

    @property
    def extras(self) -> Extras:
        """What the proposer may do besides."""
        return extras(self.proposer)

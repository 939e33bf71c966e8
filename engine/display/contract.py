"""What every observer must do, as tests. One of your own passes this class.

from cladogen.display.contract import ObserverContract

class TestMine(ObserverContract):
    def make(self):
        return Mine()
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from cladogen.archives.base import ArchiveView
from cladogen.evaluation import Score, Status
from cladogen.events import Ending, Observer, Progress, Told
from cladogen.ledger import Spend, Stop
from cladogen.problem import Metric
from cladogen.proposal import Outcome, Proposal
from cladogen.result import Result, Standing
from cladogen.task import Propose


def progress() -> Progress:
    """Return the state of a run that has just begun."""
    spend, view = Spend(proposals=1, evaluations=2), ArchiveView(1)
    return Progress(Path("nowhere"), Metric("score"), spend, 1, 0, 1.0, 1.0, 0.0, 1, 2, view)


def told(ticket: int, outcome: Outcome = Outcome.ACCEPTED) -> Told:
    """Return a result: of a program that has a score, or of a proposal that failed."""
    made = outcome is Outcome.ACCEPTED
    score = Score(Status.OK, float(ticket), {"score": float(ticket)}) if made else None
    program = ticket if made else None
    result = Result(Propose(ticket, (0,)), outcome, program, (0,), score, reason="why")
    return Told(result, Standing.NEW, Proposal(ticket, "mutate", (0,)), best=made)


class ObserverContract:
    """Subclasses say how to make an observer that has seen nothing yet."""

    def make(self) -> Observer:
        """Return an observer."""
        raise NotImplementedError

    def test_watches_a_whole_run(self) -> None:
        async def run() -> None:
            observer = self.make()
            observer.notice("before it begins")
            observer.begin([("problem", "mine")])
            for ticket, outcome in enumerate(Outcome, start=1):
                observer.told(told(ticket, outcome), progress)
            observer.notice("a \x1b[31mhostile\x1b[0m line\nand another")
            observer.end(Ending(Stop("target", "the target is reached"), None), progress)
            observer.close()

        asyncio.run(run())

    def test_run_that_broke_is_closed_and_twice_does_no_harm(self) -> None:
        async def run() -> None:
            observer = self.make()
            observer.begin([])
            observer.close()
            observer.close()

        asyncio.run(run())

    def test_one_that_never_began_can_be_closed(self) -> None:
        self.make().close()

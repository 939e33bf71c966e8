"""The world that programs run in, while it is away: a daemon, a scorer, a gate, room on a disk.

It is one state. Who needs the world waits until it is back; one of them asks again, with pauses
that grow, and the others with it. Nothing is proposed meanwhile, and nothing is counted against a
program or a proposal: what waited is measured as soon as it can be. After a while the wait is given
up, the run ends, and its open work is taken up when it goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from cladogen.errors import SandboxError, WorldAway
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.evaluators.base import Admitting, Evaluator, Smoking
from cladogen.events import Away, Back
from cladogen.formatting import duration
from cladogen.ledger import Stop
from cladogen.program import Program

FIRST_S, MOST_S = 0.5, 30.0  # between two questions
LEAST_MB = 64.0  # free on the record's disk: what is in flight can still be recorded
AGAIN = 2  # times a program is measured again whose sandbox ended for no fault of its own

Value = TypeVar("Value")


class StillAway(SandboxError):  # noqa: N818  (a state of the world, not a defect)
    """The wait for the world was given up; what needed it stays open."""


class WorldWatch:
    """Wait for the world, ``patience_s`` seconds at the most (None: for ever), with pauses of
    ``pause_s`` and more. Then ``halt`` gets
    the reason, and everybody who waits `StillAway`; they do also when ``stopping`` is set.

    ``folder`` is the run's, on whose disk ``least_mb`` MiB must be free; None: not looked at.
    ``notice`` takes a line for the screen; ``happened`` may be set, to take the events. ``insists``
    may be set, too: what the world spoils is then no evaluation.
    """

    insists = False

    def __init__(
        self,
        *,
        notice: Callable[[str], None] = lambda text: None,
        halt: Callable[[Stop], None] = lambda stop: None,
        stopping: asyncio.Event | None = None,
        patience_s: float | None = 900.0,
        pause_s: float = FIRST_S,
        folder: Path | None = None,
        least_mb: float = LEAST_MB,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notice, self._halt, self._now = notice, halt, now
        self._stopping = stopping or asyncio.Event()
        self._patience_s, self._pause_s = patience_s, pause_s
        self._folder, self._least_mb = folder, least_mb
        self._since: float | None = None  # when it went away
        self.happened: Callable[[Away | Back], None] = lambda event: None
        self._why = ""
        self._asking = asyncio.Lock()

    @property
    def away(self) -> bool:
        return self._since is not None

    async def here(self) -> bool:
        """Wait until the world is here and has room for a record; False when the wait is given
        up.
        """
        try:
            await self.patiently(self._check_disk)
        except StillAway:
            return False
        return True

    async def patiently(self, ask: Callable[[], Awaitable[Value]]) -> Value:
        """Return what ``ask`` gives, asked again while it raises WorldAway; raises StillAway."""
        while True:
            if self.away:
                async with self._asking:  # one asks at a time; the first to succeed frees the rest
                    if self.away:
                        return await self._ask_again(ask)
            try:
                return await ask()
            except WorldAway as away:
                self._went(str(away))

    async def unless_away(
        self, work: Callable[..., Awaitable[Value]], *given: object
    ) -> Value | None:
        """Return what ``work`` gives, None when the wait for the world is given up."""
        try:
            return await work(*given)
        except StillAway:
            return None

    async def _ask_again(self, ask: Callable[[], Awaitable[Value]]) -> Value:
        pause = self._pause_s
        while True:
            await self._rest(pause)
            try:
                value = await ask()
            except WorldAway as away:
                self._why = str(away)
                pause = min(2 * pause, MOST_S)
            else:
                self._came_back()
                return value

    async def _rest(self, seconds: float) -> None:
        """Wait so long, less if the wait is over; raises StillAway then."""
        left = self._left()
        if left > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(seconds, left)):
                    await self._stopping.wait()
        if self._stopping.is_set():
            raise StillAway(self._why)
        if left <= 0:
            waited = duration(self._patience_s or 0.0)
            text = f"away for {waited}: {self._why}; the same command takes up what is open"
            self._halt(Stop("away", text))
            raise StillAway(text)

    def _left(self) -> float:
        if self._patience_s is None or self._since is None:
            return MOST_S
        return self._patience_s - (self._now() - self._since)

    def _went(self, why: str) -> None:
        self._why = why
        if self.away:
            return
        self._since = self._now()
        self.happened(Away(why))
        most = "" if self._patience_s is None else f" up to {duration(self._patience_s)}"
        self._notice(f"away: {why}; waiting{most}, and nothing is proposed meanwhile")

    def _came_back(self) -> None:
        gone = self._now() - (self._since or 0.0)
        self._since = None
        self.happened(Back(gone))
        self._notice(f"back after {duration(gone)}: what waited is measured now")

    async def _check_disk(self) -> None:
        """Raise WorldAway when the record's disk is about to be full."""
        if self._folder is None:
            return
        free = shutil.disk_usage(self._folder).free / (1 << 20)
        if free < self._least_mb:
            raise WorldAway(f"{self._folder}: {free:.0f} MiB are free on its disk; make room")


class PatientEvaluator:
    """A started evaluator that waits for the world. What the world spoilt all the same is measured
    again, a few times; after that it is an evaluation, or, where the wait ``insists``, StillAway.
    """

    def __init__(self, evaluator: Evaluator, world: WorldWatch) -> None:
        self.evaluator, self._world = evaluator, world
        self.train, self.heldout = evaluator.train, evaluator.heldout

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Evaluate as the evaluator does; raises StillAway when the wait is given up."""

        async def ask() -> tuple[Evaluation, ...]:
            return await self.evaluator.evaluate(
                program, cases, seed=seed, fresh=fresh, known=known
            )

        rows = await self._world.patiently(ask)
        for _ in range(AGAIN):
            if all(row.status is not Status.INFRA for row in rows):
                break
            rows = await self._world.patiently(ask)
        spoilt = next((row for row in rows if row.status is Status.INFRA), None)
        if self._world.insists and spoilt is not None:
            raise StillAway(f"{spoilt.case}: {spoilt.feedback}")
        return rows

    async def admit(
        self, cases: Mapping[str, Mapping[str, Any]], references: Mapping[str, float]
    ) -> dict[str, str]:
        """Take cases as the evaluator does; raises StillAway when the wait is given up."""
        taking = self.evaluator
        assert isinstance(taking, Admitting), "asked only where cases can evolve"
        return await self._world.patiently(lambda: taking.admit(cases, references))

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score variants as the evaluator does; raises StillAway when the wait is given up."""
        return await self._world.patiently(lambda: self.evaluator.trials(base, variants, seed=seed))


class PatientSmoking(PatientEvaluator):
    """One that runs many variants on one case in one start; others are not asked to."""

    async def smoke(
        self, base: Program, variants: Sequence[Program], case: str
    ) -> tuple[Status, ...]:
        """Run variants on a case as the evaluator does; raises StillAway when the wait is given
        up.
        """
        smoking = self.evaluator
        assert isinstance(smoking, Smoking), "made of such evaluators only"
        return await self._world.patiently(lambda: smoking.smoke(base, variants, case))


def made_patient(evaluator: Evaluator, world: WorldWatch) -> PatientEvaluator:
    """Return an evaluator that waits for the world, and can do what this one can."""
    kind = PatientSmoking if isinstance(evaluator, Smoking) else PatientEvaluator
    return kind(evaluator, world)

"""The sealed split: cases that no search and no choice sees, opened once, for what ships.

Held-out cases choose what ships, so the winner's score on them is flattered; and whoever looks at
them again and again comes to fit them. What a run reaches on sealed cases is measured once,
recorded in the run, and only read from then on.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from cladogen.errors import ProblemError, RunError
from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.base import Evaluator, sealed_cases
from cladogen.problem import Metric, Problem
from cladogen.program import Program
from cladogen.record.store import Store
from cladogen.search.matched_test import choose

EVENT = "unsealed"


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it: means in the objective's own sign, of the program that shipped and of the
    first seed program; in how many ``cases`` it was better and worse; ``p`` of the matched test.
    ``failed`` says why the program has no mean.
    """

    at: float
    program: int
    mean: float | None
    seed_mean: float | None
    cases: int
    better: int
    worse: int
    test: str
    p: float
    failed: str = ""

    @staticmethod
    def read(values: dict[str, Any]) -> Opened:
        """Return what an event holds."""
        return Opened(**{each.name: values[each.name] for each in fields(Opened)})


def opened(store: Store) -> Opened | None:
    """Return what was measured when a run's sealed cases were opened, None while they are not."""
    events = store.events(EVENT)
    return Opened.read(events[0].body) if events else None


async def open_sealed(
    store: Store, problem: Problem, evaluator: Evaluator, number: int, program: Program
) -> Opened:
    """Measure the program that ships, and the seed program, on the sealed cases, and record it.

    Raises ProblemError where there are none, RunError where they were opened before or the world
    failed: then nothing is recorded, and they are still sealed.
    """
    if (before := opened(store)) is not None:
        raise RunError(f"{store.folder}: its sealed cases were opened for #{before.program}")
    cases = sealed_cases(evaluator)
    if not cases:
        raise ProblemError(
            f"{problem.name}: no case is sealed; give some of the scorer's cases split='sealed'"
        )
    seed = await evaluator.evaluate(problem.need_seed().seeds[0], cases)
    rows = seed if number == 0 else await evaluator.evaluate(program, cases)
    check_whole((*seed, *rows), "nothing was recorded")
    found = _compared(problem.objective, number, rows, seed)
    store.add_event(EVENT, asdict(found))
    return found


def check_whole(rows: Sequence[Evaluation], so: str) -> None:
    """Raise RunError for what the world spoilt: a case less would be another measurement; ``so``
    says what follows.
    """
    spoilt = next((row for row in rows if row.status is Status.INFRA), None)
    if spoilt is not None:
        raise RunError(f"case {spoilt.case}: {spoilt.feedback}; {so}, verify again")


def _compared(
    objective: Metric, number: int, rows: Sequence[Evaluation], seed: Sequence[Evaluation]
) -> Opened:
    choice = choose(objective, {number: rows}, seed)
    (trial,) = choice.trials
    return Opened(
        time.time(),
        number,
        trial.mean,
        choice.seed_mean,
        len({row.case for row in rows}),
        trial.wins,
        trial.losses,
        trial.test,
        trial.p,
        trial.failed.replace("held-out", "sealed"),
    )


def spent_on_another(found: Opened, ships: int | None) -> str:
    """Say that another program ships than the cases were opened for; "" when it is the same."""
    if ships in (None, found.program):
        return ""
    return (
        f"#{ships} ships now; the sealed cases were spent on #{found.program}, and a new figure "
        "needs new cases"
    )

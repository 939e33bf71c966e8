"""What judges a session's programs: a sandbox and a scorer on this machine, or other machines."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from cladogen.errors import ConfigError
from cladogen.evaluators.base import Evaluator
from cladogen.events import Observer
from cladogen.opening import open_here
from cladogen.problem import Problem
from cladogen.settings import Settings


@contextlib.asynccontextmanager
async def open_evaluator(
    problem: Problem, settings: Settings, run_id: str, observer: Observer, *, preview: int = 0
) -> AsyncIterator[tuple[Evaluator, str]]:
    """Start what judges programs, on this machine or on those that the settings name; say which,
    in words. ``preview`` characters of what programs return are kept.
    """
    opening: contextlib.AbstractAsyncContextManager[tuple[Evaluator, str]]
    if settings.machines and problem.tasks:
        raise ConfigError("tasks are evaluated on this machine; leave out --workers ray or slurm")
    if settings.machines:
        from cladogen.remote.machines import open_machines
        from cladogen.remote.parcel import Parcel

        parcel = Parcel(problem, settings, run_id, preview)
        opening = open_machines(parcel, observer.notice)
    else:
        opening = open_here(
            problem, settings, run_id, observer.notice, preview=preview, raises_away=True
        )
    async with opening as opened:
        yield opened

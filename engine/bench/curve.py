"""The curve of a run: what would have shipped after so many evaluations, and what it is worth.

The run is told once more, from its rows, to a fresh archive, which is asked at every point for its
first choice. What the choices are worth is measured on the held-out cases after the search is over,
so none of it reached the search and none of it counts in its budget; a problem without held-out
cases gives the training value of that moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cladogen.record.fold import folded
from cladogen.record.memory import RunRecord
from cladogen.session.assemble import archive_for

if TYPE_CHECKING:
    from cladogen.run import Run
    from cladogen.settings import Settings


async def curve(run: Run, settings: Settings, points: int) -> tuple[tuple[int, float], ...]:
    """Return up to ``points`` pairs of evaluations used and value."""
    if points < 1:
        return ()
    name = run.problem.objective.name
    result = []
    for used, number, training in choices(run, settings, points):
        value = training
        if run.evaluator.heldout:
            value = run.problem.score(await run.judge.heldout(number)).metrics.get(name)
        if value is not None:
            result.append((used, value))
    return tuple(result)


def choices(run: Run, settings: Settings, points: int) -> Iterator[tuple[int, int, float | None]]:
    """Yield (evaluations used, the archive's first choice then, its training value) at evenly
    spaced points.
    """
    record = RunRecord(run.store, run.problem.score)
    archive = archive_for(settings, run.problem, run.evaluator)
    step = max(1, run.budget.spend.evaluations // points)
    used, due = 0, step
    for result, round_, _ in folded(run.store, record):
        archive.tell(record.absorb(result, round_))
        used += len(result.evaluations)
        if used < due:
            continue
        due = used - used % step + step
        for number in archive.shortlist(1):
            score = record.score(number)
            yield (
                used,
                number,
                None if score is None else score.metrics.get(run.problem.objective.name),
            )

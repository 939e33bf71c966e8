"""How proposals failed, by kind, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cladogen.formatting import one_line
from cladogen.proposal import Outcome
from cladogen.view.recorded_events import tally_of
from cladogen.view.run_reader import RunReader

_OUTCOMES = {outcome.value for outcome in Outcome} - {Outcome.ACCEPTED.value}
HEADINGS = ("kind", "times", "of all", "latest", "why")


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A kind of result that is no scored program, how often it came, its share of all tasks for
    a child (0 to 1), and the task and the reason of the latest.
    """

    kind: str
    times: int
    share: float
    task: int | None
    reason: str


def failure_rows(run: RunReader) -> list[FailureRow]:
    """Return the kinds, the commonest first."""
    tally = tally_of(run)
    answered = run.store.answered()
    latest = _latest(run, tally.causes)
    return [
        FailureRow(kind, times, times / max(1, answered), *latest.get(kind, (None, "")))
        for kind, times in tally.causes.most_common()
    ]


def _latest(run: RunReader, kinds: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Return ticket and reason of the latest result of each kind."""
    if run.store.has_scores and not run.store.unscored():
        found = {kind: _latest_of(run, kind) for kind in kinds}
        return {kind: latest for kind, latest in found.items() if latest is not None}
    latest: dict[str, tuple[int, str]] = {}
    for row in run.results():
        word = row.outcome.value
        if row.outcome is Outcome.ACCEPTED and row.program is not None:
            word = str(run.entries[row.program].score.status)
        latest[word] = (row.ticket, row.reason)
    return latest


def _latest_of(run: RunReader, kind: str) -> tuple[int, str] | None:
    if kind in _OUTCOMES:
        return run.store.latest_result(Outcome(kind))
    return run.store.latest_accepted(kind)


def failure_table(rows: list[FailureRow]) -> list[tuple[str, ...]]:
    """Return the rows as text, with their heading."""
    lines = [
        (
            row.kind,
            str(row.times),
            f"{row.share:.0%}",
            "-" if row.task is None else f"task {row.task}",
            one_line(row.reason, 80),
        )
        for row in rows
    ]
    return [HEADINGS, *lines]

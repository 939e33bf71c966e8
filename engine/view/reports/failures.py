"""How proposals failed, by kind, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.formatting import one_line
from cladogen.view.recorded_events import tally_of
from cladogen.view.run_reader import RunReader

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
    latest: dict[str, tuple[int, str]] = {}
    answered = 0
    for row in run.results():
        answered += row.proposal is not None and bool(row.proposal.parents)
        entry = None if row.program is None else run.entries[row.program]
        word = row.outcome.value
        if word == "accepted" and entry is not None:
            word = str(entry.score.status)
        latest[word] = (row.ticket, row.reason)
    return [
        FailureRow(kind, times, times / max(1, answered), *latest.get(kind, (None, "")))
        for kind, times in tally.causes.most_common()
    ]


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

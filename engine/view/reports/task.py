"""The report of one task: what was asked, what was proposed, and what came of each proposal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cladogen.errors import RunError
from cladogen.formatting import named, one_line
from cladogen.proposal import Outcome, Proposal
from cladogen.task import Measure, Task
from cladogen.view.paint import PLAIN, Paint
from cladogen.view.reports.detail import USUAL, Detail
from cladogen.view.reports.proposal_text import proposal_lines
from cladogen.view.result_row import ResultRow
from cladogen.view.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class ResultReport:
    """What came of a proposal. ``status`` is that of the program it made, "" when it made none."""

    round: int
    outcome: str
    status: str
    program: int | None
    standing: str
    reason: str

    @property
    def word(self) -> str:
        """What came of it, in a word: a program that failed was made, but is no success."""
        return self.outcome if self.status in ("", "ok") else self.status

    @property
    def good(self) -> bool:
        return self.word in ("accepted", "measured")


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A task, its proposals and what came of each, first round first. ``kind`` is "propose" or
    "measure".
    """

    ticket: int
    kind: str
    task: Task
    results: tuple[ResultReport, ...]
    proposals: tuple[Proposal, ...]


def task_report(run: RunReader, ticket: int) -> TaskReport:
    """Return everything known of a task; raises RunError when there is none of that number."""
    task = run.store.task(ticket)
    if task is None:
        raise RunError(f"{run.folder}: no task {ticket}; see: evolve list --proposals {run.folder}")
    kind = "measure" if isinstance(task, Measure) else "propose"
    results = tuple(result_report(run, row) for row in run.results(ticket))
    return TaskReport(ticket, kind, task, results, tuple(run.store.proposals_of(ticket)))


def result_report(run: RunReader, row: ResultRow) -> ResultReport:
    """Return a result with the status of the program it made."""
    status = ""
    if row.outcome is Outcome.ACCEPTED and row.program is not None:
        known = run.outcomes.get(row.program) if "outcomes" in run.__dict__ else None
        status = (run.score(row.program) if known is None else known).status.value
    return ResultReport(
        row.round, row.outcome.value, status, row.program, row.standing.value, row.reason
    )


def task_lines(report: TaskReport, detail: Detail = USUAL, paint: Paint = PLAIN) -> Iterator[str]:
    """Yield the lines of a task's report."""
    yield paint(f"task {report.ticket}: {_asked(report.task)}", "bold")
    yield from _asked_with(report.task)
    if not report.results:
        yield named("outcome", "in flight")
    for result in report.results:
        yield named("outcome", _outcome(result, paint))
        if result.reason:
            yield named("cause", one_line(result.reason, 500))
        if result.round < len(report.proposals):
            yield from proposal_lines(report.proposals[result.round], detail, paint)


def outcome_line(report: TaskReport, paint: Paint = PLAIN) -> str:
    """Return what came of a task in one line."""
    came = "; ".join(_outcome(result, paint) for result in report.results) or "in flight"
    return f"{_asked(report.task)}: {came}"


def _asked(task: Task) -> str:
    if isinstance(task, Measure):
        return f"measure #{task.program} again"
    return f"a child of {_parents(task.parents)}" if task.parents else "a seed program"


def _asked_with(task: Task) -> Iterator[str]:
    if isinstance(task, Measure):
        yield named("cases", ", ".join(task.cases))
        return
    if note := " ".join(filter(None, (task.note, task.hint))):
        yield named("note", one_line(note))


def _parents(parents: Sequence[int]) -> str:
    return " and ".join(f"#{parent}" for parent in parents)


def _outcome(result: ResultReport, paint: Paint) -> str:
    title = f"round {result.round}: " if result.round else ""
    program = "" if result.program is None else f", {_program(result)}"
    return f"{title}{paint.good(result.word, result.good)}{program}"


def _program(result: ResultReport) -> str:
    if result.outcome == "duplicate":
        return f"of program #{result.program}"
    return f"program #{result.program}"

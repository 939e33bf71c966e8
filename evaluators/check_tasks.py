"""What is wrong with tasks before anything is spent on them: no tests, tests that an untouched copy
passes, a reference solution that does not pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cladogen.errors import SandboxError
from cladogen.evaluators.tasks import TaskEvaluator
from cladogen.tasks.task_folder import TaskFolder, split_counts


@dataclass(frozen=True, slots=True)
class TaskCheck:
    """One task: what its tests make of the files as they are, and of the reference solution (None:
    there is none). ``fault`` says what is wrong, "" when nothing is.
    """

    name: str
    split: str
    untouched: float = 0.0
    reference: float | None = None
    fault: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TasksReport:
    """What is known of a problem's tasks before a search."""

    problem: str
    sandbox: str
    tasks: tuple[TaskCheck, ...]

    @property
    def faults(self) -> int:
        return sum(bool(task.fault) for task in self.tasks)


async def check_tasks(evaluator: TaskEvaluator, sandbox: str) -> TasksReport:
    """Run every task's tests on untouched files and on its reference solution."""
    found = [await _checked(evaluator, task) for task in evaluator.tasks.values()]
    return TasksReport(evaluator.problem.name, sandbox, tuple(found))


async def _checked(evaluator: TaskEvaluator, task: TaskFolder) -> TaskCheck:
    check = TaskCheck(task.name, task.split, notes=task.notes)
    if not _has_tests(task):
        return TaskCheck(task.name, task.split, fault="it has no tests", notes=task.notes)
    try:
        task = await evaluator.prepared(task)
    except SandboxError as error:
        return TaskCheck(task.name, task.split, fault=str(error), notes=task.notes)
    untouched, _ = await evaluator.tested(task, task.files)
    if untouched >= 1.0:
        fault = "its tests pass on the empty solution, so anything solves it"
        return TaskCheck(task.name, task.split, untouched, None, fault, task.notes)
    if not task.has_solution:
        return TaskCheck(check.name, check.split, untouched, None, "", task.notes)
    reference, words = await evaluator.solved_by_reference(task)
    why = " ".join(words.split())[-300:]
    fault = "" if reference >= 1.0 else f"its reference solution does not pass here: {why}"
    return TaskCheck(task.name, task.split, untouched, reference, fault, task.notes)


def _has_tests(task: TaskFolder) -> bool:
    return bool(task.command and (task.tests or task.reward))


def tasks_lines(report: TasksReport) -> Iterator[tuple[str, str]]:
    """Yield names and texts."""
    counts = split_counts([task.split for task in report.tasks])
    yield "problem", f"{report.problem}: {len(report.tasks)} tasks ({counts})"
    yield "sandbox", report.sandbox
    yield "score", "reported, not certified: a task's tests share a process with its solution"
    passed = sum(task.reference is not None and not task.fault for task in report.tasks)
    yield "reference", f"{passed} tasks have a solution that passes, and tests that need one"
    for task in report.tasks:
        yield from _task_lines(task)


def _task_lines(task: TaskCheck) -> Iterator[tuple[str, str]]:
    if task.fault:
        yield "WRONG", f"{task.name}: {task.fault}"
    for note in task.notes:
        yield "note", f"{task.name}: {note}"

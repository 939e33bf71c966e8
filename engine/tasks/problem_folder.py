"""A problem of task folders: the tasks in the project's own format, and an agent to start from."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.importing.found import plain_name
from cladogen.importing.toml import write_toml
from cladogen.tasks import own
from cladogen.tasks.formats import format_of, read_tasks, split_up
from cladogen.tasks.task_folder import TaskFolder, split_counts

SEED = '''"""An agent that does nothing yet: the place to begin."""


def run(task):
    """Work on a task: its files are in task["folder"], what is asked for in task["statement"]."""
    return None
'''
STATEMENT = """Improve the agent. It is called once for each task, finds the task's files in a
folder, and leaves its solution there; hidden tests judge what it left. A program is worth the share
of tasks that it solves.
"""
NO_AGENT = "the seed agent does nothing; put yours into seed/run.py, or name its folder: --program"
NAMED = 3  # tasks that a note names
SHARED = "scores are reported, not certified: a task's tests share a process with its solution"


def write_tasks(place: Path, target: Path, agent: Path | None = None) -> list[str]:
    """Write a problem of the tasks in a folder; return lines for the person who imports. ``agent``
    is a folder with the program to start from, whose ``run.py`` has a function ``run``.
    """
    tasks = split_up(read_tasks(place))
    kind = format_of(place)
    if agent is not None and not (agent / "run.py").is_file():
        raise ProblemError(f"{agent}: no run.py, which must have a function run(task)")
    for task in tasks:
        own.write(task, target / "tasks" / plain_name(task.name))
    _write_seed(target / "seed", agent)
    (target / "statement.md").write_text(STATEMENT)
    requirements = list(_requirements(tasks))
    if requirements:
        (target / "requirements.txt").write_text("\n".join([*requirements, ""]))
    (target / "problem.toml").write_text(write_toml(_toml(plain_name(target.name), tasks), {}))
    counts = split_counts([task.split for task in tasks])
    lines = [f"{kind}: {_counted(len(tasks), 'task')} ({counts})"]
    if agent is None:
        lines.append(NO_AGENT)
    return [*lines, SHARED, *_wanted(requirements), *_notes(tasks)]


def _wanted(requirements: Sequence[str]) -> list[str]:
    """Return the line on requirements that a person may let in, if there are any."""
    wanted = sum(line.startswith("#") for line in requirements)
    if not wanted:
        return []
    return [
        f"requirements.txt: {_counted(wanted, 'line')} of what their images have are comments; "
        "let in what you need"
    ]


def _write_seed(folder: Path, agent: Path | None) -> None:
    if agent is not None:
        shutil.copytree(agent, folder, dirs_exist_ok=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.py").write_text(SEED)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s'[: count != 1]}"


def _notes(tasks: list[TaskFolder]) -> Iterator[str]:
    """Yield what is to be known of tasks, a line for each thing."""
    names: dict[str, list[str]] = {}
    for task in tasks:
        for note in task.notes:
            names.setdefault(note, []).append(task.name)
    for note, of in names.items():
        more = f" and {len(of) - NAMED} more" if len(of) > NAMED else ""
        yield f"{', '.join(of[:NAMED])}{more}: {note}"


def _requirements(tasks: list[TaskFolder]) -> Iterator[str]:
    """Yield the lines of requirements.txt: the test runner, and what images would have, which may
    not go together, as comments.
    """
    if _uses_pytest(tasks):
        yield "pytest"
    if _uses_ctrf(tasks):
        yield "pytest-json-ctrf"
    for name, of in sorted(_packages(tasks).items()):
        if name not in ("pytest", "pytest-json-ctrf"):
            yield _as_comment(name, of)


def _as_comment(package: str, tasks: Sequence[str]) -> str:
    more = ", ..." if len(tasks) > NAMED else ""
    return f"# {package}  # {', '.join(tasks[:NAMED])}{more}"


def _packages(tasks: list[TaskFolder]) -> dict[str, list[str]]:
    """Return the packages of the tasks' images, each with its tasks and their versions."""
    wanted: dict[str, list[str]] = {}
    for task in tasks:
        for package in task.packages:
            name = re.split(r"[\[=<>!~\s]", package)[0]
            versions = package.removeprefix(name).strip()
            wanted.setdefault(name.lower(), []).append(f"{task.name} {versions}".strip())
    return wanted


def _toml(name: str, tasks: list[TaskFolder]) -> dict[str, object]:
    largest = max(sum(len(file.data) for file in task.files.values()) for task in tasks)
    return {
        "name": name,
        "program": {"editable": ["**"], "entry": "run.py:run"},
        "tasks": {"folder": "tasks", "hopeless": 5},
        "objective": {"metric": "solved"},
        "metrics": {"solved": {"direction": "maximize", "low": 0.0, "high": 1.0}},
        "limits": {"files_mb": max(64, 4 * (largest >> 20)), "processes": 256},
        **({"sandbox": {"requirements": "requirements.txt"}} if any(_requirements(tasks)) else {}),
        "defaults": {"archive": "clade"},
    }


def _uses_pytest(tasks: list[TaskFolder]) -> bool:
    scripts = [file.data for task in tasks for file in task.tests.values()]
    return any("pytest" in task.command for task in tasks) or any(b"pytest" in s for s in scripts)


def _uses_ctrf(tasks: list[TaskFolder]) -> bool:
    return any(b"--ctrf" in file.data for task in tasks for file in task.tests.values())

"""The project's own format: a folder with ``task.toml``, ``statement.md``, ``files/``, ``tests/``
and, where they are, ``solution/`` and ``prepare.sh``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.toml import write_toml
from cladogen.problem.strict_toml import Table
from cladogen.problem.tables import LONGEST_S, MOST_MB
from cladogen.program import File
from cladogen.tasks.reading import files_below, text_of
from cladogen.tasks.task_folder import SPLITS, TaskFolder

SETTINGS, STATEMENT, PREPARE = "task.toml", "statement.md", "prepare.sh"


def recognised(folder: Path) -> bool:
    """Tell whether a folder is a task in this format."""
    return (folder / SETTINGS).is_file() and (folder / STATEMENT).is_file()


def read(folder: Path) -> TaskFolder:
    """Return the task; raises ProblemError, also for a key that is not known."""
    path = folder / SETTINGS
    try:
        values = tomllib.loads(text_of(path))
    except ValueError as error:
        raise ProblemError(f"{path}: not readable as TOML: {error}") from None
    top = Table(values, str(path))
    tests, limits = top.table("tests"), top.table("limits")
    task = TaskFolder(
        name=top.name("name", folder.name),
        statement=text_of(folder / STATEMENT),
        files=files_below(folder / "files"),
        tests=files_below(folder / "tests"),
        command=tests.names("command"),
        reward=tests.take("reward", str, ""),
        passing=tests.names("passing"),
        solution=files_below(folder / "solution"),
        solve=top.names("solve"),
        split=top.one_of("split", SPLITS, "train"),  # type: ignore[arg-type]
        time_s=limits.number("time_s", 300.0, high=LONGEST_S, above=0),
        test_time_s=tests.number("time_s", 120.0, high=LONGEST_S, above=0),
        memory_mb=limits.number("memory_mb", 1024, high=MOST_MB, above=0),
        prepare=text_of(folder / PREPARE) if (folder / PREPARE).is_file() else "",
    )
    for table in (tests, limits, top):
        table.done()
    return task


def write(task: TaskFolder, folder: Path) -> None:
    """Write a task in this format."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(write_toml(_values(task), {}), encoding="utf-8")
    (folder / STATEMENT).write_text(task.statement, encoding="utf-8")
    if task.prepare:
        (folder / PREPARE).write_text(task.prepare, encoding="utf-8")
    for name, files in (("files", task.files), ("tests", task.tests), ("solution", task.solution)):
        _write(folder / name, files)


def _values(task: TaskFolder) -> dict[str, Any]:
    tests: dict[str, Any] = {"command": list(task.command), "time_s": task.test_time_s}
    if task.reward:
        tests["reward"] = task.reward
    if task.passing:
        tests["passing"] = list(task.passing)
    top: dict[str, Any] = {"name": task.name, "split": task.split}
    if task.solve:
        top["solve"] = list(task.solve)
    return {**top, "tests": tests, "limits": {"time_s": task.time_s, "memory_mb": task.memory_mb}}


def _write(folder: Path, files: Mapping[str, File]) -> None:
    for path, file in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
        target.chmod(0o755 if file.executable else 0o644)

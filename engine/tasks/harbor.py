"""Task folders of Harbor (``task.toml``, ``instruction.md``, ``environment/``, ``tests/test.sh``,
``solution/solve.sh``) and of Terminal-Bench before it (``task.yaml``, ``run-tests.sh``, ``tests/``,
``solution.sh``).

There, a task has an image of its own: its recipe names the working folder and copies files in;
tests are laid into /tests, and a reward is written to /logs/verifier. Here, what the recipe copies
are the task's files, and those paths are folders of the working copy; what else the image brings
must be in this sandbox. ``evolve check`` runs the reference solution to see.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.found import read_yaml
from cladogen.program import File
from cladogen.tasks.image_recipe import read_recipe
from cladogen.tasks.reading import PYTEST, fetches, files_below, moved, moved_text, text_of
from cladogen.tasks.task_folder import TaskFolder

TESTS, LOGS = ".tests", ".logs"
PLACES = {"/tests": TESTS, "/logs": LOGS, "/oracle": ".solution", "/solution": ".solution"}
HIDDEN = ("tests/", "solution", "task.yaml", "run-tests.sh")
REWARD = f"{LOGS}/verifier/reward"


def recognised(folder: Path) -> bool:
    """Tell whether a folder is a task of Harbor."""
    return (folder / "task.toml").is_file() and (folder / "instruction.md").is_file()


def recognised_terminal_bench(folder: Path) -> bool:
    """Tell whether a folder is a task of Terminal-Bench."""
    return (folder / "task.yaml").is_file() and (folder / "tests").is_dir()


def read(folder: Path) -> TaskFolder:
    """Return a Harbor task; raises ProblemError."""
    path = folder / "task.toml"
    try:
        values = tomllib.loads(text_of(path))
    except ValueError as error:
        raise ProblemError(f"{path}: not readable as TOML: {error}") from None
    if (folder / "steps").is_dir():
        raise ProblemError(f"{folder}: a task of several steps, which has no equal here")
    agent, verifier = _table(values, "agent"), _table(values, "verifier")
    script = folder / "tests" / "test.sh"
    return _task(
        folder,
        text_of(folder / "instruction.md"),
        folder / "environment",
        script if script.is_file() else None,
        folder / "solution",
        _seconds(agent, "timeout_sec", 600.0),
        _seconds(verifier, "timeout_sec", 600.0),
        int(_seconds(_table(values, "environment"), "memory_mb", 1024)),
    )


def read_terminal_bench(folder: Path) -> TaskFolder:
    """Return a Terminal-Bench task; raises ProblemError."""
    values = read_yaml(folder / "task.yaml")
    statement = values.get("instruction")
    if not isinstance(statement, str):
        raise ProblemError(f"{folder / 'task.yaml'}: no instruction")
    script = folder / "run-tests.sh"
    return _task(
        folder,
        statement,
        folder,
        script if script.is_file() else None,
        folder,
        _seconds(values, "max_agent_timeout_sec", 360.0),
        _seconds(values, "max_test_timeout_sec", 60.0),
    )


def _task(
    folder: Path,
    statement: str,
    environment: Path,
    script: Path | None,
    solution: Path,
    time_s: float,
    test_time_s: float,
    memory_mb: int = 1024,
) -> TaskFolder:
    recipe = read_recipe(environment / "Dockerfile")
    context = files_below(environment)
    if environment == folder:  # Terminal-Bench: tests and solution lie beside the recipe
        context = {path: file for path, file in context.items() if not path.startswith(HIDDEN)}
    files = recipe.copied(context)
    places = {**PLACES, recipe.working: "."}
    notes = [recipe.note] if recipe.note else []
    tests = {f"{TESTS}/{path}": file for path, file in files_below(folder / "tests").items()}
    command, reward = _command(script, tests, notes)
    if script is not None and environment == folder:
        tests["run-tests.sh"] = File(script.read_bytes(), True)
    scripts = [solution / name for name in ("solve.sh", "solution.sh")]
    solve = next((each for each in scripts if each.is_file()), None)
    given = {".solve.sh": File(solve.read_bytes(), True)} if solve is not None else {}
    return TaskFolder(
        name=folder.name,
        statement=moved_text(statement, places),
        files=moved(files, places),
        tests=moved(tests, places),
        command=command,
        reward=reward,
        solution=moved(given, places),
        solve=("bash", ".solve.sh") if given else (),
        time_s=time_s,
        test_time_s=test_time_s,
        memory_mb=memory_mb,
        notes=tuple(notes),
    )


def _command(
    script: Path | None, tests: dict[str, File], notes: list[str]
) -> tuple[tuple[str, ...], str]:
    """Return the command that runs the tests, and where it writes a reward ("": nowhere).

    A script that runs pytest, or gets its tools from the network, which tests do not have here, is
    replaced by pytest where the tests are Python's.
    """
    pytests = [path for path in tests if path.endswith(".py") and "test" in path.rpartition("/")[2]]
    text = text_of(script) if script is not None else ""
    if script is None or (pytests and (fetches(text) or "pytest" in text)):
        if script is not None:
            notes.append(f"{script.name} is not run: pytest runs its tests, which must all pass")
        return ((*PYTEST, *pytests) if pytests else ()), ""
    inside = script.name if script.name == "run-tests.sh" else f"{TESTS}/{script.name}"
    reward = REWARD if "/logs/verifier" in text else ""
    line = f"mkdir -p {LOGS}/verifier; TEST_DIR={TESTS} bash {inside}"
    return ("sh", "-c", line), reward


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name, {})
    return found if isinstance(found, dict) else {}


def _seconds(table: dict[str, Any], name: str, default: float) -> float:
    value = table.get(name, default)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if usable else default

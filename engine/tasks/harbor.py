"""Task folders of Harbor (``task.toml``, ``instruction.md``, ``environment/``, ``tests/test.sh``,
``solution/solve.sh``) and of Terminal-Bench before it (``task.yaml``, ``run-tests.sh``, ``tests/``,
``solution.sh``).

There, a task has an image of its own: its recipe names the working folder and copies files in;
tests are laid into /tests, and a reward is written to /logs/verifier. Here, what the recipe copies
are the task's files, and those paths are folders of the working copy; its commands that need no
network make more of them before a solver sees them. What else the image brings must be in this
sandbox. ``evolve check`` runs the reference solution to see.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.found import read_yaml
from cladogen.program import File
from cladogen.tasks.image_recipe import ImageRecipe, read_recipe
from cladogen.tasks.installs import python_packages
from cladogen.tasks.reading import PYTEST, fetches, files_below, moved, moved_text, text_of
from cladogen.tasks.task_folder import TaskFolder

TESTS, LOGS = "hidden_tests", ".logs"  # the first may be a package of Python's
PLACES = {"/tests": TESTS, "/logs": LOGS, "/oracle": ".solution", "/solution": ".solution"}
HIDDEN = ("tests/", "solution", "task.yaml", "task.toml", "instruction.md", "run-tests.sh")
COMPOSE = "docker-compose.yaml"
SERVICE = "client"  # the one of Terminal-Bench that a solver works in
# A script's own words for the interpreter and the test runner, which an image would have.
WORDS = 'python() { python3 "$@"; }; pytest() { python3 -m pytest "$@"; }; export -f python pytest'
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
    environment = folder / "environment"
    return _task(
        folder,
        text_of(folder / "instruction.md"),
        (environment, environment / "Dockerfile", _services(environment, "main")),
        script if script.is_file() else None,
        folder / "solution",
        _seconds(agent, "timeout_sec", 600.0),
        _seconds(verifier, "timeout_sec", 600.0),
        _memory_mb(_table(values, "environment")),
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
        _built_of(folder),
        script if script.is_file() else None,
        folder,
        _seconds(values, "max_agent_timeout_sec", 360.0),
        _seconds(values, "max_test_timeout_sec", 60.0),
    )


def _task(
    folder: Path,
    statement: str,
    image: tuple[Path, Path, list[str]],
    script: Path | None,
    solution: Path,
    time_s: float,
    test_time_s: float,
    memory_mb: int = 1024,
) -> TaskFolder:
    """Return a task. ``image`` is the folder and the recipe that its image is built of, and the
    services that stand beside it.
    """
    recipe = read_recipe(image[1])
    files = _files(folder, image[0], recipe)
    places = {**PLACES, **recipe.places, recipe.working: "."}
    notes = [recipe.note] if recipe.note else []
    if image[2]:
        notes.append(f"services that stand beside it there are not here: {', '.join(image[2])}")
    tests = {f"{TESTS}/{path}": file for path, file in files_below(folder / "tests").items()}
    command, reward = _command(script, tests, notes)
    if script is not None and script.parent == folder:
        tests["run-tests.sh"] = File(script.read_bytes(), True)
    given, solve = _given(solution, script)
    return TaskFolder(
        name=folder.name,
        statement=moved_text(statement, places),
        files=moved(files, places),
        tests=moved(tests, places),
        command=command,
        reward=reward,
        solution=moved(given, places),
        solve=solve,
        time_s=time_s,
        test_time_s=test_time_s,
        memory_mb=memory_mb,
        prepare=_prepare(recipe, places),
        packages=_packages(recipe, script),
        notes=tuple(notes),
    )


def _prepare(recipe: ImageRecipe, places: Mapping[str, str]) -> str:
    """Return the script of a recipe's commands; a folder that they leave empty gets a file."""
    if not recipe.commands:
        return ""
    keep = "find . -type d -empty -exec touch {}/.keep \\;\n"
    return moved_text("\n".join([*recipe.commands, keep]), places)


def _packages(recipe: ImageRecipe, script: Path | None) -> tuple[str, ...]:
    """Return what the recipe and the tests' script install."""
    wanted = (*recipe.python, *python_packages(text_of(script) if script is not None else ""))
    return tuple(dict.fromkeys(wanted))


def _files(folder: Path, built_of: Path, recipe: ImageRecipe) -> dict[str, File]:
    """Return what the recipe copies of its build's folder; of the task's, where it names that."""
    context = files_below(built_of)
    if built_of == folder:  # Terminal-Bench: tests and solution lie beside the recipe
        return recipe.copied(_shown(context))
    found = recipe.copied(context)
    above = f"{built_of.name}/"
    if any(source.startswith(above) for sources, _, _ in recipe.copies for source in sources):
        found |= recipe.copied({f"{above}{path}": file for path, file in context.items()})
    return found


def _shown(context: dict[str, File]) -> dict[str, File]:
    return {path: file for path, file in context.items() if not path.startswith(HIDDEN)}


def _given(solution: Path, script: Path | None) -> tuple[dict[str, File], tuple[str, ...]]:
    """Return the files of a reference solution, and the command that runs it."""
    scripts = (solution / name for name in ("solve.sh", "solution.sh"))
    solve = next(filter(Path.is_file, scripts), None)
    if solve is None:
        return {}, ()
    given = {".solve.sh": File(solve.read_bytes(), True)}
    if script is None or script.parent != solution:  # a folder of its own
        place = PLACES["/solution"]
        given |= {f"{place}/{path}": file for path, file in files_below(solution).items()}
    return given, ("bash", "-c", f"{WORDS}; bash .solve.sh")


def _command(
    script: Path | None, tests: dict[str, File], notes: list[str]
) -> tuple[tuple[str, ...], str]:
    """Return the command that runs the tests, and where it writes a reward ("": nowhere).

    A script that gets its tools from the network, which tests do not have here, is replaced by
    pytest where the tests are Python's; likewise one that runs pytest and writes no reward.
    """
    by_pytest = _by_pytest(tests)
    if script is None:
        return by_pytest, ""
    text = text_of(script)
    reward = REWARD if "/logs/verifier/reward" in text else ""
    online = fetches(text)
    if by_pytest and (online or _only_runs_pytest(text)):
        notes.append(f"{script.name} is not run: pytest runs its tests, which must all pass")
        return by_pytest, ""
    if online:
        notes.append(f"{script.name} gets something from the network, which tests do not have here")
    return _by_script(script), reward


def _only_runs_pytest(script: str) -> bool:
    return "pytest" in script and "/logs/verifier/reward" not in script


def _by_pytest(tests: Collection[str]) -> tuple[str, ...]:
    """Return the command for tests in Python, () where there are none."""
    found = [path for path in tests if path.endswith(".py") and "test" in path.rpartition("/")[2]]
    return (*PYTEST, *found) if found else ()


def _by_script(script: Path) -> tuple[str, ...]:
    inside = script.name if script.name == "run-tests.sh" else f"{TESTS}/{script.name}"
    return "bash", "-c", f"{WORDS}; mkdir -p {LOGS}/verifier; TEST_DIR={TESTS} bash {inside}"


def _built_of(folder: Path) -> tuple[Path, Path, list[str]]:
    """Return what docker-compose.yaml of Terminal-Bench says of the solver's image: its folder and
    recipe, and the other services; the folder's own recipe where it says nothing.
    """
    own = _compose(folder).get(SERVICE)
    build = own.get("build") if isinstance(own, dict) else None
    given = build if isinstance(build, dict) else {"context": build}
    context = folder / _text(given.get("context"), ".")
    if not context.resolve().is_relative_to(folder.resolve()):
        raise ProblemError(f"{folder / COMPOSE}: its build's context is outside the task's folder")
    recipe = context / _text(given.get("dockerfile"), "Dockerfile")
    return Path(os.path.normpath(context)), recipe, _services(folder, SERVICE)


def _services(folder: Path, own: str) -> list[str]:
    """Return the services of a docker-compose.yaml beside a task's own."""
    return sorted(str(name) for name in _compose(folder) if name != own)


def _compose(folder: Path) -> dict[str, Any]:
    path = folder / COMPOSE
    return _table(read_yaml(path), "services") if path.is_file() else {}


def _text(value: Any, default: str) -> str:
    return value if isinstance(value, str) else default


def _memory_mb(table: dict[str, Any]) -> int:
    """Return the memory that a task asks for: ``memory_mb = 2048``, or ``memory = "2G"`` as older
    ones have it.
    """
    text = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT])i?B?", _text(table.get("memory"), "").upper())
    if text is None:
        return int(_seconds(table, "memory_mb", 1024))
    return max(1, int(float(text[1]) * 1024.0 ** ("KMGT".index(text[2]) - 1)))


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    found = values.get(name, {})
    return found if isinstance(found, dict) else {}


def _seconds(table: dict[str, Any], name: str, default: float) -> float:
    value = table.get(name, default)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if usable else default

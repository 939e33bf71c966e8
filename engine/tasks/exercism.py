"""Exercises of Exercism's tracks, and of the Polyglot benchmark made of them: ``.meta/config.json``
names the files of solution, tests and example; the statement is below ``.docs``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.program import File
from cladogen.tasks.reading import files_below, text_of
from cladogen.tasks.task_folder import TaskFolder

CONFIG = ".meta/config.json"
COMMANDS = {
    ".py": ("python3", "-m", "unittest"),
    ".go": ("go", "test", "./..."),
    ".rs": ("cargo", "test", "--offline", "--", "--include-ignored"),
    ".js": ("npx", "--offline", "jest"),
    # CMakeLists.txt takes the exercise's name from the folder that it is in.
    ".cpp": (
        "sh",
        "-c",
        'd=$(mktemp -d)/"$0" && cp -r . "$d" && cd "$d" && '
        "cmake -B build -DEXERCISM_RUN_ALL_TESTS=1 . && cmake --build build",
    ),
    ".bats": ("bats",),
}
TEST_TIME_S = 300.0  # Rust and C++ are compiled first
WITH_FILES = (".py", ".bats")  # whose command takes the tests' names


def recognised(folder: Path) -> bool:
    """Tell whether a folder is an exercise."""
    return (folder / CONFIG).is_file() and (folder / ".docs").is_dir()


def read(folder: Path) -> TaskFolder:
    """Return the exercise; raises ProblemError."""
    try:
        named = json.loads(text_of(folder / CONFIG))["files"]
        solution, example = _names(named, "solution"), _names(named, "example")
        tests = [*_names(named, "test"), *_names(named, "editor")]  # Go's cases are the latter
    except (ValueError, KeyError, TypeError):
        raise ProblemError(
            f"{folder / CONFIG}: names no files of solution, test and example"
        ) from None
    every = files_below(folder)
    examples = example or _names(named, "exemplar")
    return TaskFolder(
        name=folder.name,
        statement=_statement(folder, solution),
        files=_shown(every, tests),
        tests={path: every[path] for path in tests if path in every},
        command=_command(tests, folder.name),
        test_time_s=TEST_TIME_S,
        solution=_solution(every, examples, solution),
    )


def _shown(every: Mapping[str, File], tests: Sequence[str]) -> dict[str, File]:
    """Return the files that a program sees."""
    hidden = {path for path in every if path.startswith((".meta/", ".docs/"))} | set(tests)
    return {path: file for path, file in every.items() if path not in hidden}


def _names(named: Any, kind: str) -> list[str]:
    found = named.get(kind, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise TypeError(kind)
    return found


def _statement(folder: Path, solution: Sequence[str]) -> str:
    names = ("introduction.md", "instructions.md", "instructions.append.md")
    parts = [
        text_of(folder / ".docs" / name) for name in names if (folder / ".docs" / name).is_file()
    ]
    return "\n\n".join([*parts, f"Write your solution in {', '.join(solution)}.\n"])


def _command(tests: Sequence[str], name: str) -> tuple[str, ...]:
    suffix = next((Path(path).suffix for path in tests if Path(path).suffix in COMMANDS), "")
    command = COMMANDS.get(suffix, ())
    if suffix == ".cpp":
        return (*command, name)
    return (*command, *tests) if suffix in WITH_FILES else command


def _solution(
    every: dict[str, File], examples: Sequence[str], solution: Sequence[str]
) -> dict[str, File]:
    """Return the example's files under the names that a solution has."""
    pairs = zip(examples, solution, strict=False)
    return {to: every[source] for source, to in pairs if source in every}

"""Rows of SWE-bench and data sets in its form: a repository at a commit, a patch of its tests, and
the tests that must pass. The repositories are git clones beside the rows, in
``repositories/OWNER__NAME``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cladogen.errors import PatchRefused, ProblemError
from cladogen.patching.strict import apply_diff
from cladogen.problem.seed_repository import read_commit
from cladogen.program import Program
from cladogen.tasks.checkout import needs, package_roots, version_file
from cladogen.tasks.reading import PYTEST, text_of
from cladogen.tasks.task_folder import Files, TaskFolder

REPOSITORIES = "repositories"
COLUMNS = ("instance_id", "repo", "base_commit", "problem_statement", "test_patch")


def recognised(path: Path) -> bool:
    """Tell whether a file holds such rows, one JSON object a line or a list of them."""
    if path.suffix not in (".json", ".jsonl") or not path.is_file():
        return False
    try:
        first = next(iter(_rows(path)), {})
    except ProblemError:
        return False
    return all(name in first for name in COLUMNS)


def read(path: Path) -> Iterator[TaskFolder]:
    """Yield the rows' tasks; raises ProblemError."""
    for row in _rows(path):
        missing = [name for name in COLUMNS if not isinstance(row.get(name), str)]
        if missing:
            raise ProblemError(f"{path}: a row without {missing[0]}")
        yield _task(row, path)


def _rows(path: Path) -> list[dict[str, Any]]:
    text = text_of(path)
    try:
        lines = json.loads(text) if path.suffix == ".json" else list(map(json.loads, _full(text)))
    except ValueError as error:
        raise ProblemError(f"{path}: no JSON: {error}") from None
    if not isinstance(lines, list) or not all(isinstance(row, dict) for row in lines):
        raise ProblemError(f"{path}: rows must be JSON objects")
    return lines


def _full(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _task(row: Mapping[str, Any], path: Path) -> TaskFolder:
    name, where = row["instance_id"], f"{path}, {row['instance_id']}"
    clone = path.parent / REPOSITORIES / row["repo"].replace("/", "__")
    if not clone.exists():
        raise ProblemError(f"{where}: no clone of {row['repo']} at {clone}; make one: git clone")
    before = read_commit(str(clone), row["base_commit"], ".")
    tests = _changed(before, row["test_patch"], f"{where}: test_patch")
    solution = _changed(before, str(row.get("patch") or ""), f"{where}: patch")
    built = version_file(before.files, str(row.get("version") or ""))
    passing = (*_listed(row, "FAIL_TO_PASS", where), *_listed(row, "PASS_TO_PASS", where))
    return TaskFolder(
        name=name,
        statement=row["problem_statement"],
        files={**before.files, **built},
        tests=tests,
        command=_command(before.files, [each for each in tests if each.endswith(".py")]),
        passing=passing,
        solution=solution,
        time_s=1800.0,
        test_time_s=1800.0,
        memory_mb=4096,
        packages=needs(before.files),
        notes=tuple(_notes(before.files, built, passing)),
    )


def _command(files: Files, tests: list[str]) -> tuple[str, ...]:
    """Return the command that runs tests on the checkout itself, not on what is installed."""
    roots = package_roots(files)
    if not roots or not tests:
        return (*PYTEST, *tests) if tests else ()
    line = f'PYTHONPATH="{":".join(roots)}:$PYTHONPATH" exec "$@"'
    return ("sh", "-c", line, "sh", *PYTEST, *tests)


def _notes(files: Files, built: Files, passing: tuple[str, ...]) -> Iterator[str]:
    for path in built:
        yield f"{path}, which a build writes, is written here"
    if "setup.py" in files and not needs(files):
        yield "what it needs is in setup.py, which is not run: name it in requirements.txt"
    if any(" (" in name for name in passing):
        yield "its tests are named as unittest names them; pytest, which runs them here, does not"


def _changed(before: Program, patch: str, where: str) -> Files:
    if not patch.strip():
        return {}
    try:
        after = apply_diff(before, patch)
    except PatchRefused as refusal:
        raise ProblemError(f"{where}: {refusal}") from None
    return {path: file for path, file in after.files.items() if before.files.get(path) != file}


def _listed(row: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    """Return a list of tests, which some data sets hold as JSON text."""
    listed = _read(row.get(name, []))
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise ProblemError(f"{where}: {name} must be a list of tests")
    return tuple(listed)


def _read(value: Any) -> Any:
    """Return a value, or what it is as JSON text; None for a text that is no JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return None

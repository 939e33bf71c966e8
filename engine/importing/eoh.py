"""EoH's layout: ``prob.py``, a class over ``BaseProblem`` that holds its template and its task, and
a script that starts a search.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from cladogen.errors import ProblemError
from cladogen.importing.found import (
    Found,
    ImportOptions,
    classes_of,
    constants,
    folder_files,
    functions_of,
    last_class_over,
    parsed,
    plain_defaults,
    plain_name,
)
from cladogen.importing.llm4ad import PROGRAM, with_imports
from cladogen.importing.packages import packages_around

FILE, BASE = "prob.py", "BaseProblem"
HOME = "evolve_bridge/eoh_task"
STAND_INS = {"eoh/__init__.py": "stand_in_eoh", "eoh_task/__init__.py": "empty"}
TIME_S = 40.0  # of an evaluation, where neither class nor script says it
SEARCH, GIVEN = "EoH", ("llm", "problem")


def recognised(folder: Path) -> bool:
    """Tell whether a folder has this layout."""
    path = folder / FILE
    return path.is_file() and _task(parsed(path.read_bytes())) is not None


def read(folder: Path, choice: ImportOptions) -> Found:
    """Return what the folder comes to; lower is better, as there."""
    notes: list[str] = []
    files = folder_files(folder, notes)
    task = _task(parsed(files[FILE]))
    texts = constants(ast.Module([task], [])) if task is not None else {}
    template = texts.get("template_program", "")
    if task is None or not template.strip():
        raise ProblemError(f"{folder / FILE}: no template_program that is a plain text")
    arguments, unused = _started(_take_scripts(files), task.name)
    program = with_imports(template, notes).encode()
    objective = choice.objective or "fitness"
    found = Found(
        "EoH",
        plain_name(folder.resolve().name),
        PROGRAM,
        {PROGRAM: program, **{f"{HOME}/{path}": data for path, data in files.items()}},
        {"kind": "llm4ad", "program": PROGRAM, "module": f"eoh_task.{FILE.removesuffix('.py')}",
         "class": task.name, "function": _entry(template, folder), "arguments": arguments,
         "objective": objective},
        objective=objective,
        minimize=True,
        stand_ins=dict(STAND_INS),
        statement=texts.get("task_description", ""),
        limits={"time_s": _time_s(arguments, task)},
        requirements=packages_around(files, FILE, {PROGRAM: program}, ["eoh"]),
        unused=unused,
        notes=notes,
    )  # fmt: skip
    notes.append("the code is run as it is written; a failure has no fitness; lower is better")
    return found


def _take_scripts(files: dict[str, bytes]) -> list[bytes]:
    """Take out the scripts that start a search, for they hold a key; return them."""
    scripts = sorted(path for path, data in files.items() if _starts_a_search(path, data))
    return list(map(files.pop, scripts))


def _starts_a_search(path: str, data: bytes) -> bool:
    return path.endswith(".py") and bool(_calls(data, SEARCH))


def _task(tree: ast.Module | None) -> ast.ClassDef | None:
    """Return the last class over ``BaseProblem``."""
    return last_class_over(BASE, tree)


def _entry(template: str, folder: Path) -> str:
    """Return what of a template is handed to the task: its first class, else its last function."""
    tree = parsed(template.encode())
    classes = [each.name for each in classes_of(tree)]
    functions = [each.name for each in functions_of(tree)]
    if not classes and not functions:
        raise ProblemError(f"{folder / FILE}: template_program: no function and no class to evolve")
    return classes[0] if classes else functions[-1]


def _started(scripts: list[bytes], task: str) -> tuple[dict[str, Any], list[str]]:
    """Return what the scripts that start a search give the task, where it is written out, and the
    settings of the search, which mean nothing here.
    """
    arguments: dict[str, Any] = {}
    unused: list[str] = []
    for data in scripts:
        for call in _calls(data, task):
            arguments |= _written(call)
        for call in _calls(data, SEARCH):
            unused += [f"EoH {each.arg}" for each in call.keywords if each.arg not in GIVEN]
    return arguments, unused


def _calls(data: bytes, name: str) -> list[ast.Call]:
    """Return the calls of a name in a Python file."""
    tree = parsed(data)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree else []
    return [node for node in calls if ast.unparse(node.func).rpartition(".")[2] == name]


def _written(call: ast.Call) -> dict[str, Any]:
    return {
        each.arg: each.value.value
        for each in call.keywords
        if each.arg and isinstance(each.value, ast.Constant)
    }


def _time_s(arguments: dict[str, Any], task: ast.ClassDef) -> float:
    """Return how long an evaluation may take: as the script says, else as the class does."""
    return float(arguments.get("timeout") or plain_defaults(task).get("timeout") or TIME_S)

"""AlgoTune's layout: ``NAME/NAME.py`` with a class over ``Task``, and ``description.txt``."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Sequence
from pathlib import Path

from cladogen.errors import ProblemError
from cladogen.importing.found import (
    Found,
    ImportOptions,
    classes_of,
    folder_files,
    parsed,
    plain_name,
)
from cladogen.importing.packages import packages_of

STAND_INS = {"AlgoTuneTasks/__init__.py": "empty", "AlgoTuneTasks/base.py": "stand_in_algotune"}
PROGRAM = "solver.py"
JUDGES = ("generate_problem", "is_solution")
PROBLEMS, TIME_S = 5, 120.0
SIZE_WORDS = (
    "problems; their size is the first power of two at which the reference takes 10 ms "
    "(--inputs '[N]' names one)"
)


def recognised(folder: Path) -> bool:
    """Tell whether a folder has this layout."""
    return _task(folder).is_file() and (folder / "description.txt").is_file()


def read(folder: Path, choice: ImportOptions) -> Found:
    """Return what the folder comes to: a solver, begun as the reference, measured against it."""
    notes: list[str] = []
    task = _task(folder)
    data = task.read_bytes()
    size = int(choice.inputs[0]) if choice.inputs else 0
    objective = choice.objective or "speedup"
    files = {f"evaluator/{path}": each for path, each in folder_files(folder, notes).items()}
    found = Found(
        "AlgoTune",
        plain_name(task.stem),
        PROGRAM,
        {PROGRAM: solver(data, task), **files},
        {"kind": "algotune", "program": PROGRAM, "task": task.name, "size": size,
         "problems": PROBLEMS, "objective": objective},
        objective=objective,
        minimize=choice.minimize,
        stand_ins=dict(STAND_INS),
        statement=(folder / "description.txt").read_text(encoding="utf-8", errors="replace"),
        shows_evaluator=True,
        limits={"time_s": TIME_S},
        sandbox={"exclusive": True},
        requirements=packages_of({task.name: data}, ["AlgoTuneTasks"]),
        notes=notes,
    )  # fmt: skip
    words = f"problems of size {size}" if size else SIZE_WORDS
    notes.append(f"speedup over the reference on {PROBLEMS} {words}")
    return found


def tasks(checkout: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Return the files of some tasks of a checkout, by their paths below ``AlgoTuneTasks``."""
    found: dict[str, bytes] = {}
    for name in names:
        path = checkout / "AlgoTuneTasks" / name / f"{name}.py"
        if not path.is_file():
            raise ProblemError(f"{path}: no such file; --with names a checkout of AlgoTune")
        found |= {f"{name}/{name}.py": path.read_bytes(), f"{name}/__init__.py": b""}
    return found


def _task(folder: Path) -> Path:
    return folder / f"{folder.resolve().name}.py"


def solver(data: bytes, where: Path) -> bytes:
    """Return the reference as a program: the task's module with its class as ``Solver``, without
    what makes and judges problems.
    """
    tree = parsed(data)
    own = _class_over_task(tree)
    if tree is None or own is None:
        raise ProblemError(f"{where}: no class over Task")
    kept = list(itertools.filterfalse(_is_left_out, own.body))
    own.name, own.bases, own.decorator_list, own.body = "Solver", [], [], kept
    module = ast.Module(list(itertools.filterfalse(_of_the_base, tree.body)), [])
    return (ast.unparse(ast.fix_missing_locations(module)) + "\n").encode()


def _class_over_task(tree: ast.Module | None) -> ast.ClassDef | None:
    """Return the last class over ``Task``."""
    tasks = [node for node in classes_of(tree) if "Task" in map(ast.unparse, node.bases)]
    return tasks[-1] if tasks else None


def _is_left_out(node: ast.stmt) -> bool:
    """Whether a statement of the class makes or judges problems, or is its text."""
    if isinstance(node, ast.FunctionDef):
        return node.name in JUDGES
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _of_the_base(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("AlgoTuneTasks")

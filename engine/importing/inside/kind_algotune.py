"""A task: the solver's answers are checked, and its time is taken beside the reference's."""

from __future__ import annotations

import copy
import importlib.util
import inspect
import os
import sys
import time
from collections.abc import Callable
from typing import Any

SIZES = [2**at for at in range(1, 15)]
LONG_ENOUGH_S, LOOKS, REPEATS = 0.01, 3, 11


def report(plan: dict[str, Any]) -> dict[str, Any]:
    """Return the speedup over all problems, and the seconds of both."""
    task = _task_of(plan)
    size = plan["size"] or _size(task)
    program = _load(os.path.join(plan["root"], plan["program"]), "program")
    solver = program.Solver()
    reference_s = solver_s = 0.0
    for at in range(plan["problems"]):
        problem = task.generate_problem(n=size, random_seed=at + 1)
        answer, *seconds = _timed(solver.solve, task.solve, problem)
        if not task.is_solution(copy.deepcopy(problem), answer):
            return {"failed": f"problem {at} of size {size}: the answer is not a solution"}
        solver_s += seconds[0]
        reference_s += seconds[1]
    return {
        "metrics": {
            plan["objective"]: reference_s / max(solver_s, 1e-9),
            "solver_ms": 1000 * solver_s,
            "reference_ms": 1000 * reference_s,
            "problem_size": size,
        },
        "feedback": f"{plan['problems']} problems of size {size} solved",
    }


def _task_of(plan: dict[str, Any]) -> Any:
    """Return an instance of the class of the task."""
    module = _load(os.path.join(plan["root"], "evaluator", plan["task"]), "task_module")
    return next(
        each
        for name, each in vars(module).items()
        if inspect.isclass(each) and hasattr(each, "generate_problem") and name != "Task"
    )()


def _load(path: str, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _size(task: Any) -> Any:
    """Return the first size at which the reference takes long enough to be timed. The least of
    some calls counts: a first one also loads what the task needs.
    """
    for size in SIZES:
        problem = task.generate_problem(n=size, random_seed=1)
        if all(_seconds(task.solve, problem) >= LONG_ENOUGH_S for _ in range(LOOKS)):
            return size
    return SIZES[-1]


def _seconds(function: Callable[[Any], Any], problem: Any) -> float:
    given = copy.deepcopy(problem)
    started = time.perf_counter()
    function(given)
    return time.perf_counter() - started


def _timed(
    solve: Callable[[Any], Any], reference: Callable[[Any], Any], problem: Any
) -> tuple[Any, float, float]:
    """Return the answer, and the least seconds of both in turns, each call on a copy of its own."""
    best, answers = [float("inf"), float("inf")], [None, None]
    for _ in range(REPEATS):
        for at, function in enumerate((solve, reference)):
            given = copy.deepcopy(problem)
            started = time.perf_counter()
            answers[at] = function(given)
            best[at] = min(best[at], time.perf_counter() - started)
    return answers[0], best[0], best[1]

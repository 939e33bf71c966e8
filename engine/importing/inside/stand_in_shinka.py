"""Stands in for ``shinka.core`` where an imported evaluator runs: runs, checks and result files."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

Table = dict[str, Any]


def run_shinka_eval(
    program_path: str,
    results_dir: str,
    experiment_fn_name: str,
    num_runs: int = 1,
    get_experiment_kwargs: Callable[[int], Table] | None = None,
    aggregate_metrics_fn: Callable[[list[Any]], Table] | None = None,
    validate_fn: Callable[[Any], Any] | None = None,
    **_: Any,
) -> tuple[Table, bool, str | None]:
    """Run the program's function, check and aggregate its results, write the result files.

    Results that are not valid reach no aggregate, and one of them makes the program incorrect.
    """
    function = _function(program_path, experiment_fn_name)
    results, errors, seconds = [], [], []
    for at in range(num_runs):
        arguments = get_experiment_kwargs(at) if get_experiment_kwargs else {"seed": at + 1}
        started = time.perf_counter()
        result = function(**arguments)
        seconds.append(time.perf_counter() - started)
        why = _fault(validate_fn, result)
        if why:
            errors.append(why)
        else:
            results.append(result)
    metrics = _metrics(results, aggregate_metrics_fn, errors)
    metrics["execution_time_mean"] = statistics.fmean(seconds) if seconds else 0.0
    metrics["num_valid_runs"] = len(results)
    errors = errors or _no_score(metrics.get("combined_score"))
    _write(results_dir, metrics, _together(errors, num_runs))
    return metrics, not errors, errors[0] if errors else None


def _no_score(score: Any) -> list[str]:
    if score is None or not math.isfinite(float(score)):
        return [f"combined_score is {score}"]
    return []


def _function(path: str, name: str) -> Callable[..., Any]:
    found: Callable[..., Any] | None = getattr(_load(path), name, None)
    if found is None:
        raise AttributeError(f"{os.path.basename(path)}: no function {name!r}")
    return found


def _load(path: str) -> Any:
    sys.path[:0] = [os.path.dirname(os.path.abspath(path))]
    spec = importlib.util.spec_from_file_location("program", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["program"] = module
    spec.loader.exec_module(module)
    return module


def _fault(validate: Callable[[Any], Any] | None, result: Any) -> str:
    if validate is None:
        return ""
    verdict = validate(result)
    valid, why = verdict if isinstance(verdict, tuple) else (verdict, None)
    return "" if valid else str(why or "not valid")


def _metrics(
    results: list[Any], aggregate: Callable[[list[Any]], Table] | None, errors: list[str]
) -> Table:
    if errors or aggregate is None:
        return {"combined_score": 0.0}
    found = dict(aggregate(results))
    found.pop("extra_data", None)  # would be pickled there
    return found


def _together(errors: list[str], runs: int) -> str:
    """Say each error once, and in how many of several runs it came."""
    said = []
    for error in dict.fromkeys(errors):
        many = errors.count(error)
        said.append(f"{error} (in {many} of {runs} runs)" if runs > 1 else error)
    return "; ".join(said)


def _write(folder: str, metrics: Table, error: str) -> None:
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "metrics.json"), "w", encoding="utf-8") as stream:
        json.dump(metrics, stream, default=_plain)
    with open(os.path.join(folder, "correct.json"), "w", encoding="utf-8") as stream:
        json.dump({"correct": not error, "error": error}, stream)


def _plain(value: Any) -> Any:
    """Return a number or a list for what JSON does not know (an array, a NumPy number)."""
    return value.tolist() if hasattr(value, "tolist") else str(value)

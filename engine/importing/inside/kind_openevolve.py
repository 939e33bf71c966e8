"""An evaluator with ``evaluate(path)`` or ``evaluate_stage1`` to ``3``."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import os
import shutil
import sys
import tempfile
from typing import Any

Table = dict[str, Any]


def report(plan: Table) -> Table:
    """Run the evaluator on a copy of the program and return what it reports."""
    folder = os.path.join(plan["root"], "evaluator")
    path = os.path.join(folder, plan["evaluator"])
    sys.path[:0] = [os.path.dirname(path)]
    if "home" in plan:
        os.environ["HOME"] = os.path.join(plan["root"], plan["home"])
    module = _load(path)
    program = os.path.join(plan["root"], plan["program"])
    copy = os.path.join(tempfile.mkdtemp(), os.path.basename(program))
    shutil.copyfile(program, copy)
    if plan.get("staged"):
        return _finished(plan, *_staged(plan, module, copy))
    value = _called(module.evaluate, copy, plan.get("arguments") or {})
    return _finished(plan, *_read(value), 0)


def _load(path: str) -> Any:
    spec = importlib.util.spec_from_file_location("evaluation_module", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["evaluation_module"] = module
    spec.loader.exec_module(module)
    return module


def _called(function: Any, path: str, arguments: Table) -> Any:
    value = function(path, **arguments)
    return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value


async def _awaited(value: Any) -> Any:
    return await value


def _staged(plan: Table, module: Any, path: str) -> tuple[Table, Table, int]:
    """Return metrics and artifacts of the stages that were reached, and the one that a program
    stopped at (0: none).
    """
    metrics: Table = {}
    artifacts: Table = {}
    stages = [at for at in (1, 2, 3) if hasattr(module, f"evaluate_stage{at}")]
    for at in stages:
        found, words = _read(_called(getattr(module, f"evaluate_stage{at}"), path, {}))
        metrics, artifacts = {**metrics, **found}, {**artifacts, **words}
        limits = plan["thresholds"]
        if at != stages[-1] and at <= len(limits) and not _passes(metrics, limits[at - 1]):
            return metrics, artifacts, at
    return metrics, artifacts, 0


def _passes(metrics: Table, least: float) -> bool:
    score = _number(metrics.get("combined_score"))
    if score is None:
        score = _mean(metrics, ("error",))
    return score is not None and score >= least


def _read(value: Any) -> tuple[Table, Table]:
    """Return the metrics and artifacts of what an evaluator returned."""
    if hasattr(value, "metrics"):
        return dict(value.metrics), dict(getattr(value, "artifacts", None) or {})
    if isinstance(value, dict):
        metrics = dict(value)
        artifacts = metrics.pop("artifacts", None)
        return metrics, dict(artifacts) if isinstance(artifacts, dict) else {}
    if _number(value) is not None:
        return {"combined_score": value}, {}
    raise TypeError(f"the evaluator returned {type(value).__name__}, not a table of metrics")


def _finished(plan: Table, metrics: Table, artifacts: Table, stopped: int) -> Table:
    metrics = _with_fitness(plan, metrics)
    words = {name: each for name, each in metrics.items() if isinstance(each, str)}
    if stopped and plan["objective"] in metrics:
        least = plan["thresholds"][stopped - 1]
        short = f"stopped at stage {stopped}, below its threshold of {least}"
        words["stages"] = f"{short}; the stages after it were not run"
    feedback = "\n".join(f"{name}: {each}" for name, each in {**words, **artifacts}.items())
    return {
        "metrics": metrics,
        "feedback": feedback,
        "failed": _failed(plan, metrics, _error_of(words) or _error_of(artifacts), stopped),
    }


def _with_fitness(plan: Table, metrics: Table) -> Table:
    """Return metrics with their mean as the fitness, where that is the objective and not there."""
    if plan["objective"] != "fitness" or "fitness" in metrics:
        return metrics
    mean = _mean(metrics, ())
    return metrics if mean is None else {**metrics, "fitness": mean}


def _error_of(table: Table) -> str:
    """Return the error that a table tells in words."""
    told = map(table.get, ("error", "error_message"))
    return next((each for each in told if isinstance(each, str) and each), "")


def _failed(plan: Table, metrics: Table, why: str, stopped: int) -> str:
    """Return why a program has no score: ``why``, beside nothing or a 0, or what it lacks."""
    value = _number(metrics.get(plan["objective"]))
    if why and not value:
        return why
    invalid = _invalid(plan, metrics)
    if invalid:
        return why or invalid
    if _says_nothing_else(metrics, value, why):
        return f"the evaluator reported an error without words ({metrics['error']})"
    return _stopped_short(plan, metrics, stopped) if value is None else ""


def _stopped_short(plan: Table, metrics: Table, stopped: int) -> str:
    """Return that the evaluation stopped at a stage without a score, "" where it did not stop."""
    if not stopped:
        return ""
    gave = ", ".join(f"{name} {each}" for name, each in metrics.items())
    return f"stopped at stage {stopped}, which gives no {plan['objective']}: {gave}"


def _invalid(plan: Table, metrics: Table) -> str:
    """Return that the metrics of a card say invalid; "" where they do not, or it is no card."""
    validity = _number(metrics.get("validity")) if plan.get("card") else None
    return f"validity {validity:g}" if validity is not None and validity <= 0 else ""


def _says_nothing_else(metrics: Table, value: float | None, why: object) -> bool:
    """Whether an error without words is all that the metrics say."""
    return "error" in metrics and (len(metrics) == 1 or (value is None and not why))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or type(value).__name__ == "bool_" or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def _mean(metrics: Table, left_out: tuple[str, ...]) -> float | None:
    numbers = map(_number, _measured(metrics, left_out))
    known = [each for each in numbers if each is not None]
    return sum(known) / len(known) if known else None


def _measured(metrics: Table, left_out: tuple[str, ...]) -> list[Any]:
    """Return the values that are no words, but for some by name."""
    counted = (metrics[name] for name in metrics if name not in left_out)
    return [each for each in counted if not isinstance(each, str)]

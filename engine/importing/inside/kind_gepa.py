"""A script of GEPA's ``optimize_anything`` or ``optimize``, run up to its call, whose evaluator or
adapter judges; or an adapter that is made by a function.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import runpy
import sys
from typing import Any

Table = dict[str, Any]
SAID: list[str] = []
LONGEST = 4000  # characters of what an adapter says of one text
NO_SCORES = (str, bytes, list, dict, tuple, type(None))
# The parameters of GEPA's functions that can be given by position, in their order (gepa 0.1.1).
POSITIONAL = {
    "optimize_anything": ("seed_candidate",),
    "optimize": (
        *("seed_candidate", "trainset", "valset", "adapter", "task_lm", "evaluator"),
        *("reflection_lm", "candidate_selection_strategy", "frontier_type", "skip_perfect_score"),
        *("batch_sampler", "reflection_minibatch_size", "perfect_score"),
        *("reflection_prompt_template", "custom_candidate_proposer", "module_selector"),
        *("use_merge", "max_merge_invocations", "merge_val_overlap_floor", "max_metric_calls"),
        *("stop_callbacks", "logger", "run_dir", "callbacks", "use_wandb", "wandb_api_key"),
        *("wandb_init_kwargs", "use_mlflow", "mlflow_tracking_uri", "mlflow_experiment_name"),
        *("track_best_outputs", "display_progress_bar", "use_cloudpickle", "cache_evaluation"),
        *("seed", "raise_on_exception", "val_evaluation_policy"),
    ),
}


class Caught(BaseException):
    """The call, at which the script ends; no handler of the script takes it."""

    def __init__(self, function: str, given: Table) -> None:
        super().__init__("GEPA was called")
        self.function = function
        self.given = given


def report(plan: Table) -> Table:
    """Return the mean score over the examples, or that of the one call without any."""
    if "maker" in plan:
        return _made(plan)
    called = _called(plan)
    given = called.given
    text = _read(plan, plan["program"])
    candidate: Any = json.loads(text) if plan["program"].endswith(".json") else text
    if given.get("adapter") is not None:
        return _adapted(given["adapter"], candidate, list(given["trainset"]), plan["objective"])
    evaluator = given.get("evaluator")
    if evaluator is None or called.function == "optimize":
        return {"failed": NOTHING_JUDGES}
    examples = given.get("dataset")
    if examples is None:
        return _one_call(evaluator, candidate, plan["objective"])
    return _mean_over(list(examples), evaluator, candidate, plan["objective"])


def _one_call(evaluator: Any, candidate: Any, objective: str) -> Table:
    score, words = _judged(evaluator, candidate, {})
    if score is None:
        return {"failed": words, "feedback": ""}
    return {"metrics": {objective: score}, "feedback": "\n".join([words, *SAID])}


def _mean_over(examples: list[Any], evaluator: Any, candidate: Any, objective: str) -> Table:
    scores: list[float] = []
    feedback: list[str] = []
    for at, example in enumerate(examples):
        score, words = _judged(evaluator, candidate, {"example": example})
        if score is None:
            return {"failed": words, "feedback": "\n".join(feedback)}
        scores.append(score)
        feedback.append(f"example {at}: {score:g} {words}")
    if not scores:
        return {"failed": "the dataset has no example"}
    mean = sum(scores) / len(scores)
    return {"metrics": {objective: mean}, "feedback": "\n".join(feedback + SAID)}


def _made(plan: Table) -> Table:
    """Return what an adapter, made anew, says of the texts of files on one example."""
    sys.path.insert(0, os.path.join(plan["root"], "evaluator"))
    adapter = getattr(importlib.import_module("adapter_source"), plan["maker"])()
    candidate = {name: _read(plan, path) for name, path in plan["files"].items()}
    return _adapted(adapter, candidate, [plan["case"]], plan["objective"])


def _read(plan: Table, path: str) -> str:
    with open(os.path.join(plan["root"], path), encoding="utf-8") as stream:
        return stream.read()


NOTHING_JUDGES = (
    "the script gives no evaluator and no adapter (a batch_evaluator cannot be called here, nor "
    "GEPA's own adapter for a task_lm)"
)


def _called(plan: Table) -> Caught:
    """Run the script up to its call; return which function it called, and what it gave by name."""
    script = os.path.join(plan["root"], plan["script"])
    sys.path[:0] = [os.path.dirname(script), os.path.join(plan["root"], "evaluator")]
    sys.argv = [script, *plan["arguments"]]
    _catch_calls()
    try:
        runpy.run_path(script, run_name="__main__")
    except Caught as caught:
        return caught
    raise RuntimeError("the script ended without calling GEPA")


def _catch_calls() -> None:
    """Put what ends the script in the place of GEPA's functions, in the package or its stand-in."""
    for name, function in (
        ("gepa.optimize_anything", "optimize_anything"),
        ("gepa.api", "optimize"),
        ("gepa", "optimize"),
    ):
        try:
            module: Any = importlib.import_module(name)
        except ImportError:
            continue
        setattr(module, function, _catcher(function))
        if function == "optimize_anything":
            module.log = _log


def _catcher(function: str) -> Any:
    def caught(*arguments: Any, **given: Any) -> None:
        raise Caught(
            function, {**dict(zip(POSITIONAL[function], arguments, strict=False)), **given}
        )

    return caught


def _log(*words: Any, **_: Any) -> None:
    """Keep what an evaluator tells whoever proposes next."""
    SAID.append(" ".join(map(str, words)))


def _judged(evaluator: Any, candidate: Any, named: Table) -> tuple[float | None, str]:
    """Return a score and words about it; None and why, for what is no score."""
    parameters = inspect.signature(evaluator).parameters
    state = {"opt_state": None} if "opt_state" in parameters else {}
    result = evaluator(candidate, **named, **state)
    score, beside = result if isinstance(result, tuple) and len(result) == 2 else (result, None)
    if isinstance(score, (bool, *NO_SCORES)):
        return None, f"the evaluator returned {score!r:.100}, which is no score"
    return float(score), _words(beside)


def _words(beside: Any) -> str:
    if not beside:
        return ""
    return beside if isinstance(beside, str) else json.dumps(beside, default=str)


def _adapted(adapter: Any, candidate: Any, examples: list[Any], objective: str) -> Table:
    """Return what an adapter says of a candidate on a batch of examples."""
    batch = adapter.evaluate(examples, candidate, capture_traces=True)
    scores = list(batch.scores)
    failed = _fault_of(scores, len(examples))
    if failed:
        return {"failed": failed}
    mean = sum(map(float, scores)) / len(scores)
    rows_of = adapter.make_reflective_dataset(candidate, batch, list(candidate))
    lines = [f"{name}: {json.dumps(rows, default=str)[:LONGEST]}" for name, rows in rows_of.items()]
    return {"metrics": {objective: mean}, "feedback": "\n".join(lines + SAID)}


def _fault_of(scores: list[Any], examples: int) -> str:
    """Return why scores are none of so many examples, "" where they are."""
    if not scores or len(scores) != examples:
        return f"the adapter gave {len(scores)} scores for {examples} examples"
    wrong = next((each for each in scores if not _is_score(each)), None)
    return "" if wrong is None else f"the adapter returned {wrong!r:.100}, which is no score"


def _is_score(value: Any) -> bool:
    return not isinstance(value, NO_SCORES) and abs(float(value)) < float("inf")

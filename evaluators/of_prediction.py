"""A scorer made of a DSPy metric: it is called with the example and the program's prediction.

The metric runs in the scorer's process, apart from every candidate. What it raises is the
prediction's fault.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cladogen.sandboxes import wire
from cladogen.scoring import Case, Invalid, Scored


class Fields(dict[str, Any]):
    """An example or a prediction where DSPy is not loaded: fields by name, as attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def toDict(self) -> dict[str, Any]:  # noqa: N802  (the name that metrics call)
        """Return the fields."""
        return dict(self)


def read_examples(path: Path) -> list[Case]:
    """Return the cases of a file: rows of name, inputs, all fields, and split."""
    rows = wire.decode_trusted(path.read_bytes())
    return [Case(name, inputs, split, (inputs, fields)) for name, inputs, fields, split in rows]


def score_of(metric: Callable[..., Any], case: Case, output: Any, name: str) -> Scored:
    """Return what ``metric`` says of a prediction; a boolean is 1 or 0."""
    if not isinstance(output, dict):
        raise Invalid("the program returned no fields of a prediction")
    inputs, fields = case.answer
    example, prediction = _example(fields, list(inputs)), _prediction(output)
    arguments = (example, prediction, None, None, None)
    try:
        value = metric(*arguments[: _positional(metric)])
    except Invalid:
        raise
    except Exception as error:  # noqa: BLE001  (the border where the user's function runs)
        raise Invalid(f"{metric.__name__} raised {type(error).__name__}: {error}") from None
    return _scored(value, metric, name, output)


def _positional(metric: Callable[..., Any]) -> int:
    """Return how many arguments a metric takes: example, prediction, trace, and GEPA's two more."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in kinds for each in inspect.signature(metric).parameters.values())


def _example(fields: dict[str, Any], inputs: list[str]) -> Any:
    dspy = sys.modules.get("dspy")
    return Fields(fields) if dspy is None else dspy.Example(**fields).with_inputs(*inputs)


def _prediction(output: dict[str, Any]) -> Any:
    dspy = sys.modules.get("dspy")
    return Fields(output) if dspy is None else dspy.Prediction(**output)


def _scored(value: Any, metric: Callable[..., Any], name: str, output: dict[str, Any]) -> Scored:
    """Return the number and the words of what a metric returned."""
    words = _part(value, "feedback")
    score = _part(value, "score")
    number = _number(value if score is None else score)
    if not math.isfinite(number):
        raise Invalid(f"{metric.__name__} returned {value!r:.200}; wanted a finite number")
    said = "; ".join(f"{key}: {each!r:.300}" for key, each in output.items())
    return Scored({name: number}, f"{words}\npredicted {said}" if words else f"predicted {said}")


def _number(value: Any) -> float:
    """Return a value as a number, NaN for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)

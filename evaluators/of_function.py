"""A scorer made of one Python function of the program's output: what `cladogen.evolve()` writes.

The function runs in the scorer's process, apart from every candidate. What it raises is the
output's fault: a function written in a minute rarely checks what it is given.
"""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cladogen.sandboxes import wire
from cladogen.scoring import Case, Invalid, Scored


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a file: rows of name, arguments and split."""
    rows = wire.decode_trusted(path.read_bytes())
    return [Case(name, arguments, split) for name, arguments, split in rows]


def score_of(
    evaluate: Callable[..., Any], case: Case, output: Any, metric: str, *, with_case: bool
) -> Scored:
    """Return what ``evaluate`` says of an output, called with the case's input too where
    ``with_case``.
    """
    arguments = [output]
    if with_case:
        given = case.input
        arguments.append(given[0] if len(given) == 1 else tuple(given))
    return scored(_called(evaluate, arguments), metric, evaluate.__name__)


def _called(evaluate: Callable[..., Any], arguments: list[Any]) -> Any:
    """Return what the user's function returns, or its coroutine; raises Invalid for its errors."""
    try:
        value = evaluate(*arguments)
        return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value
    except Invalid:
        raise
    except Exception as error:  # noqa: BLE001  (the border where the user's function runs)
        raise Invalid(f"{evaluate.__name__} raised {type(error).__name__}: {error}") from None


async def _awaited(value: Any) -> Any:
    return await value


def scored(value: Any, metric: str, name: str) -> Scored:
    """Return metrics and feedback of a number, a table, either with words, or a Scored."""
    value, feedback = _with_feedback(value)
    table = value if isinstance(value, Mapping) else {metric: value}
    feedback = feedback or _words(table)
    numbers = {str(each): _number(what) for each, what in table.items()}
    found = {each: what for each, what in numbers.items() if what is not None}
    if metric not in found:
        raise Invalid(f"{name} returned {value!r:.200}; wanted a finite number as {metric!r}")
    return Scored(found, feedback)


def _with_feedback(value: Any) -> tuple[Any, str]:
    feedback = ""
    if isinstance(value, tuple) and len(value) == 2:
        value, about = value
        feedback = about if isinstance(about, str) else _words(about)
    if isinstance(value, Scored):
        return value.metrics, value.feedback
    return value, feedback


def _number(value: Any) -> float | None:
    if isinstance(value, str | bytes):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _words(table: Any) -> str:
    if not isinstance(table, Mapping):
        return "" if table is None else str(table)
    return "\n".join(f"{name}: {value}" for name, value in table.items() if isinstance(value, str))

"""Options of a proposer, read as its constructor declares them: texts, as a command line gives
them, and values, as a file does.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cladogen.errors import ConfigError
from cladogen.problem.spelling import meant

Takes = Mapping[str, inspect.Parameter]


def arm_options(
    name: str, rule: Callable[..., Any], given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the options of one arm of a proposer, a table under the arm's name; raises
    ConfigError.
    """
    given = given or {}
    parameters = inspect.signature(rule).parameters.items()
    takes = {each: one for each, one in parameters if one.kind is one.KEYWORD_ONLY}
    who = f"proposer option {name}"
    _check_known(who, given, takes)
    return {key: read_option(who, key, value, takes) for key, value in given.items()}


def _check_known(who: str, given: Iterable[str], takes: Takes) -> None:
    for option in given:
        if option not in takes:
            close = meant(option, takes) or f"; it takes: {', '.join(takes)}"
            raise ConfigError(f"{who}: unknown option {option!r}{close}")


def read_option(who: str, name: str, value: Any, takes: Takes) -> Any:
    """Return an option as the number, the truth or the table that the constructor declares; raises
    ConfigError. What it declares otherwise is left to it.
    """
    kinds = _kinds(takes[name]) if name in takes else []
    if _is_as_declared(value, kinds):
        return value
    kind = _one_kind(kinds)
    read = _READERS.get(kind)
    if read is None:
        return value
    try:
        return read(value)
    except (ValueError, TypeError, KeyError):
        wanted = _SHOWN.get(kind, kind)
        raise ConfigError(f"{who}: {name} = {value!r}: wanted {wanted}") from None


def _one_kind(kinds: Sequence[str]) -> str:
    """Return the kind that is declared beside nothing and texts, "" for none or several."""
    others = [kind for kind in kinds if kind not in ("None", "str")]
    return others[0] if len(others) == 1 else ""


def _is_as_declared(value: Any, kinds: Sequence[str]) -> bool:
    """Whether a value is taken as it is: a text, or None."""
    return "None" in kinds if value is None else isinstance(value, str) and "str" in kinds


def _kinds(parameter: inspect.Parameter) -> list[str]:
    """Return the names of the kinds that a parameter is declared to take."""
    declared = parameter.annotation
    text = declared if isinstance(declared, str) else getattr(declared, "__name__", "")
    return [kind.partition("[")[0].strip() for kind in text.split("|")]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (not isinstance(value, str) and value != int(value)):
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number):
        raise ValueError
    return number


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else {"true": True, "false": False}[value.lower()]


def _none_of_a_users(value: Any) -> Any:
    raise TypeError


def _table(value: Any) -> dict[str, Any]:
    table = json.loads(value) if isinstance(value, str) else value
    if not isinstance(table, Mapping):
        raise TypeError
    return dict(table)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "int": _whole, "float": _number, "bool": _truth, "Mapping": _table,
    "Callable": _none_of_a_users,
}  # fmt: skip
_SHOWN = {"Mapping": 'a table, or JSON such as {"sigma": 0.2}'}

"""Strict tables: a TOML table whose every key is taken once, and whose unknown keys are errors
naming the nearest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from cladogen.errors import ProblemError
from cladogen.problem.spelling import closest, nearest

T = TypeVar("T")
N = TypeVar("N", int, float)
LARGEST = 1e15
LONGEST = 60  # characters of a value that a message repeats
KIND_NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


class Table:
    """One table of a file. Take its keys, then call `done`: what nobody took is an error."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = dict(values)
        self.where = where
        self.known: list[str] = []

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return ``key``, checked to be a ``kind``; a missing key without default is an error."""
        self.known.append(key)
        if key not in self.values:
            if default is None:
                raise ProblemError(f"{self.where}: {key} is missing{self._misspelt(key)}")
            return default
        return cast(T, _checked(self.values.pop(key), kind, f"{self.where}: {key}"))

    def maybe(self, key: str, kind: type[T]) -> T | None:
        """Return ``key``, or None when it is not there."""
        self.known.append(key)
        return self.take(key, kind) if key in self.values else None

    def number(self, key: str, default: N, low: float | None = None, high: float = LARGEST, *,
               above: float | None = None) -> N:  # fmt: skip
        """Return ``key``, a number like ``default`` within the bounds."""
        value = self.maybe_number(key, type(default), low, high, above=above)
        return default if value is None else value

    def maybe_number(
        self, key: str, kind: type[N], low: float | None = None, high: float = LARGEST, *,
        above: float | None = None,
    ) -> N | None:  # fmt: skip
        """Return ``key``, a number within the bounds, or None when it is not there."""
        value = self.maybe(key, kind)
        if value is None:
            return None
        wrong = _outside(value, low, high, above)
        if wrong:
            raise ProblemError(
                f"{self.where}: {key} = {value if kind is int else f'{value:g}'} must be {wrong}"
            )
        return value

    def name(self, key: str, default: str | None = None) -> str:
        """Return ``key``, a text that names something: not empty, and in one line."""
        return _named(self.take(key, str, default), f"{self.where}: {key}")

    def names(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of names; one name alone counts as a list of one."""
        return tuple(_named(text, f"{self.where}: {key}") for text in self.texts(key, default))

    def keys_named(self) -> list[str]:
        """Return the keys, where each is a name that the user gives."""
        return [_named(key, f"{self.where}: a key") for key in self.values]

    def maybe_data(self, key: str) -> dict[str, Any] | None:
        """Return a table of anything that JSON can say, or None when it is not there."""
        values = self.maybe(key, dict)
        if values is not None:
            _check_data(values, f"{self.where}: [{key}]")
        return values

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts; one text alone counts as a list of one."""
        value = self.values.get(key)
        if isinstance(value, str):
            self.values[key] = [value]
        items = self.take(key, list, list(default))
        return tuple(
            _checked(item, str, f"{self.where}: {key}[{at}]") for at, item in enumerate(items)
        )

    def table(self, key: str) -> Table:
        """Return the sub-table ``key``, empty when it is not there."""
        return Table(self.take(key, dict, {}), f"{self.where}: [{key}]")

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the array of tables ``key``."""
        items = self.take(key, list, [])
        where = f"{self.where}: [[{key}]]"
        return tuple(
            Table(_checked(item, dict, where), f"{where} {at + 1}") for at, item in enumerate(items)
        )

    def one_of(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Return ``key``, which must be one of ``choices``."""
        value = self.take(key, str, default)
        if value not in choices:
            raise ProblemError(
                f"{self.where}: {key} = {_shown(value)} is not one of {', '.join(choices)}"
            )
        return value

    def done(self) -> None:
        """Raise ProblemError for a key that nobody took, naming the nearest one that exists."""
        for key in self.values:
            raise ProblemError(f"{self.where}: unknown key {_shown(key)}{nearest(key, self.known)}")

    def _misspelt(self, key: str) -> str:
        close = closest(key, self.values)
        return f"; is {close!r} a misspelling of it?" if close else ""


def _outside(value: float, low: float | None, high: float, above: float | None) -> str:
    """Return the bound that a number is beyond, in words, "" where it is within them."""
    if value > high:
        return f"at most {high:g}"
    if low is not None and value < low:
        return f"at least {low:g}"
    return f"above {above:g}" if above is not None and value <= above else ""


def _checked(value: Any, kind: type, where: str) -> Any:
    if kind is list and isinstance(value, tuple):
        value = list(value)
    if not _is_of(kind, value):
        raise ProblemError(f"{where} must be {KIND_NAMES[kind]}, not {_shown(value)}")
    if kind in (int, float) and not abs(value) <= LARGEST:
        raise ProblemError(f"{where} = {_shown(value)} must be a number between -1e15 and 1e15")
    return float(value) if kind is float else value


def _is_of(kind: type, value: Any) -> bool:
    """Whether a value is of a kind, as people mean it: a whole number is a number, true is none."""
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    return isinstance(value, kind) or (kind is float and isinstance(value, int))


def _named(text: str, where: str) -> str:
    if not text.strip():
        raise ProblemError(f"{where} is empty; give a name")
    if not text.isprintable():
        raise ProblemError(
            f"{where} = {_shown(text)}: a name holds no line ends and no control characters"
        )
    return text


def _check_data(value: Any, where: str) -> None:
    """Raise ProblemError for what JSON has no words for: dates, infinity, NaN."""
    match value:
        case dict():
            for key, inside in value.items():
                _check_data(inside, f"{where} {_shown(key)}")
        case list() | tuple():
            for at, inside in enumerate(value):
                _check_data(inside, f"{where}[{at}]")
        case _ if not _is_plain(value):
            raise ProblemError(
                f"{where} = {_shown(value)}: give a finite number, true, false, text, a list or a "
                "table"
            )


def _is_plain(value: Any) -> bool:
    """Whether a value is a text, a truth or a finite number."""
    return isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))


def _shown(value: Any) -> str:
    """Return a value for a message: in one line, and short."""
    try:
        text = repr(value)
    except ValueError:  # a whole number too long to be written
        text = "a very large number"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"

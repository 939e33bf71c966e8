"""Strict tables: a TOML table whose every key is taken once, and whose unknown keys are errors naming the nearest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from cladogen.errors import ProblemError

T = TypeVar("T")
LARGEST = 1e15
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

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts; one text alone counts as a list of one."""
        value = self.values.get(key)
        if isinstance(value, str):
            self.values[key] = [value]
        items = self.take(key, list, list(default))
        return tuple(_checked(item, str, f"{self.where}: {key}[{at}]") for at, item in enumerate(items))

    def table(self, key: str) -> Table:
        """Return the sub-table ``key``, empty when it is not there."""
        return Table(self.take(key, dict, {}), f"{self.where}: [{key}]")

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the array of tables ``key``."""
        items = self.take(key, list, [])
        where = f"{self.where}: [[{key}]]"
        return tuple(Table(_checked(item, dict, where), f"{where} {at + 1}") for at, item in enumerate(items))

    def one_of(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Return ``key``, which must be one of ``choices``."""
        value = self.take(key, str, default)
        if value not in choices:
            raise ProblemError(f"{self.where}: {key} = {value!r} is not one of {', '.join(choices)}")
        return value

    def done(self) -> None:
        """Raise ProblemError for a key that nobody took, naming the nearest one that exists."""
        for key in self.values:
            raise ProblemError(f"{self.where}: unknown key {key!r}{nearest(key, self.known)}")

    def _misspelt(self, key: str) -> str:
        close = get_close_matches(key, self.values, 1)
        return f"; is {close[0]!r} a misspelling of it?" if close else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or "; known are ..." when nothing is close."""
    names = list(dict.fromkeys(known))
    close = get_close_matches(word, names, 1, 0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if names else ""


def _checked(value: Any, kind: type, where: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if (isinstance(value, bool) and kind is not bool) or not isinstance(value, kind):
        raise ProblemError(f"{where} must be {KIND_NAMES[kind]}, not {value!r}")
    if isinstance(value, int | float) and not abs(value) <= LARGEST:
        raise ProblemError(f"{where} = {value!r} must be a number between -1e15 and 1e15")
    return value

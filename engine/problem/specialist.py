"""Specialists: several proposers of one run, as a problem or a command line names them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cladogen.errors import ConfigError
from cladogen.problem.strict_toml import Table

OWN = ("name", "only", "weight", "models")  # keys of a specialist that are no options of its kind
HIGHEST = 1e6  # of weights
FORM = "write KIND KEY=VALUE ..., such as --specialist 'offline only=kernels/* weight=2'"


@dataclass(frozen=True, slots=True)
class Specialist:
    """One proposer among several. ``kind`` is a proposer's name or import path, ``name`` what it is
    called in this run.

    ``only`` are globs of what it may change (none: all that may change), ``weight`` its prior odds,
    ``models`` those that it asks (none: all of the run), ``options`` its kind's own.
    """

    kind: str
    name: str = ""
    only: tuple[str, ...] = ()
    weight: float = 1.0
    models: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in words: name, kind where that is another, globs, weight."""
        kind = "" if self.kind == self.name else f" ({self.kind})"
        only = f" only {', '.join(self.only)}" if self.only else ""
        return f"{self.name}{kind}{only}" + (f" x{self.weight:g}" if self.weight != 1.0 else "")


def read_specialists(top: Table) -> tuple[Specialist, ...]:
    """Return the specialists that a table names, no two of one name; raises ProblemError. What was
    read before is taken as it is.
    """
    given = top.values.get("specialists")
    if isinstance(given, list | tuple):
        top.values["specialists"] = list(map(_as_table, given))
    tables = top.tables("specialists")
    found = tuple(map(_specialist, tables))
    names = [each.name for each in found]
    for each, table in zip(found, tables, strict=True):
        if names.count(each.name) > 1:
            raise ConfigError(
                f"{table.where}: two specialists are called {each.name!r}; give one another name"
            )
    return found


def _as_table(given: Any) -> Any:
    return asdict(given) if isinstance(given, Specialist) else given


def _specialist(table: Table) -> Specialist:
    kind = table.name("kind")
    found = Specialist(
        kind=kind,
        name=table.name("name", kind),
        only=table.names("only"),
        weight=table.number("weight", 1.0, high=HIGHEST, above=0),
        models=table.names("models"),
        options=table.maybe_data("options") or {},
    )
    table.done()
    return found


def parse_specialist(text: str) -> dict[str, Any]:
    """Return the table of ``KIND KEY=VALUE ...``, words as in a shell; ``only`` and ``models`` are
    separated by commas. Raises ConfigError.
    """
    kind, given = _kind_and_options(text)
    own: dict[str, Any] = {key: given.pop(key) for key in OWN if key in given}
    for key in {"only", "models"} & own.keys():
        own[key] = list(filter(None, map(str.strip, own[key].split(","))))
    if "weight" in own:
        own["weight"] = _weight(text, own["weight"])
    return {"kind": kind, **own, "options": given}


def _kind_and_options(text: str) -> tuple[str, dict[str, str]]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigError(f"--specialist {text!r}: {error}") from None
    if not words or "=" in words[0] or not all("=" in word for word in words[1:]):
        raise ConfigError(f"--specialist {text!r}: {FORM}")
    return words[0], dict(word.split("=", 1) for word in words[1:])


def _weight(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ConfigError(f"--specialist {text!r}: weight={value} is no number") from None

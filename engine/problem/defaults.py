"""What ``[defaults]`` of a problem, the command line and `evolve()` may say of a run, checked in
one place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cladogen.errors import ConfigError, ProblemError
from cladogen.problem.specialist import read_specialists
from cladogen.problem.strict_toml import LARGEST, Table

SANDBOXES = ("auto", "docker", "bubblewrap", "local")
ISOLATIONS = ("fork", "container")
APPROVALS = ("none", "flagged", "all")
MOST_WORKERS = 4096
MOST_REPEATS = 1000
TEXTS = (
    "variant", "archive", "proposer", "api_base", "runtime", "machines", "ray_address",
    "share",
)  # fmt: skip
COUNTS = {  # name: least, most
    "seed": (0, LARGEST),
    "workers": (1, MOST_WORKERS),
    "noise_repeats": (1, MOST_REPEATS),
    "shortlist": (0, MOST_REPEATS),
    "first_programs": (1, MOST_REPEATS),
    "max_tokens": (1, LARGEST),
    "max_calls": (1, LARGEST),
    "max_evaluations": (1, LARGEST),
    "max_proposals": (1, LARGEST),
    "max_failing": (1, LARGEST),
    "patience": (1, LARGEST),
}


def read_defaults(table: Table) -> dict[str, Any]:
    """Return the settings that a table names, each of its kind and within its bounds; raises
    ProblemError.
    """
    given: dict[str, Any] = {}
    for name in TEXTS:
        _put(given, name, table.maybe(name, str))
    for name, (least, most) in COUNTS.items():
        _put(given, name, table.maybe_number(name, int, least, most))
    for name in ("max_usd", "max_seconds", "max_away"):
        _put(given, name, table.maybe_number(name, float, above=0))
    _put(given, "coevolve", table.maybe("coevolve", bool))
    _put(given, "usd_per_hour", table.maybe_number("usd_per_hour", float, 0))
    _put(given, "share_every", table.maybe_number("share_every", float, above=0))
    _put(given, "target", table.maybe_number("target", float))
    for name in ("archive_options", "proposer_options"):
        _put(given, name, table.maybe_data(name))
    special: dict[str, Callable[[], Any]] = {
        "sandbox": lambda: table.one_of("sandbox", SANDBOXES, SANDBOXES[0]),
        "isolation": lambda: table.one_of("isolation", ISOLATIONS, ISOLATIONS[0]),
        "approve": lambda: table.one_of("approve", APPROVALS, APPROVALS[0]),
        "models": lambda: _models(table),
        "specialists": lambda: read_specialists(table),
    }
    given |= {name: read() for name, read in special.items() if name in table.values}
    table.known += special
    table.done()
    _check_one_proposer(given, table.where)
    return given


def _check_one_proposer(given: dict[str, Any], where: str) -> None:
    if given.get("specialists") and given.get("proposer"):
        raise ConfigError(
            f"{where}: proposer = {given['proposer']!r} and specialists: name one proposer, "
            "or several specialists"
        )


def _put(given: dict[str, Any], name: str, value: object) -> None:
    if value is not None:
        given[name] = value


def _models(table: Table) -> tuple[tuple[str, float], ...]:
    """Return (name, weight) pairs; a name alone has the weight 1."""
    value = table.values.pop("models")
    if not isinstance(value, list | tuple):
        raise ProblemError(
            f'{table.where}: models must be a list, such as ["NAME", ["OTHER", 2.0]]'
        )
    return tuple(_model(item, f"{table.where}: models[{at}]") for at, item in enumerate(value))


def _model(item: object, where: str) -> tuple[str, float]:
    name, weight = item if isinstance(item, list | tuple) and len(item) == 2 else (item, 1.0)
    row = Table({"name": name, "weight": weight}, where)
    return row.name("name"), row.number("weight", 1.0, above=0)

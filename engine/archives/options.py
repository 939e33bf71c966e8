"""Making an archive from its name and its options, strictly: an unknown option is an error that
names the nearest.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cladogen.archives.base import Archive, Space
from cladogen.archives.names import NAMES
from cladogen.errors import ConfigError
from cladogen.problem.strict_toml import closest
from cladogen.problem.user_classes import find_class


def make_archive(
    name: str, space: Space, options: Mapping[str, object] | None = None, folder: Path | None = None
) -> Archive:
    """Return the archive called ``name`` (one of `NAMES`, an import path, or a class of the
    problem's ``folder``), made with ``options``.

    Options given as text, as a command line gives them, are read as the type the rule declares.
    """
    rule = find_archive(name, folder)
    known = _declared(rule)
    given = {}
    for key, value in (options or {}).items():
        if key not in known:
            takes = ", ".join(known) or "none"
            raise ConfigError(
                f"archive {name}: unknown option {key!r}{nearest(key, known)}; it takes: {takes}"
            )
        given[key] = _read(f"archive {name}: {key}", value, known[key])
    archive: Archive = rule(space, **given)
    return archive


def find_archive(name: str, folder: Path | None = None) -> Any:
    """Return the class called ``name``; raises ConfigError that names the nearest known one."""
    return find_class("archive", name, NAMES, folder)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean "x"?' for the known word closest to ``word``, or nothing."""
    close = closest(word, known)
    return f'; did you mean "{close}"?' if close else ""


def bounded(option: str, value: float, low: float, high: float = float("inf")) -> None:
    """Raise ConfigError unless ``low <= value <= high``."""
    if not low <= value <= high:
        limit = f"at least {low:g}" if high == float("inf") else f"from {low:g} to {high:g}"
        raise ConfigError(f"archive option {option} = {value!r}: must be {limit}")


def one_of(option: str, value: str, known: Iterable[str]) -> None:
    """Raise ConfigError unless ``value`` is one of ``known``."""
    known = list(known)
    if value not in known:
        raise ConfigError(
            f"archive option {option} = {value!r}: must be one of "
            f"{', '.join(known)}{nearest(value, known)}"
        )


def _declared(rule: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(rule.__init__)
    parameters = inspect.signature(rule.__init__).parameters.values()
    return {p.name: hints.get(p.name, Any) for p in parameters if p.kind is p.KEYWORD_ONLY}


def _read(where: str, value: object, wanted: Any) -> object:
    kinds = [kind for kind in (typing.get_args(wanted) or (wanted,)) if kind is not type(None)]
    kind = kinds[0]
    if kind is Any or typing.get_origin(wanted) in (tuple, list, dict):
        return value
    if value is None and type(None) in typing.get_args(wanted):
        return None
    if kind is bool and isinstance(value, str):
        if value.lower() in ("true", "false"):
            return value.lower() == "true"
    elif (
        kind in (int, float)
        and not isinstance(value, bool)
        and isinstance(value, (int, float, str))
    ):
        try:
            number = kind(value)
        except ValueError:
            number = None
        if number is not None and (isinstance(value, str) or number == value):
            return number
    elif isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise ConfigError(f"{where} = {value!r}: wanted {kind.__name__}")

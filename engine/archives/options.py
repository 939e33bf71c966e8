"""Making an archive from its name and its options, strictly: an unknown option is an error that
names the nearest.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from cladogen.archives.base import Archive, Space
from cladogen.archives.names import NAMES
from cladogen.errors import ConfigError
from cladogen.problem.spelling import meant
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
                f"archive {name}: unknown option {key!r}{meant(key, known)}; it takes: {takes}"
            )
        given[key] = _read(f"archive {name}: {key}", value, known[key])
    archive: Archive = rule(space, **given)
    return archive


def find_archive(name: str, folder: Path | None = None) -> Any:
    """Return the class called ``name``; raises ConfigError that names the nearest known one."""
    return find_class("archive", name, NAMES, folder)


def takes_option(name: str, option: str, folder: Path | None = None) -> bool:
    """Tell whether the archive called ``name`` has an option of that name."""
    return option in _declared(find_archive(name, folder))


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
            f"{', '.join(known)}{meant(value, known)}"
        )


def _declared(rule: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(rule.__init__)
    parameters = inspect.signature(rule.__init__).parameters.values()
    return {p.name: hints.get(p.name, Any) for p in parameters if p.kind is p.KEYWORD_ONLY}


def _read(where: str, value: object, wanted: Any) -> object:
    """Return an option's value as its constructor declares it; raises ConfigError."""
    kinds = typing.get_args(wanted) or (wanted,)
    kind = next(kind for kind in kinds if kind is not type(None))
    if kind is Any or typing.get_origin(wanted) in (tuple, list, dict):
        return value
    if value is None and type(None) in kinds:
        return None
    read = _CONVERTERS.get(kind, _as_it_is)(kind, value)
    if read is None:
        raise ConfigError(f"{where} = {value!r}: wanted {kind.__name__}")
    return read


def _as_flag(kind: type, value: object) -> object | None:
    """Return a flag, also of a word; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _as_number(kind: Any, value: object) -> object | None:
    """Return a number of a kind, also of a text; None for what is none, or is no whole one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number: object = kind(value)
    except ValueError:
        return None
    return number if isinstance(value, str) or number == value else None


def _as_it_is(kind: type, value: object) -> object | None:
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


_CONVERTERS: Mapping[Any, Callable[[Any, object], object | None]] = {
    bool: _as_flag,
    int: _as_number,
    float: _as_number,
}

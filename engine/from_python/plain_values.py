"""A value as the expression that makes it again: what a function uses, beside functions.

Plain data is written out; what stands for a name (a class, a function, a logger, a member of an
enumeration) is written as that name. An object of a user's own class is its class and what it
holds. Nothing is pickled, and no constructor of the user's runs.
"""

from __future__ import annotations

import abc
import collections
import datetime
import decimal
import enum
import fractions
import functools
import itertools
import logging
import math
import pathlib
import re
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MADE_AGAIN = """\
def _made_again(kind, held):
    made = object.__new__(kind)
    for name, value in held.items():
        object.__setattr__(made, name, value)
    return made"""
_SEQUENCES = {list: "[{}]", set: "{{{}}}", frozenset: "frozenset({{{}}})"}
_BARE = (object, abc.ABC, typing.Generic, typing.Protocol)  # bases that hold nothing
_TYPES = ("typing", "types", "collections.abc")
_MODULE = re.compile(r"(?<![\w.'\"])([a-z_]+)\.(?=[A-Za-z_])")


class CannotBeWritten(Exception):  # noqa: N818  (what it says is the kind of a value)
    """A value that cannot be written; its argument is the type's name."""


class Expressions:
    """Writes values. ``reference`` returns the name by which a function or a class can be used,
    and ``add`` puts a statement under a name before the one that is being written.
    """

    def __init__(
        self,
        reference: Callable[[Any], str],
        is_own: Callable[[type], bool],
        add: Callable[[str, str], Any],
    ) -> None:
        self.reference, self.is_own, self.add = reference, is_own, add
        self.inside: set[int] = set()

    def of(self, value: Any) -> str:
        """Return the expression; raises CannotBeWritten for what has none."""
        if id(value) in self.inside:
            raise CannotBeWritten(f"{type(value).__name__} that holds itself")
        self.inside.add(id(value))
        try:
            for written in (_atom, _container, _standard, _array, _typing, _named, _own):
                text = written(self, value)
                if text is not None:
                    return text
        except (RecursionError, ValueError, TypeError, AttributeError):
            pass
        finally:
            self.inside.discard(id(value))
        raise CannotBeWritten(type(value).__name__)

    def module(self, name: str) -> str:
        """Return the name of a module that is imported for an expression."""
        alias = "numpy" if name == "numpy" else f"_{name}"
        self.add(alias, f"import {name}" + ("" if alias == name else f" as {alias}"))
        return alias

    def all(self, values: Iterable[Any]) -> str:
        return ", ".join(map(self.of, values))

    def pairs(self, values: Iterable[tuple[Any, Any]]) -> str:
        return ", ".join(f"{self.of(name)}: {self.of(value)}" for name, value in values)


def _atom(to: Expressions, value: Any) -> str | None:
    kind = type(value)
    if value is None or value is Ellipsis or kind in (bool, str, bytes):
        return repr(value)
    if kind is bytearray:
        return f"bytearray({bytes(value)!r})"
    return _number(to, value)


def _number(to: Expressions, value: Any) -> str | None:
    """Return an integer, a float or a complex number."""
    kind = type(value)
    if kind is int:
        return repr(value) if value.bit_length() < 1000 else hex(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    return f"complex({to.all((value.real, value.imag))})" if kind is complex else None


def _container(to: Expressions, value: Any) -> str | None:
    """Return data in data. The order of a set is that of its texts, the same in every process."""
    kind = type(value)
    if kind in (set, frozenset):
        items = sorted(map(to.of, value))
        return _SEQUENCES[kind].format(", ".join(items)) if items else f"{kind.__name__}()"
    if kind is list:
        return f"[{to.all(value)}]"
    if kind is tuple:
        return f"({to.all(value)}{',' * (len(value) == 1)})"
    if kind is dict:
        return f"{{{to.pairs(value.items())}}}"
    return f"{value!r}" if kind in (range, slice) else None


def _standard(to: Expressions, value: Any) -> str | None:
    """Return what the standard library makes of plain data."""
    kind = type(value)
    if kind.__module__ == "datetime" and kind is getattr(datetime, kind.__name__):
        return _MODULE.sub(f"{to.module('datetime')}.", repr(value))
    if isinstance(value, pathlib.PurePath):
        return f"{to.module('pathlib')}.{kind.__name__}({str(value)!r})"
    if kind not in _MADE_OF:
        return None
    made, arguments = _MADE_OF[kind]
    module, _, name = made.partition(".")
    return f"{to.module(module)}.{name}({arguments(to, value)})"


def _partial(to: Expressions, value: Any) -> str:
    named = f", **{to.of(value.keywords)}" if value.keywords else ""
    return to.all((value.func, *value.args)) + named


_MADE_OF: Mapping[type, tuple[str, Callable[[Expressions, Any], str]]] = {
    re.Pattern: ("re.compile", lambda to, value: to.all((value.pattern, value.flags))),
    decimal.Decimal: ("decimal.Decimal", lambda to, value: to.of(str(value))),
    fractions.Fraction: (
        "fractions.Fraction", lambda to, value: to.all((value.numerator, value.denominator))
    ),
    logging.Logger: ("logging.getLogger", lambda to, value: to.of(value.name)),
    functools.partial: ("functools.partial", _partial),
    types.SimpleNamespace: ("types.SimpleNamespace", lambda to, value: f"**{to.of(vars(value))}"),
    collections.deque: ("collections.deque", lambda to, value: to.all((list(value), value.maxlen))),
    collections.OrderedDict: (
        "collections.OrderedDict", lambda to, value: to.of(list(value.items()))
    ),
    collections.Counter: ("collections.Counter", lambda to, value: to.of(dict(value))),
    collections.defaultdict: (
        "collections.defaultdict",
        lambda to, value: to.all((value.default_factory, dict(value))),
    ),
}  # fmt: skip


def _array(to: Expressions, value: Any) -> str | None:
    """Return an array or a number of NumPy's."""
    kind = type(value)
    dtype: Any = getattr(value, "dtype", None)
    if not _is_of_numpy(kind, dtype):
        return None
    if kind is dtype.type:
        return f"{to.module('numpy')}.{kind.__name__}({to.of(value.item())})"
    if kind.__name__ != "ndarray":
        return None
    name = dtype.str[1:] if dtype.kind in "SU" else dtype.name
    if not value.size:
        return f"{to.module('numpy')}.zeros({value.shape!r}, {name!r})"
    return f"{to.module('numpy')}.array({to.of(value.tolist())}, {name!r})"


def _is_of_numpy(kind: type, dtype: Any) -> bool:
    """Whether a class is NumPy's, and its values are numbers or texts."""
    return kind.__module__ == "numpy" and dtype is not None and dtype.kind in "biufcSU"


def _typing(to: Expressions, value: Any) -> str | None:
    """Return a type of annotations, as it prints, where that is the same type again."""
    if type(value) is typing.TypeVar and _is_free(value):
        return f"{to.module('typing')}.TypeVar({value.__name__!r})"
    if type(value).__module__ not in _TYPES or not hasattr(value, "__args__"):
        return None
    modules = {name: sys.modules[name] for name in _MODULE.findall(repr(value))}
    if eval(repr(value), dict(modules)) != value:  # a type's own text
        return None
    return _MODULE.sub(lambda found: f"{to.module(found[1])}.", repr(value))


def _is_free(variable: typing.TypeVar) -> bool:
    return not (variable.__bound__ or variable.__constraints__)


def _named(to: Expressions, value: Any) -> str | None:
    """Return what is used by its name."""
    if isinstance(value, enum.Enum):
        kind = to.reference(type(value))
        named = value.name in type(value).__members__
        return f"{kind}[{value.name!r}]" if named else f"{kind}({to.of(value.value)})"
    if isinstance(value, types.MethodType):
        return f"{to.of(value.__self__)}.{value.__name__}"
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType) or hasattr(
        value, "__wrapped__"
    ):
        return to.reference(value)
    return None


def _own(to: Expressions, value: Any) -> str | None:
    """Return an object of a user's own class."""
    kind = type(value)
    if not to.is_own(kind):
        return None
    if isinstance(value, tuple) and hasattr(kind, "_make"):
        return f"{to.reference(kind)}({to.all(value)})"
    if _restores_itself(kind) or not _is_all_own(to, kind):
        return None
    held = to.of(dict(_held(value)))
    to.add("_made_again", MADE_AGAIN)
    return f"_made_again({to.reference(kind)}, {held})"


def _is_all_own(to: Expressions, kind: type) -> bool:
    """Whether all that a class comes from is the user's own, too."""
    return all(to.is_own(each) or each in _BARE for each in kind.__mro__)


def _restores_itself(kind: type) -> bool:
    """Whether a class says how its objects are copied, so that what they hold is not all."""
    own_way = any("__reduce__" in vars(each) for each in kind.__mro__[:-1])
    return own_way or hasattr(kind, "__setstate__")


def _held(value: Any) -> Iterable[tuple[str, Any]]:
    """Yield the names and values of an object's slots and of its dictionary."""
    names = itertools.chain.from_iterable(map(_slots, type(value).__mro__))
    for name in names:
        if name not in ("__dict__", "__weakref__") and hasattr(value, name):
            yield name, getattr(value, name)
    yield from getattr(value, "__dict__", {}).items()


def _slots(kind: type) -> Iterable[str]:
    """Yield the attributes of a class's slots; those with two underscores are named apart."""
    slots = vars(kind).get("__slots__", ())
    for slot in (slots,) if isinstance(slots, str) else slots:
        hidden = slot.startswith("__") and not slot.endswith("__")
        yield f"_{kind.__name__.lstrip('_')}{slot}" if hidden else slot

"""The state of an object as plain values and arrays, and back: what checkpoints keep of archives.

One mechanism for every selection rule. What an archive's attributes hold is followed through the
package's own objects, down to numbers, texts, arrays and collections of them; an object with the
methods ``state`` and ``restore`` (a kernel) says itself what its state is. It is put back into a
fresh archive that was built with the same options: what is no state (functions, classes, what a
class lists in ``NOT_STATE``, and objects of a class with ``IS_STATE`` False) stays as it was built.
Reading runs nothing and makes no object but of classes of the package that are loaded already. An
archive with anything else in it has no state here: it is told its results again.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from enum import Enum
from functools import cached_property, partial
from typing import Any

import numpy as np

PACKAGE = "cladogen"
MANY = 32  # numbers, from which on a list of them is an array
_DICTS: dict[str, type[dict[Any, Any]]] = {
    "dict": dict, "Counter": Counter, "OrderedDict": OrderedDict,
}  # fmt: skip
_SETS: dict[str, type] = {"set": set, "frozenset": frozenset}
_PLAIN = (bool, int, float, str, type(None))
_NUMBERS: dict[type, str] = {int: "i8", float: "f8"}


class NotKept(Exception):  # noqa: N818  (no error: such an archive is told its results again)
    """An archive whose state cannot be written, or read into this one."""


def state_of(archive: object, *, shared: bool = False) -> Any:
    """Return the state of an archive: None, booleans, numbers, texts, lists of them, and arrays.

    Raises NotKept. Nothing in it is shared with the archive, but with ``shared`` its arrays: for
    who is done with them before it changes.
    """
    return _Encoder(shared).take(archive)


def put_back(archive: object, state: Any) -> None:
    """Put a state into a fresh archive; raises NotKept, and then the archive is as it was."""
    giving = _Giving()
    try:
        given = giving.give(state, archive)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise NotKept(f"not a state of this archive: {error}") from error
    if given is not archive:
        raise NotKept("a state of another archive")
    giving.settle()


def made(state: Any) -> Any:
    """Return a new object with a state; raises NotKept."""
    giving = _Giving()
    try:
        given = giving.give(state)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise NotKept(f"not a state: {error}") from error
    giving.settle()
    return given


def modules_of(state: Any) -> set[str]:
    """Return the modules whose classes a state names."""
    found: set[str] = set()
    waiting = [state]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            if len(node) > 1 and node[0] in ("object", "own", "enum"):
                found.add(node[1].partition(":")[0])
            waiting += node
    return found


class _Encoder:
    """Turn objects into nodes: a list, of which the first element says what it is. An object that
    several hold is written once.
    """

    def __init__(self, shared: bool) -> None:
        self._shared = shared
        self._numbers: dict[int, int] = {}
        self._alive: list[object] = []  # so that no two have the same identity

    def take(self, value: Any) -> Any:
        if type(value) in _PLAIN:
            return value
        known = self._numbers.get(id(value))
        if known is not None:
            return ["again", known]
        self._numbers[id(value)] = len(self._alive)
        self._alive.append(value)
        return self._node(value)

    def _node(self, value: Any) -> list[Any]:
        kind = type(value)
        if kind in (list, tuple, deque):
            return self._row(value)
        if kind is _DICTS.get(kind.__name__):
            return [kind.__name__, self._listed(value.keys()), self._listed(value.values())]
        if kind is _SETS.get(kind.__name__):
            return [kind.__name__, self._listed(value)]
        if self._shared and isinstance(value, np.ndarray):
            return ["ndarray", value]
        return _of_numbers(value) or self._object(value)

    def _row(self, value: Any) -> list[Any]:
        name = type(value).__name__
        return [name, self._listed(value), *([value.maxlen] if name == "deque" else ())]

    def _listed(self, values: Any) -> Any:
        """Return values in order: an array where all are whole numbers, or all fractions."""
        listed = list(values)
        if len(listed) >= MANY:
            kinds = set(map(type, listed))
            if len(kinds) == 1 and (kind := kinds.pop()) in _NUMBERS:
                try:
                    return np.array(listed, _NUMBERS[kind])
                except OverflowError:
                    pass  # a whole number of more than 64 bits
        return list(map(self.take, listed))

    def _object(self, value: Any) -> list[Any]:
        kind = type(value)
        if not _is_ours(kind):
            raise NotKept(f"{kind.__module__}.{kind.__qualname__} is no plain value")
        if isinstance(value, Enum):
            return ["enum", _name(kind), value.value]
        if hasattr(kind, "state") and hasattr(kind, "restore"):
            return ["own", _name(kind), self.take(value.state())]
        if not _holds_attributes(value):
            raise NotKept(f"{_name(kind)} does not say what its state is")
        names: list[str] = []
        left: list[str] = []
        for name in _attributes(value):
            (left if _is_left(kind, name, getattr(value, name)) else names).append(name)
        taken = [self.take(getattr(value, name)) for name in names]
        return ["object", _name(kind), names, taken, left]


def _of_numbers(value: Any) -> list[Any] | None:
    """Return the node of what is an array already, None for anything else."""
    if isinstance(value, np.ndarray):
        return ["ndarray", value.copy()]
    if isinstance(value, np.generic):
        return ["scalar", np.asarray(value)]
    if type(value) is array:
        return ["array", value.typecode, np.frombuffer(value.tobytes(), "u1")]
    if type(value) in (bytes, bytearray):
        return [type(value).__name__, np.frombuffer(bytes(value), "u1")]
    return None


class _Giving:
    """Turn nodes into objects, those of a fresh archive where it has such a one in that place. What
    changes them waits for `settle`.
    """

    def __init__(self) -> None:
        self._known: list[Any] = []
        self._waiting: list[Callable[[], object]] = []

    def settle(self) -> None:
        for change in self._waiting:
            change()

    def give(self, node: Any, fresh: Any = None) -> Any:
        if type(node) in _PLAIN:
            return node
        if node[0] == "again":
            return self._known[node[1]]
        at = len(self._known)
        self._known.append(None)
        self._known[at] = self._given(at, node, fresh)
        return self._known[at]

    def _given(self, at: int, node: list[Any], fresh: Any) -> Any:
        name = node[0]
        if name in ("list", "deque"):
            return self._filled(at, node, fresh)
        if name in _DICTS:
            return self._mapping(at, _DICTS[name], node, fresh)
        if name in ("object", "own", "enum"):
            return self._object(at, node, fresh)
        return self._value(node, fresh)

    def _value(self, node: list[Any], fresh: Any) -> Any:
        name = node[0]
        if name == "tuple":
            return tuple(self._each(node[1], fresh if type(fresh) is tuple else ()))
        if name in _SETS:
            return _SETS[name](self._each(node[1]))
        if name == "ndarray" and _same_form(node[1], fresh):
            self._waiting.append(partial(np.copyto, fresh, node[1]))  # others may look at it
            return fresh
        return _VALUES[name](*node[1:])

    def _each(self, listed: Any, fresh: Any = ()) -> Iterator[Any]:
        if isinstance(listed, np.ndarray):
            yield from listed.tolist()
            return
        for at, node in enumerate(listed):
            yield self.give(node, fresh[at] if at < len(fresh) else None)

    def _filled(self, at: int, node: list[Any], fresh: Any) -> Any:
        kind: type = list if node[0] == "list" else deque
        same = type(fresh) is kind
        new: Any = [] if kind is list else deque(maxlen=node[2])
        target = fresh if same else new
        self._known[at] = target
        values = list(self._each(node[1], list(fresh) if same else ()))
        self._waiting += [target.clear, partial(target.extend, values)]
        return target

    def _mapping(self, at: int, kind: type[dict[Any, Any]], node: list[Any], fresh: Any) -> Any:
        same = type(fresh) is kind
        target = self._known[at] = fresh if same else kind()
        keys = list(self._each(node[1]))
        there = list(map(fresh.get, keys)) if same else ()
        values = self._each(node[2], there)
        pairs = list(zip(keys, values, strict=True))
        # A counter's own update adds; an ordered one keeps its order in its own.
        update = OrderedDict.update if kind is OrderedDict else dict.update
        self._waiting += [target.clear, partial(update, target, pairs)]
        return target

    def _object(self, at: int, node: list[Any], fresh: Any) -> Any:
        kind = _class(node[1])
        if node[0] == "enum":
            return kind(node[2])
        if node[0] == "own":
            same = type(fresh) is kind
            if not same:
                raise NotKept(f"no {node[1]} to put a state into")
            self._known[at] = fresh
            self._waiting.append(partial(fresh.restore, self.give(node[2])))
            return fresh
        return self._of_attributes(at, kind, node, fresh)

    def _of_attributes(self, at: int, kind: type, node: list[Any], fresh: Any) -> Any:
        _, _, names, values, left = node
        same = type(fresh) is kind
        new = not same or (_is_frozen(kind) and not left)
        _check_form(node, fresh, same=same, new=new)
        target = self._known[at] = object.__new__(kind) if new else fresh
        if not new:
            self._waiting += [partial(vars(fresh).pop, each) for each in _cached(fresh)]
        for name, value in zip(names, values, strict=True):
            given = self.give(value, getattr(fresh, name) if same else None)
            change = partial(object.__setattr__, target, name, given)
            if new:
                change()  # it may be a key
            else:
                self._waiting.append(change)
        return target


_VALUES: dict[str, Callable[..., Any]] = {
    "bytes": lambda data: data.tobytes(),
    "bytearray": lambda data: bytearray(data.tobytes()),
    "array": lambda kind, data: array(kind, data.tobytes()),
    "ndarray": lambda data: data.copy(),
    "scalar": lambda data: data[()],
}


def _check_form(node: list[Any], fresh: Any, *, same: bool, new: bool) -> None:
    _, name, names, _, left = node
    if new and left:
        raise NotKept(f"a {name} that holds more than its state")
    if same and {*_attributes(fresh)} != {*names, *left}:
        raise NotKept(f"a {name} of another version")


def _same_form(data: Any, fresh: Any) -> bool:
    kind = isinstance(fresh, np.ndarray)
    return (
        kind and fresh.shape == data.shape and fresh.dtype == data.dtype and fresh.flags.writeable
    )


def _attributes(value: object) -> list[str]:
    """Return the names of what an object holds, in its slots and its dictionary."""
    slots = [name for base in type(value).__mro__ for name in getattr(base, "__slots__", ())]
    names = [name for name in slots if name != "__dict__" and hasattr(value, name)]
    cached = _cached(value)
    return [*names, *(name for name in getattr(value, "__dict__", {}) if name not in cached)]


def _cached(value: object) -> list[str]:
    """Return the names of what was worked out of an object's attributes."""
    kind, kept = type(value), getattr(value, "__dict__", {})
    return [name for name in kept if isinstance(getattr(kind, name, None), cached_property)]


def _holds_attributes(value: object) -> bool:
    """Tell whether all that an object holds can be seen: C++ hides it."""
    return hasattr(value, "__dict__") or any(
        "__slots__" in vars(base) for base in type(value).__mro__
    )


def _is_left(kind: type, name: str, value: object) -> bool:
    """Tell whether an attribute is no state: what it was built with stays."""
    listed = name in getattr(kind, "NOT_STATE", ())
    called = callable(value) and not _is_ours(type(value))
    return listed or called or isinstance(value, type) or not getattr(value, "IS_STATE", True)


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == PACKAGE


def _is_frozen(kind: type) -> bool:
    return is_dataclass(kind) and bool(kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> type:
    """Return a class of the package that is loaded already."""
    module, _, path = name.partition(":")
    if module.partition(".")[0] != PACKAGE or "." in path:
        raise NotKept(f"{name}: no class of the package")
    found = getattr(sys.modules.get(module), path, None)
    if not isinstance(found, type) or _name(found) != name:
        raise NotKept(f"{name}: there is no such class")
    return found

"""Rubbish: outputs that no scorer should give a score to, made from an output that deserves one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cladogen.sandboxes import wire


@dataclass(frozen=True, slots=True)
class Rubbish:
    """Encoded bytes and what they are. ``certain`` False: some problem may rightly accept it."""

    label: str
    data: bytes
    certain: bool = True


def rubbish(output: bytes) -> Iterator[Rubbish]:
    """Return rubbish like ``output``: not data at all, wrong types, wrong shapes, numbers that are
    none or huge.
    """
    yield Rubbish("no bytes", b"")
    yield Rubbish("broken JSON", b"[1, 2")
    yield Rubbish("deep nesting", b"[" * 10_000 + b"]" * 10_000)
    yield Rubbish("a 5000-digit integer", b"9" * 5000)
    value = wire.decode(output)
    yield from _of_wrong_kinds(value)
    yield Rubbish("a table", wire.encode({"rubbish": 1}))
    for label, text in (
        ("NaN", b"NaN"),
        ("infinity", b"Infinity"),
        ("a number beyond doubles", b"1e999"),
    ):
        yield Rubbish(label, text)
    for label, changed in _containers(value):
        # A problem whose outputs are lists may have good use for an empty one.
        yield Rubbish(
            label, changed, certain=label != "an empty list" or not isinstance(value, list)
        )
    yield from _of_wrong_leaves(value, output)
    for label, changed in _sizes(value):
        yield Rubbish(label, _encode(changed), certain=False)


def _of_wrong_leaves(value: Any, output: bytes) -> Iterator[Rubbish]:
    for label, leaf in LEAVES.items():
        changed = _encode(_mapped(value, leaf))
        if changed != output:  # text stays text
            yield Rubbish(label, changed, certain=label not in DOUBTFUL)


def _of_wrong_kinds(value: Any) -> Iterator[Rubbish]:
    for label, wrong in (("null", None), ("true", True), ("text", "rubbish")):
        # Where a right answer is of the kind itself, a wrong one may score, if only nothing.
        yield Rubbish(label, wire.encode(wrong), certain=type(wrong) is not type(value))


LEAVES: dict[str, Callable[[Any], Any]] = {
    "NaN for every number": lambda number: float("nan"),
    "infinity for every number": lambda number: float("inf"),
    "text for every number": str,
    "true for every number": lambda number: True,
    "null for every number": lambda number: None,
    "a list for every number": lambda number: [number],
    "1e300 for every number": lambda number: 1e300,
    "-1e300 for every number": lambda number: -1e300,
}
DOUBTFUL = ("1e300 for every number", "-1e300 for every number")


def _containers(value: Any) -> Iterator[tuple[str, bytes]]:
    """Return the output wrapped, emptied, and in the wrong kind of container."""
    yield "the output inside a list", wire.encode([value])
    yield "an empty list", wire.encode([])
    yield "an empty table", wire.encode({})
    yield "an empty array", wire.encode(np.zeros(0))
    yield "an array of no rows", wire.encode(np.zeros((0, 3)))
    yield "four million zeros", wire.encode(np.zeros(4_000_000 // 8, np.int8))
    yield "an array of truths", wire.encode(np.ones((2, 2), bool))
    if isinstance(value, np.ndarray) and value.ndim:
        yield "an array with one more axis", wire.encode(value[..., None])
        yield "an array of NaN", _raw(np.full(value.shape, np.nan))
        yield "an array of truths in its shape", wire.encode(np.ones(value.shape, bool))


def _sizes(value: Any) -> Iterator[tuple[str, Any]]:
    """Return the output a little too short and too long, which a problem of free length may
    accept.
    """
    if isinstance(value, dict):
        yield from _without_a_key(value)
    elif isinstance(value, list) and len(value) > 1:
        yield "one item fewer", value[:-1]
        yield "the last item twice", [*value, value[-1]]
    elif isinstance(value, np.ndarray) and value.ndim and len(value) > 1:
        yield "one item fewer", value[:-1]
        yield "the last item twice", np.concatenate([value, value[-1:]])


def _without_a_key(table: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    for key in list(table)[:8]:
        others = {name: item for name, item in table.items() if name != key}
        yield f"the table without {key!r}", others


def _mapped(value: Any, leaf: Callable[[Any], Any]) -> Any:
    if isinstance(value, np.ndarray):
        return _mapped(value.tolist(), leaf)
    if isinstance(value, list):
        return [_mapped(item, leaf) for item in value]
    if isinstance(value, dict):
        return {key: _mapped(item, leaf) for key, item in value.items()}
    return leaf(value)


def _encode(value: Any) -> bytes:
    """Encode what the wire would refuse to send, too: a hostile program writes its own bytes."""
    if isinstance(value, np.ndarray):
        return wire.encode(value)
    plain: Callable[[Any], Any] = lambda array: array.tolist()  # noqa: E731  (arrays inside tables)
    return json.dumps(value, default=plain).encode()


def _raw(array: np.ndarray[Any, np.dtype[np.float64]]) -> bytes:
    """Encode an array with NaN in it, by the bytes of one without."""
    return wire.encode(np.zeros(array.shape)).removesuffix(bytes(array.nbytes)) + array.tobytes()

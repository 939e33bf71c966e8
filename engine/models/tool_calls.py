"""Tools that a model calls, read from a reply's pieces as servers send them.

In a stream a call comes in pieces with an index, of which only the first has an id and a name;
some servers leave the index out, give each call the index 0, repeat the name, or send the
arguments as an object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cladogen.models.calls import ToolCall
from cladogen.models.characters import whole_characters

MOST = 32  # calls that are read of one reply


class ToolCalls:
    """The calls of one reply, so far."""

    def __init__(self) -> None:
        self._calls: dict[object, ToolCall] = {}
        self._newest: dict[int, object] = {}  # call, by the index that its pieces have

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def names(self) -> list[str]:
        return [each.name for each in self._calls.values()]

    @property
    def whole(self) -> tuple[ToolCall, ...]:
        """The calls, each with an id that no other has: some servers send none."""
        found: dict[str, ToolCall] = {}
        for number, each in enumerate(self._calls.values()):
            ident = each.id if each.id and each.id not in found else f"call_{number}"
            texts = map(whole_characters, (ident, each.name, each.arguments))
            found[ident] = ToolCall(*texts)
        return tuple(found.values())

    def take(self, piece: Any) -> int:
        """Take a call or a piece of one; return how many characters it adds."""
        function = piece.get("function") if isinstance(piece, Mapping) else None
        if not isinstance(function, Mapping):
            return 0
        ident, name = _text(piece.get("id")), _text(function.get("name"))
        arguments = _arguments(function.get("arguments"))
        key = self._key(piece.get("index"), ident, name)
        known = self._calls.get(key, ToolCall("", "", ""))
        if key in self._calls or len(self._calls) < MOST:
            called = ToolCall(known.id or ident, known.name or name, known.arguments + arguments)
            self._calls[key] = called
        return len(name) + len(arguments)

    def _key(self, index: Any, ident: str, name: str) -> object:
        """Return which call a piece belongs to: by its index, else the last one, unless the piece
        begins another.
        """
        if isinstance(index, int):
            self._newest[index] = self._of_index(index, ident)
            return self._newest[index]
        if ident in self._calls:
            return ident
        begins = bool(ident or name) or not self._calls
        return (ident or len(self._calls)) if begins else next(reversed(self._calls))

    def _of_index(self, index: int, ident: str) -> object:
        """Return which call of an index a piece belongs to: by its id, else the newest one."""
        if not ident:
            return self._newest.get(index, index)
        first = self._calls.get(index)
        other = first is not None and first.id and first.id != ident
        return ident if other else index


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _arguments(value: Any) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value)
    return _text(value)

"""Which program descends from which, in arrays: some thirty bytes a program."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from cladogen.program import Node
from cladogen.record.chains import Chains, as_array

_TREE = 20  # bytes of a tree's name, where it is one


class Lineage:
    """The places of programs, numbered without gaps."""

    def __init__(self) -> None:
        self._tickets, self._first, self._second = array("q"), array("i"), array("i")
        self._more: dict[int, tuple[int, ...]] = {}  # of programs with three parents and more
        self._trees = bytearray()
        self._names: dict[int, str] = {}  # of trees that are not named as git names them
        self._children = Chains()

    def __len__(self) -> int:
        return len(self._tickets)

    def add(self, number: int, tree: str, parents: Sequence[int], ticket: int) -> None:
        """Give the next program its place."""
        assert number == len(self._tickets), "programs are numbered without gaps"
        self._tickets.append(ticket)
        self._first.append(parents[0] if parents else -1)
        self._second.append(parents[1] if len(parents) > 1 else -1)
        if len(parents) > 2:
            self._more[number] = tuple(parents)
        self._name(number, tree)
        for parent in parents if len(parents) < 2 else dict.fromkeys(parents):
            self._children.add(parent, number)

    def extend(self, places: Iterable[tuple[int, str, tuple[int, ...], int]]) -> None:
        """Give many programs their places."""
        for place in places:
            self.add(*place)

    def state(self) -> dict[str, Any]:
        """Return all of it, as arrays and lists, which are to be let go of before it grows."""
        return {
            "places": list(map(as_array, (self._tickets, self._first, self._second))),
            "more": [[number, *parents] for number, parents in self._more.items()],
            "trees": np.frombuffer(self._trees, "u1"),
            "names": list(self._names.items()),
            "children": self._children.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take in what `state` gave."""
        tickets, first, second = (each.tobytes() for each in state["places"])
        self._tickets, self._first = array("q", tickets), array("i", first)
        self._second = array("i", second)
        self._more = {number: tuple(parents) for number, *parents in state["more"]}
        self._trees = bytearray(state["trees"].tobytes())
        self._names = dict(state["names"])
        self._children.restore(state["children"])

    def node(self, number: int) -> Node:
        """Return a program's place; raises IndexError where there is none of that number."""
        return Node(number, self._tree(number), self.parents(number), self._tickets[number])

    def parents(self, number: int) -> tuple[int, ...]:
        """Return a program's parents, the one it is a child of first."""
        if number in self._more:
            return self._more[number]
        first, second = self._first[number], self._second[number]
        if second >= 0:
            return first, second
        return (first,) if first >= 0 else ()

    def ticket(self, number: int) -> int:
        """Return the ticket that a program was made under."""
        return self._tickets[number]

    def children(self, number: int) -> list[int]:
        """Return the programs that have this one as a parent."""
        return self._children.of(number)

    def _name(self, number: int, tree: str) -> None:
        try:
            name = bytes.fromhex(tree) if len(tree) == 2 * _TREE else b""
        except ValueError:
            name = b""
        if name.hex() != tree:
            self._names[number], name = tree, bytes(_TREE)
        self._trees += name

    def _tree(self, number: int) -> str:
        name = self._names.get(number)
        return self._trees[_TREE * number : _TREE * (number + 1)].hex() if name is None else name

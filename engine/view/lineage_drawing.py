"""A lineage drawn as git draws it: one line a program, children above their parents, merges with a
corner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

ASCII = str.maketrans({"│": "|", "─": "-", **dict.fromkeys("├┤╯╰╮╭┼", "+")})


def order(tips_first: Iterable[int], parents: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the programs of ``parents``, each above its parents, a chain kept together, in the
    tips' order.
    """
    waiting = Counter(parent for of in parents.values() for parent in of)
    ready = [number for number in tips_first if not waiting[number]][::-1]
    found = []
    while ready:
        number = ready.pop()
        found.append(number)
        for parent in reversed(parents[number]):
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return found


class Graph:
    """Draw programs in their `order`. `step` gives the lines of one program: its own last row of
    edges after it.
    """

    def __init__(self) -> None:
        self._columns: list[int | None] = []  # the program each column leads to

    def step(self, number: int, parents: Sequence[int], mark: str) -> tuple[str, list[str]]:
        """Return the drawing left of a program's line, and the lines of edges below it."""
        at = self._column_of(number)
        cells = [self._cell(column, mark if column == at else "") for column in self._indices()]
        edges = [self._merge(at, parent) for parent in parents[1:]]
        if not parents:
            self._columns[at] = None
        elif parents[0] in self._columns:
            edges.append(self._join(at, self._columns.index(parents[0])))
        else:
            self._columns[at] = parents[0]
        while self._columns and self._columns[-1] is None:
            self._columns.pop()
        return " ".join(cells).rstrip(), edges

    def skip(self, number: int, parent: int, mark: str) -> str:
        """Return the line that stands for a chain from ``number`` down to ``parent``."""
        return self.step(number, (parent,), mark)[0]

    def _indices(self) -> range:
        return range(len(self._columns))

    def _cell(self, column: int, mark: str) -> str:
        """Return a column's sign beside a program: the program's own mark, an edge, or nothing."""
        return mark or (" " if self._columns[column] is None else "│")

    def _column_of(self, number: int) -> int:
        """Return the column that leads to a program; a free one, or one more, when none does."""
        if number in self._columns:
            return self._columns.index(number)
        if None in self._columns:
            free = self._columns.index(None)
            self._columns[free] = number
            return free
        self._columns.append(number)
        return len(self._columns) - 1

    def _merge(self, at: int, parent: int) -> str:
        """Draw the edge to a further parent, whose column may begin here."""
        known = parent in self._columns
        to = self._column_of(parent)
        if to > at:
            return self._edge(at, to, "├", "┤" if known else "╮")
        return self._edge(at, to, "┤", "├" if known else "╭")

    def _join(self, at: int, to: int) -> str:
        """Draw how a column ends in another one that leads to the same parent; the left one of them
        goes on.
        """
        low, high = sorted((at, to))
        line = self._edge(low, high, "├", "╯")
        self._columns[low], self._columns[high] = self._columns[to], None
        return line

    def _edge(self, at: int, to: int, here: str, there: str) -> str:
        """Draw a line of edges in which one goes across from a column to another."""
        low, high = sorted((at, to))
        ends = {at: here, to: there}
        cells = []
        for column in self._indices():
            inside = low < column < high
            cells.append(ends.get(column) or self._crossed(column, inside=inside))
            cells.append("─" if low <= column < high else " ")
        return "".join(cells).rstrip()

    def _crossed(self, column: int, *, inside: bool) -> str:
        leads = self._columns[column] is not None
        if inside:
            return "┼" if leads else "─"
        return "│" if leads else " "


def collapsed(
    rows: Sequence[int],
    parents: Mapping[int, Sequence[int]],
    keep: Iterable[int],
    shortest: int = 4,
) -> Iterator[int | tuple[int, ...]]:
    """Yield the rows, with each stretch of at least ``shortest`` links of one chain that need not
    show as a tuple.
    """
    links = _links(parents) - set(keep)
    stretch: list[int] = []
    for number in rows:
        goes_on = not stretch or tuple(parents[stretch[-1]]) == (number,)
        if number not in links or not goes_on:
            yield from _given(stretch, shortest)
            stretch = []
        if number in links:
            stretch.append(number)
        else:
            yield number
    yield from _given(stretch, shortest)


def _given(stretch: list[int], shortest: int) -> Iterator[int | tuple[int, ...]]:
    if len(stretch) >= shortest:
        yield tuple(stretch)
    else:
        yield from stretch


def _links(parents: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the programs with one parent and one child."""
    children = Counter(parent for of in parents.values() for parent in of)
    return {number for number, of in parents.items() if len(of) == 1 and children[number] == 1}

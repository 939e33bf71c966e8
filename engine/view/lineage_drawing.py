"""A lineage drawn as git draws it: one line a program, children above their parents, merges with a
corner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

ASCII = str.maketrans({"│": "|", "─": "-", **dict.fromkeys("├┤╯╰╮╭┼", "+")})


def order(tips_first: Iterable[int], parents: Mapping[int, Sequence[int]]) -> list[int]:
    """Return the programs of ``parents``, each above its parents, a chain kept together, in the
    tips' order.
    """
    waiting = dict.fromkeys(parents, 0)
    for of in parents.values():
        for parent in of:
            waiting[parent] += 1
    ready = [number for number in tips_first if waiting[number] == 0][::-1]
    found = []
    while ready:
        number = ready.pop()
        found.append(number)
        for parent in reversed(parents[number]):
            waiting[parent] -= 1
            if waiting[parent] == 0:
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
        at = self._place(number)
        cells = [
            mark if column == at else " " if to is None else "│"
            for column, to in enumerate(self._columns)
        ]
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

    def _place(self, number: int) -> int:
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
        to = self._place(parent)
        return self._edge(
            at, to, "├" if to > at else "┤", ("┤" if to > at else "├") if known else "╮╭"[to < at]
        )

    def _join(self, at: int, to: int) -> str:
        """Draw how a column ends in another one that leads to the same parent; the left one of them
        goes on.
        """
        low, high = sorted((at, to))
        line = self._edge(low, high, "├", "╯")
        self._columns[low], self._columns[high] = self._columns[to], None
        return line

    def _edge(self, at: int, to: int, here: str, there: str) -> str:
        low, high = sorted((at, to))
        cells = []
        for column, leads in enumerate(self._columns):
            inside = low < column < high
            cell = ("┼" if inside else "│") if leads is not None else ("─" if inside else " ")
            cell = {at: here, to: there}.get(column, cell)
            cells.append(cell + ("─" if low <= column < high else " "))
        return "".join(cells).rstrip()


def collapsed(
    rows: Sequence[int],
    parents: Mapping[int, Sequence[int]],
    keep: Iterable[int],
    shortest: int = 4,
) -> Iterator[int | tuple[int, ...]]:
    """Yield the rows, with each stretch of at least ``shortest`` links of one chain that need not
    show as a tuple.
    """
    kept, heirs = set(keep), _heirs(parents)
    stretch: list[int] = []
    for number in rows:
        link = number not in kept and len(parents[number]) == 1 and heirs.get(number, 0) == 1
        if link and (
            not stretch
            or parents[stretch[-1]] == (number,)
            or list(parents[stretch[-1]]) == [number]
        ):
            stretch.append(number)
            continue
        yield from _given(stretch, shortest)
        stretch = [number] if link else []
        if not link:
            yield number
    yield from _given(stretch, shortest)


def _given(stretch: list[int], shortest: int) -> Iterator[int | tuple[int, ...]]:
    if len(stretch) >= shortest:
        yield tuple(stretch)
    else:
        yield from stretch


def _heirs(parents: Mapping[int, Sequence[int]]) -> dict[int, int]:
    count: dict[int, int] = {}
    for of in parents.values():
        for parent in of:
            count[parent] = count.get(parent, 0) + 1
    return count

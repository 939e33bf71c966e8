"""The lineage of a run as lines of text: which programs are drawn, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cladogen.formatting import amount, in_columns, one_line
from cladogen.view.lineage_drawing import ASCII, Graph, collapsed, order
from cladogen.view.paint import PLAIN, Paint
from cladogen.view.program_row import ProgramRow
from cladogen.view.run_reader import RunReader

MOST = 60
HERE = "\0"  # stands for a program's mark, which may be coloured


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a lineage is drawn.

    ``whole`` is every program; ``line_of_best`` only what the best descends from; ``depth`` so many
    generations below the programs drawn first (None: all); ``most`` lines (0: all); ``links`` draws
    long chains link by link; ``failed`` only the programs without a score, with their lines.
    """

    whole: bool = False
    line_of_best: bool = False
    depth: int | None = None
    most: int = MOST
    links: bool = False
    failed: bool = False


def programs_to_draw(run: RunReader, extent: Extent, asked: Sequence[int] = ()) -> set[int]:
    """Return the numbers of the programs to draw: those asked for, else best and elites, and what
    they descend from.
    """
    if extent.failed and not asked:
        return run.ancestors(_failed(run) or [0], extent.depth)
    if extent.whole or not run.size:
        return set(range(run.size))
    tips = list(asked) or leaders(run, best_only=extent.line_of_best) or [0]
    return run.ancestors(tips, extent.depth)


def _failed(run: RunReader) -> list[int]:
    return [each.number for each in run.entries if each.failed and each.standing]


def leaders(run: RunReader, *, best_only: bool = False) -> list[int]:
    """Return the best program, what ships, and the other elites."""
    first = [number for number in (run.best, run.ships) if number is not None]
    return first[:1] if best_only else list(dict.fromkeys([*first, *run.elites]))


class LineageText:
    """Draw programs of a run, newest on top, within ``columns``."""

    def __init__(
        self, run: RunReader, drawn: set[int], *, columns: int, unicode: bool = True,
        paint: Paint = PLAIN,
    ) -> None:  # fmt: skip
        self.run, self.drawn, self.columns, self.paint = run, drawn, columns, paint
        self._signs: Mapping[int, str] = {} if unicode else ASCII
        self._leaders = set(leaders(run))

    def lines(self, extent: Extent) -> Iterator[str]:
        """Yield the drawing."""
        known = self.run.store.parents(self.drawn)
        parents = {number: self._drawn_parents(known[number]) for number in self.drawn}
        tips = sorted(self.drawn, key=lambda number: (number != self.run.best, -number))
        keep = self.drawn if extent.links else {*self._leaders, 0}
        rows = [
            row if isinstance(row, tuple) else (row,)
            for row in collapsed(order(tips, parents), parents, keep)
        ]
        graph, most = Graph(), extent.most or len(rows)
        for row in rows[:most]:
            yield from self._row(graph, row, parents)
        if left := sum(map(len, rows[most:])):
            yield self.paint(f"… {left} older programs: --max 0 draws them all", "dim")

    def _row(
        self, graph: Graph, row: tuple[int, ...], parents: Mapping[int, tuple[int, ...]]
    ) -> Iterator[str]:
        """Yield a program with its edges, or the line that stands for a chain of them."""
        if len(row) > 1:
            head = graph.skip(row[0], parents[row[-1]][0], ":").translate(self._signs)
            yield f"{head} {self.paint(f'{len(row)} programs in a row', 'dim')}"
            return
        head, edges = graph.step(row[0], parents[row[0]], HERE)
        yield self._line(self.run.row(row[0]), head.translate(self._signs))
        yield from (edge.translate(self._signs) for edge in edges)

    def _drawn_parents(self, parents: Sequence[int]) -> tuple[int, ...]:
        return tuple(parent for parent in dict.fromkeys(parents) if parent in self.drawn)

    def _line(self, entry: ProgramRow, head: str) -> str:
        text = in_columns(
            (f"#{entry.number}", 5),
            (entry.node.program[:8], 8),
            (self._score(entry), 14),
            (one_line(entry.operator, 12), 12),
            last=self._tail(entry),
            width=max(10, self.columns - len(head) - 2),
        )
        style = self._style(entry)
        mark = self.paint(self._mark(entry), *style)
        return f"{head.replace(HERE, mark)} {self.paint(text, *style)}"

    def _score(self, entry: ProgramRow) -> str:
        if entry.failed:
            return entry.status
        return amount(self.run.problem.objective, entry.score.fitness)

    def _tail(self, entry: ProgramRow) -> str:
        children = self.run.children_of(entry.number)
        hidden = sum(child not in self.drawn for child in children)
        more = f"+{hidden}" if hidden else ""
        said = entry.reason if entry.failed else entry.summary
        return " ".join(filter(None, (self._rank(entry.number), more, said)))

    def _rank(self, number: int) -> str:
        """Return what a program is known as: best, ships, both, elite, or nothing."""
        names = [name for name in ("best", "ships") if getattr(self.run, name) == number]
        if not names and number in self.run.elites:
            names = ["elite"]
        return ", ".join(names)

    def _mark(self, entry: ProgramRow) -> str:
        if entry.number in self._leaders:
            return "*"
        return "x" if entry.failed and entry.standing else "o"

    def _style(self, entry: ProgramRow) -> tuple[str, ...]:
        if entry.number == self.run.best:
            return ("bold", "green")
        if entry.number in self._leaders:
            return ("green",)
        return ("red",) if entry.failed else ()


def as_plain(run: RunReader, entry: ProgramRow) -> dict[str, Any]:
    """Return a program of a lineage as plain data."""
    return {
        "number": entry.number,
        "program": entry.node.program,
        "commit": run.commits.get(entry.number),
        "parents": list(entry.node.parents),
        "status": entry.score.status.value,
        "metrics": dict(entry.score.metrics),
        "operator": entry.operator,
        "model": entry.model,
        "summary": entry.summary,
        "standing": entry.standing,
        "reason": entry.reason,
        "best": entry.number == run.best,
        "ships": entry.number == run.ships,
        "elite": entry.number in run.elites,
        "ticket": entry.node.ticket,
    }

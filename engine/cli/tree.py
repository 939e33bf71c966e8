"""``evolve tree``: the lineage of a run's programs, drawn as `git log --graph` draws commits."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import Paint, a_path, add_words, open_run, width, write_json

if TYPE_CHECKING:
    from cladogen.view.run_reader import ProgramRow, RunReader


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "tree",
        help="the lineage of a run's programs, drawn",
        description="Draw what the best program and the other elites (*) descend from, the newest "
        "above. "
        "A program that failed is x, any other one o; +N counts children that are not drawn.",
    )
    add_words(parser, "[PROGRAM ...]")
    parser.add_argument(
        "--all", action="store_true", help="every program, also those that led nowhere"
    )
    parser.add_argument("--best", action="store_true", help="only what the best descends from")
    parser.add_argument(
        "--max", type=int, metavar="N", help="at most N lines of programs (default 60; 0: all)"
    )
    parser.add_argument(
        "--depth",
        type=int,
        metavar="N",
        help="at most N generations below the programs drawn first",
    )
    parser.add_argument(
        "--graph", type=a_path, metavar="FILE", help="write a graph: .graphml, .gexf or .json"
    )
    parser.add_argument("--long", action="store_true", help="draw long chains link by link")


def run(args: argparse.Namespace) -> int:
    past, names = open_run(args.words, most=1000)
    with past:
        drawn = choose(past, args, [past.find(name) for name in names])
        if args.graph is not None:
            _write_graph(past, drawn, args.graph)
        elif args.json:
            write_json([as_json(past, entry) for entry in past.entries if entry.number in drawn])
        else:
            for line in lines(past, drawn, args):
                print(line)
    return 0


def _write_graph(past: RunReader, drawn: set[int], path: Path) -> None:
    from cladogen.view.lineage_export import check_format, lineage, write_lineage

    check_format(path)
    write_lineage(lineage(past, drawn), path)
    print(f"{path}: {len(drawn)} programs")


def choose(past: RunReader, args: argparse.Namespace, asked: list[int]) -> set[int]:
    """Return the numbers of the programs to draw."""
    if args.all:
        return {entry.number for entry in past.entries}
    tips = asked or ([] if past.best is None else [past.best])
    if not args.best and not asked:
        tips = [*tips, *past.elites]
    if args.depth is None:
        return past.ancestors(tips or [0]) if past.entries else set()
    found, level = set(tips), set(tips)
    for _ in range(args.depth):
        level = {parent for number in level for parent in past.entries[number].node.parents} - found
        found |= level
    return found


def lines(past: RunReader, drawn: set[int], args: argparse.Namespace) -> Iterator[str]:
    """Yield the drawing."""
    from cladogen.view.lineage_drawing import ASCII, Graph, collapsed, order

    paint, columns = Paint(), width()
    stars = {*past.elites, *([] if past.best is None else [past.best])}
    parents = {
        n: tuple(p for p in dict.fromkeys(past.entries[n].node.parents) if p in drawn)
        for n in drawn
    }
    tips = sorted(drawn, key=lambda number: (number != past.best, -number))
    rows = order(tips, parents)
    keep = {*stars, 0} if not args.long else drawn
    most = 60 if args.max is None else args.max or len(rows)
    graph, shown, translate = Graph(), 0, {} if _unicode() else ASCII
    for row in collapsed(rows, parents, keep):
        if shown == most:
            left = len(rows) - rows.index(row[0] if isinstance(row, tuple) else row)
            yield paint(f"… {left} older programs: --max 0 draws them all", "dim")
            return
        shown += 1
        if isinstance(row, tuple):
            left_side = graph.skip(row[0], parents[row[-1]][0], ":")
            yield (
                f"{left_side.translate(translate)} {paint(f'{len(row)} programs in a row', 'dim')}"
            )
            continue
        left_side, edges = graph.step(row, parents[row], "\0")
        head = left_side.translate(translate)
        yield _line(past, past.entries[row], drawn, head, paint, columns)
        yield from (edge.translate(translate) for edge in edges)


def _line(
    past: RunReader, entry: ProgramRow, drawn: set[int], head: str, paint: Paint, columns: int
) -> str:
    from cladogen.display.words import amount, in_columns, one_line

    best, elite, failed = (
        entry.number == past.best,
        entry.number in past.elites,
        entry.score.fitness is None,
    )
    style = ("bold", "green") if best else ("green",) if elite else ("red",) if failed else ()
    hidden = sum(child not in drawn for child in past.children.get(entry.number, ()))
    score = amount(past.problem.objective, entry.score.fitness) if not failed else _status(entry)
    note = "best" if best else "elite" if elite else ""
    more = f"+{hidden}" if hidden else ""
    tail = " ".join(
        part for part in (note, more, entry.reason if failed else entry.summary) if part
    )
    text = in_columns(
        (f"#{entry.number}", 5),
        (entry.node.program[:8], 8),
        (score, 14),
        (one_line(entry.operator, 12), 12),
        last=tail,
        width=max(10, columns - len(head) - 2),
    )
    mark = "*" if best or elite else "x" if failed and entry.standing else "o"
    return f"{head.replace(chr(0), paint(mark, *style))} {paint(text, *style)}"


def _status(entry: ProgramRow) -> str:
    return entry.score.status.value if entry.standing else "in flight"


def as_json(past: RunReader, entry: ProgramRow) -> dict[str, Any]:
    """Return a program of a tree as plain data."""
    return {
        "number": entry.number,
        "program": entry.node.program,
        "commit": past.commits.get(entry.number),
        "parents": list(entry.node.parents),
        "status": entry.score.status.value,
        "metrics": dict(entry.score.metrics),
        "operator": entry.operator,
        "model": entry.model,
        "summary": entry.summary,
        "standing": entry.standing,
        "reason": entry.reason,
        "best": entry.number == past.best,
        "elite": entry.number in past.elites,
        "ticket": entry.node.ticket,
    }


def _unicode() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()

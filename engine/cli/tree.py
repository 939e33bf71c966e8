"""``evolve tree``: the lineage of a run's programs, drawn as `git log --graph` draws commits."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cladogen.cli.choosing import (
    a_target,
    add_words,
    open_run,
    paint,
    print_table,
    width,
    write_json,
)

if TYPE_CHECKING:
    from cladogen.view.fronts import Over
    from cladogen.view.lineage_text import Extent
    from cladogen.view.run_reader import RunReader


FRONTS: dict[str, Over] = {"front": "objectives", "case": "cases"}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "tree",
        help="the lineage of a run's programs, drawn",
        description="Draw what the best program, what ships and the other elites (*) descend "
        "from, the newest above. A program that failed is x, any other one o; +N counts children "
        "that are not drawn.",
    )
    add_words(parser, "[PROGRAM ...]")
    parser.add_argument(
        "--all", action="store_true", help="every program, also those that led nowhere"
    )
    parser.add_argument(
        "--failed", action="store_true", help="only failed programs and their lines"
    )
    parser.add_argument(
        "--by",
        choices=("clade", "island", "cell", "front", "case"),
        help="instead: a table of clades, islands or cells, the best first, and how often each was "
        "asked from; front: the programs that no other is better than in all metrics; case: those "
        "that are best on a case",
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
        "--graph", type=a_target, metavar="FILE", help="write a graph: .graphml, .gexf or .json"
    )
    parser.add_argument("--long", action="store_true", help="draw long chains link by link")


def run(args: argparse.Namespace) -> int:
    from cladogen.view.lineage_text import as_plain, programs_to_draw

    reader, names = open_run(args.words, most=1000)
    with reader:
        if args.by in FRONTS:
            return _front(reader, args)
        if args.by is not None:
            return _groups(reader, args)
        extent = _extent(args)
        drawn = programs_to_draw(reader, extent, list(map(reader.find, names)))
        if args.graph is not None:
            _write_graph(reader, drawn, args.graph, args.output)
        elif args.json:
            write_json([as_plain(reader, row) for row in reader.rows(drawn)], args.output)
        else:
            _draw(reader, drawn, extent, args.output)
    return 0


def _groups(reader: RunReader, args: argparse.Namespace) -> int:
    from cladogen.formatting import amount
    from cladogen.view.groups import groups
    from cladogen.view.reports.plain import plain

    found = groups(reader, args.by)
    if args.json:
        write_json(plain(found), args.output)
        return 0
    metric = reader.problem.objective
    rows: list[tuple[str, ...]] = [
        (args.by, "programs", "scored", "asked from", "best", metric.name)
    ]
    for each in found:
        best = "" if each.best is None else f"#{each.best}"
        value = "" if each.fitness is None else amount(metric, each.fitness)
        rows.append((each.name, str(each.programs), str(each.scored), str(each.asked), best, value))
    _print_most(rows, args)
    return 0


def _front(reader: RunReader, args: argparse.Namespace) -> int:
    from cladogen.view.fronts import front
    from cladogen.view.reports import front as tables
    from cladogen.view.reports.plain import plain

    report = tables.front_report(front(reader, FRONTS[args.by]), reader.store.asked_times)
    if args.json:
        write_json(plain(report), args.output)
        return 0
    metric = reader.problem.objective
    if report.cases:
        _print_most(tables.cases_table(report), args)
        print(file=args.output)
        _print_most(tables.survivors_table(report, metric.sign, metric.name), args)
    else:
        _print_most(tables.objectives_table(report), args)
    print(f"({tables.said(report)})", file=args.output)
    return 0


def _print_most(rows: list[tuple[str, ...]], args: argparse.Namespace) -> None:
    """Print a table down to the line that ``--max`` names."""
    from cladogen.view.lineage_text import MOST

    most = MOST if args.max is None else args.max
    shown = rows[: 1 + most] if most else rows
    print_table(shown, args.output)
    if left := len(rows) - len(shown):
        print(f"({left} more: --max 0 shows them all)", file=args.output)


def _extent(args: argparse.Namespace) -> Extent:
    from cladogen.view.lineage_text import MOST, Extent

    most = MOST if args.max is None else args.max
    return Extent(args.all, args.best, args.depth, most, args.long, args.failed)


def _draw(reader: RunReader, drawn: set[int], extent: Extent, output: TextIO) -> None:
    from cladogen.view.lineage_text import LineageText

    unicode = "utf" in (output.encoding or "").lower()
    columns, colours = width(output), paint(output)
    text = LineageText(reader, drawn, columns=columns, unicode=unicode, paint=colours)
    for line in text.lines(extent):
        print(line, file=output)


def _write_graph(reader: RunReader, drawn: set[int], path: Path, output: TextIO) -> None:
    from cladogen.view.lineage_export import check_format, lineage, write_lineage

    check_format(path)
    write_lineage(lineage(reader, drawn), path)
    print(f"{path}: {len(drawn)} programs", file=output)

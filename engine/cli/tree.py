"""``evolve tree``: the lineage of a run's programs, drawn as `git log --graph` draws commits."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cladogen.cli.choosing import a_path, add_words, open_run, paint, width, write_json

if TYPE_CHECKING:
    from cladogen.view.lineage_text import Extent
    from cladogen.view.run_reader import RunReader


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
    from cladogen.view.lineage_text import as_plain, programs_to_draw

    reader, names = open_run(args.words, most=1000)
    with reader:
        extent = _extent(args)
        drawn = programs_to_draw(reader, extent, [reader.find(name) for name in names])
        if args.graph is not None:
            _write_graph(reader, drawn, args.graph, args.output)
        elif args.json:
            chosen = [entry for entry in reader.entries if entry.number in drawn]
            write_json([as_plain(reader, entry) for entry in chosen], args.output)
        else:
            _draw(reader, drawn, extent, args.output)
    return 0


def _extent(args: argparse.Namespace) -> Extent:
    from cladogen.view.lineage_text import MOST, Extent

    most = MOST if args.max is None else args.max
    return Extent(args.all, args.best, args.depth, most, args.long)


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

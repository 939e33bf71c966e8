"""``evolve best``: the best program itself, what it scored against the seed, and where it is."""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import add_words, open_run, paint, write_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "best",
        help="the best program, what it scored and where it is",
        description="Print the files that the best program (by training score) changed, its score "
        "against the seed program's, and what ships once that is chosen.",
    )
    add_words(parser)
    parser.add_argument("--files", action="store_true", help="all files, also those as in the seed")


def run(args: argparse.Namespace) -> int:
    from cladogen.view.reports.best import best_lines
    from cladogen.view.reports.plain import plain
    from cladogen.view.reports.program import program_report

    reader, _ = open_run(args.words, most=0)
    with reader:
        report = program_report(reader, reader.find("best"))
        if args.json:
            where = {"run": str(reader.folder), "ending": reader.ending}
            write_json(plain(report) | where, args.output)
        else:
            colours = paint(args.output)
            for line in best_lines(reader, report, all_files=args.files, paint=colours):
                print(line, file=args.output)
    return 0

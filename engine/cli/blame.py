"""``evolve blame``: for each line of a program, the program and the gain that brought it."""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import add_words, open_run, paint, write_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "blame",
        help="for each line of a program, the ancestor that brought it, and its gain",
        description="Print a program (default: what ships, else the best), each line with the "
        "ancestor that brought it, its operator, its gain over its parent, and the part of that "
        "which belongs to the line's hunk.",
    )
    add_words(parser, "[PROGRAM]")


def run(args: argparse.Namespace) -> int:
    from cladogen.formatting import one_line, printable
    from cladogen.view.blame import blame
    from cladogen.view.reports.plain import plain

    reader, names = open_run(args.words, most=1)
    with reader:
        number = reader.find(names[0]) if names else reader.chosen
        lines = list(blame(reader, number))
    if args.json:
        write_json(list(map(plain, lines)))
        return 0
    colours, path = paint(), ""
    if lines:
        heading = f"{'program':<7} {'operator':<12} {'gain':>10} {'of hunk':>10}  line"
        print(colours(heading, "dim"))
    for line in lines:
        if line.path != path:
            path = line.path
            print(colours(f"--- {one_line(path)}", "bold"))
        gain, part = (
            "" if value is None or not line.program else f"{value:+.4g}"
            for value in (line.gain, line.credit)
        )
        who = f"#{line.program:<6} {one_line(line.operator, 12):<12} {gain:>10} {part:>10}"
        print(f"{colours(who, 'dim')}  {printable(line.text)}".rstrip())
    return 0

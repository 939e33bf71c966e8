"""``evolve report``: a run in one document: what was asked, found and spent, and how to have it
again.
"""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import a_target, add_words, open_run


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "report",
        help="a run in one document, to read or to print",
        description="Print a report of a run as Markdown: the problem, what ships with its diff to "
        "the seed program, what got better, the held-out verdict, costs, how to have it again.",
    )
    add_words(parser)
    parser.add_argument(
        "--to", type=a_target, metavar="FILE", help="write it; .html is a page that prints well"
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.cli.choosing import write_json
    from cladogen.view.exports.report import markdown, write_report
    from cladogen.view.followed import FollowedRun

    reader, _ = open_run(args.words, most=0)
    with reader:
        folder = reader.folder
    if args.to is not None:
        size = write_report(folder, args.to)
        if args.json:
            write_json({"file": str(args.to), "bytes": size})
        else:
            print(f"{args.to}: {size / 1e3:.0f} kB")
        return 0
    followed = FollowedRun(folder)
    try:
        followed.refresh()
        text = markdown(followed)
    finally:
        followed.close()
    if args.json:
        write_json({"run": str(folder), "markdown": text})
    else:
        print(text, end="")
    return 0

"""``evolve status``: how a run stands, what it will still take, and what to do next."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import add_words, open_run, print_table, write_json

if TYPE_CHECKING:
    from cladogen.view.followed import FollowedRun


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "status",
        help="how a run stands, what is still to come, and what to do next",
        description="Say of a run what the head of its page says: its best program against the "
        "seed program, what was spent of each cap and what is still to come, what fails, which "
        "children wait for a person, what was asked of it, and what to do next, with the command "
        "for it.",
    )
    add_words(parser)
    parser.add_argument(
        "--better",
        action="store_true",
        help="instead: each program that was the best so far, and what was spent until then",
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.view.followed import FollowedRun

    reader, _ = open_run(args.words, most=0)
    with reader:
        folder = reader.folder
    followed = FollowedRun(folder)
    try:
        followed.refresh()
        _print(args, followed)
    finally:
        followed.close()
    return 0


def _print(args: argparse.Namespace, run: FollowedRun) -> None:
    from cladogen.view.reports.plain import plain
    from cladogen.view.reports.status import better_rows, status_lines
    from cladogen.view.summary import summary

    if args.json:
        write_json(plain(run.steps) if args.better else summary(run, run.folder.name), args.output)
    elif args.better:
        print_table(better_rows(run), args.output)
    else:
        print(*status_lines(run), sep="\n", file=args.output)

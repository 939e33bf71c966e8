"""``evolve git``: bring ``programs.git`` of a run level with its record, and say where it is."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from cladogen.cli.choosing import add_words, open_run, write_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "git",
        help="the run as a git repository, brought up to date",
        description="Bring the git repository of a run up to date (make it, when it is gone) and "
        "print where it is: "
        'git --git-dir "$(evolve git)" log --graph best',
    )
    add_words(parser)


def run(args: argparse.Namespace) -> int:
    from cladogen.git.projection import Projection

    reader, _ = open_run(args.words, most=0)
    with reader:
        projection = Projection(reader.folder)
        added = projection.catch_up(reader.store, reader.heads())
        heads = {name: reader.commits.get(number) for name, number in reader.heads().items()}
    if args.json:
        write_json(
            {
                "folder": str(projection.folder),
                "added": added,
                "heads": heads,
                "lost": projection.lost,
            }
        )
    else:
        print(projection.folder)
    if words := projection.words():
        print(words, file=sys.stderr)
    return 0

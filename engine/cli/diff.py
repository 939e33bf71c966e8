"""``evolve diff``: the difference of two programs as a git diff; of the best from the seed by
default.
"""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import Paint, add_words, open_run, write_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "diff",
        help="the difference of two programs; the best from the seed by default",
        description="Print the git diff of two programs: from the seed to the best by default, "
        "from the seed to the "
        "one program named, or from the first named to the second.",
    )
    add_words(parser, "[[PROGRAM] PROGRAM]")
    parser.add_argument(
        "--parent", action="store_true", help="from the program's first parent in place of the seed"
    )
    parser.add_argument(
        "--stat", action="store_true", help="only the names of files and the numbers of lines"
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.display.words import one_line
    from cladogen.patching.strict import make_diff

    past, names = open_run(args.words, most=2)
    with past:
        after = past.find(names[-1] if names else "best")
        parents = past.entries[after].node.parents
        before = (
            past.find(names[0]) if len(names) == 2 else parents[0] if args.parent and parents else 0
        )
        diff = make_diff(past.program(before), past.program(after))
    if args.json:
        write_json({"before": before, "after": after, "files": counts(diff), "diff": diff})
    elif args.stat:
        for path, (added, removed) in counts(diff).items():
            print(f"{one_line(path)}: +{added} -{removed}")
    elif diff:
        print(Paint().patch(diff).rstrip("\n"))
    return 0


def counts(diff: str) -> dict[str, tuple[int, int]]:
    """Return lines added and removed by file of a git diff."""
    found: dict[str, tuple[int, int]] = {}
    path, in_hunk = "", False
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            path, in_hunk = line.rpartition(" b/")[2], False
            found[path] = (0, 0)
        elif line.startswith("@@"):
            in_hunk = True
        elif in_hunk and line[:1] in ("+", "-"):
            added, removed = found[path]
            found[path] = (added + (line[0] == "+"), removed + (line[0] == "-"))
    return found

"""``evolve diff``: the difference of two programs as a git diff."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import add_words, open_run, paint, warn, write_json
from cladogen.errors import ConfigError

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "diff",
        help="the difference of two programs; by default of what ships from the seed",
        description="Print the git diff of two programs: from the seed to what ships (the best "
        "while nothing is chosen), from the seed to the one program named, or from the first named "
        "to the second.",
    )
    add_words(parser, "[[PROGRAM] PROGRAM]")
    parser.add_argument(
        "--parent", action="store_true", help="from the program's first parent in place of the seed"
    )
    parser.add_argument(
        "--steps", action="store_true", help="step by step, along the line of first parents"
    )
    parser.add_argument(
        "--stat", action="store_true", help="only the names of files and the numbers of lines"
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.formatting import one_line
    from cladogen.patching.strict import make_diff
    from cladogen.view.readable_difference import readable_difference

    reader, names = open_run(args.words, most=2)
    if args.steps:
        with reader:
            return _steps(reader, names, args)
    with reader:
        before, after = _which(reader, names, from_parent=args.parent)
        programs = reader.program(before), reader.program(after)
    diff = make_diff(*programs)
    if args.json:
        value = {"before": before, "after": after, "files": counts(diff), "diff": diff}
        write_json(value, args.output)
    elif args.stat:
        for path, (added, removed) in counts(diff).items():
            print(f"{one_line(path)}: +{added} -{removed}", file=args.output)
    elif diff:
        print(
            paint(args.output).patch(readable_difference(*programs)).rstrip("\n"), file=args.output
        )
    elif not names and after == before:
        warn("the seed program ships, so there is no difference; see: evolve diff best")
    return 0


def _steps(reader: RunReader, names: list[str], args: argparse.Namespace) -> int:
    """Print the difference of each program of a line from the one before, with what it gained."""
    from itertools import pairwise

    from cladogen.formatting import gain, one_line
    from cladogen.patching.strict import make_diff
    from cladogen.view.blame import gain_of
    from cladogen.view.readable_difference import readable_difference

    if len(names) > 1:
        raise ConfigError("--steps: name one program; its line begins at the seed program")
    number = reader.find(names[0]) if names else reader.chosen
    for before, after in pairwise(reader.descent(number)):
        programs = reader.program(before), reader.program(after)
        diff = make_diff(*programs)
        change = gain_of(reader, after)
        if args.json:
            write_json({"before": before, "after": after, "gain": change, "diff": diff})
            continue
        row, said = reader.row(after), gain(reader.problem.objective, change, reader.noise)
        print(paint()(f"#{before} -> #{after} {one_line(row.operator)}: {said}", "bold"))
        print(paint().patch(readable_difference(*programs)).rstrip("\n"))
    return 0


def _which(reader: RunReader, names: list[str], *, from_parent: bool) -> tuple[int, int]:
    """Return the two programs: what is named, else from the seed program to what ships."""
    after = reader.find(names[-1]) if names else reader.chosen
    if len(names) == 2:
        return reader.find(names[0]), after
    parents = reader.row(after).node.parents
    return (parents[0] if from_parent and parents else 0), after


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

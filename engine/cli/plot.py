"""``evolve plot``: the best so far of some runs, as a picture."""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import a_path
from cladogen.errors import ConfigError

AGAINST = ("proposals", "evaluations", "seconds", "tokens", "dollars")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "plot",
        help="the best so far of some runs, as a picture",
        description="Draw the best so far of runs of one problem as an SVG picture.",
    )
    parser.add_argument(
        "runs", nargs="*", type=a_path, metavar="RUN", help="run folders (default: the latest)"
    )
    parser.add_argument("--to", type=a_path, required=True, metavar="FILE.svg", help="the picture")
    parser.add_argument("--against", choices=AGAINST, default="proposals", help="what goes across")


def run(args: argparse.Namespace) -> int:
    from cladogen.view.exports.curve import line_of, svg
    from cladogen.view.followed import FollowedRun
    from cladogen.view.run_folders import latest_run

    if args.to.suffix != ".svg":
        raise ConfigError(f"{args.to}: name a file that ends in .svg")
    lines, names = [], set()
    for folder in args.runs or [latest_run()]:
        followed = FollowedRun(folder)
        try:
            followed.refresh()
            metric = followed.reader.problem.objective
            names.add(f"{metric.name} {metric.unit}".strip())
            lines.append(line_of(followed, args.against))
        finally:
            followed.close()
    if len(names) > 1:
        raise ConfigError(f"these runs have different objectives: {', '.join(sorted(names))}")
    args.to.write_text(svg(lines, f"{names.pop()}, best so far", args.against), encoding="utf-8")
    print(f"{args.to}: {len(lines)} of them" if len(lines) > 1 else f"{args.to}")
    return 0

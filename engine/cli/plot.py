"""``evolve plot``: the best so far of some runs, as a picture."""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import a_path, a_target
from cladogen.errors import ConfigError

AGAINST = ("proposals", "evaluations", "seconds", "tokens", "dollars")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "plot",
        help="the best so far of some runs, as a picture",
        description="Draw the best so far of runs of one problem as a picture: SVG, or PNG where "
        "matplotlib is installed (cladogen[plot]).",
    )
    parser.add_argument(
        "runs", nargs="*", type=a_path, metavar="RUN", help="run folders (default: the latest)"
    )
    parser.add_argument(
        "--to", type=a_target, required=True, metavar="FILE", help="the picture, .svg or .png"
    )
    parser.add_argument("--against", choices=AGAINST, default="proposals", help="what goes across")
    parser.add_argument(
        "--together",
        action="store_true",
        help="runs that differ only in their random seed as one line, their median, in a band",
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.view.exports.curve import line_of, svg
    from cladogen.view.exports.curve_png import write_png
    from cladogen.view.exports.repeats import together
    from cladogen.view.followed import FollowedRun
    from cladogen.view.run_folders import latest_run
    from cladogen.view.summary import setting

    if args.to.suffix not in (".svg", ".png"):
        raise ConfigError(f"{args.to}: name a file that ends in .svg or .png")
    lines, names = [], set()
    for folder in args.runs or [latest_run()]:
        followed = FollowedRun(folder)
        try:
            followed.refresh()
            metric = followed.reader.problem.objective
            names.add(f"{metric.name} {metric.unit}".strip())
            lines.append((setting(followed), line_of(followed, args.against)))
        finally:
            followed.close()
    if len(names) > 1:
        raise ConfigError(f"these runs have different objectives: {', '.join(sorted(names))}")
    drawn = together(lines) if args.together else [line for _, line in lines]
    title = f"{names.pop()}, best so far"
    if args.to.suffix == ".png":
        write_png(drawn, title, args.against, args.to)
    else:
        args.to.write_text(svg(drawn, title, args.against), encoding="utf-8")
    print(f"{args.to}: {len(drawn)} lines" if len(drawn) > 1 else f"{args.to}")
    return 0

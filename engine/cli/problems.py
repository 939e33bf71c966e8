"""``evolve problems``: the problems that come with the package, a line for each."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from cladogen.cli.choosing import write_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "problems",
        help="the problems that come with this package",
        description="List the problems that come with the package. Each can be run by its name, "
        "evolve run NAME, where no folder of that name is; evolve init DIR --template NAME copies "
        "one to change.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    from cladogen.view.reports.problems import shipped_problems

    found = shipped_problems()
    if args.json:
        write_json({"problems": list(map(asdict, found))}, args.output)
        return 0
    width = max(len(each.name) for each in found)
    for each in found:
        print(f"{each.name:<{width}}  {each.line}", file=args.output)
    return 0

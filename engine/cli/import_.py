"""``evolve import``: make a problem folder of one in another project's layout."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, empty_folder, write_json
from cladogen.errors import ConfigError

if TYPE_CHECKING:
    from cladogen.importing.found import ImportOptions


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "import",
        help="make a problem of a folder in another project's layout",
        description="Make a problem folder of one in the layout of OpenEvolve, ShinkaEvolve, "
        "LLM4AD, EoH, AlgoTune, KernelBench, FunSearch, GEPA or AlphaEvolve, of a Galapagos card, "
        "of a task of Frontier-CS or ALE-Bench, or of task folders (Harbor, Terminal-Bench, "
        "Exercism, SWE-bench rows). Its evaluator runs in the sandbox, beside the program, so "
        "scores are reported, not certified, but for a contest's checker. Nothing of the folder is "
        "run here.",
    )
    parser.add_argument("source", type=a_path, metavar="DIR", help="the folder, or the one file")
    parser.add_argument(
        "target", type=a_path, nargs="?", metavar="PROBLEM", help="default: ./NAME of the folder"
    )
    add_choice(parser)
    parser.add_argument("--force", action="store_true", help="write into a folder that has files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_choice(parser: Any) -> None:
    """Add what a layout leaves open."""
    parser.add_argument("--program", default="", metavar="FILE", help="the program to start from")
    parser.add_argument(
        "--evaluator",
        default="",
        metavar="FILE",
        help="the file that judges, where it has another name; of several GEPA scripts, which",
    )
    parser.add_argument(
        "--config", default="", metavar="FILE", help="the layout's settings, for another name"
    )
    parser.add_argument("--objective", default="", metavar="METRIC", help="the metric that counts")
    parser.add_argument("--minimize", action="store_true", help="less of it is better")
    parser.add_argument(
        "--inputs",
        default="",
        metavar="JSON",
        help="a list: what FunSearch's run function is given",
    )
    parser.add_argument(
        "--with",
        default="",
        dest="beside",
        metavar="DIR",
        help="a checkout of AlgoTune, or the folder of testlib.h",
    )
    parser.add_argument(
        "--arguments",
        default="",
        metavar="WORDS",
        help="what a script of GEPA's is started with, as in a shell",
    )


def choice_of(args: argparse.Namespace) -> ImportOptions:
    """Return what the command line says of the layout."""
    from cladogen.importing.found import ImportOptions

    try:
        inputs = json.loads(args.inputs) if args.inputs else []
    except ValueError:
        inputs = None
    if not isinstance(inputs, list):
        raise ConfigError(f"--inputs {args.inputs!r}: write a JSON list, such as '[8, 9]'")
    return ImportOptions(
        args.program,
        args.evaluator,
        args.config,
        args.objective,
        args.minimize,
        tuple(inputs),
        args.beside,
        args.arguments,
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.importing.folder import import_notes, read_folder, write_folder
    from cladogen.tasks.formats import format_of

    if format_of(args.source):
        return _tasks(args)
    found = read_folder(args.source, choice_of(args))
    target = empty_folder(args.target or Path(found.name), force=args.force)
    write_folder(found, target)
    notes = import_notes(found)
    if args.json:
        write_json({"problem": str(target), "layout": found.layout, "notes": notes,
                    "unused": found.unused, "requirements": found.requirements})  # fmt: skip
    else:
        print("\n".join([*notes, f"written: {target}; next: evolve check {target}"]))
    return 0


def _tasks(args: argparse.Namespace) -> int:
    """Make a problem of task folders, with the agent that --program names."""
    from cladogen.tasks.problem_folder import write_tasks

    target = empty_folder(args.target or Path(args.source.stem), force=args.force)
    notes = write_tasks(args.source, target, Path(args.program) if args.program else None)
    if args.json:
        write_json({"problem": str(target), "layout": "tasks", "notes": notes})
    else:
        print("\n".join([*notes, f"written: {target}; next: evolve check {target}"]))
    return 0

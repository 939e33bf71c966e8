"""``evolve transfer``: what the best programs of a run are worth on another problem."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.asked_models import add_arguments, settings_of, spent_json, spent_words
from cladogen.cli.choosing import a_problem, add_words, open_run, write_json
from cladogen.cli.run_options import add_sandbox
from cladogen.errors import ConfigError

if TYPE_CHECKING:
    from cladogen.bench.transfer import Transferred
    from cladogen.ledger import Spend
    from cladogen.problem import Problem
    from cladogen.program import Program

PROGRAMS = 5
MOST_NAMED = 50


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "transfer",
        help="what the best programs of a run are worth on another problem",
        description="Measure the best programs of a run on every case of another problem (or of a "
        "variant, or with another seed's cases of the same one), and compare each with that "
        "problem's seed program by an exact matched test. What that problem does not let be "
        "edited is taken from its seed.",
    )
    add_words(parser, "[PROGRAM ...]")
    parser.add_argument("--to", type=a_problem, metavar="PROBLEM", help="the other problem")
    parser.add_argument("--variant", default="", metavar="NAME", help="a variant of it")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="random seed of its cases (default 0)"
    )
    parser.add_argument(
        "--programs",
        type=int,
        default=PROGRAMS,
        metavar="N",
        help=f"how many, where none is named: what ships, then the best (default {PROGRAMS})",
    )
    add_sandbox(parser)
    add_arguments(parser.add_argument_group("models that programs may ask, such as another one"))
    parser.set_defaults(sandbox="auto", isolation="fork", runtime="")


def run(args: argparse.Namespace) -> int:
    from cladogen.bench.transfer import transfer_lines
    from cladogen.cli.outlets import say
    from cladogen.cli.until_done import until_done
    from cladogen.cli.which_problem import problem_folder
    from cladogen.formatting import named
    from cladogen.problem import load

    if args.to is None:
        raise ConfigError("evolve transfer: name the other problem with --to PROBLEM")
    if args.programs < 1:
        raise ConfigError(f"--programs {args.programs}: must be at least 1")
    problem = load(problem_folder(args.to, say), args.variant).with_seed(args.seed)
    folder, programs = _programs(args, problem)
    found, spend = until_done(_transferred(args, problem, programs))
    if args.json:
        spent = {} if spend is None else {"models": args.model, "spent": spent_json(spend)}
        write_json({"run": str(folder), "result": found, **spent}, args.output)
        return 0
    lines = list(transfer_lines(found))
    if spend is not None:
        lines.append(named("spent", f"{', '.join(args.model)}: {spent_words(spend)}"))
    print("\n".join(lines), file=args.output)
    return 0


def _programs(args: argparse.Namespace, problem: Problem) -> tuple[Path, dict[int, Program]]:
    """Return the run and its programs by number, as they are in the other problem."""
    from cladogen.cli.from_runs import fitted

    reader, names = open_run(args.words, most=MOST_NAMED)
    with reader:
        ships = [] if reader.ships is None else [reader.ships]
        best = [number for number in (*ships, *reader.ranking) if number != 0]
        numbers = list(map(reader.find, names)) or best[: args.programs]
        numbers = list(dict.fromkeys(numbers))
        if not numbers:
            raise ConfigError(f"{reader.folder}: no program but the seed has a score")
        where = f"evolve transfer {reader.folder}"
        chosen = {
            number: fitted(reader.program(number), problem, f"{where}: #{number}")
            for number in numbers
        }
        return reader.folder, chosen


async def _transferred(
    args: argparse.Namespace, problem: Problem, programs: dict[int, Program]
) -> tuple[Transferred, Spend | None]:
    from cladogen.bench.transfer import transfer
    from cladogen.cli.progress import Notices, follow
    from cladogen.display.progress_bar import ProgressBar
    from cladogen.session.asking import open_asking

    with ProgressBar("transfer", "calls", quiet=args.json) as bar:
        opening = open_asking(problem, settings_of(args), "transfer", Notices(bar))
        async with opening as (evaluator, _, asked):
            cases = (*evaluator.train, *evaluator.heldout)
            follow(bar, evaluator, cases, times=len(programs) + 1)
            return await transfer(problem, programs, evaluator), asked.spend

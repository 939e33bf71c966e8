"""``evolve check``: measure a problem before anything is spent on it, or verify a run."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path
from cladogen.cli.model_check import add_arguments, model_lines
from cladogen.problem.defaults import SANDBOXES

if TYPE_CHECKING:
    from cladogen.evaluators.check import CheckReport

EXIT_FAULTS = 3


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "check",
        help="measure a problem before anything is spent",
        description="Measure the seed program's score, noise, seconds and determinism, and try "
        "the scorer with rubbish; or compare everything that a run recorded with its checksums, "
        f"and tell what can be saved. Exits {EXIT_FAULTS} when something is wrong.",
    )
    parser.add_argument("problem", type=a_path, help="a problem folder, or a run to verify")
    parser.add_argument("--variant", default="", help="a variant of the problem")
    parser.add_argument("--sandbox", default="auto", choices=SANDBOXES)
    parser.add_argument(
        "--repeats",
        type=int,
        default=5,
        metavar="N",
        help="times a seed program is measured (default 5)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed that the scorer draws from (default 0)"
    )
    parser.add_argument(
        "--faults",
        type=int,
        default=8,
        metavar="N",
        help="faults planted in the seed, which the scorer should notice (default 8)",
    )
    add_arguments(parser.add_argument_group("model (keys come from the environment only)"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check the problem, or a run, and print what was found."""
    from cladogen.cli.until_done import until_done
    from cladogen.view.run_folders import is_run

    if is_run(args.problem):
        from cladogen.cli.run_check import check_run

        return check_run(args, args.problem, EXIT_FAULTS)

    report = until_done(_check(args))
    models = model_lines(args)
    if args.json:
        print(json.dumps(asdict(report) | {"faults": report.faults, "models": models}, indent=2))
    else:
        from cladogen.view.reports.check import check_lines

        for name, text in [*check_lines(report), *models]:
            print(f"{name:<10} {text}")
    return EXIT_FAULTS if report.faults else 0


async def _check(args: argparse.Namespace) -> CheckReport:
    from cladogen.cli.outlets import say
    from cladogen.cli.which_problem import problem_folder
    from cladogen.errors import ConfigError
    from cladogen.evaluators.check import check
    from cladogen.evaluators.evaluator import ProblemEvaluator
    from cladogen.problem import load
    from cladogen.sandboxes.choose import open_sandbox

    if args.repeats < 2:
        raise ConfigError(f"--repeats {args.repeats}: noise needs at least 2")
    problem = load(problem_folder(args.problem, say), args.variant).with_seed(args.seed)
    if problem.evaluator:
        raise ConfigError(
            f"{args.problem}: judges programs itself ([evaluator]); there is no scorer to check"
        )
    opened = open_sandbox(
        args.sandbox,
        problem.sandbox,
        folder=problem.folder,
        limits=problem.limits,
        build=problem.build,
        command=problem.entry,
    )
    async with opened as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            return await check(problem, evaluator, sandbox, args.repeats, args.faults)
        finally:
            await evaluator.close()

"""``evolve verify``: check a signed report, and measure its program again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, write_json
from cladogen.cli.run_options import add_sandbox
from cladogen.errors import ConfigError

if TYPE_CHECKING:
    from cladogen.problem import Problem
    from cladogen.program import Program

EXIT_DIFFERS = 3


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "verify",
        help="check a signed report, and measure its program again",
        description="Check the signature of a report of evolve sign, then measure the program "
        "again in a fresh sandbox and say what agrees. Exits "
        f"{EXIT_DIFFERS} when something does not.",
    )
    parser.add_argument("file", type=a_path, metavar="FILE", help="the signed report")
    parser.add_argument(
        "program", metavar="PROGRAM", help="as for evolve evaluate: a folder, a file, RUN@best ..."
    )
    parser.add_argument(
        "--problem", type=a_path, required=True, metavar="DIR", help="a problem or a run folder"
    )
    parser.add_argument(
        "--key", default="", metavar="HEX", help="the public key that must have signed"
    )
    add_sandbox(parser)
    parser.set_defaults(sandbox="auto", isolation="fork", runtime="")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    from cladogen.cli.evaluate import read
    from cladogen.cli.until_done import until_done
    from cladogen.formatting import named
    from cladogen.signing.comparison import compared
    from cladogen.signing.report import read_signed

    content = read_signed(args.file)
    report, key = content["report"], content["public_key"]
    if args.key and args.key.lower() != key:
        raise ConfigError(f"{args.file}: signed by {key}, not by {args.key}")
    wanted = argparse.Namespace(
        problem=args.problem, program=args.program, variant=report["problem"]["variant"],
        seed=report["seed"],
    )  # fmt: skip
    problem, program = read(wanted)
    checks = compared(report, problem, program, until_done(_measured(args, problem, program)))
    if args.json:
        write_json({"public_key": key, "certified": report["certified"], "checks": checks})
    else:
        print(
            named(
                "signature", f"good, by {key}{'' if args.key else ' (--key says whose it must be)'}"
            )
        )
        print(named("score", "certified" if report["certified"] else "reported, not certified"))
        for each in checks:
            print(named(each.name, f"{'agrees' if each.agrees else 'DIFFERS'}: {each.words}"))
    return 0 if all(each.agrees for each in checks) else EXIT_DIFFERS


async def _measured(
    args: argparse.Namespace, problem: Problem, program: Program
) -> dict[str, dict[str, float | None]]:
    """Return the objective of each case, measured now."""
    from cladogen.cli.evaluate import measure
    from cladogen.events import Silent
    from cladogen.session import open_evaluator
    from cladogen.settings import Settings
    from cladogen.signing.report import case_values

    settings = Settings(
        workers=1, sandbox=args.sandbox, isolation=args.isolation, runtime=args.runtime
    )
    async with open_evaluator(problem, settings, "verify", Silent()) as (evaluator, _):
        found = {"train": await measure(evaluator, program, "train", [])}
        if evaluator.heldout:
            found["heldout"] = await measure(evaluator, program, "heldout", [])
    return {split: case_values(problem, rows) for split, rows in found.items()}

"""``evolve check``: measure a problem before anything is spent on it."""

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
        description="Measure the seed's score, noise, seconds and determinism, and try the scorer "
        "with rubbish. "
        f"Exits {EXIT_FAULTS} when something is wrong with the problem.",
    )
    parser.add_argument("problem", type=a_path, help="a problem folder")
    parser.add_argument("--variant", default="", help="a variant of the problem")
    parser.add_argument("--sandbox", default="auto", choices=SANDBOXES)
    parser.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="times the seed is measured (default 5)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="what the scorer draws its cases from (default 0)"
    )
    add_arguments(parser.add_argument_group("model (keys come from the environment only)"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check the problem and print what was found."""
    from cladogen.cli.until_done import until_done

    report = until_done(_check(args))
    models = model_lines(args)
    if args.json:
        print(json.dumps(asdict(report) | {"faults": report.faults, "models": models}, indent=2))
    else:
        print("\n".join(f"{name:<10} {text}" for name, text in [*lines(report), *models]))
    return EXIT_FAULTS if report.faults else 0


async def _check(args: argparse.Namespace) -> CheckReport:
    from cladogen.errors import ConfigError
    from cladogen.evaluators.check import check
    from cladogen.evaluators.evaluator import ProblemEvaluator
    from cladogen.problem import load
    from cladogen.sandboxes.choose import open_sandbox

    if args.repeats < 2:
        raise ConfigError(f"--repeats {args.repeats}: noise needs at least 2")
    problem = load(args.problem, args.variant).with_seed(args.seed)
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
            return await check(problem, evaluator, sandbox, args.repeats)
        finally:
            await evaluator.close()


FEWEST_CASES = 5  # held out: fewer cannot show a gain at the level of the final choice, 0.05


def lines(report: CheckReport) -> list[tuple[str, str]]:
    """Return the report as (heading, text) lines."""
    heldout = f" and {report.heldout_cases} held-out" if report.heldout_cases else ", none held out"
    found = [
        (
            "problem",
            f"{report.problem}: {report.objective}; {report.training_cases} training "
            f"cases{heldout}",
        ),
        ("sandbox", f"{report.sandbox}: {report.strength}"),
        *([("network", report.network)] if report.network != "closed" else []),
        ("kernels", report.kernels),
    ]
    for seed in report.seeds:
        if seed.fitness is None:
            log = f"; it wrote: {seed.log}" if seed.log else ""
            found.append(("seed", f"FAILS: {seed.status}: {seed.feedback}{log}"))
            continue
        metrics = ", ".join(f"{name} {value:.6g}" for name, value in seed.metrics.items())
        judged = f"; held out: {seed.heldout:.6g}" if seed.heldout is not None else ""
        found += [
            ("seed", f"{metrics}{judged}"),
            (
                "time",
                f"{seed.seconds:.3g} s an evaluation, {seed.program_seconds:.3g} s of it in the "
                "program",
            ),
            (
                "noise",
                f"standard deviation {seed.noise:.3g} over {report.repeats} seeds"
                if seed.noise
                else "none",
            ),
        ]
        if not seed.deterministic:
            found.append(
                (
                    "warning",
                    "the same seed gave different outputs: the program is not deterministic",
                )
            )
    if 0 < report.heldout_cases < FEWEST_CASES:
        best = 0.5**report.heldout_cases
        few = (
            f"{report.heldout_cases} held-out cases show no improvement, however large (p = "
            f"{best:.2g} at best)"
        )
        found.append(("warning", f"{few}; hold out {FEWEST_CASES} or more"))
    accepted = [f"{label} ({value:.6g})" for label, value in report.accepted.items()]
    if accepted:
        found.append(("scorer", f"ACCEPTS RUBBISH: {', '.join(accepted)}"))
    for label, error in report.raised.items():
        found.append(("scorer", f"FAILS instead of raising Invalid on {label}: {error}"))
    if report.tried and not accepted and not report.raised:
        found.append(("scorer", f"refused all {report.tried} kinds of rubbish"))
    doubtful = [f"{label} ({value:.6g})" for label, value in report.doubtful.items()]
    if doubtful:
        found.append(("look at", f"the scorer accepts these; is that meant? {', '.join(doubtful)}"))
    return found

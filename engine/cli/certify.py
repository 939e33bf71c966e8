"""``evolve certify``: what a problem's scorer says of a solution from anywhere."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, a_problem, write_json
from cladogen.errors import ConfigError
from cladogen.problem.defaults import SANDBOXES

if TYPE_CHECKING:
    from cladogen.evaluators.certify import Certificate
    from cladogen.problem import Problem

EXIT_INVALID = 3


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "certify",
        help="score a solution from anywhere: JSON, a NumPy file, a Python literal",
        description="Hand a solution to a problem's scorer, in a process apart. The file is read "
        f"as data and never executed. Exits {EXIT_INVALID} when the solution is not valid.",
    )
    parser.add_argument(
        "problem",
        type=a_problem,
        metavar="PROBLEM",
        help="a problem folder, or the name of a shipped one",
    )
    parser.add_argument("file", type=a_path, metavar="FILE", help=".json, .npy, .npz, .txt or .py")
    parser.add_argument("--variant", default="", help="a variant of the problem")
    parser.add_argument("--case", default="", metavar="NAME", help="only this case")
    parser.add_argument(
        *("--entry", "--key"),
        dest="entry",
        default="",
        metavar="NAME",
        help="this entry of the file's table",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed that the scorer draws from (default 0)"
    )
    parser.add_argument("--sandbox", default="auto", choices=SANDBOXES)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    from cladogen.cli.outlets import say
    from cladogen.cli.until_done import until_done
    from cladogen.cli.which_problem import problem_folder
    from cladogen.problem import load
    from cladogen.problem.solution_file import read_solution

    solution = read_solution(args.file, args.entry)
    problem = load(problem_folder(args.problem, say), args.variant).with_seed(args.seed)
    if problem.evaluator or problem.reported:
        raise ConfigError(
            f"{args.problem}: has no scorer that reads outputs; nothing to certify by"
        )
    found = until_done(_certified(args, problem, solution))
    if args.json:
        write_json({"problem": problem.name, "variant": problem.variant, "cases": found})
    else:
        _print(found, problem, solution)
    return 0 if all(each.valid and not each.violated for each in found) else EXIT_INVALID


def _print(found: Sequence[Certificate], problem: Problem, solution: Any) -> None:
    """Print a block a case, and where none is valid what else the file may mean."""
    for each in found:
        print("\n".join(certificate_lines(each, problem)))
    if isinstance(solution, dict) and not any(each.valid for each in found):
        names = ", ".join(map(str, solution))
        print(f"the file holds a table; if the solution is one of {names}: --entry NAME")


async def _certified(
    args: argparse.Namespace, problem: Problem, solution: Any
) -> list[Certificate]:
    from cladogen.display.progress_bar import ProgressBar
    from cladogen.evaluators.certify import cases_of, certify
    from cladogen.evaluators.evaluator import ProblemEvaluator
    from cladogen.sandboxes.choose import open_sandbox

    async with open_sandbox(args.sandbox, folder=problem.folder, limits=problem.limits) as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            with ProgressBar("certify", "cases", quiet=args.json) as bar:
                bar.begin(len(cases_of(evaluator, args.case)))
                return await certify(problem, evaluator, solution, args.case, bar.step)
        finally:
            await evaluator.close()


def certificate_lines(found: Certificate, problem: Problem) -> list[str]:
    """Return a certificate in words."""
    from cladogen.formatting import named

    if not found.valid:
        return [named(found.case, f"NOT VALID: {found.feedback}")]
    name, unit = problem.objective.name, problem.objective.unit
    lines = [named(found.case, f"certified {name} {found.value!r}{unit and ' ' + unit}")]
    if found.slack is not None:
        lines.append(named("slack", f"{found.slack:.6g}, the smallest"))
    lines += [named("violated", text) for text in found.violated]
    lines += _other_metrics(found, name)
    if found.feedback:
        lines.append(named("feedback", found.feedback))
    if found.gain is not None:
        words = f"{_beside(found.gain)} {abs(found.gain):.3g}"
        lines.append(named("known", f"{problem.best_known!r}; this is {words}"))
    return lines


def _other_metrics(found: Certificate, objective: str) -> list[str]:
    from cladogen.formatting import named

    others = {k: v for k, v in found.metrics.items() if k not in (objective, "slack")}
    listed = ", ".join(f"{k} {v:.9g}" for k, v in others.items())
    return [named("metrics", listed)] if others else []


def _beside(gain: float) -> str:
    """Say how a value is to the one it is compared with."""
    if gain == 0:
        return "equal:"
    return "better by" if gain > 0 else "worse by"

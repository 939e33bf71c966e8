"""``evolve check``: measure a problem before anything is spent on it, or verify a run."""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, a_problem
from cladogen.cli.model_check import add_arguments, model_lines
from cladogen.problem.defaults import SANDBOXES

if TYPE_CHECKING:
    from cladogen.display.progress_bar import ProgressBar
    from cladogen.evaluators.check import CheckReport
    from cladogen.evaluators.evaluator import ProblemEvaluator
    from cladogen.problem import Problem

EXIT_FAULTS = 3


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "check",
        help="measure a problem before anything is spent",
        description="Measure the seed program's score, noise, seconds and determinism, and try "
        "the scorer with rubbish; or compare everything that a run recorded with its checksums, "
        f"and tell what can be saved. Exits {EXIT_FAULTS} when something is wrong, "
        "a call of --call included.",
    )
    parser.add_argument(
        "problem",
        type=a_problem,
        help="a problem folder, the name of a shipped one, or a run to verify",
    )
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
    parser.add_argument(
        "--solution",
        type=a_path,
        metavar="FILE",
        help="a solution with the best value known: tries whether the limits let it in",
    )
    parser.add_argument(
        "--entry", default="", metavar="NAME", help="this entry of the solution's table"
    )
    add_arguments(parser.add_argument_group("model (keys come from the environment only)"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Check the problem, or a run, and print what was found."""
    from cladogen.cli.outlets import say
    from cladogen.cli.until_done import until_done
    from cladogen.cli.which_problem import problem_folder
    from cladogen.errors import ConfigError
    from cladogen.problem import load
    from cladogen.view.run_folders import is_run

    if is_run(args.problem):
        from cladogen.cli.run_check import check_run

        return check_run(args, args.problem, EXIT_FAULTS)

    folder = problem_folder(args.problem, say)
    if load(folder, args.variant, seeds=False).tasks:
        if args.model:
            raise ConfigError(f"--model {args.model[0]}: the check of a task suite asks no model")
        return _check_tasks(args, folder)
    models = model_lines(args)  # first: what is wrong with them is said at once
    report = until_done(_check(args))
    said = [(line.name, line.text) for line in models]
    if args.json:
        print(json.dumps(asdict(report) | {"faults": report.faults, "models": said}, indent=2))
    else:
        from cladogen.view.reports.check import check_lines

        for name, text in [*check_lines(report), *said]:
            print(f"{name:<10} {text}")
    wrong = report.faults or any(line.failed for line in models)
    return EXIT_FAULTS if wrong else 0


async def _check(args: argparse.Namespace) -> CheckReport:
    from cladogen.cli.outlets import say
    from cladogen.cli.which_problem import problem_folder
    from cladogen.display.progress_bar import ProgressBar
    from cladogen.errors import ConfigError
    from cladogen.evaluators.check import calls_of_check, check
    from cladogen.evaluators.evaluator import ProblemEvaluator
    from cladogen.problem import load
    from cladogen.problem.solution_file import read_solution
    from cladogen.sandboxes.choose import open_sandbox

    if args.repeats < 2:
        raise ConfigError(f"--repeats {args.repeats}: noise needs at least 2")
    problem = load(problem_folder(args.problem, say), args.variant).with_seed(args.seed).need_seed()
    solution = None if args.solution is None else read_solution(args.solution, args.entry)
    if problem.evaluator:
        return await _check_world(args, problem)
    asks = bool(args.model) and args.call and problem.models is not None
    opened = open_sandbox(
        args.sandbox,
        replace(problem.sandbox, models=asks),
        folder=problem.folder,
        limits=problem.limits,
        build=problem.build,
        command=problem.entry,
    )
    async with opened as sandbox:
        evaluator = ProblemEvaluator(problem, sandbox)
        try:
            await evaluator.start()
            with ProgressBar("check", "calls", quiet=args.json) as bar:
                bar.begin(calls_of_check(problem, evaluator, args.repeats, args.faults))
                evaluator.hear(bar.step)
                async with _answering(args, problem, evaluator, bar) if asks else nullcontext():
                    return await check(
                        problem, evaluator, sandbox, args.repeats, args.faults, solution
                    )
        finally:
            await evaluator.close()


async def _check_world(args: argparse.Namespace, problem: Problem) -> CheckReport:
    """Check a problem whose own class judges programs."""
    from cladogen.evaluators.check import check_world
    from cladogen.opening import open_here
    from cladogen.settings import Settings

    settings = Settings(workers=1, sandbox=args.sandbox)
    async with open_here(problem, settings, "check", lambda text: None) as (evaluator, _):
        return await check_world(problem, evaluator, args.repeats)


@asynccontextmanager
async def _answering(
    args: argparse.Namespace, problem: Problem, evaluator: ProblemEvaluator, bar: ProgressBar
) -> AsyncIterator[None]:
    """Answer seed programs that ask models, and say at the end what they spent."""
    from cladogen.cli.asked_models import asking_settings, spent_words
    from cladogen.cli.progress import Notices
    from cladogen.session.asking import answering

    observer = Notices(bar)
    async with answering(problem, asking_settings(args), observer, evaluator) as asked:
        yield
        if asked.spend is not None:
            observer.notice(f"programs spent {spent_words(asked.spend)}")


def _check_tasks(args: argparse.Namespace, folder: Path) -> int:
    """Check a problem's tasks: their tests on untouched files, and on reference solutions."""
    from cladogen.cli.until_done import until_done
    from cladogen.evaluators.check_tasks import TasksReport, check_tasks, tasks_lines
    from cladogen.evaluators.tasks import TaskEvaluator
    from cladogen.opening import open_here
    from cladogen.problem import load
    from cladogen.settings import Settings

    async def checked() -> TasksReport:
        settings = Settings(workers=1, sandbox=args.sandbox)
        problem = load(folder, args.variant)
        async with open_here(problem, settings, "check", lambda text: None) as (evaluator, where):
            assert isinstance(evaluator, TaskEvaluator)
            return await check_tasks(evaluator, where)

    report = until_done(checked())
    if args.json:
        print(json.dumps(asdict(report) | {"faults": report.faults}, indent=2))
    else:
        for name, text in tasks_lines(report):
            print(f"{name:<10} {text}")
    return EXIT_FAULTS if report.faults else 0

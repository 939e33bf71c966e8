"""``evolve evaluate``: judge one program by hand, exactly as a search would: any folder, or a
commit.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.asked_models import add_arguments, settings_of, spent_json, spent_words
from cladogen.cli.choosing import a_problem, paint, warn, write_json
from cladogen.cli.run_options import add_sandbox
from cladogen.errors import ConfigError, ProblemError

if TYPE_CHECKING:
    from cladogen.evaluation import Evaluation
    from cladogen.evaluators.base import Evaluator
    from cladogen.ledger import Spend
    from cladogen.problem import Problem
    from cladogen.program import Program
    from cladogen.view.reports.judgement import Judgement

EXIT_INFRA = 2


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "evaluate",
        help="judge one program by hand",
        description="Run one program in the sandbox and score it. Exits 0 whatever the program "
        "does; 2 when it was the "
        "world that failed.",
    )
    parser.add_argument(
        "problem",
        type=a_problem,
        metavar="PROBLEM",
        help="a problem folder, the name of a shipped one, or a run folder",
    )
    parser.add_argument(
        "program",
        metavar="PROGRAM",
        help="a folder; a file in place of the seed's; seed; WHERE@NAME with a run folder and "
        "best, #12 or an id, "
        "or with a git repository and COMMIT or COMMIT:PATH; or only the name, when PROBLEM is a "
        "run",
    )
    parser.add_argument("--variant", help="a variant of the problem")
    parser.add_argument(
        "--split",
        choices=("train", "heldout", "all", "sealed"),
        default="train",
        help="cases (default: train)",
    )
    parser.add_argument(
        "--case",
        action="append",
        default=[],
        metavar="NAME",
        help="only this case; may be repeated",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed that the scorer draws from (default 0)"
    )
    add_sandbox(parser)
    add_arguments(parser.add_argument_group("models that the program may ask"))
    parser.set_defaults(sandbox="auto", isolation="fork", runtime="")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    from cladogen.cli.until_done import until_done
    from cladogen.evaluation import Status
    from cladogen.formatting import named
    from cladogen.view.reports.judgement import judgement_lines
    from cladogen.view.reports.plain import plain

    problem, program = read(args)
    report, spend = until_done(judge(args, problem, program))
    if args.json:
        write_json(report if spend is None else plain(report) | {"spent": spent_json(spend)})
    else:
        units = {metric.name: metric.unit for metric in problem.metrics}
        print("\n".join(judgement_lines(report, units, paint())))
        if spend is not None:
            print(named("spent", spent_words(spend)))
    return EXIT_INFRA if report.status == Status.INFRA else 0


def read(args: argparse.Namespace) -> tuple[Problem, Program]:
    """Return the problem and the program that the arguments name."""
    from cladogen.cli.outlets import say
    from cladogen.cli.which_problem import problem_folder
    from cladogen.problem import load
    from cladogen.view.run_reader import RunReader

    if not args.program:
        raise ConfigError(
            "PROGRAM is empty; is a variable of the shell unset? Give a folder, a file, seed or a "
            "commit"
        )
    if not (args.problem / "run.db").is_file():
        problem = load(problem_folder(args.problem, say), args.variant or "")
        return problem.with_seed(args.seed), named_program(args.program, problem)
    from cladogen.run_folder import problem_of

    with RunReader(args.problem, warn=warn) as reader:
        problem = problem_of(
            reader.folder, replace(reader.settings, variant=args.variant or reader.settings.variant)
        )
        if Path(args.program).exists() or "@" in args.program:
            program = named_program(args.program, problem)
        else:
            program = reader.program(reader.find(args.program))
        return problem, program


def named_program(name: str, problem: Problem) -> Program:
    """Return the program in a folder, in a file beside the rest of the seed, in a run, or in a
    commit.
    """
    from cladogen.problem.seed_repository import read_commit
    from cladogen.program import Program
    from cladogen.view.run_reader import RunReader

    path = Path(name)
    if path.is_dir():
        return Program.read(path)
    if path.is_file():
        return _with_file(problem, path)
    if name == "seed":
        return problem.need_seed().seeds[0]
    where, at, inside = name.rpartition("@")
    if not at:
        raise ProblemError(
            f"{name}: no such folder or file; give one, seed, RUN@best, or REPOSITORY@COMMIT"
        )
    if (Path(where) / "run.db").is_file():
        with RunReader(Path(where), warn=warn) as reader:
            return reader.program(reader.find(inside))
    commit, _, below = inside.partition(":")
    return read_commit(where, commit, below or ".")


def _with_file(problem: Problem, path: Path) -> Program:
    """Return the seed with the one file that may take this one's place."""
    seed = problem.begins_with[0]
    editable = list(filter(problem.may_change, seed.files))
    places = [each for each in editable if Path(each).name == path.name] or editable
    if len(places) != 1:
        raise ConfigError(
            f"{path}: could stand for any of {', '.join(places)}; give a folder with the whole "
            "program"
        )
    return seed.replace({places[0]: path.read_bytes()})


async def judge(
    args: argparse.Namespace, problem: Problem, program: Program
) -> tuple[Judgement, Spend | None]:
    """Evaluate the program; return what came of it, and what it spent where it may ask models."""
    from cladogen.cli.progress import Notices, follow
    from cladogen.display.progress_bar import ProgressBar
    from cladogen.session.asking import open_asking
    from cladogen.view.reports.judgement import judgement

    with ProgressBar("evaluate", "calls", quiet=args.json) as bar:
        opening = open_asking(problem, settings_of(args), "evaluate", Notices(bar))
        async with opening as (evaluator, where, asked):
            follow(bar, evaluator, _cases(evaluator, args.split, args.case))
            evaluations = await measure(evaluator, program, args.split, args.case)
            return judgement(problem, program, evaluations, evaluator, where), asked.spend


def _cases(evaluator: Evaluator, split: str, cases: Sequence[str]) -> Sequence[str]:
    """Return the cases that will be measured, as far as that is known before."""
    train = evaluator.train if split in ("train", "all") else ()
    heldout = evaluator.heldout if split in ("heldout", "all") else ()
    return cases or (*train, *heldout)


async def measure(
    evaluator: Evaluator, program: Program, split: str, cases: Sequence[str]
) -> tuple[Evaluation, ...]:
    """Evaluate on the cases asked for, else on those of a split."""
    from cladogen.evaluators.base import sealed_cases

    if cases:
        return await evaluator.evaluate(program, tuple(cases))
    if split == "heldout" and not evaluator.heldout:
        raise ProblemError("the scorer holds no cases out: there is no held-out split")
    if split == "sealed":
        sealed = sealed_cases(evaluator)
        if not sealed:
            raise ProblemError("no case is sealed: none of the scorer or tasks has split 'sealed'")
        return await evaluator.evaluate(program, sealed)
    found: tuple[Evaluation, ...] = ()
    if split in ("train", "all"):
        found = await _trained(evaluator, program)
    if split in ("heldout", "all") and evaluator.heldout:
        found += await evaluator.evaluate(program, evaluator.heldout)
    return found


async def _trained(evaluator: Evaluator, program: Program) -> tuple[Evaluation, ...]:
    """Evaluate on the training cases stage by stage, then on those that the stages left out."""
    from cladogen.evaluation import Status

    found = await evaluator.evaluate(program)
    measured = {row.case for row in found}
    rest = tuple(case for case in evaluator.train if case not in measured)
    if rest and all(row.status is Status.OK for row in found):
        found += await evaluator.evaluate(program, rest)
    return found

"""``evolve verify``: check a signed report, or open the sealed cases of a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, a_problem, write_json
from cladogen.cli.run_options import add_sandbox
from cladogen.errors import ConfigError
from cladogen.formatting import named, plural

if TYPE_CHECKING:
    from cladogen.problem import Problem
    from cladogen.program import Program
    from cladogen.record.store import Store
    from cladogen.signing.sealed import Opened
    from cladogen.view.run_reader import RunReader

EXIT_DIFFERS = 3


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "verify",
        help="check a signed report, or open the sealed cases of a run",
        description="Check the signature of a report of evolve sign, then measure the program "
        "again in a fresh sandbox and say what agrees. Exits "
        f"{EXIT_DIFFERS} when something does not. With --sealed, measure what a run ships on "
        "the problem's sealed cases: once, and read from the run ever after.",
    )
    parser.add_argument("file", type=a_path, metavar="FILE", help="the signed report, or the run")
    parser.add_argument(
        "program",
        nargs="?",
        default="",
        metavar="PROGRAM",
        help="what is measured again, as for evolve evaluate: a folder, a file, RUN@best ...; "
        "none: the signature alone is checked",
    )
    parser.add_argument(
        "--problem",
        type=a_problem,
        metavar="DIR",
        help="a problem or a run folder; default: that of RUN@..., or the shipped one of this name",
    )
    parser.add_argument(
        "--sealed",
        action="store_true",
        help="open the sealed cases of the run FILE, or say what came of it",
    )
    parser.add_argument(
        "--key", default="", metavar="HEX", help="the public key that must have signed"
    )
    add_sandbox(parser)
    parser.set_defaults(sandbox="auto", isolation="fork", runtime="")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.sealed:
        return _open_sealed(args)
    if args.file.is_dir():
        how = "evolve verify FILE [PROGRAM], or RUN --sealed"
        raise ConfigError(f"{args.file}: a folder, not a signed report; {how}")
    return _check_signed(args)


def _check_signed(args: argparse.Namespace) -> int:
    from cladogen.cli.evaluate import read
    from cladogen.cli.until_done import until_done
    from cladogen.signing.comparison import compared
    from cladogen.signing.report import read_signed

    content = read_signed(args.file)
    report, key = content["report"], content["public_key"]
    if args.key and args.key.lower() != key:
        raise ConfigError(f"{args.file}: signed by {key}, not by {args.key}")
    if not args.program:
        return _say_unmeasured(args, content)
    wanted = argparse.Namespace(
        problem=args.problem or _problem(args.program, report), program=args.program,
        variant=report["problem"]["variant"], seed=report["seed"],
    )  # fmt: skip
    problem, program = read(wanted)
    checks = compared(report, problem, program, until_done(_measured(args, problem, program)))
    if args.json:
        write_json({"public_key": key, "certified": report["certified"], "checks": checks})
    else:
        _say_signed(args, content)
        for each in checks:
            print(named(each.name, f"{'agrees' if each.agrees else 'DIFFERS'}: {each.words}"))
    return 0 if all(each.agrees for each in checks) else EXIT_DIFFERS


def _say_signed(args: argparse.Namespace, content: dict[str, Any]) -> None:
    """Print whose signature is good, and of what kind the score is."""
    whose = "" if args.key else " (--key says whose it must be)"
    print(named("signature", f"good, by {content['public_key']}{whose}"))
    certified = content["report"]["certified"]
    print(named("score", "certified" if certified else "reported, not certified"))


def _say_unmeasured(args: argparse.Namespace, content: dict[str, Any]) -> int:
    """Print what a report claims, where no program is given to measure."""
    report = content["report"]
    if args.json:
        write_json({"public_key": content["public_key"], "certified": report["certified"],
                    "checks": [], "report": report})  # fmt: skip
        return 0
    _say_signed(args, content)
    variant = f", variant {report['problem']['variant']}" if report["problem"]["variant"] else ""
    print(named("problem", f"{report['problem']['name']}{variant}"))
    print(named("program", f"tree {report['program']['tree']}"))
    for split, values in report["results"].items():
        known = [value for value in values.values() if value is not None]
        if known:
            mean = f"{report['objective']['name']} {sum(known) / len(known):.9g}"
            print(named(split, f"{mean}, the mean over {plural(len(known), 'case')}"))
    print(named("measured", "nothing: give the PROGRAM, and it is measured again"))
    return 0


def _problem(program: str, report: dict[str, Any]) -> Path:
    """Return the problem to measure on where none is named: that of the run that a program is of,
    else the shipped one of the report's name, whose hash is compared like any other.
    """
    from cladogen.problem import shipped

    folder, at, _ = program.partition("@")
    if at and (Path(folder) / "run.db").is_file():
        return Path(folder)
    name = str(report["problem"]["name"])
    if name not in shipped.names():
        raise ConfigError(f"{name} is no shipped problem: name its folder with --problem DIR")
    return shipped.SHIPPED / name


async def _measured(
    args: argparse.Namespace, problem: Problem, program: Program
) -> dict[str, dict[str, float | None]]:
    """Return the objective of each case, measured now."""
    from cladogen.cli.evaluate import measure
    from cladogen.events import Silent
    from cladogen.session.evaluator import open_evaluator
    from cladogen.settings import Settings
    from cladogen.signing.report import case_values
    from cladogen.signing.sealed import check_whole

    settings = Settings(
        workers=1, sandbox=args.sandbox, isolation=args.isolation, runtime=args.runtime
    )
    async with open_evaluator(problem, settings, "verify", Silent()) as (evaluator, _):
        found = {"train": await measure(evaluator, program, "train", [])}
        if evaluator.heldout:
            found["heldout"] = await measure(evaluator, program, "heldout", [])
    for rows in found.values():
        check_whole(rows, "nothing is said of the report")
    return {split: case_values(problem, rows) for split, rows in found.items()}


def _open_sealed(args: argparse.Namespace) -> int:
    """Measure what a run ships on its sealed cases, unless that was done, and print it."""
    from dataclasses import asdict

    from cladogen.cli.choosing import warn
    from cladogen.cli.until_done import until_done
    from cladogen.record.store import Store
    from cladogen.signing.sealed import opened, spent_on_another
    from cladogen.view.run_reader import RunReader

    if args.program or args.problem is not None or args.key:
        raise ConfigError("--sealed takes a run and nothing else: evolve verify RUN --sealed")
    if not (args.file / "run.db").is_file():
        raise ConfigError(f"{args.file}: no run folder; --sealed opens the sealed cases of a run")
    with RunReader(args.file, warn=warn) as reader:
        found = opened(reader.store)
        ships = reader.ships
        if found is None:
            store = Store.open(args.file, write=True)
            try:
                found = until_done(_measure_sealed(args, reader, store))
            finally:
                store.close()
        if args.json:
            write_json({**asdict(found), "ships": ships})
            return 0
        for name, text in _sealed_lines(found, reader):
            print(named(name, text))
        if spent := spent_on_another(found, ships):
            print(named("but", spent))
    return 0


async def _measure_sealed(args: argparse.Namespace, reader: RunReader, store: Store) -> Opened:
    from dataclasses import replace

    from cladogen.errors import RunError
    from cladogen.events import Silent
    from cladogen.run_folder import problem_of
    from cladogen.session.evaluator import open_evaluator
    from cladogen.signing.sealed import open_sealed

    number = reader.ships
    if number is None:
        raise RunError(f"{reader.folder}: nothing ships yet; let the run end: evolve run --resume")
    settings = replace(
        reader.settings,
        workers=1,
        machines="",
        sandbox=args.sandbox if args.sandbox != "auto" else reader.settings.sandbox,
    )
    problem, program = problem_of(reader.folder, settings), reader.program(number)
    async with open_evaluator(problem, settings, "sealed", Silent()) as (evaluator, _):
        return await open_sealed(store, problem, evaluator, number, program)


def _sealed_lines(found: Opened, reader: RunReader) -> list[tuple[str, str]]:
    """Say what came of opening the sealed cases, and what the held-out ones had said."""
    import time

    from cladogen.formatting import plural

    objective = reader.problem.objective
    opened = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.at))
    program = "fails" if found.mean is None else f"{found.mean:.9g}"
    seed = "fails" if found.seed_mean is None else f"{found.seed_mean:.9g}"
    lines = [
        ("opened", f"{opened}, for #{found.program}; the cases are not measured again"),
        ("sealed", f"{objective.name} {program} on {plural(found.cases, 'case')}; the seed {seed}"),
    ]
    if found.failed:
        return [*lines, ("failed", found.failed)]
    heldout = reader.heldout(found.program)
    if heldout is not None and heldout.fitness is not None:
        before = objective.sign * heldout.fitness
        lines.append(("held-out", f"{objective.name} {before:.9g}, by which it was chosen"))
    tested = f"better on {found.better}, worse on {found.worse} ({found.test}, p = {found.p:.2g})"
    return [*lines, ("matched", tested)]

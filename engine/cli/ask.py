"""``evolve ask``: take a task of a run, with its full prompt, to answer it oneself or by an agent
of one's own.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cladogen.cli.choosing import a_problem, write_json
from cladogen.cli.outlets import say
from cladogen.view.run_folders import is_run, latest_run


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "ask",
        help="take a task of a run, with its full prompt",
        description="Take the next task of a run and print its prompt. The task is yours until "
        "you hand in a reply "
        "with `evolve tell`, or give it back with `evolve tell --drop`; nobody else gets it.",
    )
    where = (
        "a run folder, or a problem folder to begin a run of (default: the run written to "
        "last under ./runs)"
    )
    parser.add_argument("run", nargs="?", type=a_problem, metavar="RUN", help=where)
    parser.add_argument(
        "--as", dest="asker", default="somebody", metavar="NAME", help="who asks, for the record"
    )
    parser.add_argument(
        "--wait", type=float, default=60.0, metavar="S", help="how long to wait for other askers"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from cladogen.by_hand.desk import Desk
    from cladogen.cli.until_done import until_done

    folder = run_folder(args.run)
    task = until_done(Desk(folder, wait_s=args.wait).ask(args.asker))
    if args.json:
        write_json({"run": str(folder), "task": task.ticket, **asdict(task)})
        return 0
    parents = ", ".join(f"#{parent}" for parent in task.parents)
    what = f"{task.operator} on {parents}" if parents else "the first program"
    print(f"task {task.ticket} of {folder}: {what}\n")
    print(task.prompt)
    print(f"\nhand in: evolve tell {folder} {task.ticket} < reply")
    return 0


def run_folder(path: Path | None) -> Path:
    """Return the run folder; for a problem folder its newest run, begun when there is none."""
    if path is None:
        return latest_run()
    from cladogen.cli.which_problem import problem_folder
    from cladogen.cli.which_run import named, which_run

    problem, run = named(problem_folder(path, say))
    if problem is None or not (problem / "problem.toml").exists():
        return run or path
    from cladogen.problem import load
    from cladogen.run_folder import create_run
    from cladogen.settings import Settings

    defaults = load(problem, seeds=False).defaults
    settings = Settings().over(defaults, str(problem / "problem.toml [defaults]")).bounded()
    which = which_run(problem, settings)
    if not is_run(which.folder):
        create_run(which.folder, problem, settings).close()
    if which.note:
        say(which.note)
    return which.folder

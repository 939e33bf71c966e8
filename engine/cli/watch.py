"""``evolve watch``: follow a run that another terminal searches, a line for each result."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import add_words, open_run, write_json
from cladogen.cli.outlets import lookout

if TYPE_CHECKING:
    from cladogen.cli.outlets import Lookout
    from cladogen.view.followed import Came, FollowedRun

LOOK_S = 0.5
LATEST = 10  # results that are shown at first


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "watch",
        help="follow a run that goes on, a line for each result",
        description="Print what came of each task of a run while another process searches, and how "
        "it stands whenever it got better; ends with the search. Ctrl-C ends watching only.",
    )
    add_words(parser)


def run(args: argparse.Namespace) -> int:
    from cladogen.view.followed import FollowedRun

    reader, _ = open_run(args.words, most=0)
    with reader:
        folder = reader.folder
    with closing(FollowedRun(folder)) as followed, lookout() as watch:
        _follow(followed, watch, json=args.json)
        _standing(followed, json=args.json)
    return 0


def _follow(followed: FollowedRun, watch: Lookout, *, json: bool) -> None:
    """Print what comes of the run's tasks until its search ends."""
    followed.refresh()
    shown = max(0, len(followed.came) - LATEST)
    while True:
        for row in followed.came[shown:]:
            _print(followed, row, json=json)
        shown = len(followed.came)
        if not followed.reader.running:
            return
        watch.look(LOOK_S)
        followed.refresh()


def _print(run: FollowedRun, row: Came, *, json: bool) -> None:
    from cladogen.formatting import amount, in_columns, one_line
    from cladogen.view.reports.plain import plain

    if json:
        write_json(plain(row))
        return
    metric = run.reader.problem.objective
    fitness = run.reader.fitness(row.program)
    value = "" if fitness is None or row.word == "duplicate" else amount(metric, fitness, 7)
    program = "" if row.program is None else f"#{row.program}"
    columns = ((f"task {row.ticket}", 10), (row.operator, 12), (row.word, 12), (program, 7))
    last = f"{'best ' if row.better else ''}{one_line(row.reason or row.summary, 80)}"
    print(in_columns(*columns, (value, 16), last=last), flush=True)


def _standing(run: FollowedRun, *, json: bool) -> None:
    from cladogen.view.reports.run import run_report, standing_lines

    if json:
        return
    report = run_report(run.reader)
    print("\n".join(standing_lines(report, run.reader.problem.objective)))

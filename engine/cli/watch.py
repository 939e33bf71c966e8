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
    return 0


def _follow(run: FollowedRun, watch: Lookout, *, json: bool) -> None:
    """Print what comes until the search is over, how it stood at first and stands at last."""
    from cladogen.record.steering import given

    run.refresh()
    at_first, asked = len(run.came), len(given(run.reader.store))
    if not json and run.reader.running:
        print(f"watching  {run.folder}: {at_first} results so far; Ctrl-C ends watching only")
        _standing(run)
    shown = max(0, at_first - LATEST)
    while True:
        _print_new(run, shown, at_first, json=json)
        shown = len(run.came)
        if not json:
            asked = _print_steered(run, asked)
        if not run.reader.running:
            break
        watch.look(LOOK_S)
        run.refresh()
    if not json:
        print(f"ended     {run.reader.end_words or run.reader.ending}")
        _standing(run)


def _print_new(run: FollowedRun, shown: int, at_first: int, *, json: bool) -> None:
    """Print the results behind the first ``shown``, and what each that came while watching and is
    better than all before made of the search.
    """
    for at, row in enumerate(run.came[shown:], shown):
        _print(run, row, json=json)
        if row.better and at >= at_first and not json:
            _standing(run, 1)


def _print_steered(run: FollowedRun, asked: int) -> int:
    """Print what was asked of the run since the first ``asked``; return how many there are now."""
    from cladogen.record.steering import given

    known = given(run.reader.store)
    for steer in known[asked:]:
        print(f"notice    steered: {steer.steer}", flush=True)
    return len(known)


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


def _standing(run: FollowedRun, most: int | None = None) -> None:
    from cladogen.view.reports.run import run_report, standing_lines

    report = run_report(run.reader)
    lines = standing_lines(report, run.reader.problem.objective)
    print("\n".join(lines[:most]), flush=True)

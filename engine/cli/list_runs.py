"""``evolve list``: the runs in a folder, or every proposal of one run with what came of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import RUNS, a_path, print_table, warn, write_json
from cladogen.errors import CladogenError, ConfigError

if TYPE_CHECKING:
    from cladogen.view.reports.run import RunReport
    from cladogen.view.reports.task import ResultReport
    from cladogen.view.result_row import ResultRow
    from cladogen.view.run_reader import RunReader

OUTCOMES = ("accepted", "measured", "refused", "duplicate", "no_reply", "infra", "abandoned")
FAILURES = ("invalid", "crash", "timeout", "out_of_memory")
HEADINGS = ("run", "problem", "status", "best", "gain", "programs", "spend", "age")
SHOWN = 60  # proposals, unless more are asked for: a screen or two
OF_PROPOSALS = ("task", "operator", "outcome", "program", "cost", "what came of it")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "list",
        help="the runs here, or the proposals of one",
        description="List the runs in FOLDER (default: ./runs), the one written to last first; or "
        "a run's proposals.",
    )
    parser.add_argument(
        "folder", nargs="?", type=a_path, metavar="FOLDER", help=f"a folder of runs, or {RUNS}"
    )
    parser.add_argument(
        "--proposals", action="store_true", help="every proposal of a run, also those that failed"
    )
    parser.add_argument(
        "--outcome", choices=(*OUTCOMES, *FAILURES), help="only proposals that ended so"
    )
    parser.add_argument(
        "--failed", action="store_true", help="only tasks that made no scored program"
    )
    parser.add_argument(
        "--search",
        metavar="TEXT",
        help="only proposals whose operator, model, summary or reason holds TEXT",
    )
    parser.add_argument(
        "--max",
        type=int,
        metavar="N",
        help=f"only the N latest (default: all; {SHOWN} proposals, but all with --json; 0: all)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    if args.proposals or args.outcome or args.failed or args.search is not None:
        return list_proposals(args)
    return list_runs(args)


# -- runs


@dataclass(frozen=True, slots=True)
class UnreadableRun:
    """A run that cannot be read, and why."""

    run: str
    error: str
    status: str = "unreadable"
    problem: str = ""


def list_runs(args: argparse.Namespace) -> int:
    from cladogen.view.run_folders import find_runs

    folder = args.folder or Path("runs")
    if args.folder is not None and not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder")
    rows = list(map(_read, find_runs(folder)[: args.max or None]))
    if args.json:
        write_json(rows, args.output)
    elif rows:
        print_table([HEADINGS, *map(_cells, rows)], args.output)
    else:
        print(f"no runs in {folder}; start one with: evolve run PROBLEM", file=args.output)
    return 0


def _read(path: Path) -> RunReport | UnreadableRun:
    from cladogen.view.reports.run import run_report
    from cladogen.view.run_reader import RunReader

    try:
        with RunReader(path, warn=lambda text: warn(f"{path}: {text}")) as reader:
            return run_report(reader)
    except CladogenError as error:
        return UnreadableRun(str(path), str(error))


def _cells(row: RunReport | UnreadableRun) -> tuple[str, ...]:
    from cladogen.formatting import number, one_line

    if isinstance(row, UnreadableRun):
        return (row.run, "-", row.status, "-", "-", "-", "-", one_line(row.error, 80))
    best = "-" if row.best_value is None else f"{number(row.best_value, 6)} {row.unit}".rstrip()
    gain = "-" if row.gain is None else f"{row.gain:+.4g}"
    name = f"{row.problem} ({row.variant})" if row.variant else row.problem
    status = row.status if row.status in ("running", "stopped") else f"ended: {row.status}"
    age = _age(row.started)
    return (row.run, name, status, best, gain, str(row.programs), _spend(row), age)


def _spend(row: RunReport) -> str:
    from cladogen.view.reports.run import money_words

    return money_words(row.usd, row.unpriced_calls)


def _age(started: float | None) -> str:
    import time

    from cladogen.formatting import duration

    return duration(max(0.0, time.time() - started)) if started else "-"


# -- proposals


def list_proposals(args: argparse.Namespace) -> int:
    from cladogen.view.run_folders import latest_run
    from cladogen.view.run_reader import RunReader

    with RunReader(args.folder or latest_run(), warn=warn) as reader:
        shown = 0 if args.json else SHOWN
        most = (shown if args.max is None else args.max) or None
        newest = _proposals(reader, args, whole=most is None)
        latest = list(islice(newest, most))[::-1]
        if args.json:
            write_json([_as_json(row, came) for row, came in latest], args.output)
            return 0
        cells = [_proposal_cells(row, came) for row, came in latest]
        print_table([OF_PROPOSALS, *cells], args.output)
        if args.max is None and next(newest, None) is not None:
            print("(older ones are not shown: --max 0 lists them all)", file=args.output)
    return 0


def _proposals(
    reader: RunReader, args: argparse.Namespace, *, whole: bool
) -> Iterator[tuple[ResultRow, ResultReport]]:
    """Yield what was asked for, the newest first; ``whole``: all of it will be."""
    from cladogen.view.reports.task import result_report

    if whole or args.failed or args.outcome is not None:
        _ = reader.outcomes  # at once: they are asked for one by one
    text = (args.search or "").lower()
    for row in reader.results(newest_first=True):
        if text in _said(row):
            came = result_report(reader, row)
            if wanted(came, args):
                yield row, came


def wanted(came: ResultReport, args: argparse.Namespace) -> bool:
    """Tell whether a proposal was asked for."""
    if args.outcome is not None and args.outcome not in (came.word, came.status):
        return False
    return not args.failed or bool(came.reason)


def _said(row: ResultRow) -> str:
    """Return the words of a proposal in which a person searches."""
    made = row.proposal
    words = (row.operator, row.reason, *(() if made is None else (made.model, made.summary)))
    return " ".join(words).lower()


def _as_json(row: ResultRow, came: ResultReport) -> dict[str, Any]:
    facts = {"ticket": row.ticket, "at": row.at, "outcome": came.outcome, "status": came.status}
    facts |= {"round": came.round, "program": came.program, "standing": came.standing}
    made = row.proposal
    names = ("operator", "model", "parents", "summary", "code", "cost", "seconds", "trials")
    facts |= {name: None if made is None else getattr(made, name) for name in names}
    return facts | {"reason": came.reason}


def _proposal_cells(row: ResultRow, came: ResultReport) -> tuple[str, ...]:
    from cladogen.formatting import one_line

    task = f"{row.ticket}.{row.round}" if row.round else str(row.ticket)
    program = "-" if row.program is None else f"#{row.program}"
    summary = row.proposal.summary if row.proposal is not None else ""
    said = one_line(row.reason or summary or came.standing, 90)
    return (task, one_line(row.operator, 14), came.word, program, _cost(row), said)


def _cost(row: ResultRow) -> str:
    from cladogen.view.reports.proposal_text import dollars

    cost = row.proposal.cost if row.proposal is not None else None
    return "-" if cost is None or not cost.calls else dollars(cost.usd)

"""``evolve list``: the runs in a folder, or every proposal of one run with what came of it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import RUNS, a_path, latest_run, print_table, write_json
from cladogen.errors import CladogenError, ConfigError

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader

OUTCOMES = ("accepted", "measured", "refused", "duplicate", "no_reply", "infra", "abandoned")
HEADINGS = ("run", "problem", "status", "best", "gain", "programs", "spend", "age")


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
    parser.add_argument("--outcome", choices=OUTCOMES, help="only proposals that ended so")
    parser.add_argument(
        "--failed", action="store_true", help="only proposals that made no scored program"
    )
    parser.add_argument("--max", type=int, default=0, metavar="N", help="only the N latest")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    if args.proposals or args.outcome or args.failed:
        return list_proposals(args)
    from cladogen.view.run_reader import RunReader, find_runs

    folder = args.folder or Path("runs")
    if args.folder is not None and not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder")
    rows = []
    for path in find_runs(folder)[: args.max or None]:
        try:
            with RunReader(path) as past:
                rows.append(describe(past))
        except CladogenError as error:
            rows.append(
                {"run": str(path), "status": "unreadable", "problem": "", "error": str(error)}
            )
    if args.json:
        write_json(rows)
    elif rows:
        print_table([HEADINGS, *(_cells(row) for row in rows)])
    else:
        print(f"no runs in {folder}; start one with: evolve run PROBLEM")
    return 0


def describe(past: RunReader) -> dict[str, Any]:
    """Return a run in a row."""
    metric = past.problem.objective
    best = None if past.best is None else past.entries[past.best].score.fitness
    seed = past.entries[0].score.fitness if past.entries else None
    usd, unpriced = money(past)
    return {
        "run": str(past.folder),
        "problem": past.problem.name,
        "variant": past.settings.variant,
        "status": past.ending,
        "objective": metric.name,
        "direction": metric.direction,
        "unit": metric.unit,
        "best": past.best,
        "best_value": None if best is None else metric.sign * best,
        "seed_value": None if seed is None else metric.sign * seed,
        "gain": None if best is None or seed is None else best - seed,
        "noise": past.noise,
        "programs": len(past.entries),
        "usd": usd,
        "unpriced_calls": unpriced,
        "seconds": past.store.seconds(),
        "started": past.meta.get("started"),
    }


def money(past: RunReader) -> tuple[float, int]:
    """Return the dollars a run is known to have spent, and how many calls have no price."""
    from cladogen.record.model_calls import StoredCalls

    costs = [call.cost.usd for call in StoredCalls(past.store).all() if call.reply is not None]
    if not costs:
        found = past.store.database.execute(
            "SELECT json_extract(body, '$.cost.usd') FROM proposals WHERE json_extract(body, "
            "'$.cost.calls') > 0"
        )
        costs = [usd for (usd,) in found]
    run_usd = past.store.database.execute("SELECT TOTAL(cost_usd) FROM evaluations").fetchone()[0]
    return sum(usd for usd in costs if usd is not None) + run_usd, sum(usd is None for usd in costs)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    from cladogen.display.words import duration, number, one_line

    if row["status"] == "unreadable":
        return (row["run"], "-", "unreadable", "-", "-", "-", "-", one_line(row["error"], 80))
    unit = f" {row['unit']}" if row["unit"] else ""
    best = "-" if row["best_value"] is None else f"{number(row['best_value'], 6)}{unit}"
    gain = "-" if row["gain"] is None else f"{row['gain']:+.4g}"
    unpriced = f" +{row['unpriced_calls']} unpriced" if row["unpriced_calls"] else ""
    name = row["problem"] + (f" ({row['variant']})" if row["variant"] else "")
    age = duration(max(0.0, time.time() - row["started"])) if row["started"] else "-"
    status = row["status"] if row["status"] in ("running", "stopped") else f"ended: {row['status']}"
    return (
        row["run"],
        name,
        status,
        best,
        gain,
        str(row["programs"]),
        f"${row['usd']:.2f}{unpriced}",
        age,
    )


# -- proposals


def list_proposals(args: argparse.Namespace) -> int:
    from cladogen.view.run_reader import RunReader

    with RunReader(args.folder or latest_run()) as past:
        rows = [row for row in past.attempts() if wanted(row, args)][-args.max if args.max else 0 :]
        if args.json:
            write_json([_as_json(row) for row in rows])
            return 0
        headings = ("ticket", "operator", "outcome", "program", "cost", "what came of it")
        print_table([headings, *(_proposal_cells(row) for row in rows)])
    return 0


def wanted(row: dict[str, Any], args: argparse.Namespace) -> bool:
    """Tell whether a proposal was asked for."""
    if args.outcome is not None and row["outcome"] != args.outcome:
        return False
    return not args.failed or bool(row["reason"])


def _as_json(row: dict[str, Any]) -> dict[str, Any]:
    body = row["body"]
    kept = (
        "ticket",
        "round",
        "at",
        "outcome",
        "program",
        "standing",
        "reason",
        "operator",
        "model",
    )
    more = ("parents", "summary", "code", "cost", "seconds", "trials")
    return {name: row[name] for name in kept} | {name: body.get(name) for name in more}


def _proposal_cells(row: dict[str, Any]) -> tuple[str, ...]:
    from cladogen.display.words import one_line

    body = row["body"]
    cost = body.get("cost", {})
    usd = (
        "-"
        if not cost.get("calls")
        else "unpriced"
        if cost["usd"] is None
        else f"${cost['usd']:.4f}"
    )
    ticket = f"ticket:{row['ticket']}" + (f".{row['round']}" if row["round"] else "")
    program = "-" if row["program"] is None else f"#{row['program']}"
    operator = row["operator"] or ("measure" if row["outcome"] == "measured" else "seed")
    said = row["reason"] or body.get("summary") or row["standing"]
    return (ticket, one_line(operator, 14), row["outcome"], program, usd, one_line(said, 90))

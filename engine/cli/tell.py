"""``evolve tell``: hand in the reply to a task that ``evolve ask`` gave."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cladogen.cli.choosing import a_path, write_json
from cladogen.errors import ConfigError
from cladogen.view.run_folders import latest_run

STILL_OPEN = 3


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "tell",
        help="hand in the reply to a task",
        description="Read a reply (a diff, SEARCH/REPLACE blocks or whole files, with any words "
        "around them) from standard input, apply it, evaluate the child and print what came of it. "
        "Exit code 3: the reply could not be applied, or its program failed; then the prompt of a "
        "repair is printed, and the task is still yours, twice at most.",
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="[RUN] TASK",
        help="a run folder, and the number that ask printed",
    )
    parser.add_argument("--reply", type=a_path, metavar="FILE", help="read the reply from a file")
    parser.add_argument("--drop", action="store_true", help="give the task back instead")
    parser.add_argument(
        "--wait", type=float, default=60.0, metavar="S", help="how long to wait for other askers"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from cladogen.by_hand.desk import Desk
    from cladogen.cli.until_done import until_done

    folder, ticket = _where(args.words)
    desk = Desk(folder, wait_s=args.wait)
    if args.drop:
        until_done(desk.drop(ticket))
        write_json({"task": ticket, "outcome": "abandoned"}) if args.json else print(
            f"task {ticket} is given back"
        )
        return 0
    data = args.reply.read_bytes() if args.reply is not None else sys.stdin.buffer.read()
    receipt = until_done(desk.tell(ticket, data.decode("utf-8", "replace")))
    if args.json:
        write_json({"run": str(folder), "task": ticket, **asdict(receipt)})
    else:
        print("\n".join(_lines(folder, receipt)))
    return STILL_OPEN if receipt.open or receipt.outcome == "refused" else 0


def _where(words: list[str]) -> tuple[Path, int]:
    if len(words) > 2:
        raise ConfigError(f"{words[2]!r}: one word too many; write evolve tell RUN TASK")
    number = words[-1].removeprefix("ticket:")
    if not number.isdecimal():
        raise ConfigError(f"{words[-1]!r} is no task; write the number that evolve ask printed")
    return Path(words[0]) if len(words) == 2 else latest_run(), int(number)


def _lines(folder: Path, receipt: Any) -> list[str]:
    from cladogen.formatting import one_line

    made = f" as #{receipt.program}" if receipt.program is not None else ""
    came = receipt.outcome if receipt.status in ("", "ok") else receipt.status
    best = ", the best so far" if receipt.best else ""
    lines = [f"task {receipt.ticket}: {came}{made}{best}"]
    if receipt.metric:
        lines.append(receipt.metric)
    if receipt.reason:
        lines.append(one_line(receipt.reason, 500))
    if receipt.open:
        hand_in = f"evolve tell {folder} {receipt.ticket}"
        which = "better-reply" if receipt.prompt else "the-same-reply"
        lines.append(f"the task is still yours: {hand_in} < {which}, or {hand_in} --drop")
        lines += [f"\n{receipt.prompt}"] if receipt.prompt else []
    return lines

"""``evolve approve``: say of children that wait for a person whether they may be run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import add_words, open_run, write_json
from cladogen.errors import ConfigError, RunInUseError

if TYPE_CHECKING:
    from cladogen.record.approvals import Waiting
    from cladogen.view.run_reader import RunReader

LONGEST_LIST = 1000


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "approve",
        help="let children that wait for a person be run, or refuse them",
        description="Say of children that wait for a person (evolve run --approve all, or flagged) "
        "whether they may be run; of all that wait, where no TASK is named. What is said is "
        "recorded, and the search goes on by itself. evolve show RUN task:N shows a patch first.",
    )
    add_words(parser, "[TASK ...]")
    parser.add_argument("--list", action="store_true", help="only say which wait, and why")
    parser.add_argument(
        "--refuse",
        nargs="?",
        const="",
        metavar="WHY",
        help="they must not be run; WHY is recorded, and shown to proposers",
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.record.approvals import chosen

    reader, words = open_run(args.words, most=LONGEST_LIST)
    with reader:
        folder, rows = reader.folder, chosen(reader.store, list(map(_ticket, words)))
        by_hand = {each.task.ticket for each in reader.store.open_tasks() if each.asker}
        answered = [row for row in rows if row.ticket in by_hand]
        if not args.list:
            _check_free(reader, answered)
    said: list[str] = []
    if not args.list:
        said += [_say(folder, row, args.refuse) for row in rows]
        said += [_settled(folder, row.ticket) for row in answered]
    _print(args, folder, rows, said)
    return 0


def _ticket(word: str) -> int:
    number = word.removeprefix("task:").removeprefix("ticket:")
    if not number.isdecimal():
        raise ConfigError(f"{word!r} is no task; evolve approve --list says which children wait")
    return int(number)


def _check_free(reader: RunReader, by_hand: Sequence[Waiting]) -> None:
    """Raise RunInUseError while a search holds a run in which a task taken by hand would go on."""
    if by_hand and reader.running:
        raise RunInUseError(
            f"{reader.folder}: task {by_hand[0].ticket} was taken by hand, and goes on here once "
            "the search has ended; name the others, or wait"
        )


def _say(folder: Path, row: Waiting, refused: str | None) -> str:
    from cladogen.record.steering import Steer, give

    do, text = ("approve", "") if refused is None else ("refuse", " ".join(refused.split()))
    steer = Steer(do, text=text, ticket=row.ticket, round=row.round)
    give(folder, steer)
    return str(steer)


def _settled(folder: Path, ticket: int) -> str:
    """Go on with a task that somebody took by hand, and say what came of it."""
    from cladogen.by_hand.desk import Desk
    from cladogen.cli.until_done import until_done

    receipt = until_done(Desk(folder).settle(ticket))
    made = f" as #{receipt.program}" if receipt.program is not None else ""
    return f"task {ticket}: {receipt.outcome}{made}"


def _print(
    args: argparse.Namespace, folder: Path, rows: Sequence[Waiting], said: Sequence[str]
) -> None:
    from cladogen.formatting import one_line

    if args.json:
        write_json({"run": str(folder), "waiting": list(map(asdict, rows)), "said": said})
        return
    if not rows:
        print(f"{folder}: no child waits for a person")
    for row in rows if args.list else ():
        print(one_line(str(row)))
        for look in row.look_at:
            print(f"  look at {one_line(look)}")
    for line in said:
        print(f"{folder}: {line}")

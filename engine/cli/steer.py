"""``evolve steer``: add a wish that every later prompt of a run shows, also while it goes on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cladogen.cli.choosing import write_json
from cladogen.errors import ConfigError, RunError
from cladogen.view.run_folders import is_run, latest_run


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "steer",
        help="add a wish that every later prompt of a run shows",
        description="Add a wish, in a sentence, that every later prompt of a run shows; the run "
        "may go on meanwhile. Proposers without a model do not read it.",
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="[RUN] WISH",
        help="a run folder (default: the run written to last under ./runs), and the wish in quotes",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from cladogen.desk import Desk

    folder, wish = _read(args.words)
    Desk(folder).steer(wish)
    if args.json:
        write_json({"run": str(folder), "wish": wish})
    else:
        print(f"{folder}: every later prompt says: {wish}")
    return 0


def _read(words: list[str]) -> tuple[Path, str]:
    if len(words) > 2:
        raise ConfigError(f"{words[1]!r}: put the wish in quotes, as one word: [RUN] WISH")
    folder = Path(words[0]) if len(words) == 2 else latest_run()
    if not is_run(folder):
        raise RunError(f"{folder}: no run here (no run.db)")
    wish = words[-1].strip()
    if not wish:
        raise ConfigError("the wish is empty; write what later prompts should ask for")
    return folder, wish

"""``evolve pause``, ``resume`` and ``stop``: hold a search that goes on, or end it as if its budget
were used up.
"""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import add_words, open_run, write_json
from cladogen.errors import RunError

COMMANDS = {
    "pause": "Let a search start nothing new; what is in flight ends. Its clock goes on.",
    "resume": "Let a paused search go on. One that has ended goes on by: evolve run --resume RUN.",
    "stop": "End a search as if its budget were used up: what is in flight ends, and what ships is "
    "chosen.",
}
SAID = {
    "pause": "starts nothing new; evolve resume lets it go on",
    "resume": "goes on",
    "stop": "ends: what is in flight first, then the final choice",
}


def add_parser(subparsers: Any) -> None:
    for name, text in COMMANDS.items():
        add_words(subparsers.add_parser(name, help=text, description=text))


def run(args: argparse.Namespace) -> int:
    from cladogen.record.steering import Steer, give

    reader, _ = open_run(args.words, most=0)
    with reader:
        folder, running = reader.folder, reader.running
    if not running:
        raise RunError(
            f"{folder}: nothing searches in this run now; go on with: evolve run --resume {folder}"
        )
    give(folder, Steer(args.command))
    if args.json:
        write_json({"run": str(folder), "do": args.command})
    else:
        print(f"{folder}: {SAID[args.command]}")
    return 0

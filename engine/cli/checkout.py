"""``evolve checkout``: write a program's files into a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, add_words, empty_folder, open_run, write_json
from cladogen.errors import RunError

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "checkout",
        help="write a program's files into a folder",
        description="Write a program (default: what ships, else the best) into DIR (default: a "
        "new folder here, named for it).",
    )
    add_words(parser, "[PROGRAM] [DIR]")
    parser.add_argument("--to", type=a_path, metavar="DIR", help="the folder to write into")
    parser.add_argument(
        "--force", action="store_true", help="write into a folder that holds files already"
    )


def run(args: argparse.Namespace) -> int:
    reader, names = open_run(args.words, most=2 if args.to is None else 1)
    with reader:
        number, folder = _what_and_where(reader, names, args.to)
        target = empty_folder(
            folder or Path(f"{reader.folder.resolve().name}-{number}"), force=args.force
        )
        reader.program(number).write(target)
        program = reader.row(number).node.program
    if args.json:
        write_json({"number": number, "program": program, "folder": str(target)})
    else:
        print(f"#{number} ({program}) is in {target}")
    return 0


def _what_and_where(
    reader: RunReader, names: list[str], to: Path | None
) -> tuple[int, Path | None]:
    """Return the program and the folder that the words name; one word alone is whichever of them it
    can be.
    """
    if not names:
        return reader.chosen, to
    if len(names) == 2:
        return reader.find(names[0]), Path(names[1])
    try:
        return reader.find(names[0]), to
    except RunError:
        if to is not None or names[0].startswith("#"):
            raise
        return reader.chosen, Path(names[0])

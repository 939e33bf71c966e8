"""``evolve init``: make a problem folder that works, from a template."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cladogen.cli.choosing import a_path
from cladogen.errors import ConfigError


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "init",
        help="make a problem folder that works, from a template",
        description="Make a problem folder to change into your own: short tours through random "
        "points, as a Python "
        "function, or as a command in any language that reads JSON and writes JSON.",
    )
    parser.add_argument(
        "folder", type=a_path, metavar="DIR", help="the folder to make; it must be empty or missing"
    )
    parser.add_argument("--template", choices=("python", "command"), default="python")


def run(args: argparse.Namespace) -> int:
    """Write the template's files and say what to do next."""
    from cladogen.cli.templates import TEMPLATES

    folder: Path = args.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: not an empty folder; name one to make")
    for path, text in TEMPLATES[args.template].items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("NAME", folder.resolve().name), encoding="utf-8")
        print(target)
    print(f"\nnext:  evolve check {folder}\n       evolve run {folder}")
    return 0

"""``evolve init``: make a problem folder that works, from a template."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cladogen.cli.choosing import a_path
from cladogen.errors import ConfigError

SHIPPED_AS = {"policy": "cart_pole"}  # templates that are shipped problems
NAMES = "python, command, cpp, rust, javascript, repository, cuda, triton, agent, policy"


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "init",
        help="make a problem folder that works, from a template",
        description="Make a problem folder to change into your own: short tours through random "
        "points, as a Python function, a command in any language that reads and writes JSON or a "
        "repository; a kernel for a GPU; an agent; a policy.",
    )
    parser.add_argument(
        "folder", type=a_path, metavar="DIR", help="the folder to make; it must be empty or missing"
    )
    parser.add_argument(
        "--template",
        default="python",
        metavar="NAME",
        help=f"one of {NAMES} (default: python; docs/define.md), or a shipped problem to copy "
        "(evolve problems)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the template's files and say what to do next."""
    from cladogen.cli.templates import TEMPLATES
    from cladogen.problem import shipped
    from cladogen.problem.spelling import nearest

    folder: Path = args.folder
    name = SHIPPED_AS.get(args.template, args.template)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: not an empty folder; name one to make")
    if args.template in TEMPLATES:
        made = _write(TEMPLATES[args.template], folder)
    elif name in shipped.names():
        made = shipped.copy_to(name, folder)
    else:
        close = nearest(args.template, [*TEMPLATES, *SHIPPED_AS, *shipped.names()])
        raise ConfigError(f"--template {args.template}: no such template{close}")
    print("\n".join(map(str, made)))
    print(f"\nnext:  evolve check {folder}\n       evolve run {folder}")
    return 0


def _write(texts: Mapping[str, str], folder: Path) -> list[Path]:
    """Write the texts of a template; return the files made."""
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace("NAME", folder.resolve().name), encoding="utf-8")
    return [folder / path for path in texts]

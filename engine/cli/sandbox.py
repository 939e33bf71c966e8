"""``evolve sandbox``: say which sandboxes work here, build a problem's image ahead, remove what
dead runs left.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from typing import Any

from cladogen.cli.choosing import a_problem

EXIT_NONE = 3


@dataclass(frozen=True, slots=True)
class SandboxState:
    """One kind of sandbox: whether it works here, and what it holds or what to do."""

    name: str
    works: bool
    about: str


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "sandbox",
        help="build the sandbox's image, say what works here",
        description="Without a word: try each sandbox and say what it contains. build: make the "
        "image ahead of a run. "
        "sweep: remove containers whose run is dead.",
    )
    parser.add_argument("do", nargs="?", default="list", choices=("list", "build", "sweep"))
    parser.add_argument(
        "--problem", type=a_problem, metavar="DIR", help="build what this problem needs"
    )
    parser.add_argument(
        "--compiler", action="store_true", help="build the image with a C++ compiler"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Do what was asked; `list` exits 3 when nothing contained works."""
    from cladogen.cli.until_done import until_done

    if args.do == "build":
        return _build(args)
    if args.do == "sweep":
        return _sweep(args)
    found = until_done(_try_each())
    if args.json:
        print(json.dumps({"sandboxes": list(map(asdict, found))}, indent=2))
    else:
        for sandbox in found:
            print(f"{sandbox.name:<11} {'works' if sandbox.works else 'no':<6} {sandbox.about}")
    return 0 if any(sandbox.works for sandbox in found if sandbox.name != "local") else EXIT_NONE


async def _try_each() -> list[SandboxState]:
    from cladogen.errors import SandboxError
    from cladogen.sandboxes.choose import STRONGEST_FIRST, open_sandbox

    found = []
    for name in STRONGEST_FIRST:
        try:
            async with open_sandbox(name, progress=_progress) as sandbox:
                found.append(SandboxState(name, True, sandbox.strength))
        except SandboxError as error:
            found.append(SandboxState(name, False, str(error)))
    return found


def _build(args: argparse.Namespace) -> int:
    from cladogen.sandboxes.choose import recipe_of
    from cladogen.sandboxes.docker import image
    from cladogen.sandboxes.docker.daemon import connect

    recipe = image.Recipe(toolchain=args.compiler)
    if args.problem is not None:
        from cladogen.problem import load

        problem = load(args.problem, seeds=False)
        recipe = recipe_of(problem.sandbox, problem.folder, problem.build)
    client = connect()
    try:
        tag = image.ensure(client, recipe, _progress)
        size, identity = image.size_mb(client, tag), image.digest(client, tag)
    finally:
        client.close()
    if args.json:
        print(json.dumps({"image": tag, "digest": identity, "size_mb": size}))
    else:
        print(f"{tag}  {size:.0f} MB  {identity}")
    return 0


def _sweep(args: argparse.Namespace) -> int:
    from cladogen.sandboxes.docker.daemon import connect
    from cladogen.sandboxes.docker.owner import sweep

    client = connect()
    try:
        removed = sweep(client)
    finally:
        client.close()
    print(
        json.dumps({"removed": removed})
        if args.json
        else f"removed {removed} containers of dead runs"
    )
    return 0


def _progress(line: str) -> None:
    print(line, file=sys.stderr)

"""`evolve patch`: apply one model reply by hand, or say why it is refused."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.cli.choosing import a_path
from cladogen.errors import ConfigError, PatchRefused

if TYPE_CHECKING:
    from cladogen.patch import Applied, Policy


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "patch",
        help="apply a model's reply to a program",
        description="Apply a reply (diff, SEARCH/REPLACE blocks, whole files) as a whole. "
        "Exits 0 and writes the resulting tree, or exits 3, writes nothing and says why.",
    )
    parser.add_argument(
        "--base", type=a_path, required=True, metavar="DIR", help="the parent program"
    )
    parser.add_argument(
        "--reply",
        type=a_path,
        required=True,
        metavar="FILE",
        help="the reply; - reads standard input",
    )
    parser.add_argument(
        "--policy", type=a_path, metavar="FILE", help="JSON: what the reply may change"
    )
    parser.add_argument(
        "--out", type=a_path, metavar="DIR", help="where the whole resulting tree is written"
    )
    parser.add_argument(
        "--ended",
        action="store_true",
        help="the model stopped by itself: a complete last fence that is never closed counts",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Apply the reply; return 0, or 3 when it is refused."""
    from cladogen.patch import apply_reply
    from cladogen.program import Program

    if not args.base.is_dir():
        raise ConfigError(f"--base {args.base}: no such folder")
    base = Program.read(args.base)
    try:
        applied = apply_reply(base, _reply(args.reply), _policy(args.policy), ended=args.ended)
    except PatchRefused as refusal:
        _say_refused(refusal, args.json)
        return refusal.exit_code
    if args.out is not None:
        _write(applied, args.out, args.base)
    _say_applied(applied, args)
    return 0


def _reply(path: Path) -> str:
    if str(path) == "-":
        return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ConfigError(f"--reply {path}: {error.strerror}") from error


def _policy(path: Path | None) -> Policy:
    from cladogen.patch import Policy

    if path is None:
        return Policy()
    try:
        values = json.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"--policy {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"--policy {path}: not JSON ({error})") from error
    if not isinstance(values, dict):
        raise ConfigError(f"--policy {path}: not a JSON object")
    return Policy.read(values)


def _write(applied: Applied, out: Path, base: Path) -> None:
    """Write the tree beside its place first, so that ``out`` is whole or not there."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"--out {out}: it is there already and not empty; name a new folder")
    if out.resolve().is_relative_to(base.resolve()):
        raise ConfigError(f"--out {out}: it lies inside --base; name a folder elsewhere")
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        applied.program.write(staging)
        staging.chmod(0o777 & ~_umask())
        if out.exists():
            out.rmdir()
        staging.rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _say_refused(refusal: PatchRefused, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"applied": False, "code": refusal.code, "reason": refusal.reason}))
    else:
        print(refusal, file=sys.stderr)


def _say_applied(applied: Applied, args: argparse.Namespace) -> None:
    if args.json:
        notes = list(applied.notes)
        print(
            json.dumps(
                {
                    "applied": True,
                    "program": applied.program.id,
                    "patch": applied.patch_text,
                    "notes": notes,
                }
            )
        )
        return
    for note in applied.notes:
        print(f"note: {note}", file=sys.stderr)
    sys.stdout.write(applied.patch_text)

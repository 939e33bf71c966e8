"""The replies of tests/data/patches, with the programs they are for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cladogen.program import Program

CORPUS = Path(__file__).parents[1] / "data" / "patches"
FOLDERS = sorted(reply.parent for reply in CORPUS.glob("*/reply.md"))


def meta(folder: Path) -> dict[str, Any]:
    """Return what is noted of a case."""
    return dict(json.loads((folder / "meta.json").read_text()))


def reply(folder: Path) -> str:
    return (folder / "reply.md").read_bytes().decode("utf-8", "surrogateescape")


def base(folder: Path) -> Program:
    """Return the program that a reply is for; several cases share one."""
    named = meta(folder).get("base", "")
    return Program.read(CORPUS / "bases" / named if named else folder / "base")


def wanted(folder: Path) -> Program | None:
    """Return the program that must come of a case; None when it is to be refused."""
    if not (folder / "expect").exists():
        return None
    changed = Program.read(folder / "expect")
    shared = dict(base(folder).files) if meta(folder).get("base") else {}
    return Program.of(shared | dict(changed.files))

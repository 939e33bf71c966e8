"""Edits that a program holds already, and edits that take another one back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit, HunkLine, LineKind
from cladogen.patching.plan import Planner

_TURNED = {LineKind.ADDED: LineKind.REMOVED, LineKind.REMOVED: LineKind.ADDED}


def applied_already(alternatives: Sequence[Alternative], planner: Planner) -> bool:
    """Whether the program already holds what the reply adds, and nothing of what it removes."""
    edits = [edit for one in alternatives for edit in one.edits]
    if not edits or not all(map(_can_be_reversed, edits)):
        return False
    try:
        return all(planner.change(edit) is not None for edit in map(_reversed, edits))
    except PatchRefused:
        return False


def takes_back(one: Alternative, other: Alternative) -> bool:
    """Whether an alternative removes what another adds, and adds what it removes."""
    removed, added = _lines(one, LineKind.REMOVED), _lines(one, LineKind.ADDED)
    if not (removed or added):
        return False
    return removed == _lines(other, LineKind.ADDED) and added == _lines(other, LineKind.REMOVED)


def _lines(one: Alternative, kind: LineKind) -> list[str]:
    rows = (row for edit in one.edits for row in edit.rows)
    return sorted(row.text.strip() for row in rows if row.kind == kind and row.text.strip())


def _can_be_reversed(edit: FileEdit) -> bool:
    return not edit.deleted and edit.changes


def _reversed(edit: FileEdit) -> FileEdit:
    hunks = (replace(hunk, rows=tuple(map(_turned, hunk.rows))) for hunk in edit.hunks)
    return replace(edit, hunks=tuple(hunks))


def _turned(row: HunkLine) -> HunkLine:
    return replace(row, kind=_TURNED.get(row.kind, row.kind))

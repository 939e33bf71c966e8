"""Patches: a model's reply applied to a program as a whole, or refused with a reason the proposer can act on.

`apply_reply` reads unified diffs as models write them, SEARCH/REPLACE blocks and whole files, over many files.
`make_diff` and `apply_diff` are the strict pair for diffs the engine makes itself: real git diffs, exact places.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cladogen.errors import PatchRefused, ProblemError
from cladogen.patching.edits import Alternative
from cladogen.patching.groups import Group
from cladogen.patching.plan import FileChange, Planner, result
from cladogen.patching.policy import Policy, check_blocks
from cladogen.patching.reader import read
from cladogen.patching.strict import apply_diff, make_diff
from cladogen.program import File, Program

__all__ = ["Applied", "Policy", "apply_diff", "apply_reply", "make_diff"]

_MISPLACED = ("removed-lines-not-found", "ambiguous-context")


@dataclass(frozen=True, slots=True)
class Applied:
    """A reply that was applied: the program, the diff it comes to, and what was done to read it."""

    program: Program
    patch_text: str
    notes: tuple[str, ...] = ()


def apply_reply(base: Program, reply: str, policy: Policy | None = None) -> Applied:
    """Return ``base`` with everything ``reply`` proposes, or raise PatchRefused: a reply is applied as a whole."""
    policy = policy or Policy()
    texts = {path: base.text(path) for path in base}
    alternatives = read(reply, texts)
    planner = Planner(texts, policy, _coming(alternatives))
    chosen, notes = _choose(alternatives, planner)
    program = _checked(base, _files(base, chosen, planner), texts)
    if program.id == base.id:
        raise PatchRefused("no-op", "the reply changes nothing: what it removes and adds is the same")
    return Applied(program, make_diff(base, program), tuple(notes))


def _coming(alternatives: list[Alternative]) -> Counter[str]:
    hunks = (hunk for one in alternatives for edit in one.edits for hunk in edit.hunks)
    return Counter(row.text.strip() for hunk in hunks for row in hunk.added if row.text.strip())


def _choose(alternatives: list[Alternative], planner: Planner) -> tuple[list[FileChange], list[str]]:
    """Return the changes of all alternatives that can be made together; of those that cannot, the last counts."""
    chosen: list[tuple[Alternative, list[FileChange]]] = []
    refusals: list[tuple[int, PatchRefused]] = []
    notes: list[str] = []
    for number, alternative in enumerate(alternatives):
        try:
            changes = _changes(alternative, planner)
        except PatchRefused as refusal:
            if refusal.code not in _MISPLACED:
                raise
            refusals.append((number, refusal))
            continue
        before = len(chosen)
        chosen = [one for one in chosen if not _collide(one[1], changes, alternative.instead)]
        if len(chosen) < before:
            notes.append("an earlier alternative was left: the last one counts")
        chosen.append((alternative, changes))
    for _, refusal in refusals:
        raise refusal
    return [change for _, changes in chosen for change in changes], notes


def _changes(alternative: Alternative, planner: Planner) -> list[FileChange]:
    changes: list[FileChange] = []
    for edit in alternative.edits:
        change = planner.change(edit)
        if change is not None:
            changes = [one for one in changes if not one.collides(change, False)]
            changes.append(change)
    return changes


def _collide(earlier: list[FileChange], later: list[FileChange], instead: bool) -> bool:
    return any(one.collides(other, instead) for one in earlier for other in later)


def _files(base: Program, changes: list[FileChange], planner: Planner) -> dict[str, File | None]:
    """Return the files that change; None goes."""
    merged: dict[str, list[Group]] = {}
    for change in changes:
        merged.setdefault(change.source, []).extend(change.groups)
    files: dict[str, File | None] = {}
    for change in changes:
        if change.source and change.source != change.path and not change.copied:
            files[change.source] = None
        if change.deleted:
            files[change.path] = None
            continue
        text = result(change, tuple(merged[change.source]), planner.text(change.source or change.path)) \
            if change.whole is None else change.whole
        old = base.files.get(change.source or change.path)
        executable = change.executable if change.executable is not None else bool(old and old.executable)
        data = text.encode("utf-8", "surrogateescape")
        if b"\0" in data and not (old and b"\0" in old.data):
            raise PatchRefused("binary-patch", f"{change.path}: its new text holds NUL bytes")
        files[change.path] = File(data, executable)
    return files


def _checked(base: Program, files: dict[str, File | None], texts: dict[str, str]) -> Program:
    for path, file in files.items():
        if path in texts:
            moved = file is None and any(other not in texts and new for other, new in files.items())
            if not moved:
                check_blocks(path, texts[path], None if file is None else file.data.decode("utf-8", "surrogateescape"))
    kept = {path: file for path, file in base.files.items() if path not in files}
    try:
        return Program.of(kept | {path: file for path, file in files.items() if file is not None})
    except ProblemError as problem:
        raise PatchRefused("path-outside-tree", str(problem)) from problem

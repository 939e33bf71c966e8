"""Patches: a model's reply applied to a program as a whole, or refused with a reason the proposer
can act on.

`apply_reply` reads unified diffs as models write them, SEARCH/REPLACE blocks, whole files and parts
of them, over many files. `take_tree` takes the files that an agent left. `make_diff` and
`apply_diff` are the strict pair for diffs the engine makes itself: real git diffs, exact places.
"""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.errors import PatchRefused, ProblemError
from cladogen.patching.assemble import Assembly
from cladogen.patching.composed import files
from cladogen.patching.edits import Alternative
from cladogen.patching.file_change import FileChange
from cladogen.patching.given import coming, given_whole
from cladogen.patching.inverse import applied_already
from cladogen.patching.offered import offered
from cladogen.patching.parent import Parent
from cladogen.patching.plan import Planner
from cladogen.patching.policy import Policy
from cladogen.patching.read.reader import read
from cladogen.patching.read.regions import regions
from cladogen.patching.strict import apply_diff, make_diff
from cladogen.program import File, Program
from cladogen.source.python import python_tree

__all__ = ["Applied", "Policy", "apply_diff", "apply_reply", "make_diff", "take_tree"]


@dataclass(frozen=True, slots=True)
class Applied:
    """A reply that was applied: the program, the diff it comes to, and what was done to read it."""

    program: Program
    patch_text: str
    notes: tuple[str, ...] = ()


def apply_reply(
    base: Program, reply: str, policy: Policy | None = None, *, ended: bool = False
) -> Applied:
    """Return ``base`` with everything ``reply`` proposes, or raise PatchRefused: a reply is applied
    as a whole.

    ``ended``: the provider said that the reply ended by itself. Only then a last fence that is
    never closed is read, when what it holds is complete.
    """
    texts = {path: base.text(path) for path in base}
    alternatives = offered(read(reply, texts, ended))
    planner = Planner(
        Parent(texts, policy or Policy()), coming(alternatives), given_whole(alternatives)
    )
    assembly = Assembly(planner)
    for alternative in alternatives:
        assembly.add(alternative)
    program = _program(base, _changes(assembly, alternatives), planner)
    if ended and not all(region.closed for region in regions(reply)):
        _check_end(base, program)
    if program.id == base.id:
        raise PatchRefused(
            "no-op", "the reply changes nothing: what it removes and adds is the same"
        )
    return Applied(program, make_diff(base, program), tuple(assembly.notes))


def _check_end(base: Program, program: Program) -> None:
    """Raise PatchRefused where the last fence of a reply is never closed and what it holds ends in
    the midst of a statement: a file of Python that could be read before cannot be read any more.
    """
    for path in program:
        before = base.text(path) if path in base else ""
        if not path.endswith(".py") or program.text(path) == before:
            continue
        broken = _unread_line(program.text(path))
        if broken and not _unread_line(before):
            raise PatchRefused(
                "truncated-reply",
                f"{path}: the reply ends inside a fence that is never closed, and with it line "
                f"{broken} cannot be read; send the complete reply again",
            )


def _unread_line(text: str) -> int:
    """Return the line at which a Python text cannot be read, 0 for one that can."""
    try:
        python_tree(text)
    except SyntaxError as error:
        return error.lineno or 1
    return 0


def _changes(assembly: Assembly, alternatives: list[Alternative]) -> list[FileChange]:
    """Return what is to be made; raises PatchRefused, also for what was made before."""
    try:
        return assembly.result()
    except PatchRefused as refusal:
        planner = assembly.planner
        if refusal.code == "removed-lines-not-found" and applied_already(alternatives, planner):
            raise PatchRefused(
                "no-op", "the program already holds what the reply adds"
            ) from refusal
        raise


def take_tree(base: Program, left: Program, policy: Policy | None = None) -> Applied:
    """Return what an agent left of ``base``, exactly: nothing that it printed is an edit.

    Raises PatchRefused when it left everything as it was, or changed what must not change.
    """
    if left.id == base.id:
        raise PatchRefused("no-op", "the files are as they were")
    allowed = policy or Policy()
    allowed.check(base, left)
    for path in base.files.keys() | left.files.keys():
        allowed.check_kind(path, base.files.get(path), left.files.get(path))
    return Applied(left, make_diff(base, left))


def _program(base: Program, changes: list[FileChange], planner: Planner) -> Program:
    """Return the program after all changes; raises PatchRefused where the policy has a say about
    the result.
    """
    made = dict(base.files)
    for path, text, change in files(changes, planner):
        if change.deleted or text is not None:
            source = planner.parent.texts.get(change.source or path, "")
            planner.parent.policy.check_blocks(path, source, text)
        if text is None:
            made.pop(path, None)
        else:
            made[path] = _file(text, change, base.files.get(change.source or path))
            planner.parent.policy.check_text(path, made[path])
    try:
        return Program.of(made)
    except (ProblemError, UnicodeEncodeError) as problem:
        raise PatchRefused("path-outside-tree", str(problem)) from problem


def _file(text: str, change: FileChange, old: File | None) -> File:
    """Return a file with its new text; its mode stays unless the change gives one."""
    kept = old is not None and old.executable
    executable = kept if change.executable is None else change.executable
    return File(text.encode("utf-8", "surrogateescape"), executable)

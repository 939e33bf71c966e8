"""What a task allows a reply to change: protected and editable files, evolve blocks, kinds of
change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cladogen.errors import ConfigError, PatchRefused
from cladogen.patching.difference import opcodes
from cladogen.patching.evolve_blocks import MARK, marked, stretches
from cladogen.program import File, Program, matches


@dataclass(frozen=True, slots=True)
class Policy:
    """Globs are matched against whole paths. ``editable`` None means every file that is not
    protected.

    Every file that has EVOLVE-BLOCK marks changes between them only. In those of
    ``evolve_blocks_in`` nothing else may change: where one has no marks, or is new, nothing at all.
    ``entry`` is the "file:function" that is called from outside, "" when that is not known: a text
    without it is no whole file.
    """

    protected: tuple[str, ...] = ()
    editable: tuple[str, ...] | None = None
    evolve_blocks_in: tuple[str, ...] = ()
    allow_new_files: bool = True
    allow_deleted_files: bool = True
    allow_renames: bool = True
    allow_mode_change: bool = True
    allow_symlinks: bool = False
    allow_binary: bool = False
    entry: str = ""

    @staticmethod
    def read(values: Mapping[str, Any]) -> Policy:
        """Return the policy of a JSON object, which may be the ``policy`` inside a larger one."""
        inside = values.get("policy", values)
        names = {field.name for field in fields(Policy)}
        unknown = sorted(set(inside) - names)
        if unknown:
            raise ConfigError(
                f"policy: {unknown[0]!r} is not known; the keys are {', '.join(sorted(names))}"
            )
        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in inside.items()
        }
        return Policy(**given)

    def may_touch(self, path: str) -> bool:
        """Whether a reply may change, make or delete ``path``."""
        if matches(path, self.protected):
            return False
        return self.editable is None or matches(path, self.editable)

    def check(self, before: Program, after: Program) -> None:
        """Raise PatchRefused for anything that is different and must not be."""
        for path in sorted(before.files.keys() | after.files.keys()):
            old, new = before.files.get(path), after.files.get(path)
            if old == new:
                continue
            self.check_touch(path)
            self.check_blocks(
                path, before.text(path) if old else "", after.text(path) if new else None
            )

    def check_kind(self, path: str, old: File | None, new: File | None) -> None:
        """Raise PatchRefused for a file that comes, goes, or changes its mode, where it must not;
        and for bytes that are no text.
        """
        if old == new:
            return
        moded = old is not None and new is not None and old.executable != new.executable
        self.check_kinds(path, made=old is None, deleted=new is None, moded=moded)
        if new is not None and b"\0" in new.data and not self.allow_binary:
            raise PatchRefused(
                "binary-patch", f"{path}: its text holds NUL bytes; only text can change"
            )

    def check_kinds(
        self,
        path: str,
        *,
        made: bool = False,
        deleted: bool = False,
        renamed: bool = False,
        moded: bool = False,
    ) -> None:
        """Raise PatchRefused for a kind of change that the task does not allow."""
        for denied, what in (
            (made and not self.allow_new_files, "new files"),
            (deleted and not self.allow_deleted_files, "deleted files"),
            (renamed and not self.allow_renames, "renames"),
            (moded and not self.allow_mode_change, "mode changes"),
        ):
            if denied:
                raise PatchRefused("protected-file", f"{path}: {what} are not allowed here")

    def check_touch(self, path: str) -> None:
        """Raise PatchRefused for a file that must not change."""
        if matches(path, self.protected):
            raise PatchRefused("protected-file", f"{path} is protected; leave it as it is")
        if not self.may_touch(path):
            names = ", ".join(self.editable or ())
            raise PatchRefused("protected-file", f"{path} is not editable; only {names} may change")

    def check_blocks(self, path: str, old: str, new: str | None) -> None:
        """Raise PatchRefused unless a file changes between its marks only; "" was no file, None is
        a deleted one.
        """
        if new == old:
            return
        if not marked(old):
            if matches(path, self.evolve_blocks_in):
                reason = (
                    f"{path} has no EVOLVE-BLOCK marks, and only what lies between such "
                    "marks may change here"
                )
                raise PatchRefused("outside-evolve-block", reason)
            return
        before = old.split("\n")
        if new is None:
            raise PatchRefused(
                "evolve-marker-changed", f"{path} holds an evolve block and must stay"
            )
        after = new.split("\n")
        _check_markers(path, before, after)
        for number, (outer, changed) in enumerate(
            zip(_outside(before), _outside(after), strict=True)
        ):
            if outer != changed:
                raise PatchRefused(
                    "outside-evolve-block", f"{path}: {_difference(outer, changed, number, before)}"
                )


def _check_markers(path: str, before: list[str], after: list[str]) -> None:
    old, new = ([line for line in lines if MARK.search(line)] for lines in (before, after))
    if old != new:
        lost = (
            [line for line in old if line not in new]
            or [line for line in new if line not in old]
            or old
        )
        verb = "deletes or changes" if len(new) < len(old) or lost[0] in old else "adds"
        raise PatchRefused(
            "evolve-marker-changed", f"{path}: it {verb} the line {lost[0].strip()!r}; markers stay"
        )
    if _outside(before) == _outside(after):
        return
    for tag, i, i_end, *_ in opcodes(before, after):
        moved = next(
            (line for line in before[i:i_end] if tag != "equal" and MARK.search(line)), None
        )
        if moved is not None:
            raise PatchRefused(
                "evolve-marker-changed",
                f"{path}: it moves the line {moved.strip()!r}; markers stay",
            )


def _outside(lines: list[str]) -> list[list[str]]:
    return stretches(lines)[::2]


def _difference(outer: list[str], changed: list[str], number: int, before: list[str]) -> str:
    for tag, i, i_end, j, _ in opcodes(outer, changed):
        if tag == "equal":
            continue
        if i_end > i:
            return f'line "{outer[i].strip()}" lies outside the evolve block and must stay'
        return f'"{changed[j].strip()}" would come in outside the evolve block'
    return "text outside the evolve block would change"

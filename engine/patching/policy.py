"""What a task allows a reply to change: protected and editable files, evolve blocks, kinds of
change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cladogen.errors import ConfigError, PatchRefused
from cladogen.patching.difference import opcodes
from cladogen.patching.evolve_blocks import MARKER, has_markers, stretches
from cladogen.patching.first_change import first_change
from cladogen.program import File, Program, matches

_KINDS = ("new files", "deleted files", "renames", "mode changes")


@dataclass(frozen=True, slots=True)
class Policy:
    """Globs are matched against whole paths. ``editable`` None means every file that is not
    protected.

    Every file that has EVOLVE-BLOCK markers changes between them only. In those of
    ``evolve_blocks_in`` nothing else may change: one without markers, or a new one, not at all.
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
        names = [field.name for field in fields(Policy)]
        unknown = sorted(inside.keys() - set(names))
        if unknown:
            raise ConfigError(
                f"policy: {unknown[0]!r} is not known; the keys are {', '.join(sorted(names))}"
            )
        return Policy(**{key: _value(value) for key, value in inside.items()})

    def may_touch(self, path: str) -> bool:
        """Whether a reply may change, make or delete ``path``."""
        if matches(path, self.protected):
            return False
        return self.editable is None or matches(path, self.editable)

    def check(self, before: Program, after: Program) -> None:
        """Raise PatchRefused for anything that is different and must not be."""
        for path in sorted(before.files.keys() | after.files.keys()):
            old, new = before.files.get(path), after.files.get(path)
            if old != new:
                self.check_touch(path, before, after)
                text = before.text(path) if old else ""
                self.check_blocks(path, text, after.text(path) if new else None)

    def check_kind(self, path: str, old: File | None, new: File | None) -> None:
        """Raise PatchRefused for a file that comes, goes, or changes its mode, where it must not;
        and for bytes that are no text.
        """
        if old == new:
            return
        moded = old is not None and new is not None and old.executable != new.executable
        self.check_kinds(path, made=old is None, deleted=new is None, moded=moded)
        if new is not None:
            self.check_text(path, new)

    def check_text(self, path: str, file: File) -> None:
        """Raise PatchRefused for a file that is no text, where only text may change."""
        if b"\0" in file.data and not self.allow_binary:
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
        asked = (made, deleted, renamed, moded)
        allowed = (
            self.allow_new_files,
            self.allow_deleted_files,
            self.allow_renames,
            self.allow_mode_change,
        )
        for what, is_asked, is_allowed in zip(_KINDS, asked, allowed, strict=True):
            if is_asked and not is_allowed:
                raise PatchRefused("protected-file", f"{path}: {what} are not allowed here")

    def check_touch(
        self, path: str, before: Program | None = None, after: Program | None = None
    ) -> None:
        """Raise PatchRefused for a file that must not change; it names the line where both states
        are given.
        """
        if self.may_touch(path):
            return
        line = "" if before is None or after is None else f": {first_change(path, before, after)}"
        if matches(path, self.protected):
            raise PatchRefused("protected-file", f"{path} is protected; leave it as it is{line}")
        names = ", ".join(self.editable or ())
        raise PatchRefused(
            "protected-file", f"{path} is not editable; only {names} may change{line}"
        )

    def check_blocks(self, path: str, old: str, new: str | None) -> None:
        """Raise PatchRefused unless a file changes between its markers only; "" was no file, None
        is a deleted one.
        """
        if new == old:
            return
        if has_markers(old):
            _check_marked(path, old, new)
        elif matches(path, self.evolve_blocks_in):
            raise PatchRefused(
                "outside-evolve-block",
                f"{path} has no EVOLVE-BLOCK markers, and only what lies between such markers may "
                "change here",
            )


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_marked(path: str, old: str, new: str | None) -> None:
    if new is None:
        raise PatchRefused("evolve-marker-changed", f"{path} holds an evolve block and must stay")
    before, after = old.split("\n"), new.split("\n")
    _check_markers(path, before, after)
    for outer, changed in zip(_outside(before), _outside(after), strict=True):
        if outer != changed:
            raise PatchRefused("outside-evolve-block", f"{path}: {_difference(outer, changed)}")


def _check_markers(path: str, before: list[str], after: list[str]) -> None:
    old, new = (list(filter(MARKER.search, lines)) for lines in (before, after))
    if old != new:
        line = _changed_marker(old, new)
        verb = "deletes or changes" if line in old else "adds"
        raise _marker_changed(path, verb, line)
    moved = "" if _outside(before) == _outside(after) else _moved(before, after)
    if moved:
        raise _marker_changed(path, "moves", moved)


def _marker_changed(path: str, verb: str, line: str) -> PatchRefused:
    return PatchRefused(
        "evolve-marker-changed", f"{path}: it {verb} the line {line.strip()!r}; markers stay"
    )


def _changed_marker(old: list[str], new: list[str]) -> str:
    """Return the marker line to name: one that is gone, one that is new, or the first."""
    gone = [line for line in old if line not in new]
    come = [line for line in new if line not in old]
    return [*gone, *come, *old][0]


def _moved(before: list[str], after: list[str]) -> str:
    """Return a marker that is not where it was, "" when all are."""
    changed = (code for code in opcodes(before, after) if code[0] != "equal")
    lines = (line for _, start, end, *_ in changed for line in before[start:end])
    return next(filter(MARKER.search, lines), "")


def _outside(lines: list[str]) -> list[list[str]]:
    return stretches(lines)[::2]


def _difference(outer: list[str], changed: list[str]) -> str:
    """Say what is different in a stretch outside the evolve blocks."""
    _, start, end, put, _ = next(c for c in opcodes(outer, changed) if c[0] != "equal")
    if end > start:
        return f'line "{outer[start].strip()}" lies outside the evolve block and must stay'
    return f'"{changed[put].strip()}" would come in outside the evolve block'

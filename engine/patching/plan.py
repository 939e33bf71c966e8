"""From the edits of a reply to changes of files: names resolved, hunks placed, the policy asked."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cladogen.errors import PatchRefused
from cladogen.kernels.alignment import FOLDING, line_keys
from cladogen.patching.decide import place
from cladogen.patching.edits import FileEdit, Hunk, Kind, Row
from cladogen.patching.groups import Found, Group, groups, hunk_name, style_of
from cladogen.patching.match import Search
from cladogen.patching.names import resolve
from cladogen.patching.policy import Policy
from cladogen.patching.reader import looks_complete
from cladogen.patching.text import Text, encoded
from cladogen.patching.unified import is_elision
from cladogen.patching.whole import Snippet
from cladogen.patching.whole_text import rewritten

_NUMBER = re.compile(r"^\s*(\d+)\s*[|:│]( ?)(.*)$|^\s*(\d+)()\t(.*)$")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39|apos|nbsp);")


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one file. ``groups`` change the text of ``source``; ``whole`` replaces it."""

    path: str
    source: str = ""
    groups: tuple[Group, ...] = ()
    whole: str | None = None
    deleted: bool = False
    copied: bool = False
    executable: bool | None = None

    def collides(self, other: FileChange, instead: bool) -> bool:
        """Whether both cannot be made; ``instead``: the reply offers the other as a choice."""
        if self.path != other.path and self.source != other.source:
            return False
        if self.deleted or other.deleted or self.whole is not None or other.whole is not None:
            return self != other
        return any(
            mine.collides(theirs) or (instead and mine.place == theirs.place and mine.added != theirs.added)
            for mine in self.groups
            for theirs in other.groups
        )


class Planner:
    """Places the edits of one reply in one program."""

    def __init__(self, texts: Mapping[str, str], policy: Policy, coming: Mapping[str, int]) -> None:
        self.texts = texts
        self.policy = policy
        self.coming = coming
        self._cut: dict[str, Text] = {}

    def text(self, path: str) -> Text:
        if path not in self._cut:
            self._cut[path] = Text.of(self.texts[path])
        return self._cut[path]

    def change(self, edit: FileEdit) -> FileChange | None:
        """Return what ``edit`` does, or None when it says nothing; raises PatchRefused."""
        old, new = self._paths(edit)
        path = new or old
        if edit.mode in ("120000", "160000") and not self.policy.allow_symlinks:
            raise PatchRefused("symlink", f"{path} would be a link (mode {edit.mode}); give the file itself")
        if edit.binary and not self.policy.allow_binary:
            raise PatchRefused("binary-patch", f"{path} is given as a binary patch; only text can change")
        if edit.deleted or edit.renamed or any(hunk.changes for hunk in edit.hunks):
            self.policy.check_touch(path)
        executable = edit.mode == "100755" if edit.mode.startswith("100") else None
        change = self._content(edit, old, path, executable)
        if change is not None:
            self._check(change, edit)
        return change

    # -- names --------------------------------------------------------------------------------------------------

    def _paths(self, edit: FileEdit) -> tuple[str, str]:
        """Return the path before and after; "" for a side that does not exist."""
        if not edit.name or edit.name in ("original", "modified", "before", "after", "file"):
            only = self._unnamed(edit)
            return only, only
        if edit.created and not edit.old:
            return "", resolve(edit.new, self.texts, creating=True)
        new = resolve(edit.new or edit.old or edit.hint, self.texts)
        old = resolve(edit.old, self.texts) if edit.old else new
        if edit.renamed or edit.copied:
            return old, resolve(edit.new, self.texts, creating=True)
        if edit.deleted:
            return old, ""
        if old in self.texts and new not in self.texts and old != new:
            return old, old if _is_remark(old, new) else new
        return (new, new) if new in self.texts else self._stranger(edit, new)

    def _stranger(self, edit: FileEdit, path: str) -> tuple[str, str]:
        """A file that is not there: made by an edit without old rows, otherwise one whose text fits, if only one does."""
        if edit.whole is not None or not any(hunk.old for hunk in edit.hunks):
            return "", path
        fitting = [one for one in self._candidates() if self._fits_exactly(edit, one)]
        if len(fitting) == 1 and any(row.kind == Kind.REMOVED for hunk in edit.hunks for row in hunk.rows):
            return fitting[0], fitting[0]
        raise PatchRefused("removed-lines-not-found", f"{path} is not a file of the program; it has {self._listing()}")

    def _unnamed(self, edit: FileEdit) -> str:
        """Return the file an edit without a name means."""
        names = self._candidates()
        if edit.hint:
            hinted = resolve(edit.hint, self.texts)
            if hinted in self.texts:
                return hinted
        if edit.whole is not None:
            names = [path for path in names if Snippet("", edit.language).fits(path)]
            names = [path for path in names if looks_complete(edit.whole, self.texts[path])] or names
        elif len(names) > 1:
            names = [path for path in names if self._fits_exactly(edit, path)]
        if len(names) == 1:
            return names[0]
        raise PatchRefused(
            "ambiguous-context" if names else "removed-lines-not-found",
            f"an edit names no file and fits {len(names) or 'none'} of {self._listing()}; name the file",
        )

    def _candidates(self) -> list[str]:
        return [path for path in self.texts if self.policy.may_touch(path)]

    def _listing(self) -> str:
        names = list(self.texts)
        return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")

    def _fits_exactly(self, edit: FileEdit, path: str) -> bool:
        hunks = self.read_as(edit.hunks, self.text(path))
        searches = [Search(hunk, self.text(path)) for hunk in hunks if hunk.old]
        return bool(searches) and all(any(one.cost < 0.5 for one in search.candidates()) for search in searches)

    # -- content ------------------------------------------------------------------------------------------------

    def _content(self, edit: FileEdit, old: str, path: str, executable: bool | None) -> FileChange | None:
        if edit.deleted:
            self._check_deletion(edit, old)
            return FileChange(path, old, deleted=True)
        if edit.whole is not None:
            return FileChange(path, old, whole=self._whole(edit, path), executable=executable)
        if not old:
            return FileChange(path, "", whole=self._created(edit, path), executable=executable)
        if old not in self.texts:
            raise PatchRefused(
                "removed-lines-not-found", f"{old} is not a file of the program; it has {self._listing()}"
            )
        changes = self._placed(edit, old)
        moved = path != old
        if not changes and not moved and executable is None:
            return None
        return FileChange(path, old, changes, copied=edit.copied, executable=executable)

    def _created(self, edit: FileEdit, path: str) -> str:
        rows = [row for hunk in edit.hunks for row in hunk.rows if row.kind != Kind.REMOVED]
        lines = _plain_rows([row.text for row in rows])
        text = "".join(line + "\n" for line in lines)
        if rows and rows[-1].open_end:
            text = text.removesuffix("\n")
        return rewritten(self.texts[path], text) if self.texts.get(path) else text

    def _whole(self, edit: FileEdit, path: str) -> str:
        whole = edit.whole or ""
        base = self.texts.get(path)
        if base is None or not base:
            return whole
        has_markers = "EVOLVE-BLOCK-START" in whole
        if not has_markers and not looks_complete(whole, base):
            count, total = (len([line for line in one.split("\n") if line.strip()]) for one in (whole, base))
            raise PatchRefused(
                "truncated-reply",
                f"{path}: the fence holds {count} lines of a file of {total}; give the complete file or a diff",
            )
        return rewritten(base, whole)

    def _check_deletion(self, edit: FileEdit, path: str) -> None:
        if path not in self.texts:
            raise PatchRefused(
                "removed-lines-not-found", f"{path} is not a file of the program; it has {self._listing()}"
            )
        known = set(self.text(path).keys[:, 2].tolist())
        for hunk in edit.hunks:
            for row in hunk.old:
                if (
                    row.kind == Kind.REMOVED
                    and row.text.strip()
                    and int(line_keys(encoded([row.text]))[0, 2]) not in known
                ):
                    raise PatchRefused("removed-lines-not-found", f'{path}: no such line: "{row.text.strip()}"')

    def _placed(self, edit: FileEdit, path: str) -> tuple[Group, ...]:
        text = self.text(path)
        hunks = [hunk for hunk in self.read_as(edit.hunks, text) if hunk.changes]
        found: list[Found] = []
        loose: list[Group] = []
        for number, hunk in enumerate(hunks, 1):
            where = hunk_name(path, number, hunk, len(hunks))
            if not hunk.old:
                loose.append(self._without_context(hunk, text, where))
                continue
            search = Search(hunk, text, self._coming(hunk))
            twins = [one for one in hunks if one.rows == hunk.rows]
            turn = sum(1 for one in hunks[: number - 1] if one.rows == hunk.rows)
            found.append(Found(search, place(search, where, len(twins) if hunk.start is None else 1, turn), where))
        changes = [group for one in found for group in groups(one, style_of(one, found))]
        return tuple(dict.fromkeys([*changes, *loose]))

    def _coming(self, hunk: Hunk) -> set[str]:
        own = [row.text.strip() for row in hunk.added]
        return {line for line, count in self.coming.items() if count > own.count(line)}

    def _without_context(self, hunk: Hunk, text: Text, where: str) -> Group:
        """Lines without any context can only go into an empty file or to the end of one."""
        added = tuple(row.text for row in hunk.added)
        if hunk.at_end or not any(line.strip() for line in text.lines):
            return Group(
                tuple(range(len(text.lines))) if not hunk.at_end else (),
                len(text.lines),
                0,
                added,
                hunk.rows[-1].open_end,
            )
        raise PatchRefused(
            "ambiguous-context", f"{where}: it has no context, so it fits everywhere; show the lines around"
        )

    # -- other readings -----------------------------------------------------------------------------------------

    def read_as(self, hunks: tuple[Hunk, ...], text: Text) -> tuple[Hunk, ...]:
        """Return the hunks in the reading that is most at home in the file: as they are, without line numbers in
        front, or without HTML entities."""
        readings = [hunks]
        escaped = any(_ENTITY.search(line) for line in text.lines)
        for change in (_without_numbers,) if escaped else (_without_numbers, _without_entities):
            readings += [read for reading in readings if (read := change(reading)) is not None]
        known = set(text.keys[:, 1].tolist())
        best = hunks if len(readings) == 1 else max(readings, key=lambda reading: _at_home(reading, known))
        return tuple(_with_signs(hunk, text) for hunk in best)

    # -- policy -------------------------------------------------------------------------------------------------

    def _check(self, change: FileChange, edit: FileEdit) -> None:
        if self._is_nothing(change):
            return
        policy, path, source = self.policy, change.path, change.source
        policy.check_touch(path)
        if source and source != path and not change.copied:
            policy.check_touch(source)
        for denied, what in (
            (path not in self.texts and not edit.renamed and not policy.allow_new_files, "new files"),
            (change.deleted and not policy.allow_deleted_files, "deleted files"),
            (source not in ("", path) and not change.copied and not policy.allow_renames, "renames"),
            (change.executable is not None and path in self.texts and not policy.allow_mode_change, "mode changes"),
        ):
            if denied:
                raise PatchRefused("protected-file", f"{path}: {what} are not allowed here")

    def _is_nothing(self, change: FileChange) -> bool:
        """Whether a change leaves its file as it is, as far as text goes."""
        if change.deleted or change.path != change.source or change.executable is not None:
            return False
        return change.whole == self.texts.get(change.path) or (change.whole is None and not change.groups)


def _is_remark(old: str, new: str) -> bool:
    """Whether the new name is only a way to say "after" (program.py and program_new.py, or modified)."""
    stem, tail = old.rpartition(".")[0] or old, new.rpartition(".")[0] or new
    return "." not in new.rpartition("/")[2] or (tail.startswith(stem) and tail[len(stem) :].lstrip("._-") in (
        "new", "modified", "updated", "orig", "patched", "after", "fixed", old.rpartition(".")[2],
    ))  # fmt: skip


def _plain_rows(lines: list[str]) -> list[str]:
    read = [_NUMBER.match(line) for line in lines]
    numbers = [int(match.group(1) or match.group(4)) for match in read if match]
    counted = len(numbers) == len([line for line in lines if line.strip()]) > 1
    if counted and all(after == before + 1 for before, after in zip(numbers, numbers[1:], strict=False)):
        return [match.group(3) or match.group(6) or "" if match else "" for match in read]
    return lines


def _without_numbers(hunks: tuple[Hunk, ...]) -> tuple[Hunk, ...] | None:
    rows = [row for hunk in hunks for row in hunk.rows if row.text.strip() and row.kind != Kind.ELIDED]
    if not rows or not all(_NUMBER.match(row.text) for row in rows):
        return None
    return tuple(replace(hunk, rows=tuple(_unnumbered(row) for row in hunk.rows)) for hunk in hunks)


def _unnumbered(row: Row) -> Row:
    match = _NUMBER.match(row.text)
    text = (match.group(3) or match.group(6) or "") if match else row.text
    elided = row.kind == Kind.CONTEXT and is_elision(text)
    return replace(row, text=text, kind=Kind.ELIDED if elided else row.kind)


def _without_entities(hunks: tuple[Hunk, ...]) -> tuple[Hunk, ...] | None:
    """Return the hunks without HTML entities, if the reply has no plain sign that an entity stands for."""
    texts = [row.text for hunk in hunks for row in hunk.rows]
    if not any(_ENTITY.search(text) for text in texts) or any(re.search(r"[<>]|&(?!\w+;|#)", text) for text in texts):
        return None
    return tuple(
        replace(hunk, rows=tuple(replace(row, text=html.unescape(row.text)) for row in hunk.rows)) for hunk in hunks
    )


def _with_signs(hunk: Hunk, text: Text) -> Hunk:
    """Give context that lost its sign the blank back that was taken for one, where the file has the line so."""
    known = {_form(line) for line in text.lines}
    context = [row for row in hunk.rows if row.kind == Kind.CONTEXT and row.text.strip()]
    signed = [row for row in context if not row.bare and _form(row.text) not in known]
    lost = [row for row in signed if " " + _form(row.text) in known]
    if len(lost) < len(signed) and (any(row.bare for row in context) or (lost and len(signed) == len(context))):
        lost = signed
    if not lost:
        return hunk
    rows = (replace(row, text=" " + row.text) if any(row is one for one in lost) else row for row in hunk.rows)
    return replace(hunk, rows=tuple(rows))


def _form(line: str) -> str:
    return line.rstrip() if line.isascii() else line.translate(FOLDING).rstrip()


def _at_home(hunks: tuple[Hunk, ...], known: set[int]) -> tuple[int, bool]:
    """Count the old rows the file has; when readings are equal there, plain signs are more likely than entities."""
    old = [row.text for hunk in hunks for row in hunk.old if row.text.strip()]
    plain = not any(_ENTITY.search(row.text) for hunk in hunks for row in hunk.rows)
    return sum(key in known for key in line_keys(encoded(old))[:, 1].tolist()), plain

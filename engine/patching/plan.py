"""From the edits of a reply to changes of files: names resolved, hunks placed, the policy asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cladogen.errors import PatchRefused
from cladogen.kernels.alignment import line_keys
from cladogen.patching.edits import FileEdit, Hunk, LineKind
from cladogen.patching.evolve_blocks import marked
from cladogen.patching.parent import Parent
from cladogen.patching.place.decide import place
from cladogen.patching.place.groups import FoundPlaces, Group, groups, hunk_name, styles
from cladogen.patching.place.match import Search
from cladogen.patching.place.readings import read_as, unnumbered
from cladogen.patching.place.text import Text, encoded
from cladogen.patching.read.headers import is_left_out
from cladogen.patching.read.reader import looks_complete
from cladogen.patching.targets import paths
from cladogen.patching.whole_text import rewritten


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
            mine.collides(theirs)
            or (instead and mine.place == theirs.place and mine.added != theirs.added)
            for mine in self.groups
            for theirs in other.groups
        )


class Planner:
    """Places the edits of one reply in one program."""

    def __init__(self, parent: Parent, coming: Mapping[str, int]) -> None:
        self.parent = parent
        self.coming = coming

    def change(self, edit: FileEdit) -> FileChange | None:
        """Return what ``edit`` does, or None when it says nothing; raises PatchRefused."""
        if edit.is_empty:
            return None
        old, new = paths(edit, self.parent)
        policy = self.parent.policy
        path = new or old
        if edit.mode in ("120000", "160000") and not policy.allow_symlinks:
            raise PatchRefused(
                "symlink", f"{path} would be a link (mode {edit.mode}); give the file itself"
            )
        if edit.binary and not policy.allow_binary:
            raise PatchRefused(
                "binary-patch", f"{path} is given as a binary patch; only text can change"
            )
        if edit.deleted or edit.renamed or any(hunk.changes for hunk in edit.hunks):
            policy.check_touch(path)
        executable = edit.mode == "100755" if edit.mode.startswith("100") else None
        change = self._content(edit, old, path, executable)
        if change is not None:
            self._check(change, edit)
        return change

    # -- content

    def _content(
        self, edit: FileEdit, old: str, path: str, executable: bool | None
    ) -> FileChange | None:
        if edit.deleted:
            self._check_deletion(edit, old)
            return FileChange(path, old, deleted=True)
        if edit.whole is not None:
            return FileChange(path, old, whole=self._whole(edit, path), executable=executable)
        if not old:
            return FileChange(path, "", whole=self._created(edit, path), executable=executable)
        if old not in self.parent.texts:
            raise self.parent.no_such_file(old)
        changes = self._placed(edit, old)
        moved = path != old
        if not changes and not moved and executable is None:
            return None
        return FileChange(path, old, changes, copied=edit.copied, executable=executable)

    def _created(self, edit: FileEdit, path: str) -> str:
        rows = [row for hunk in edit.hunks for row in hunk.rows if row.kind != LineKind.REMOVED]
        signed = any(row.kind == LineKind.ADDED for row in rows)
        lines = unnumbered([row.text if signed or row.bare else " " + row.text for row in rows])
        text = "".join(line + "\n" for line in lines)
        if rows and rows[-1].open_end:
            text = text.removesuffix("\n")
        return rewritten(self.parent.texts[path], text) if self.parent.texts.get(path) else text

    def _whole(self, edit: FileEdit, path: str) -> str:
        whole = edit.whole or ""
        base = self.parent.texts.get(path)
        if base is None or not base:
            return whole
        left_out = next(
            (line.strip() for line in whole.split("\n") if is_left_out(line) and line not in base),
            None,
        )
        if left_out:
            reason = (
                f'{path}: "{left_out}" stands for code that is not given; give the complete '
                "file or a diff"
            )
            raise PatchRefused("truncated-reply", reason)
        if not marked(whole) and not looks_complete(whole, base):
            count, total = (
                len([line for line in one.split("\n") if line.strip()]) for one in (whole, base)
            )
            raise PatchRefused(
                "truncated-reply",
                f"{path}: the fence holds {count} lines of a file of {total}; give the complete "
                "file or a diff",
            )
        return rewritten(base, whole)

    def _check_deletion(self, edit: FileEdit, path: str) -> None:
        if path not in self.parent.texts:
            raise self.parent.no_such_file(path)
        known = set(self.parent.text(path).keys[:, 2].tolist())
        removed = [
            row.text
            for hunk in edit.hunks
            for row in hunk.old
            if row.kind == LineKind.REMOVED and row.text.strip()
        ]
        for line, key in zip(removed, line_keys(encoded(removed))[:, 2].tolist(), strict=True):
            if key not in known:
                raise PatchRefused(
                    "removed-lines-not-found", f'{path}: no such line: "{line.strip()}"'
                )

    def _placed(self, edit: FileEdit, path: str) -> tuple[Group, ...]:
        text = self.parent.text(path)
        hunks = [hunk for hunk in read_as(edit.hunks, text) if hunk.changes]
        found: list[FoundPlaces] = []
        loose: list[Group] = []
        for number, hunk in enumerate(hunks, 1):
            where = hunk_name(path, number, hunk, len(hunks))
            if not hunk.old:
                loose.append(self._without_context(hunk, text, where))
                continue
            search = Search(hunk, text, self._coming(hunk))
            twins = [one for one in hunks if one.rows == hunk.rows]
            turn = sum(1 for one in hunks[: number - 1] if one.rows == hunk.rows)
            found.append(
                FoundPlaces(
                    search,
                    place(search, where, len(twins) if hunk.start is None else 1, turn),
                    where,
                )
            )
        changes = [
            group
            for one, style in zip(found, styles(found), strict=True)
            for group in groups(one, style)
        ]
        return tuple(dict.fromkeys([*changes, *loose]))

    def _coming(self, hunk: Hunk) -> set[str]:
        own = [row.text.strip() for row in hunk.added]
        return {line for line, count in self.coming.items() if count > own.count(line)}

    def _without_context(self, hunk: Hunk, text: Text, where: str) -> Group:
        """Lines without any context can only go into an empty file or to the end of one."""
        added = tuple(row.text for row in hunk.added)
        if hunk.at_end or not any(line.strip() for line in text.lines):
            removed = () if hunk.at_end else tuple(range(len(text.lines)))
            return Group(removed, len(text.lines), 0, added, hunk.rows[-1].open_end)
        raise PatchRefused(
            "ambiguous-context",
            f"{where}: it has no context, so it fits everywhere; show the lines around",
        )

    # -- policy

    def _check(self, change: FileChange, edit: FileEdit) -> None:
        if self._is_nothing(change):
            return
        policy, path, source = self.parent.policy, change.path, change.source
        policy.check_touch(path)
        if source and source != path and not change.copied:
            policy.check_touch(source)
        for denied, what in (
            (
                path not in self.parent.texts and not edit.renamed and not policy.allow_new_files,
                "new files",
            ),
            (change.deleted and not policy.allow_deleted_files, "deleted files"),
            (
                source not in ("", path) and not change.copied and not policy.allow_renames,
                "renames",
            ),
            (
                change.executable is not None
                and path in self.parent.texts
                and not policy.allow_mode_change,
                "mode changes",
            ),
        ):
            if denied:
                raise PatchRefused("protected-file", f"{path}: {what} are not allowed here")

    def _is_nothing(self, change: FileChange) -> bool:
        """Whether a change leaves its file as it is, as far as text goes."""
        if change.deleted or change.path != change.source or change.executable is not None:
            return False
        return change.whole == self.parent.texts.get(change.path) or (
            change.whole is None and not change.groups
        )

"""From the edits of a reply to changes of files: names resolved, hunks placed, the policy asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import chain, combinations

from cladogen.errors import PatchRefused
from cladogen.kernels.alignment import line_keys
from cladogen.patching.edits import FileEdit, Hunk, HunkLine, LineKind
from cladogen.patching.evolve_blocks import has_markers
from cladogen.patching.file_change import FileChange
from cladogen.patching.parent import Parent
from cladogen.patching.parts.completeness import why_part
from cladogen.patching.parts.elisions import without_elisions
from cladogen.patching.parts.languages import language_of
from cladogen.patching.parts.outline import Outline
from cladogen.patching.parts.placing import placed
from cladogen.patching.place.decide import place
from cladogen.patching.place.groups import ChangeGroup, PlacedHunk, groups, hunk_name, styles
from cladogen.patching.place.margins import in_margin
from cladogen.patching.place.match import Coming, Search
from cladogen.patching.place.readings import read_as
from cladogen.patching.place.text import Text, encoded
from cladogen.patching.read.headers import elided
from cladogen.patching.read.line_numbers import numbers_with_a_gap, without_numbers
from cladogen.patching.read.snippets import check_numbers, left_out
from cladogen.patching.read.two_columns import check_one_column
from cladogen.patching.targets import paths
from cladogen.patching.whole_text import changed, rewritten, styled


class Planner:
    """Places the edits of one reply in one program; ``given`` are the files it gives whole."""

    def __init__(
        self, parent: Parent, coming: Mapping[str, int], given: Mapping[str, str] | None = None
    ) -> None:
        self.parent, self.coming, self.given = parent, coming, given or {}

    def change(self, edit: FileEdit) -> FileChange | None:
        """Return what ``edit`` does, or None when it says nothing; raises PatchRefused."""
        if edit.is_empty:
            return None
        old, new = paths(edit, self.parent)
        path = new or old
        self._check_allowed(edit, path)
        self._check_free(edit, old, path)
        executable = edit.mode == "100755" if edit.mode.startswith("100") else None
        change = self._content(edit, old, path, executable)
        if change is not None:
            self._check(change, edit)
        return change

    def _check_allowed(self, edit: FileEdit, path: str) -> None:
        """Raise PatchRefused for a kind of change that the problem does not allow."""
        self._check_form(edit, path)
        if edit.deleted or edit.renamed or edit.changes:
            self.parent.policy.check_touch(path)

    def _check_form(self, edit: FileEdit, path: str) -> None:
        """Raise PatchRefused for links and bytes where they are not allowed."""
        policy = self.parent.policy
        if edit.mode in ("120000", "160000") and not policy.allow_symlinks:
            raise PatchRefused(
                "symlink", f"{path} would be a link (mode {edit.mode}); give the file itself"
            )
        if edit.binary and not policy.allow_binary:
            raise PatchRefused(
                "binary-patch", f"{path} is given as a binary patch; only text can change"
            )

    def _check_free(self, edit: FileEdit, old: str, path: str) -> None:
        """Raise PatchRefused for a file that moves to where another one is."""
        if (edit.renamed or edit.copied) and path != old and path in self.parent.texts:
            raise PatchRefused(
                "ambiguous-context",
                f"{old} cannot become {path}: the program has that file; give its new text, or "
                "another name",
            )

    # -- content

    def _content(
        self, edit: FileEdit, old: str, path: str, executable: bool | None
    ) -> FileChange | None:
        if edit.deleted:
            self._check_deletion(edit, old)
            return FileChange(path, old, deleted=True)
        if edit.whole is not None:
            return self._whole(edit.whole, old, path, executable)
        if not old:
            return self._created(edit, path, executable)
        return self._edited(edit, old, path, executable)

    def _edited(
        self, edit: FileEdit, old: str, path: str, executable: bool | None
    ) -> FileChange | None:
        """Return what the hunks of an edit do to a file that is there, None for nothing."""
        if old not in self.parent.texts:
            raise self.parent.no_such_file(old)
        for hunk in edit.hunks:
            self._check_nothing_elided(hunk, old)
        changes, kept = self._placed(edit, old)
        if not changes and path == old and executable is None:
            return None
        return FileChange(path, old, changes, copied=edit.copied, executable=executable, kept=kept)

    def _created(self, edit: FileEdit, path: str, executable: bool | None) -> FileChange:
        text = self._new_text(edit, path)
        if self.parent.texts.get(path):
            changes = rewritten(self.parent.text(path), text)
            return FileChange(path, path, changes, executable=executable, total=True)
        check_numbers(path, text)
        return FileChange(path, "", whole=text, executable=executable)

    def _new_text(self, edit: FileEdit, path: str) -> str:
        """Return what an edit puts into a file of which it shows nothing old."""
        rows = list(chain.from_iterable(hunk.new for hunk in edit.hunks))
        lines = tuple(_written(rows))
        code = path in self.parent.texts or language_of(path) is not None
        text = "\n".join(without_numbers(lines) if code else lines)
        return text if not rows or rows[-1].open_end else text + "\n"

    def _whole(self, whole: str, old: str, path: str, executable: bool | None) -> FileChange:
        base = self.parent.texts.get(path)
        if not base:
            return FileChange(path, old, whole=whole, executable=executable)
        shown = self._without_elisions(whole, path)
        self._check_nothing_left_out(shown, path)
        if shown != whole:
            changes = self._part(shown, path, "it leaves code out")
            return FileChange(path, path, changes, executable=executable)
        texts = {**self.parent.texts, **self.given, path: self.parent.texts[path]}
        why = "" if has_markers(whole) else why_part(whole, path, texts, self._entry)
        changes = self._part(whole, path, why) if why else rewritten(self.parent.text(path), whole)
        return FileChange(path, path, changes, executable=executable, total=not why)

    @property
    def _entry(self) -> str:
        return self.parent.policy.entry

    def _without_elisions(self, whole: str, path: str) -> str:
        """Return a text given for a file without the lines that say only that the file goes on."""
        language = language_of(path)
        if language is None or has_markers(whole):
            return whole
        base = self.parent.texts[path]
        shown = without_elisions(Outline(whole, language), Outline(base, language))
        return shown if left_out(whole, base) else whole

    def _check_nothing_left_out(self, whole: str, path: str) -> None:
        between = numbers_with_a_gap(whole, self.parent.texts[path])
        if between:
            raise PatchRefused(
                "truncated-reply",
                f"{path}: its lines are numbered, and those between {between} are not given; give "
                "the complete file, without numbers",
            )
        if language_of(path) is not None:
            check_one_column(path, whole.split("\n"), self.parent.texts[path])
        line = left_out(whole, self.parent.texts[path])
        if line:
            raise PatchRefused(
                "truncated-reply",
                f'{path}: "{line}" stands for code that is not given; give the complete file or a '
                "diff",
            )

    def _check_nothing_elided(self, hunk: Hunk, path: str) -> None:
        """Refuse lines that come with an edit and stand for code."""
        text = self.parent.texts[path]
        if language_of(path) is not None:
            check_one_column(path, [row.text for row in hunk.added], text)
        lines = [row.text for row in hunk.new]
        for at, row in enumerate(hunk.new):
            if row.kind == LineKind.ADDED and elided(lines, at, text):
                raise PatchRefused(
                    "truncated-reply",
                    f'{path}: the added line "{row.text.strip()}" stands for code that is not '
                    "given; give that code, or leave the lines that stay out of the edit",
                )

    def _part(self, part: str, path: str, why: str) -> tuple[ChangeGroup, ...]:
        """Return the changes of a fence that holds a part of a file only."""
        language = language_of(path)
        if language is None:
            raise PatchRefused(
                "truncated-reply", f"{path}: {why}; give the complete file or a diff"
            )
        text = self.parent.text(path)
        part = "\n".join(styled(text, tuple(part.split("\n"))))
        outlines = (Outline(one, language) for one in (part, "\n".join(text.lines)))
        found = [
            group
            for span in placed(path, why, *outlines)
            for group in changed(text, span.first, span.last, span.lines)
        ]
        return _agreeing(found, path)

    def _check_deletion(self, edit: FileEdit, path: str) -> None:
        if path not in self.parent.texts:
            raise self.parent.no_such_file(path)
        known = set(self.parent.text(path).keys[:, 2].tolist())
        removed = _removed_lines(edit)
        for line, key in zip(removed, line_keys(encoded(removed))[:, 2].tolist(), strict=True):
            if key not in known:
                raise PatchRefused(
                    "removed-lines-not-found", f'{path}: no such line: "{line.strip()}"'
                )

    def _placed(self, edit: FileEdit, path: str) -> tuple[tuple[ChangeGroup, ...], frozenset[int]]:
        """Return the changes of the hunks, and the lines that they remove and add again."""
        text = self.parent.text(path)
        hunks = [in_margin(hunk, text, path) for hunk in read_as(edit.hunks, text) if hunk.changes]
        found, loose = self._each_placed(hunks, text, path)
        kept = frozenset(chain.from_iterable(one.kept() for one in found))
        changes = chain.from_iterable(map(groups, found, styles(found)))
        return _agreeing([*changes, *loose], path, kept), kept

    def _each_placed(
        self, hunks: Sequence[Hunk], text: Text, path: str
    ) -> tuple[list[PlacedHunk], list[ChangeGroup]]:
        """Place each hunk; one without context is returned as the change that it is."""
        found: list[PlacedHunk] = []
        loose: list[ChangeGroup] = []
        for number, hunk in enumerate(hunks, 1):
            where = hunk_name(path, number, hunk, len(hunks))
            if not hunk.old:
                loose.append(self._without_context(hunk, text, where))
                continue
            search = Search(hunk, text, self._coming(hunk))
            count, turn = _equals(hunks, number - 1)
            found.append(PlacedHunk(search, place(search, where, count, turn), where))
        return found, loose

    def _coming(self, hunk: Hunk) -> Container[str]:
        return Coming(self.coming, Counter(row.text.strip() for row in hunk.added))

    def _without_context(self, hunk: Hunk, text: Text, where: str) -> ChangeGroup:
        """Lines without any context can only go into an empty file or to the end of one."""
        added = tuple(row.text for row in hunk.added)
        if hunk.at_end or not any(line.strip() for line in text.lines):
            removed = () if hunk.at_end else tuple(range(len(text.lines)))
            return ChangeGroup(removed, len(text.lines), 0, added, hunk.rows[-1].open_end)
        raise PatchRefused(
            "ambiguous-context",
            f"{where}: it has no context, so it fits everywhere; show the lines around",
        )

    # -- policy

    def _check(self, change: FileChange, edit: FileEdit) -> None:
        if self._is_nothing(change):
            return
        policy, path = self.parent.policy, change.path
        policy.check_touch(path)
        if change.moves:
            policy.check_touch(change.source)
        known = path in self.parent.texts
        policy.check_kinds(
            path,
            made=not known and not edit.renamed,
            deleted=change.deleted,
            renamed=change.moves,
            moded=change.executable is not None and known,
        )

    def _is_nothing(self, change: FileChange) -> bool:
        """Whether a change leaves its file as it is, as far as text goes."""
        if change.deleted or change.path != change.source or change.executable is not None:
            return False
        if change.whole is None:
            return not change.groups
        return change.whole == self.parent.texts.get(change.path)


def _agreeing(
    found: list[ChangeGroup], path: str, kept: frozenset[int] = frozenset()
) -> tuple[ChangeGroup, ...]:
    """Return each change once; raises PatchRefused when two change one line in two ways."""
    unique = tuple(dict.fromkeys(found))
    twice = next(_contested(unique, kept), None)
    if twice is not None:
        raise PatchRefused(
            "ambiguous-context",
            f"{path}: line {twice + 1} is changed twice, in two ways; give one edit of it",
        )
    return unique


def _contested(found: tuple[ChangeGroup, ...], kept: frozenset[int]) -> Iterator[int]:
    """Yield lines that two changes take, that one takes and one keeps, or at which one parts
    another, or at which both bind a name.
    """
    owners: dict[int, ChangeGroup] = {}
    for group in found:
        yield from (line for line in group.removed if line in owners or line in kept)
        owners |= dict.fromkeys(group.removed, group)
    yield from (group.line for group in found if _parts_another(group, owners))
    yield from _bound_twice(found)


def _bound_twice(found: Sequence[ChangeGroup]) -> Iterator[int]:
    """Yield the lines at which two changes bind a name."""
    at_line: dict[int, list[ChangeGroup]] = {}
    for group in found:
        at_line.setdefault(group.line, []).append(group)
    for line, several in at_line.items():
        yield from (line for one, other in combinations(several, 2) if one.binds_otherwise(other))


def _parts_another(group: ChangeGroup, owners: Mapping[int, ChangeGroup]) -> bool:
    """Whether a change adds lines between two that another one takes; ``owners`` are the changes
    that take a line.
    """
    above, below = owners.get(group.line - 1), owners.get(group.line)
    return bool(group.added) and above is below and above not in (None, group)


def _removed_lines(edit: FileEdit) -> list[str]:
    """Return the lines that an edit removes, without blank ones."""
    return [row.text for row in edit.rows if row.kind == LineKind.REMOVED and row.text.strip()]


def _written(rows: Sequence[HunkLine]) -> list[str]:
    """Return the lines of a new file; without any sign, what was taken for one is theirs."""
    signed = any(row.kind == LineKind.ADDED for row in rows)
    return [row.text if signed or row.bare else " " + row.text for row in rows]


def _equals(hunks: Sequence[Hunk], at: int) -> tuple[int, int]:
    """Return how many hunks say the same as one, 1 where it says where it goes, and its turn."""
    hunk = hunks[at]
    equal = [other for other, one in enumerate(hunks) if one.rows == hunk.rows]
    return (len(equal) if hunk.start is None else 1), equal.index(at)

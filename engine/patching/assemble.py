"""Put the edits of a reply together: what does not collide is all made, of what collides the last
counts.

Every edit is read against the parent. One that fits only after the edits before it builds on them.
One that fits nowhere is forgiven only when a later edit of the same lines takes its place;
otherwise the reply is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit, LineKind
from cladogen.patching.parent import Parent
from cladogen.patching.place.groups import Group, compose
from cladogen.patching.place.match import weight
from cladogen.patching.plan import FileChange, Planner

_MISPLACED = ("removed-lines-not-found", "ambiguous-context")


@dataclass(frozen=True, slots=True)
class Part:
    """A change with the alternative it came from, and the parts it builds on, whose changes are in
    it.
    """

    change: FileChange
    alternative: Alternative
    edit: FileEdit
    under: tuple[Part, ...] = ()

    def holds(self, change: FileChange) -> bool:
        """Whether this part makes the change, or one of those below it does."""
        return self.change == change or any(part.holds(change) for part in self.under)


@dataclass(slots=True)
class Assembly:
    """What is chosen so far, and what fitted nowhere."""

    planner: Planner
    parts: list[Part] = field(default_factory=list)
    refused: list[tuple[Alternative, FileEdit, PatchRefused]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, alternative: Alternative) -> None:
        """Add the edits of one alternative; an alternative that does not fit as a whole is not
        added at all.
        """
        before = list(self.parts)
        refusals = []
        for edit in alternative.edits:
            try:
                part = self._part(edit, alternative)
            except PatchRefused as refusal:
                refusals.append((alternative, edit, refusal))
                continue
            if part is not None:
                self._choose(part)
        if refusals:
            self.parts = before
            self.refused += refusals

    def result(self) -> list[FileChange]:
        """Return the chosen changes; raises the first refusal that nothing has taken the place
        of.
        """
        for alternative, edit, refusal in self.refused:
            if not any(
                _replaces(part, edit) for part in self.parts if part.alternative is not alternative
            ):
                raise refusal
        return [part.change for part in self.parts]

    def _part(self, edit: FileEdit, alternative: Alternative) -> Part | None:
        try:
            change = self.planner.change(edit)
        except PatchRefused as refusal:
            if refusal.code not in _MISPLACED or not self.parts:
                raise
            built = self._built_on(edit, alternative)
            if built is None:
                raise
            return built
        return None if change is None else Part(change, alternative, edit)

    def _built_on(self, edit: FileEdit, alternative: Alternative) -> Part | None:
        """Return the part of an edit that fits the text the earlier edits leave, with their changes
        in it.
        """
        texts = dict(self.planner.parent.texts) | self.texts()
        planner = Planner(Parent(texts, self.planner.parent.policy), self.planner.coming)
        try:
            change = planner.change(edit)
        except PatchRefused:
            return None
        if (
            change is None
            or change.deleted
            or change.path != change.source
            or change.whole is not None
        ):
            return None
        earlier = [part for part in self.parts if part.change.path == change.path]
        self.parts = [part for part in self.parts if part not in earlier]
        self.notes.append(f"{change.path}: an edit builds on an earlier one")
        text = compose(planner.parent.text(change.path), change.groups)
        source = earlier[0].change.source if earlier else change.source
        executable = next(
            (part.change.executable for part in earlier if part.change.executable is not None), None
        )
        return Part(
            FileChange(change.path, source, whole=text, executable=executable),
            alternative,
            edit,
            (*earlier,),
        )

    def _choose(self, new: Part) -> None:
        """Add a part and leave out what it collides with: the edit it replaces, or the whole other
        alternative.
        """
        collided = [
            part for part in self.parts if part.change.collides(new.change, new.alternative.instead)
        ]
        if not collided:
            self.parts.append(new)
            return
        built = next((part for part in collided if part.under and _is_no_choice(part, new)), None)
        if built is not None:
            self._build_too(built, new)
            return
        self.notes.append(f"{new.change.path}: of alternatives that collide the last counts")
        out = {id(part) for part in collided}
        others = [part.alternative for part in collided if part.alternative is not new.alternative]
        groups = {one.group for one in others if one.group and one.group != new.alternative.group}
        for part in self.parts:
            if (
                any(part.alternative is other for other in others)
                or part.alternative.group in groups
            ):
                out.add(id(part))
        self.parts = [part for part in self.parts if id(part) not in out] + [new]

    def _build_too(self, built: Part, new: Part) -> None:
        """Put an edit on top of edits that build on one another already; read against the parent,
        it would undo them.

        Raises PatchRefused for one that does not fit there: what it would take back nobody can say.
        """
        if built.holds(new.change):
            return
        part = self._built_on(new.edit, new.alternative)
        if part is None:
            advice = "give one edit for each place, or the whole file"
            raise PatchRefused(
                "ambiguous-context", f"{new.change.path}: edits of the same lines collide; {advice}"
            )
        self.parts.append(replace(part, under=(*part.under, new)))

    def texts(self) -> dict[str, str]:
        """Return the texts of the files that the parts so far change or make."""
        return {path: text for path, text, _ in self.files() if text is not None}

    def files(self) -> Iterator[tuple[str, str | None, FileChange]]:
        """Yield (path, text, change) for each file that changes; a text of None is a file that
        goes.
        """
        yield from files([part.change for part in self.parts], self.planner)


def files(
    changes: list[FileChange], planner: Planner
) -> Iterator[tuple[str, str | None, FileChange]]:
    """Yield (path, text, change) for each file that changes; a text of None is a file that goes."""
    merged: dict[str, list[Group]] = {}
    for change in changes:
        merged.setdefault(change.source, []).extend(change.groups)
    for change in changes:
        if change.source and change.source != change.path and not change.copied:
            yield change.source, None, change
        if change.deleted:
            yield change.path, None, change
        elif change.whole is not None:
            yield change.path, change.whole, change
        else:
            yield (
                change.path,
                compose(planner.parent.text(change.source), merged[change.source]),
                change,
            )


def _is_no_choice(part: Part, new: Part) -> bool:
    """Whether two parts are meant together: neither an option of several, nor given instead of the
    other.
    """
    return (
        bool(new.change.groups)
        and not new.alternative.instead
        and part.alternative.group == new.alternative.group
    )


def _replaces(part: Part, failed: FileEdit) -> bool:
    """Whether a chosen part changes what a failed edit meant to change: the same file, mostly the
    same lines.
    """
    names = {name.rpartition("/")[2] for name in (failed.old, failed.new, failed.hint) if name}
    if names and part.change.path.rpartition("/")[2] not in names:
        return False
    if part.edit.whole is not None:
        return True
    wanted, shown = (
        {row.text.strip() for hunk in edit.hunks for row in hunk.old if weight(row.text) == 1}
        for edit in (failed, part.edit)
    )
    return len(wanted & shown) >= max(2, len(wanted) / 2)


def applied_already(alternatives: list[Alternative], planner: Planner) -> bool:
    """Whether the program already holds what the reply adds, and nothing of what it removes."""
    edits = [edit for one in alternatives for edit in one.edits]
    reversed_edits = [_reversed(edit) for edit in edits]
    if not edits or any(
        edit.deleted or not any(hunk.changes for hunk in edit.hunks) for edit in edits
    ):
        return False
    try:
        return all(planner.change(edit) is not None for edit in reversed_edits)
    except PatchRefused:
        return False


def _reversed(edit: FileEdit) -> FileEdit:
    turned = {LineKind.ADDED: LineKind.REMOVED, LineKind.REMOVED: LineKind.ADDED}
    hunks = tuple(
        replace(
            hunk, rows=tuple(replace(row, kind=turned.get(row.kind, row.kind)) for row in hunk.rows)
        )
        for hunk in edit.hunks
    )
    return replace(edit, hunks=hunks)


def coming(alternatives: list[Alternative]) -> Mapping[str, int]:
    """Count the lines that hunks add: context that shows them is not in the file yet."""
    counts: dict[str, int] = {}
    for alternative in alternatives:
        for edit in alternative.edits:
            for hunk in edit.hunks:
                for row in hunk.added:
                    if row.text.strip():
                        counts[row.text.strip()] = counts.get(row.text.strip(), 0) + 1
    return counts

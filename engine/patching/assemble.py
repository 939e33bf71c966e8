"""Put the edits of a reply together: what does not collide is all made; of what collides, that
which the reply recommends, or corrects the rest with. Where it says nothing, it is refused.

Every edit is read against the parent. One that fits only after the edits before it builds on them.
One that fits nowhere is forgiven only when a later edit of the same lines takes its place;
otherwise the reply is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, product

from cladogen.errors import PatchRefused
from cladogen.patching.composed import files
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.file_change import FileChange
from cladogen.patching.inverse import applied_already
from cladogen.patching.made_parts import LineIndex, Part
from cladogen.patching.parent import Parent
from cladogen.patching.place.compose import compose
from cladogen.patching.place.groups import shared_lines
from cladogen.patching.place.match import weight
from cladogen.patching.plan import Planner
from cladogen.patching.read.stance import Stance

_MISPLACED = ("removed-lines-not-found", "ambiguous-context")


def _built_on(parts: Sequence[Part], new: Part) -> Part | None:
    """Return the first part that a new one is built on, with no choice between both."""
    return next((part for part in parts if part.under and _is_no_choice(part, new)), None)


@dataclass(slots=True)
class Assembly:
    """What is chosen so far, and what fitted nowhere."""

    planner: Planner
    parts: list[Part] = field(default_factory=list)
    refused: list[tuple[Alternative, FileEdit, PatchRefused]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _added: list[Alternative] = field(default_factory=list)
    _chosen: list[Alternative] = field(default_factory=list)  # that took the place of others
    _open_choices: list[tuple[Part, PatchRefused]] = field(default_factory=list)
    _index: LineIndex = field(default_factory=LineIndex)
    _passed_over: bool = False  # whether one was left out for another

    def add(self, alternative: Alternative) -> None:
        """Add the edits of one alternative; an alternative that does not fit as a whole is not
        added at all.
        """
        self._added.append(alternative)
        before = list(self.parts)
        refusals = []
        for edit in alternative.edits:
            try:
                part = self._part(edit, alternative)
                if part is not None and not self._choose(part):
                    self.parts, self._passed_over = before, True
                    return
            except PatchRefused as refusal:
                refusals.append((alternative, edit, refusal))
        if refusals:
            self.parts = before
            self.refused += refusals

    def result(self) -> list[FileChange]:
        """Return the chosen changes; raises the first refusal that nothing has taken the place
        of.
        """
        self._check_refused()
        self._check_options()
        self._check_doubts()
        for part, refusal in self._open_choices:
            if any(part is other for other in self.parts):
                raise refusal
        return [part.change for part in self.parts]

    def _check_refused(self) -> None:
        """Raise the first refusal of an edit that nothing has taken the place of."""
        for alternative, edit, refusal in self.refused:
            if not self._is_replaced(alternative, edit) and not self._is_made(alternative):
                raise refusal

    def _is_replaced(self, alternative: Alternative, edit: FileEdit) -> bool:
        """Whether a later part takes the place of an edit of an alternative."""
        later = (part for part in self.parts if self._follows(part.alternative, alternative))
        return any(_replaces(part, edit) for part in later)

    def _is_made(self, alternative: Alternative) -> bool:
        """Whether the program has all that an alternative says beside those that are made, as it
        has what an earlier patch shown for context says.
        """
        return bool(self.parts) and applied_already([alternative], self.planner)

    def _follows(self, one: Alternative, other: Alternative) -> bool:
        """Whether an alternative was added after another."""
        ids = list(map(id, self._added))
        return ids.index(id(one)) > ids.index(id(other))

    def _check_options(self) -> None:
        """Raise PatchRefused when two options are left that do not collide: both is not meant."""
        for part in filter(self._is_open, self.parts):
            if any(_is_rival(part, other) for other in self.parts):
                raise PatchRefused(
                    "ambiguous-context",
                    "the reply offers alternatives and does not say which of them is to be made; "
                    "send that one alone",
                )

    def _is_open(self, part: Part) -> bool:
        """Whether a part is one of several options, and was not chosen."""
        one = part.alternative
        return one.stance.exclusive and not any(one is other for other in self._chosen)

    def _check_doubts(self) -> None:
        """Raise PatchRefused when words that are not understood may speak against an edit."""
        unclear = next(filter(None, self._doubts()), "")
        if unclear and len(self._added) > 1:
            words = re.sub(r"⟦(\d)⟧", r"option \1", unclear)
            raise PatchRefused(
                "ambiguous-context",
                f'the reply says "{words}", so it is not clear which of its edits are to be made; '
                "send those alone, without the others",
            )

    def _doubts(self) -> list[str]:
        stances = (part.alternative.stance for part in self.parts)
        said = [stance for stance in stances if not stance.corrects]
        doubts = list(map(_doubt, said))
        if self._chosen or self._passed_over:  # of the program or not: one of several is made
            doubts += [stance.doubted for stance in said]
        return doubts

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
        planner = Planner(
            Parent(texts, self.planner.parent.policy), self.planner.coming, self.planner.given
        )
        change = _fitting(planner, edit)
        if change is None or not change.edits_in_place:
            return None
        earlier = self._taken_out(change.path)
        self.notes.append(f"{change.path}: an edit builds on an earlier one")
        text = compose(planner.parent.text(change.path), change.groups)
        source = earlier[0].change.source if earlier else change.source
        return Part(
            FileChange(change.path, source, whole=text, executable=_executable(earlier)),
            alternative,
            edit,
            (*earlier,),
        )

    def _taken_out(self, path: str) -> list[Part]:
        """Take the parts of a file out, and return them."""
        found = [part for part in self.parts if part.change.path == path]
        self.parts = [part for part in self.parts if part.change.path != path]
        return found

    def _choose(self, new: Part) -> bool:
        """Add a part, in place of what it collides with if the reply says so.

        Returns False when another alternative counts; raises PatchRefused when nothing says which.
        """
        stance = new.alternative.stance
        collided = self._index.collided(self.parts, new.change, stance.instead)
        under = _built_on(collided, new)
        if not collided:
            self._add(new)
        elif under is not None:
            self._build_too(under, new)
        elif self._counts_instead(collided, new):
            if not self._is_preferred(collided, new):
                self._open_choices.append((new, _contradiction(collided[0], new)))
            self._replace(collided, new)
        elif self._ranks(new) < min(map(self._ranks, collided)):
            return False
        else:
            raise _contradiction(collided[0], new)
        return True

    def _add(self, new: Part) -> None:
        left = self.parts
        if new.change.total:
            left = [part for part in left if not _is_covered(part.change, new.change)]
        self.parts = [*left, new]
        self._index.note(new)

    def _counts_instead(self, collided: list[Part], new: Part) -> bool:
        """Whether the reply says that a part counts instead of those it collides with."""
        stance = new.alternative.stance
        ranks = list(map(self._ranks, collided))
        if stance.corrects and _is_offered_apart(collided, new):
            return True
        if self._ranks(new) > max(ranks):
            return True
        return (
            stance.instead and self._ranks(new) >= min(ranks) and _is_offered_apart(collided, new)
        )

    def _is_preferred(self, collided: list[Part], new: Part) -> bool:
        """Whether the reply prefers a part to those it collides with: to offer it is not enough."""
        stance = new.alternative.stance
        ranks = max(map(self._ranks, collided))
        return stance.corrects or stance.preferred or self._ranks(new) > ranks

    @staticmethod
    def _ranks(part: Part) -> bool:
        return part.alternative.stance.recommended

    def _replace(self, collided: list[Part], new: Part) -> None:
        """Leave out what a part collides with: the edit it replaces, or the other option."""
        self.notes.append(f"{new.change.path}: of alternatives that collide one counts")
        self._chosen.append(new.alternative)
        others = _others(collided, new)
        options = {one.stance.option for one in others} - {0, new.option}
        out = set(map(id, (*collided, *others)))
        left = (part for part in self.parts if part.option not in options)
        self.parts = [part for part in left if out.isdisjoint((id(part), id(part.alternative)))]
        self.parts.append(new)
        self._index.note(new)

    def _build_too(self, built: Part, new: Part) -> None:
        """Put an edit on top of edits that build on one another already; read against the parent,
        it would undo them.

        Raises PatchRefused for one that does not fit there: what it would take back nobody can say.
        """
        if built.holds(new.change):
            return
        part = self._built_on(new.edit, new.alternative)
        if part is None:
            raise _contradiction(built, new)
        self.parts.append(replace(part, under=(*part.under, new)))
        self._index.note(self.parts[-1])

    def texts(self) -> dict[str, str]:
        """Return the texts of the files that the parts so far change or make."""
        return {path: text for path, text, _ in self.files() if text is not None}

    def files(self) -> Iterator[tuple[str, str | None, FileChange]]:
        """Yield (path, text, change) for each file that changes; a text of None is a file that
        goes.
        """
        yield from files([part.change for part in self.parts], self.planner)


def _others(parts: Sequence[Part], new: Part) -> list[Alternative]:
    """Return the alternatives of some parts that are not a new one's."""
    return [part.alternative for part in parts if part.alternative is not new.alternative]


def _is_offered_apart(collided: Sequence[Part], new: Part) -> bool:
    """Whether what is said of a part is not said of what it collides with, too."""
    return all(part.alternative.stance is not new.alternative.stance for part in collided)


def _doubt(stance: Stance) -> str:
    """Return the words that may speak against an edit, "" for none."""
    return stance.unclear or stance.left_out


def _fitting(planner: Planner, edit: FileEdit) -> FileChange | None:
    """Return what an edit does, None where it fits nowhere."""
    try:
        return planner.change(edit)
    except PatchRefused:
        return None


def _is_rival(part: Part, other: Part) -> bool:
    """Whether another part is of another option than an exclusive one."""
    if part.option:
        return other.option not in (0, part.option)
    return other.alternative is not part.alternative


def _is_covered(change: FileChange, whole: FileChange) -> bool:
    """Whether a change of text is part of a whole file."""
    return whole.total and change.path == whole.path and whole.covers(change)


def _contradiction(one: Part, other: Part) -> PatchRefused:
    """Return the refusal of two edits that change one place in two ways."""
    lines = _lines_of_collision(one.change, other.change)
    where = f"line {min(lines) + 1} is changed twice" if lines else "two edits collide"
    return PatchRefused(
        "ambiguous-context",
        f"{other.change.path}: {where}, in two ways, and nothing says which one counts; give one "
        "edit of it",
    )


def _lines_of_collision(one: FileChange, other: FileChange) -> set[int]:
    """Return the lines at which two changes of a file collide."""
    pairs = product(one.groups, other.groups)
    collided = (pair for pair in pairs if pair[0].collides(pair[1]))
    return set(chain.from_iterable(shared_lines(*pair) for pair in collided))


def _is_no_choice(part: Part, new: Part) -> bool:
    """Whether two parts are meant together: neither an option of several, nor given instead of the
    other.
    """
    stance = new.alternative.stance
    offered_instead = stance.instead or stance.corrects
    return bool(new.change.groups) and not offered_instead and part.option == new.option


def _replaces(part: Part, failed: FileEdit) -> bool:
    """Whether a chosen part changes what a failed edit meant to change: the same file, mostly the
    same lines.
    """
    names = {name.rpartition("/")[2] for name in (failed.old, failed.new, failed.hint) if name}
    if names and part.change.path.rpartition("/")[2] not in names:
        return False
    wanted = _worded(failed)
    shared = wanted & _worded(part.edit)
    return part.change.total or len(shared) >= max(2, len(wanted) / 2)


def _worded(edit: FileEdit) -> set[str]:
    """Return the lines with words that an edit shows as the file's."""
    rows = (row for hunk in edit.hunks for row in hunk.old)
    return {row.text.strip() for row in rows if weight(row.text) == 1}


def _executable(parts: Sequence[Part]) -> bool | None:
    """Return what the first of the parts that says so makes of a file's mode."""
    said = (part.change.executable for part in parts)
    return next((each for each in said if each is not None), None)

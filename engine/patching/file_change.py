"""What becomes of one file, and which of two changes cannot be made together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from cladogen.patching.place.groups import ChangeGroup


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one file. ``groups`` change the text of ``source``; ``whole`` replaces it.

    ``total``: the groups are all that is to change, for the reply gives the whole file. ``kept``
    are lines that a hunk removes and adds again: they stay.
    """

    path: str
    source: str = ""
    groups: tuple[ChangeGroup, ...] = ()
    whole: str | None = None
    deleted: bool = False
    copied: bool = False
    executable: bool | None = None
    total: bool = False
    kept: frozenset[int] = frozenset()

    def collides(self, other: FileChange, instead: bool) -> bool:
        """Whether both cannot be made; ``instead``: the reply offers the other as a choice."""
        if not self._shares_a_file(other):
            return False
        if not (self.is_of_text and other.is_of_text):
            return self != other
        return self._contradicts(other) or (
            instead and self._any_pair(other, ChangeGroup.differs_at_one_line)
        )

    def _shares_a_file(self, other: FileChange) -> bool:
        """Whether both are about one file, before or after."""
        return self.path == other.path or (bool(self.source) and self.source == other.source)

    def _contradicts(self, other: FileChange) -> bool:
        return (
            self._undoes(other)
            or other._undoes(self)
            or self._any_pair(other, ChangeGroup.collides)
        )

    def _undoes(self, other: FileChange) -> bool:
        return self._leaves_out(other) or self._takes(other.kept)

    def _any_pair(
        self, other: FileChange, contradict: Callable[[ChangeGroup, ChangeGroup], bool]
    ) -> bool:
        pairs = product(self.groups, other.groups)
        return any(contradict(mine, theirs) for mine, theirs in pairs)

    @property
    def touched(self) -> frozenset[int] | None:
        """The lines at which it can collide with another change; None where it is more than changes
        of lines.
        """
        if self.total or not self.edits_in_place:
            return None
        lines = {group.line for group in self.groups} | self.kept
        lines.update(*(group.span for group in self.groups))
        return frozenset(lines)

    @property
    def edits_in_place(self) -> bool:
        """Whether the file stays where it is and its text is changed line by line."""
        return self.is_of_text and self.path == self.source

    @property
    def moves(self) -> bool:
        """Whether the file is somewhere else afterwards, and no longer where it was."""
        return self.source not in ("", self.path) and not self.copied

    def _leaves_out(self, other: FileChange) -> bool:
        return self.total and not self.covers(other)

    @property
    def is_of_text(self) -> bool:
        return not self.deleted and self.whole is None

    def _takes(self, lines: frozenset[int]) -> bool:
        return any(not lines.isdisjoint(group.removed) for group in self.groups)

    def covers(self, other: FileChange) -> bool:
        """Whether a whole file makes all that another change makes."""
        gone = {line for group in self.groups for line in group.removed}
        return all(
            set(group.removed) <= gone and any(mine.adds(group.added) for mine in self.groups)
            for group in other.groups
        )

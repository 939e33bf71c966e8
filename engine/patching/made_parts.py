"""The parts of an answer that is put together: changes with where they come from, and which lines
they touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.file_change import FileChange


@dataclass(frozen=True, slots=True)
class Part:
    """A change with the alternative it came from, and the parts it builds on, whose changes are in
    it.
    """

    change: FileChange
    alternative: Alternative
    edit: FileEdit
    under: tuple[Part, ...] = ()

    @property
    def option(self) -> int:
        return self.alternative.stance.option

    def holds(self, change: FileChange) -> bool:
        """Whether this part makes the change, or one of those below it does."""
        return self.change == change or any(part.holds(change) for part in self.under)


@dataclass(slots=True)
class LineIndex:
    """Which parts touch which lines, so that a part is compared with those alone."""

    _touching: dict[tuple[str, int], list[Part]] = field(default_factory=dict)  # file and line
    _wide: list[Part] = field(default_factory=list)  # that are more than changes of lines

    def note(self, part: Part) -> None:
        lines = part.change.touched
        if lines is None:
            self._wide.append(part)
        for line in lines or ():
            self._touching.setdefault((part.change.source, line), []).append(part)

    def near(self, change: FileChange) -> set[int] | None:
        """Return the ids of the parts that may collide with a change, None for all of them."""
        if change.touched is None:
            return None
        found = [self._touching.get((change.source, line), ()) for line in change.touched]
        return {id(part) for parts in (self._wide, *found) for part in parts}

    def collided(self, parts: Sequence[Part], change: FileChange, instead: bool) -> list[Part]:
        """Return those of some parts that collide with a change."""
        near = self.near(change)
        asked = parts if near is None else [part for part in parts if id(part) in near]
        return [part for part in asked if part.change.collides(change, instead)]

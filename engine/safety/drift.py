"""Drift: in what a program has become another thing than the seed program, beside its score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cladogen.program import Program
from cladogen.safety.reach import Reach, reach
from cladogen.safety.scan import Suspicion, scan


@dataclass(frozen=True, slots=True)
class Drift:
    """What a program names that the seed program does not, which of its new lines are suspicious,
    and how many canaries it was run on and solved (0 of 0: the problem has none).
    """

    new: Reach
    suspicions: tuple[Suspicion, ...]
    canaries: int = 0
    solved: int = 0

    def __bool__(self) -> bool:
        return bool(self.new or self.suspicions or self.canaries)


def drift(seed: Program, program: Program, canaries: int = 0, solved: int = 0) -> Drift:
    """Compare a program with the seed program."""
    return Drift(reach(program).beyond(reach(seed)), scan(seed, program), canaries, solved)


def drift_lines(found: Drift) -> Iterator[str]:
    """Yield the drift in words, a line each; nothing of what is as it was."""
    if found.canaries:
        yield f"canaries: {found.solved} of {found.canaries} solved" + ", it cheats" * bool(
            found.solved
        )
    yield from _reach_lines(found.new)
    yield from (f"look at {each}" for each in found.suspicions)


def _reach_lines(new: Reach) -> Iterator[str]:
    for name in ("imports", "commands", "hosts", "calls"):
        listed = getattr(new, name)
        if listed:
            what = "system calls" if name == "calls" else name
            yield f"new {what}: {', '.join(listed)}"

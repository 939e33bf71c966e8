"""The Machines seam: evaluations go out to other machines, replies come back.

One coordinator owns the run folder. Machines get a parcel (the problem and the settings), then
requests; whatever a lost machine had in hand is put back and given to another, and only a reply
counts, so nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cladogen.errors import SandboxError


class MachineLost(SandboxError):  # noqa: N818  (a state of the world, not a defect)
    """A machine is gone, with what it had in hand. Another may be given the same request."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a machine says when it is ready. ``where`` names its sandbox; ``surroundings`` is what
    prompts say of the world there, in JSON; ``notices`` are lines for the screen.
    """

    version: str
    where: str
    train: tuple[str, ...]
    heldout: tuple[str, ...]
    surroundings: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def unfit(self, version: str, first: Offer | None) -> str:
        """Return "" when a machine can work for a coordinator of ``version`` beside the one that
        made the ``first`` offer, else why not.
        """
        if self.version != version:
            return f"it has cladogen {self.version}, and this is {version}; install the same there"
        if first and (self.train, self.heldout) != (first.train, first.heldout):
            return "its scorer names other cases than the first machine's does"
        return ""


class Machines(Protocol):
    """Where requests are answered. ``slots`` is how many at once, now; ``where`` says in words what
    and where they are, once started.
    """

    slots: int
    where: str

    async def start(self, parcel: bytes) -> Offer:
        """Return the offer of the first machine that is ready; raises SandboxError when none can
        be, in one line.
        """
        ...

    async def call(self, request: bytes, most_s: float | None) -> bytes:
        """Return the reply to a request, from whichever machine is free.

        A machine that gives none in ``most_s`` seconds is taken for lost. Raises WorldAway while
        no machine is left, SandboxError for a request at which one machine after another is lost.
        """
        ...

    def follow(self, changed: Callable[[int], None]) -> None:
        """Call ``changed`` with the number of slots whenever it changes."""
        ...

    async def close(self) -> None:
        """End what was started there; never hangs."""
        ...

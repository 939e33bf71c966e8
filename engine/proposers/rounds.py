"""Rounds: how each answer to one task is asked for, the first and its repairs.

Feedback Friction (arXiv:2506.11930) finds that models go back to the answers that were refused:
what helps a little is sampling more freely from round to round, and naming what was refused. So
temperature and effort may follow the round, each kind of failure has a number of repairs of its
own, a second repair may be another model's, and earlier answers may be named in the prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cladogen.errors import ConfigError
from cladogen.evaluation import Status
from cladogen.problem.spelling import meant
from cladogen.prompts.operators import REPAIR_KINDS, repair_text

MOST = 2  # repairs of one answer, as `cladogen.run` has it
HOTTEST = 5.0


@dataclass(frozen=True, slots=True)
class Rounds:
    """``temperatures`` and ``efforts`` by round, the last one for all that follow; ``repairs`` by
    kind of failure; ``other``: from the second repair on another model is asked.
    """

    temperatures: tuple[float, ...] = ()
    efforts: tuple[str, ...] = ()
    repairs: Mapping[str, int] = field(default_factory=dict)
    other: bool = False

    @staticmethod
    def read(temperatures: str, efforts: str, repairs: str, other: bool) -> Rounds:
        """Read "0.2;0.7;1.2", "low;high" and "timeout=0,patch=2"; raises ConfigError."""
        hot = tuple(map(_temperature, _parts(temperatures, ";")))
        counts = dict(map(_repair, _parts(repairs, ",")))
        return Rounds(hot, tuple(_parts(efforts, ";")), counts, other)

    def sampling(self, round_: int) -> dict[str, Any]:
        """Return the parameters that a round's request has of its own."""
        own: dict[str, Any] = {}
        if self.temperatures:
            own["temperature"] = self.temperatures[min(round_, len(self.temperatures) - 1)]
        if self.efforts:
            own["reasoning_effort"] = self.efforts[min(round_, len(self.efforts) - 1)]
        return own

    def worth(self, code: str, status: Status | None, repairs: int) -> bool:
        """Tell whether a failure may be repaired once more, after so many repairs."""
        kind = repair_text(code, status).removeprefix("repair_")
        return repairs < self.repairs.get(kind, MOST)

    def repairer(self, name: str, repairs: int, usable: Sequence[str]) -> str:
        """Return who is asked for a repair after so many of them: the model itself, or the one that
        comes after it.
        """
        if not self.other or not repairs or len(usable) < 2:
            return name
        at = usable.index(name) if name in usable else -1
        return usable[(at + 1) % len(usable)]


def _parts(text: str, by: str) -> list[str]:
    return [part.strip() for part in text.split(by) if part.strip()]


def _temperature(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= HOTTEST:
        wanted = f"numbers from 0 to {HOTTEST:g} with ';' between them"
        raise ConfigError(f"proposer model: temperatures: {text!r}; they must be {wanted}")
    return value


def _repair(text: str) -> tuple[str, int]:
    kind, _, count = text.partition("=")
    if kind not in REPAIR_KINDS:
        close = meant(kind, REPAIR_KINDS) or f"; there are {', '.join(REPAIR_KINDS)}"
        raise ConfigError(f"proposer model: repairs: no failure {kind!r}{close}")
    if not count.isdigit() or int(count) > MOST:
        raise ConfigError(f"proposer model: repairs: {text!r}; write {kind}=0 to {kind}={MOST}")
    return kind, int(count)

"""Surroundings: what a prompt says of the world a program runs in, beside the problem's own words.

Made when a run is opened, kept in its record, so that a prompt can be made without a sandbox.
Held-out cases are a number here and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``train`` names the training cases, ``heldout`` is how many others there are, ``inputs`` says
    of training cases what the program gets; ``installed`` is one line on what a program finds
    there, "" when nobody could tell; ``history`` is what the seed's repository says of itself,
    ``carried`` what earlier runs have noted (None: not read yet), nothing of held-out cases.
    """

    train: tuple[str, ...] = ()
    heldout: int = 0
    inputs: Mapping[str, str] = field(default_factory=dict)
    installed: str = ""
    history: str = ""
    carried: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Surroundings:
        """Return what `to_json` made; {} is nothing known."""
        known = {name: values[name] for name in Surroundings.__slots__ if name in values}
        return Surroundings(**{**known, "train": tuple(known.get("train", ()))})


NOTHING_KNOWN = Surroundings()

"""What a run that goes on will still take, at the rate at which it goes: an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 5  # results from which a rate is taken


@dataclass(frozen=True, slots=True)
class ToCome:
    """What is left until the first cap is reached. ``cap`` is its name; ``usd`` is what the rest
    will cost, None where nothing has a price.
    """

    cap: str
    seconds: float
    results: float
    usd: float | None


def to_come(
    caps: Mapping[str, tuple[float, float]], results: int, per_minute: float | None, usd: float
) -> ToCome | None:
    """Return what is left, None where no cap ends the run or too little is known.

    ``caps`` are (used, cap) by name; each is taken to go on as it did per result so far, and
    ``seconds`` with the clock. ``patience`` is no measure of time: a better program begins it anew.
    """
    if results < LEAST or not per_minute:
        return None
    left = {
        name: (cap - used) * per_minute / 60 if name == "seconds" else (cap - used) * results / used
        for name, (used, cap) in caps.items()
        if name != "patience" and used > 0
    }
    if not left:
        return None
    cap = min(left, key=left.__getitem__)
    rest = max(0.0, left[cap])
    return ToCome(cap, 60 * rest / per_minute, rest, usd / results * rest if usd else None)

"""The programs that have a name in ``programs.git``."""

from __future__ import annotations

from collections.abc import Sequence

ELITES = 5


def heads(best: int | None, elites: Sequence[int]) -> dict[str, int]:
    """Return the heads of the projection: seed, best, elite/2 and on."""
    named = {"seed": 0} | ({} if best is None else {"best": best})
    return named | {f"elite/{place}": number for place, number in enumerate(elites, start=2)}

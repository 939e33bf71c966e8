"""The names that programs have in ``programs.git``: seed, best, what ships, other elites."""

from __future__ import annotations

from collections.abc import Sequence

ELITES = 5  # the best and four more


def heads(best: int | None, elites: Sequence[int], ships: int | None = None) -> dict[str, int]:
    """Return program numbers by branch: seed, best, ships (once it is chosen), elite/2 and on."""
    named = {"seed": 0, "best": best, "ships": ships}
    named |= {f"elite/{rank}": number for rank, number in enumerate(elites, start=2)}
    return {name: number for name, number in named.items() if number is not None}

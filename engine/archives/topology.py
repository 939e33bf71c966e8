"""Named migration topologies: which islands an island sends its programs to."""

from __future__ import annotations

TOPOLOGIES = ("ring", "star", "full", "random")


def targets(topology: str, island: int, islands: int, turn: int) -> tuple[int, ...]:
    """Return where ``island`` sends migrants at its ``turn``-th migration.

    ``ring``: the next island. ``star``: the hub (island 0); the hub sends to all. ``full``: all
    others. ``random``: one other, the same at every replay because it is computed from ``island``
    and ``turn``.
    """
    others = tuple(other for other in range(islands) if other != island)
    if not others:
        return ()
    if topology == "full" or (topology == "star" and island == 0):
        return others
    if topology == "star":
        return (0,)
    if topology == "random":
        return (others[_mixed(turn * islands + island) % len(others)],)
    return ((island + 1) % islands,)


def _mixed(value: int) -> int:
    # SplitMix64's finaliser: neighbouring turns must not send to neighbouring islands.
    mask = (1 << 64) - 1
    value = (value + 0x9E3779B97F4A7C15) & mask
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return value ^ (value >> 31)

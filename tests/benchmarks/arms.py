"""The course of a benchmark of several arms: search with each at each random seed, write the table to its page."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from page import write_part

Found = TypeVar("Found")

MECHANISMS = Path(__file__).parents[2] / "docs" / "mechanisms.md"


def measure(
    about: str | None,
    heading: str,
    arms: Iterable[str],
    search: Callable[[str, int, int], Found],
    table: Callable[[dict[str, list[Found]], int], str],
    *,
    seeds: int,
    evaluations: int,
) -> None:
    """Read ``--seeds`` and ``--evaluations``, and put the table of what ``search(arm, seed,
    evaluations)`` found under ``heading`` in docs/mechanisms.md.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--seeds", type=int, default=seeds)
    parser.add_argument("--evaluations", type=int, default=evaluations)
    asked = parser.parse_args()
    found: dict[str, list[Found]] = {arm: [] for arm in arms}
    for seed in range(asked.seeds):  # interleaved
        for arm, runs in found.items():
            runs.append(search(arm, seed, asked.evaluations))
    text = table(found, asked.evaluations)
    print(text)
    write_part(heading, text, MECHANISMS)

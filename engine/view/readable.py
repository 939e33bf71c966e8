"""What the parts of the reader of a run ask of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cladogen.problem import Problem
from cladogen.record.store import Store
from cladogen.settings import Settings


class Rankable(Protocol):
    """A run whose programs can be ranked again."""

    store: Store
    warn: Callable[[str], None]

    @property
    def settings(self) -> Settings: ...

    @property
    def problem(self) -> Problem: ...


class Named(Protocol):
    """A run whose programs have names."""

    folder: Path
    store: Store

    @property
    def size(self) -> int: ...

    @property
    def best(self) -> int | None: ...

    @property
    def ships(self) -> int | None: ...

    @property
    def commits(self) -> dict[int, str]: ...

    def heads(self) -> dict[str, int]: ...

    def forget_commits(self) -> None:
        """Read the commits again when they are next asked for."""
        ...

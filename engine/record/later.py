"""Evaluations that are read when somebody looks at them: a large run mostly counts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cladogen.evaluation import Evaluation
from cladogen.record.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Later(Sequence[Evaluation]):
    """The recorded evaluations of a program under a ticket: ``many`` of them. ``free``: none of
    them says what it cost. ``split`` is train, or duplicate.
    """

    store: Store
    number: int
    ticket: int
    many: int
    free: bool
    split: str = "train"

    def __len__(self) -> int:
        return self.many

    def __iter__(self) -> Iterator[Evaluation]:
        return iter(self._read())

    def __getitem__(self, at: Any) -> Any:
        return self._read()[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._read() == tuple(other)

    def __hash__(self) -> int:
        return hash((self.number, self.ticket))

    def _read(self) -> tuple[Evaluation, ...]:
        found = self.store.evaluations(self.number, split=self.split, ticket=self.ticket)
        return tuple(each.evaluation for each in found)

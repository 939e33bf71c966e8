"""What an archive was told, in arrays of some fifty bytes a result: one that is built anew under
other caps, and so with another pace, is told it again without a look at the record.

New programs and failures are told in short; what else there is of a run (seed programs, programs
measured again) is kept as it was told.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from cladogen.archives.base import Archive, Brief, in_short
from cladogen.proposal import Outcome
from cladogen.result import Result
from cladogen.state import NotKept, made, state_of

MOST_WHOLE = 1000  # results kept whole, with which there is nothing to gain
TOGETHER = 4096  # results
_OUTCOMES = list(Outcome)
_NO_PROGRAM = -1
# Of each result its program and island, its outcome with whether it is the last of its task, its
# fitness and behaviour, how many parents and features it has; then the parents and the features of
# all.
_OF_EACH = ("program", "island", "ended", "fitness", "behaviour", "parents", "features")
_KINDS = {
    "program": "i", "island": "i", "ended": "b", "fitness": "d", "behaviour": "q",
    "parents": "H", "features": "H", "every_parent": "i", "every_feature": "d",
}  # fmt: skip


@dataclass(slots=True)
class ToldAgain:
    """A result that an archive is told again: implements `cladogen.result.Short`."""

    outcome: Outcome
    last: bool
    program: int | None
    island: int
    fitness: float | None
    parents: tuple[int, ...]
    features: Sequence[float]
    behaviour: int
    kept: Result | None

    def whole(self) -> Result:
        if self.kept is None:
            raise NotKept("an archive that takes results in short asked for more")
        return self.kept


class Retelling:
    """The results that an archive was told, in order; none where it needs more than is kept."""

    def __init__(self, archive: Archive) -> None:
        self._on = in_short(archive) is not None
        self._clear()

    def _clear(self) -> None:
        self._rows: dict[str, array[Any]] = {name: array(kind) for name, kind in _KINDS.items()}
        self._whole: dict[int, Result] = {}  # by position
        self._known = bytearray()  # by number: 1 for a program that was told

    def add(self, results: Iterable[Result | Brief]) -> None:
        """Note what an archive was told."""
        for result in results if self._on else ():
            island = result.task.island if isinstance(result, Result) else result.island
            self._add(result, island)
        if len(self._whole) > MOST_WHOLE:
            self._on = False
            self._clear()

    def _add(self, result: Result | Brief, island: int) -> None:
        rows, number, features = self._rows, result.program, result.features
        if not self._is_short(result):
            whole = result if isinstance(result, Result) else result.whole()
            self._whole[len(rows["program"])] = replace(whole, evaluations=())
        rows["program"].append(_NO_PROGRAM if number is None else number)
        rows["island"].append(island)
        rows["ended"].append(2 * _OUTCOMES.index(result.outcome) + result.last)
        rows["fitness"].append(math.nan if result.fitness is None else result.fitness)
        rows["behaviour"].append(result.behaviour)
        rows["parents"].append(len(result.parents))
        rows["features"].append(len(features))
        rows["every_parent"].extend(result.parents)
        rows["every_feature"].extend(features)

    def _is_short(self, result: Result | Brief) -> bool:
        """Tell whether a result is of a new program that has parents, or of a failure."""
        number, known = result.program, self._known
        if number is None or result.outcome is not Outcome.ACCEPTED:
            return result.outcome is not Outcome.MEASURED
        if number >= len(known):
            known.extend(bytes(number + 1 - len(known)))
        new, known[number] = not known[number], 1
        return new and bool(result.parents)

    def tell(self, archive: Archive) -> bool:
        """Tell a fresh archive all of it; False where that cannot be done."""
        target = in_short(archive)
        if target is None or not self._on:
            return False
        again = self._again()
        while some := list(islice(again, TOGETHER)):
            target.tell_all(some)
        return True

    def _again(self) -> Iterator[ToldAgain]:
        rows = self._rows
        parents, features = iter(rows["every_parent"]), iter(rows["every_feature"])
        columns, whole = zip(*(rows[name] for name in _OF_EACH), strict=True), self._whole
        for at, (number, island, ended, fitness, behaviour, older, axes) in enumerate(columns):
            program = None if number == _NO_PROGRAM else number
            known = None if math.isnan(fitness) else fitness
            before = (next(parents),) if older == 1 else tuple(islice(parents, older))
            has = tuple(islice(features, axes))
            yield ToldAgain(
                _OUTCOMES[ended >> 1], ended & 1 == 1, program, island, known, before, has,
                behaviour, whole.get(at),
            )  # fmt: skip

    def state(self) -> Any:
        """Return it as what JSON knows and arrays, None where there is nothing to tell."""
        if not self._on:
            return None
        rows: list[Any] = [
            np.frombuffer(each, each.typecode) if each else [] for each in self._rows.values()
        ]
        whole = [[at, state_of(result)] for at, result in self._whole.items()]
        return [rows, whole, np.frombuffer(self._known, "u1")]

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        self._clear()
        self._on = state is not None
        if state is None:
            return
        rows, whole, known = state
        for (name, kind), each in zip(_KINDS.items(), rows, strict=True):
            self._rows[name] = array(kind, each.tobytes() if len(each) else b"")
        self._whole = {at: made(result) for at, result in whole}
        self._known = bytearray(known.tobytes())

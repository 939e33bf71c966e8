"""Checkpoints of a run, so that going on with it does not read all its results again.

Every so many results what they come to is written down: archive, proposer, budget and record as
plain values. A run that goes on takes the last one up and folds what came after it. The results
stay the truth: a checkpoint of another version, of other options, or of results that are not there
is none, and so is that of an archive or a proposer that cannot say what its state is. What calls of
models come to is kept apart (`cladogen.record.call_sums`), whatever the proposer. Under other
caps an archive may have another pace, which is no state: then it is told anew what it was told
(`cladogen.search.retelling`), or all is read.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cladogen
from cladogen.archives.base import Archive
from cladogen.kernels import implementation
from cladogen.proposal import Outcome
from cladogen.proposers.base import Proposer, built_with, state_of_proposer
from cladogen.record import checkpoint
from cladogen.record.call_sums import CallSums
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.result import Brief, Result
from cladogen.search.budget import Budget
from cladogen.search.coevolution import Coevolution
from cladogen.search.retelling import Retelling
from cladogen.state import NotKept, modules_of, put_back, state_of

EVERY = 1000  # results between two, at the least
SHARE = 16  # of all results so far, one part: writing costs as much as there is
# Also what a proposer of a user's own gives, where JSON has no word for it.
NO_STATE = (NotKept, TypeError)


class Checkpoints:
    """The checkpoints of one run; ``every`` 0: none are made, nor taken up."""

    def __init__(
        self,
        store: Store,
        record: RunRecord,
        budget: Budget,
        cases: Coevolution,
        archive: Archive,
        proposer: Proposer,
        every: int = EVERY,
    ) -> None:
        self._store, self._record, self._budget, self._cases = store, record, budget, cases
        self._archive, self._proposer, self._every = archive, proposer, every
        self._retelling = Retelling(archive)
        self._calls: CallSums | None = None
        self.taken_up = 0  # the row of the last result that this session did not read
        self._all = self._since = 0  # results: all, and those after the last checkpoint
        try:
            self._built = self._facts() if every and not cases.on else None
        except NO_STATE:
            self._built = None

    def take_up(self) -> int:
        """Put what the last checkpoint says into the fresh parts of the run; return the row of the
        last result that is in it, 0 for none.
        """
        values = checkpoint.read(self._store.folder) if self._built is not None else None
        if values is None or not self._is_of_this_run(values):
            return 0
        if not self._archive_again(values):
            return 0
        # What is taken in is let go of: a large run's is twenty megabytes.
        state_of_proposer(self._proposer).restore(values.pop("proposer"))
        self._record.restore(values.pop("record"))
        self._budget.restore(values["budget"])
        self._cases.proposals = values["cases"]
        for ticket in values["open"]:
            task = self._store.task(ticket)
            if task is not None:
                self._archive.tell(Result(task, Outcome.ABANDONED))
        self._all, self.taken_up = values["results"], values["last"][0]
        return self.taken_up

    def _is_of_this_run(self, values: dict[str, Any]) -> bool:
        """Tell whether a checkpoint is of these results, parts and options, whatever the caps."""
        row, *there = values["last"]
        facts, built = values["facts"], self._built
        if built is None or list(self._store.sum_of_result(row) or ()) != there:
            return False
        other_caps = facts[:-2] == built[:-2] and facts[-2] != built[-2]
        return (facts == built or other_caps) and bool(values["code"] == _code(values))

    def _archive_again(self, values: dict[str, Any]) -> bool:
        """Bring a fresh archive to what a checkpoint says; False, and it stays as it was, where
        that cannot be.
        """
        try:
            self._retelling.restore(values.pop("retelling"))
            state = values.pop("archive")
            if self._built is not None and values["facts"][-1] == self._built[-1]:
                put_back(self._archive, state)
                return True
            del state
        except NotKept:
            self._retelling = Retelling(self._archive)
            return False
        if self._retelling.tell(self._archive):
            return True
        self._retelling = Retelling(self._archive)
        return False

    def note(self, results: Sequence[Result | Brief]) -> None:
        """Note results that the archive was told, and that are recorded."""
        if self._built is not None:
            self._retelling.add(results)
        self._all, self._since = self._all + len(results), self._since + len(results)

    def write_when_due(self) -> None:
        """Write a checkpoint when it is time."""
        if self._every and self._since >= max(self._every, self._all // SHARE):
            self._write()

    def end(self) -> None:
        """Write what is known at the end of a session."""
        if self._every and self._since >= max(1, self._every // 4):
            self._write()

    def _write(self) -> None:
        """Write what is known, as far as it can be kept."""
        self._since = 0
        if self._calls is None:
            self._calls = CallSums.of(self._store)
        self._calls.read_on()
        self._calls.save()
        if self._built is not None:
            self._write_state()

    def _write_state(self) -> None:
        row = self._store.last_result()
        values: dict[str, Any] = {
            "facts": self._built,
            "last": [row, *(self._store.sum_of_result(row) or ())],
            "results": self._all,
            "open": [each.task.ticket for each in self._store.open_tasks()],
            "budget": self._budget.state(),
            "cases": self._cases.proposals,
        }
        try:
            values["record"] = self._record.state()
            values["archive"] = state_of(self._archive, shared=True)
            values["retelling"] = self._retelling.state()
            values["proposer"] = state_of_proposer(self._proposer).state()
            values["code"] = _code(values)
            checkpoint.write(self._store.folder, values)
        except NO_STATE:  # the run goes on, and is read from its results
            self._built = None

    def _facts(self) -> list[Any]:
        """Return what a state depends on beside the results: the version, and the parts as they
        were built; last the caps that an archive knows, and the archive.
        """
        space = getattr(self._archive, "space", None)
        shown: tuple[Any, ...] = ()
        caps: list[int | None] = []
        if space is not None:
            shown = (space.axes, space.objectives, space.cases, space.islands, space.bounded)
            caps = [space.max_evaluations, space.proposals]
        proposer = built_with(self._proposer)
        kinds = [_name(self._archive), _name(self._proposer)]
        about = zlib.crc32(
            checkpoint.packed({"proposer": proposer}), zlib.crc32(repr(shown).encode())
        )
        built = zlib.crc32(checkpoint.packed({"archive": state_of(self._archive)}))
        return [cladogen.__version__, implementation(), *kinds, about, caps, built]


def _name(part: object) -> str:
    return f"{type(part).__module__}:{type(part).__qualname__}"


def _code(values: dict[str, Any]) -> dict[str, int]:
    """Return a checksum of each file whose classes a checkpoint names."""
    names = {*modules_of(values["archive"]), *modules_of(values["proposer"])}
    kinds = [each.partition(":")[0] for each in values["facts"][2:4]]
    return {name: _sum_of(name) for name in sorted({*names, *kinds, *_folds()})}


def _folds() -> Iterable[str]:
    """Name the modules that say what a result comes to, whatever the archive."""
    parts = ("state", "archives.rule", "archives.population", "record.memory", "search.budget",
             "search.retelling")  # fmt: skip
    return (f"cladogen.{part}" for part in parts)


def _sum_of(module: str) -> int:
    path = getattr(sys.modules.get(module), "__file__", None)
    return zlib.crc32(Path(path).read_bytes()) if path else 0

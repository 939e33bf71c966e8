"""Which program is the best after each result, where an archive measures case by case."""

from __future__ import annotations

from functools import cached_property

from cladogen.archives.base import Archive
from cladogen.proposal import Outcome, Proposal
from cladogen.record.bests import Maker, NamedBest, maker_of
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.result import Result


class Naming:
    """Follow the best of an archive; says nothing where programs rank by fitness."""

    def __init__(self, store: Store, record: RunRecord, archive: Archive) -> None:
        self._store, self._record, self._archive = store, record, archive

    def after(self, result: Result, proposal: Proposal | None) -> NamedBest | None:
        """Return what is the best after a result that the archive was told, before it is recorded;
        None while no program has a score, too.
        """
        if self._archive.opening is None:
            return None
        listed = self._archive.shortlist(1)
        if not listed:
            return None
        number, before = listed[0], -1 if self._last is None else self._last.program
        if number not in self._makers:
            made = result.program == number and result.outcome is Outcome.ACCEPTED
            self._makers[number] = maker_of(proposal) if made else self._maker(number)
        self._last = NamedBest(number, before, self._makers[number])
        return self._last

    @cached_property
    def _last(self) -> NamedBest | None:
        return self._store.last_named_best()

    @cached_property
    def _makers(self) -> dict[int, Maker]:
        return {}

    def _maker(self, number: int) -> Maker:
        return self._store.maker_of(number, self._record.node(number).ticket)

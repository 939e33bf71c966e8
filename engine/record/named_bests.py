"""Which program was the best when, in the record: for runs whose archive measures case by case.

There a later measurement of one case makes a program the best, or takes that back, and only the
archive can tell; so what it named is recorded with the result that made another the best. Runs
whose programs rank by fitness have no such rows: their best follows from scores.
"""

from __future__ import annotations

import json
from functools import cached_property

from cladogen.proposal import Outcome
from cladogen.record.bests import Maker, NamedBest, maker_of
from cladogen.record.checksums import insert
from cladogen.record.decode import read_json
from cladogen.record.results import ResultTable

_ROW = "result, program, before, maker"


class NamedBestTable(ResultTable):
    """The table of what an archive named as the best."""

    def add_named_best(self, row: int, named: NamedBest) -> None:
        """Record what is the best after the result of a row."""
        values = (row, named.program, named.before, json.dumps(named.maker))
        with self.transaction():
            insert(self.database, "bests", values)

    @cached_property
    def has_named_bests(self) -> bool:
        """Whether there is such a table: this version has written to the run."""
        return bool(self.value("SELECT 1 FROM sqlite_master WHERE name = 'bests'"))

    def named_bests(self, after: int = -1) -> dict[int, NamedBest]:
        """Return which program each result after a row made the best, by its row, oldest first."""
        if not self.has_named_bests:
            return {}
        source = "FROM bests WHERE result > ? ORDER BY result"
        return dict(self.select(_ROW, source, (after,), _named, bests="bests"))

    def last_named_best(self) -> NamedBest | None:
        """Return what is the best now, None where programs rank by fitness."""
        if not self.has_named_bests:
            return None
        source = "FROM bests ORDER BY result DESC LIMIT 1"
        found = self.select(_ROW, source, (), _named, bests="bests")
        return next((named for _, named in found), None)

    def maker_of(self, number: int, ticket: int) -> Maker:
        """Return who made a program under a task."""
        for row, proposal in self.results_with_proposals(ticket):
            if row.program == number and row.outcome is Outcome.ACCEPTED:
                return maker_of(proposal)
        return Maker()


def _named(result: int, program: int, before: int, maker: str) -> tuple[int, NamedBest]:
    return result, NamedBest(program, before, Maker(*read_json(maker)))

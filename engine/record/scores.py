"""Scores of programs in the record: what their evaluations add up to, worked out once.

Derived, and no more than that: evaluations stay the truth. A row is written with the result that
gave its program the score, in one transaction, and names that result; so results that an earlier
version recorded, and rows that somebody removed, are seen by their numbers, and made again when
the run is opened for writing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from cladogen.evaluation import Score, Status
from cladogen.record.checksums import OnKnownKey, insert
from cladogen.record.decode import read_json
from cladogen.record.tables import Tables

_STATUSES = {status.value: status for status in Status}
_READ = "program, status, fitness, cases, body"


class ScoreTable(Tables):
    """The table of scores."""

    def add_score(self, number: int, result: int, score: Score) -> None:
        """Record a program's score as it is after a result, by the result's row."""
        cases = (*score.cases, *(name for name in score.utilities if name not in score.cases))
        listed = self.texts.put_text(json.dumps(cases)) if cases else None
        body = {
            "metrics": dict(score.metrics),
            "objectives": score.objectives,
            "features": score.features,
            "cases": list(map(score.cases.get, cases)),
            "utilities": list(map(score.utilities.get, cases)),
            "signature": score.signature,
            "feedback": score.feedback,
        }
        fitness = None if score.fitness is None else float(score.fitness)
        row = (number, result, score.status.value, fitness, listed, json.dumps(body))
        with self.transaction():
            insert(self.database, "scores", row, OnKnownKey.REPLACED)

    @cached_property
    def has_scores(self) -> bool:
        """Whether there is such a table: this version has written to the run."""
        return bool(self.value("SELECT 1 FROM sqlite_master WHERE name = 'scores'"))

    def scores(self, numbers: Iterable[int] | None = None) -> Iterator[tuple[int, Score]]:
        """Yield the scores of all programs that have one here, or of those of these numbers, by
        number.
        """
        if not self.has_scores:
            return iter(())
        where, values = "", tuple[str, ...]()
        if numbers is not None:
            where = "WHERE program IN (SELECT value FROM json_each(?))"
            values = (json.dumps(list(numbers)),)
        source = f"FROM scores {where} ORDER BY program"
        return self.select(_READ, source, values, self._as_score, scores="scores")

    def brief_scores(self) -> Iterator[tuple[int, Score]]:
        """Yield status and fitness of every program that has a score here, by number."""
        if not self.has_scores:
            return iter(())
        source = "FROM scores ORDER BY program"
        return self.select("program, status, fitness", source, (), _as_brief, scores="scores")

    def fitnesses(self) -> dict[int, float]:
        """Return the fitness of every program that has one here, by number."""
        if not self.has_scores:
            return {}
        source = "FROM scores WHERE fitness IS NOT NULL ORDER BY program"
        found: dict[int, float] = {}
        for rows in self.read_rows("program, fitness", source, (), scores="scores"):
            found.update(rows)
        return found

    def fittest(self, count: int) -> list[tuple[float, int]]:
        """Return the highest fitness and the programs that have it, best first, the older one
        before its equals.
        """
        if not self.has_scores:
            return []
        query = (
            "SELECT fitness, program FROM scores WHERE fitness IS NOT NULL "
            "ORDER BY fitness DESC, program LIMIT ?"
        )
        return self.database.execute(query, (count,)).fetchall()

    def fitness_of(self, number: int) -> float | None:
        """Return the fitness of a program as it is here."""
        if not self.has_scores:
            return None
        found: float | None = self.value("SELECT fitness FROM scores WHERE program = ?", (number,))
        return found

    def unscored(self, numbers: Iterable[int] | None = None) -> list[int]:
        """Return the programs whose scores here are not those of their evaluations, by number:
        those that have none yet, and those with results of an earlier version. Of all programs, or
        of those of ``numbers``.
        """
        if numbers is None and self._all_scored():
            return []
        among = "" if numbers is None else " AND {} IN (SELECT value FROM json_each(:numbers))"
        values = {} if numbers is None else {"numbers": json.dumps(list(numbers))}
        query = f"SELECT number FROM programs WHERE TRUE{among.format('number')}"
        if self.has_scores:
            query += (
                " AND number NOT IN (SELECT program FROM scores) "
                "UNION SELECT program FROM results WHERE program IS NOT NULL"
                f"{among.format('program')} AND outcome != 'duplicate' "
                "AND seq > (SELECT COALESCE(MAX(result), 0) FROM scores)"
            )
        return sorted(number for (number,) in self.database.execute(query, values))

    def _all_scored(self) -> bool:
        """Tell by numbers alone whether every program has the score of its last result."""
        if not self.has_scores:
            return False
        query = (
            "SELECT (SELECT COUNT(*) FROM programs) = (SELECT COUNT(*) FROM scores) AND NOT EXISTS "
            "(SELECT 1 FROM results WHERE seq > (SELECT COALESCE(MAX(result), 0) FROM scores) "
            "AND program IS NOT NULL AND outcome != 'duplicate')"
        )
        return bool(self.value(query))

    def heal_scores(self, score_of: Callable[[int], Score | None]) -> None:
        """Record the scores that are missing here, as ``score_of`` has them after all results."""
        late = self.unscored()
        with self.transaction():
            last = int(self.value("SELECT COALESCE(MAX(seq), 0) FROM results"))
            for number in late:
                score = score_of(number)
                if score is not None:
                    self.add_score(number, last, score)

    def _as_score(
        self, number: int, status: str, fitness: float | None, listed: int | None, body: str
    ) -> tuple[int, Score]:
        return number, self.as_score(status, fitness, listed, read_json(body))

    def as_score(
        self, status: str, fitness: float | None, listed: int | None, facts: Mapping[str, Any]
    ) -> Score:
        """Return the score of a row, whose body is read already."""
        names = self._names(listed)
        return Score(
            _STATUSES[status],
            fitness,
            facts["metrics"],
            tuple(facts["objectives"]),
            tuple(facts["features"]),
            _named(names, facts["cases"]),
            _named(names, facts["utilities"]),
            facts["signature"],
            facts["feedback"],
        )

    def _names(self, listed: int | None) -> Sequence[str]:
        if listed is None:
            return ()
        if listed not in self._lists:
            self._lists[listed] = read_json(self.texts.get_text(listed))
        return self._lists[listed]

    @cached_property
    def _lists(self) -> dict[int, Sequence[str]]:
        return {}


def _as_brief(number: int, status: str, fitness: float | None) -> tuple[int, Score]:
    return number, Score(_STATUSES[status], fitness)


def _named(names: Sequence[str], values: Sequence[Any]) -> dict[str, float]:
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None}

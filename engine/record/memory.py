"""What a run knows, in memory: a fold over the rows of the store, in the order the archive was
told.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.kernels.ranks import ranking
from cladogen.program import Node, Program
from cladogen.proposal import Outcome, Proposal
from cladogen.record.later import Later
from cladogen.record.store import Store
from cladogen.result import Result

LATEST = 1000  # proposals of the whole run that can be asked for at once
TOP = 32  # of the ranking, kept until it changes: prompts and archives ask for it again and again
ScoreOf = Callable[[Sequence[Evaluation]], Score]


@dataclass(slots=True)
class _Known:
    node: Node
    parts: list[Sequence[Evaluation]] = field(default_factory=list)  # evaluations by result
    score: Score | None = None
    children: list[int] = field(default_factory=list)


class RunRecord:
    """Nodes, training evaluations and scores by program number; implements the proposers' `Record`.

    ``score_of`` adds a program's evaluations up (`Problem.score`). ``noise`` is the standard
    deviation of the first seed program's fitness, once it is measured.
    """

    def __init__(self, store: Store, score_of: ScoreOf) -> None:
        self._store = store
        self._score_of = score_of
        self.noise = 0.0
        self._known: list[_Known] = []
        self.recorded: dict[tuple[int, int], Score] = {}  # scores by the ticket and round of the
        # last result of their program
        self._joined = lru_cache(maxsize=4096)(self._join)
        self._behaviours: dict[
            int, dict[bytes, int]
        ] = {}  # by number of evaluations, as far as asked for
        self._ranking = ranking()
        self._tried: dict[int, list[tuple[int, int, Result]]] = {}
        self._latest: deque[tuple[int, int, Result]] = deque(maxlen=LATEST)
        self._latest_read: deque[tuple[Proposal, Result]] = deque(maxlen=LATEST)
        self._top: list[int] | None = None
        self.returned = lru_cache(maxsize=4096)(store.returned)
        self.picture = store.picture
        self.program = lru_cache(maxsize=2048)(store.program)
        self._summary = lru_cache(maxsize=65536)(store.proposal_summary)

    # -- reading, as a proposer does

    def node(self, number: int) -> Node:
        return self._known[number].node

    def score(self, number: int) -> Score | None:
        return self._known[number].score

    def evaluations(self, number: int) -> Sequence[Evaluation]:
        parts = self._known[number].parts
        return self._joined(number, len(parts)) if parts else ()

    def _join(self, number: int, parts: int) -> tuple[Evaluation, ...]:
        return tuple(row for part in self._known[number].parts[:parts] for row in part)

    def children(self, number: int) -> Sequence[int]:
        return self._known[number].children

    def size(self) -> int:
        return len(self._known)

    def best(self, count: int = 1) -> Sequence[int]:
        if self._top is None:
            self._top = self._ranked(TOP)
        return self._top[:count] if count <= TOP else self._ranked(count)

    def _ranked(self, count: int) -> list[int]:
        return [self._ranking.at(rank) for rank in range(min(count, self._ranking.size()))]

    def proposals(self, parent: int) -> Sequence[tuple[Proposal, Result]]:
        return self._with_proposals(self._tried.get(parent, ()))

    def latest(self, count: int) -> Sequence[tuple[Proposal, Result]]:
        self._latest_read.extend(self._with_proposals(self._latest))
        self._latest.clear()
        return list(self._latest_read)[-count:] if count > 0 else []

    def _with_proposals(
        self, rows: Sequence[tuple[int, int, Result]]
    ) -> list[tuple[Proposal, Result]]:
        found = []
        for ticket, round_, result in rows:
            proposal = self._summary(ticket, round_)
            if proposal is not None:
                found.append((proposal, result))
        return found

    def original(self, program: Program, canonical: bytes = b"") -> int | None:
        """Return the program with the same tree, or the same canonical form (b"" is nobody's)."""
        return self._store.original(program.id, canonical)

    def behaves_like(self, evaluations: Sequence[Evaluation]) -> int | None:
        """Return the latest program that returned these very outputs on these cases first, or
        None.
        """
        name, length = behaviour(evaluations), len(evaluations)
        if not name:
            return None
        if length not in self._behaviours:
            self._behaviours[length] = {}
            for number, rows in self._all_outputs():
                self._note_behaviour(number, rows, length)
        return self._behaviours[length].get(name)

    def _all_outputs(self) -> Iterator[tuple[int, Sequence[Evaluation]]]:
        """Yield every program's evaluations; those that are on the disk only are read at once."""
        later = {}
        for known in self._known:
            if len(known.parts) == 1 and isinstance(known.parts[0], Later):
                later[known.node.number] = known.parts[0].ticket
            else:
                yield known.node.number, self.evaluations(known.node.number)
        if not later:
            return
        for number, rows in groupby(self._store.outputs(), itemgetter(0)):
            if (ticket := later.get(number)) is not None:
                yield number, [row for _, made, row in rows if made == ticket]

    # -- growing

    def add(self, node: Node) -> None:
        """Give a program its place in the lineage."""
        assert node.number == len(self._known), "programs are numbered without gaps"
        self._known.append(_Known(node))
        for parent in set(node.parents):
            self._known[parent].children.append(node.number)

    def absorb(self, result: Result, round_: int) -> Result:
        """Add a result's evaluations to its program and note what was tried on its parent; return
        the result with its program's new score.
        """
        recorded = self.recorded.pop((result.task.ticket, round_), None)
        result = result.scored(self._score_after(result, recorded))
        if result.parents and result.outcome is not Outcome.MEASURED:
            row = (result.task.ticket, round_, result)
            self._tried.setdefault(result.parents[0], []).append(row)
            self._latest.append(row)
        return result

    def _score_after(self, result: Result, recorded: Score | None) -> Score | None:
        if result.program is None:
            return None
        known = self._known[result.program]
        if result.evaluations and result.outcome is not Outcome.DUPLICATE:
            known.parts.append(result.evaluations)
            for length in self._behaviours:
                self._note_behaviour(result.program, self.evaluations(result.program), length)
            self._rescore(known, recorded)
        return known.score

    def _note_behaviour(self, number: int, evaluations: Sequence[Evaluation], length: int) -> None:
        if len(evaluations) >= length and (name := behaviour(evaluations[:length])):
            latest = self._behaviours[length]
            latest[name] = max(number, latest.get(name, number))

    def _rescore(self, known: _Known, recorded: Score | None) -> None:
        number, old = known.node.number, known.score
        if old is not None and old.fitness is not None:
            self._ranking.remove(number, old.fitness)
        known.score = recorded or self._score_of(self.evaluations(number))
        if known.score.fitness is not None:
            self._ranking.insert(number, known.score.fitness)
        self._top = None


def behaviour(evaluations: Sequence[Evaluation]) -> bytes:
    """Name what a program did: a digest of its outputs by case and seed; b"" when any of them
    failed.
    """
    if any(
        evaluation.status is not Status.OK or not evaluation.output for evaluation in evaluations
    ):
        return b""
    rows = [
        f"{evaluation.case}/{evaluation.seed}/{evaluation.output}" for evaluation in evaluations
    ]
    return hashlib.sha256(" ".join(rows).encode()).digest()[:16]

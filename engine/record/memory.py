"""What a run knows, in memory: a fold over the rows of the store, in the order the archive was
told.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.kernels.ranks import ranking
from cladogen.program import Node, Program
from cladogen.proposal import Outcome, Proposal
from cladogen.record.chains import Chains
from cladogen.record.last_score import LastScore
from cladogen.record.later import Later
from cladogen.record.lineage import Lineage
from cladogen.record.programs import Place
from cladogen.record.recorded import RecordedResult, ScoreFacts
from cladogen.record.store import Store
from cladogen.result import Result
from cladogen.state import made, put_back, state_of

RECENT = 2048  # results of which what is known stays in memory
LATEST = 1000  # proposals of the whole run that can be asked for at once
ROUNDS = 256  # of a task: more than there can be
TOP = 32  # of the ranking, kept until it changes: prompts and archives ask for it again and again
JUST_MADE = 64  # programs and proposals that need not be read from the record
Name = TypeVar("Name")
Value = TypeVar("Value")
ScoreOf = Callable[[Sequence[Evaluation]], Score]


class RunRecord:
    """Nodes, training evaluations and scores by program number; implements the proposers' `Record`.

    ``score_of`` adds a program's evaluations up (`Problem.score`). ``noise`` is the standard
    deviation of the first seed program's fitness, once it is measured.
    """

    def __init__(self, store: Store, score_of: ScoreOf) -> None:
        self._store = store
        self.score_of = LastScore(score_of)
        self.noise = 0.0
        self.rescored = 0
        self.lineage = Lineage()
        self.node: Callable[[int], Node] = lru_cache(maxsize=16384)(self.lineage.node)
        # Evaluations by result, each with its ticket.
        self._parts: dict[int, list[tuple[int, Sequence[Evaluation]]]] = {}
        self._scores: dict[int, Score | None] = {}
        # Of most programs without a recent result both are read when somebody asks for them.
        self._on_disk = bytearray()  # by number: 1 for such a program
        self._result_counts = bytearray()  # by number: its results, 2 for more; told in state()
        self._recent: deque[tuple[int, int | None]] = deque()  # results: place, program
        self.behind = False  # while results are folded that the disk knows already
        self._score_on_disk = lru_cache(maxsize=4096)(self._read_score)
        self._before: dict[int, Score | None] = {}  # scores that this session has made others of
        self.recorded: dict[tuple[int, int], Score] = {}  # by ticket and round of the last result
        self._joined = lru_cache(maxsize=4096)(self._join)
        # By number of evaluations, as far as asked for.
        self._behaviours: dict[int, dict[bytes, int]] = {}
        self._ranking = ranking()
        self._tried = Chains()  # of a parent: rounds of tasks, as `_place` names them
        self._results: dict[int, Result] = {}  # by such a name; most are read when asked for
        self._then: dict[int, Score | None] = {}  # scores of results whose program has several
        self._places: deque[int] = deque(maxlen=LATEST)
        self._result_on_disk = lru_cache(maxsize=8192)(self._read_result)
        self._latest: deque[int] = deque(maxlen=LATEST)
        self._latest_read: list[tuple[Proposal, Result]] = []
        self._top: list[int] | None = None
        self._known = lru_cache(maxsize=1)(lambda size, *program: store.original(*program))
        self.returned = lru_cache(maxsize=4096)(store.returned)
        self.picture = store.picture
        self.program = lru_cache(maxsize=2048)(self._program)
        self._made: dict[int, Program] = {}  # the latest, until somebody asks for them
        self._summary = lru_cache(maxsize=16384)(self._proposal_summary)
        self._proposed: dict[tuple[int, int], Proposal] = {}  # the latest, until they are asked for

    # -- reading, as a proposer does

    def score(self, number: int) -> Score | None:
        return self._score_on_disk(number) if self._on_disk[number] else self._scores.get(number)

    def _read_score(self, number: int) -> Score | None:
        return next((score for _, score in self._store.scores([number])), None)

    def evaluations(self, number: int) -> Sequence[Evaluation]:
        parts = 1 if self._on_disk[number] else len(self._parts.get(number, ()))
        return self._joined(number, parts) if parts else ()

    def _join(self, number: int, parts: int) -> tuple[Evaluation, ...]:
        if self._on_disk[number]:
            return tuple(self._later(number))
        return tuple(row for _, part in self._parts[number][:parts] for row in part)

    def _later(self, number: int) -> Later:
        """Return the evaluations of a program that has one result, which are on the disk."""
        ticket = self.lineage.ticket(number)
        return Later(self._store, number, ticket, self._store.made_under(ticket, number), True)

    def _program(self, number: int) -> Program:
        return self._made.pop(number, None) or self._store.program(number)

    def children(self, number: int) -> Sequence[int]:
        return self.lineage.children(number)

    def size(self) -> int:
        return len(self.lineage)

    def best(self, count: int = 1) -> Sequence[int]:
        if self._top is None:
            self._top = self._ranked(TOP)
        return self._top[:count] if count <= TOP else self._ranked(count)

    def _ranked(self, count: int) -> list[int]:
        return [self._ranking.at(rank) for rank in range(min(count, self._ranking.size()))]

    def proposals(self, parent: int) -> Sequence[tuple[Proposal, Result]]:
        return self._with_proposals(self._tried.of(parent))

    def latest(self, count: int) -> Sequence[tuple[Proposal, Result]]:
        self._latest_read += self._with_proposals(self._latest)
        self._latest.clear()
        del self._latest_read[:-LATEST]
        return self._latest_read[-count:] if count > 0 else []

    def _with_proposals(self, places: Iterable[int]) -> list[tuple[Proposal, Result]]:
        found = []
        for place in places:
            ticket, round_ = divmod(place, ROUNDS)
            proposal = self._summary(ticket, round_)
            if proposal is not None:
                found.append((proposal, self._results.get(place) or self._result_on_disk(place)))
        return found

    def _proposal_summary(self, ticket: int, round_: int) -> Proposal | None:
        known = self._proposed.pop((ticket, round_), None)
        return known or self._store.proposal_summary(ticket, round_)

    def _read_result(self, place: int) -> Result:
        ticket, round_ = divmod(place, ROUNDS)
        row = self._store.recorded_result(self, ticket, round_)
        assert row is not None, "its place was read from there"
        whole = row.whole()
        return whole.scored(self._then[place]) if place in self._then else whole

    # -- what a recorded result is read with

    def text(self, ident: int | None) -> str:
        return self._store.texts.get_text(ident)

    def evaluations_then(
        self, number: int, ticket: int, made: int, split: str
    ) -> Sequence[Evaluation]:
        return Later(self._store, number, ticket, made, True, split) if made else ()

    def score_then(self, number: int, facts: ScoreFacts | None) -> Score | None:
        """Return a program's score as it was before this session, that of a duplicate's original
        as it is now.
        """
        if facts is None:
            return self.score(number)
        return self._before[number] if number in self._before else self._store.as_score(*facts)

    def original(self, program: Program, canonical: bytes = b"") -> int | None:
        """Return the program with the same tree, or the same canonical form (b"" is nobody's)."""
        return self._known(self.size(), program.id, canonical)  # while nothing is added, the same

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
        for number in range(self.size()):
            if self._on_disk[number]:
                later[number] = self.lineage.ticket(number)
            elif len(parts := self._parts.get(number, [])) == 1 and isinstance(parts[0][1], Later):
                later[number] = parts[0][0]
            else:
                yield number, self.evaluations(number)
        if not later:
            return
        for number, rows in groupby(self._store.outputs(), itemgetter(0)):
            if (ticket := later.get(number)) is not None:
                yield number, [row for _, made, row in rows if made == ticket]

    # -- growing

    def add(self, node: Node, program: Program | None = None) -> None:
        """Give a program its place in the lineage; ``program`` is read from the record else."""
        if program is not None:
            _keep(self._made, node.number, program)
        self.lineage.add(node.number, node.program, node.parents, node.ticket)
        self._on_disk.append(0)
        self._result_counts.append(0)

    def add_all(self, places: Iterable[Place]) -> None:
        """Give many programs their places in the lineage."""
        self.lineage.extend(places)
        self._on_disk.extend(bytes(len(self.lineage) - len(self._on_disk)))
        self._result_counts.extend(bytes(len(self.lineage) - len(self._result_counts)))

    def absorb_all(self, results: Sequence[RecordedResult]) -> None:
        """Take in results as `absorb` does, whose programs have no other; what is known of them is
        left on the disk.
        """
        insert = self._ranking.insert
        for result in results:
            number = result.program
            if number is not None and result.outcome is not Outcome.DUPLICATE:
                self._result_counts[number] = 1
            if result.status is not None and number is not None:
                self._on_disk[number] = 1
                if result.fitness is not None:
                    insert(number, result.fitness)
                for length in self._behaviours:
                    self._note_behaviour(number, self.evaluations(number), length)
            if result.parents and result.outcome is not Outcome.MEASURED:
                self._note_tried(result.parents[0], result.ticket * ROUNDS + result.round)
        self._top = None

    def _note_tried(self, parent: int, place: int) -> None:
        self._tried.add(parent, place)
        self._latest.append(place)
        self._places.append(place)

    def absorb(self, result: Result, round_: int, proposal: Proposal | None = None) -> Result:
        """Add a result's evaluations to its program and note what was tried on its parent; return
        the result with its program's new score. ``proposal`` is read from the record else.
        """
        if proposal is not None:
            brief = replace(proposal, prompt="", reply="", patch="")
            _keep(self._proposed, (result.task.ticket, round_), brief)
        recorded = self.recorded.pop((result.task.ticket, round_), None)
        result = result.scored(self._score_after(result, recorded))
        place = result.task.ticket * ROUNDS + round_
        if result.parents and result.outcome is not Outcome.MEASURED:
            self._results[place] = result
            self._note_tried(result.parents[0], place)
        own = None if result.outcome is Outcome.DUPLICATE else result.program
        if own is not None:
            self._result_counts[own] = min(2, self._result_counts[own] + 1)
        self._recent.append((place, own))
        if len(self._recent) > RECENT:
            self._let_go(*self._recent.popleft())
        return result

    def _let_go(self, place: int, number: int | None) -> None:
        """Leave to the disk what is known of a recorded result and its program, where that has no
        other result.
        """
        if number is not None:
            if self._result_counts[number] > 1:
                return
            parts = self._parts.get(number, [])
            if parts and parts[0][0] != self.lineage.ticket(number):
                return
            if self._parts.pop(number, None):
                del self._scores[number]
                self._on_disk[number] = 1
        self._results.pop(place, None)

    def _score_after(self, result: Result, recorded: Score | None) -> Score | None:
        number = result.program
        if number is None:
            return None
        if result.evaluations and result.outcome is not Outcome.DUPLICATE:
            old = self._taken_up(number)
            part = (result.task.ticket, result.evaluations)
            self._parts.setdefault(number, []).append(part)
            for length in self._behaviours:
                self._note_behaviour(number, self.evaluations(number), length)
            self._rescore(number, old, recorded)
        return self.score(number)

    def _taken_up(self, number: int) -> Score | None:
        """Take what is known of a program from the disk, for it changes now; return its score."""
        score = self.score(number)
        if self._on_disk[number]:
            later = self._later(number)
            if self.behind:  # on the disk its score is that after all its results
                score = self.score_of(tuple(later))
            self._before[number] = score
            self._parts[number] = [(later.ticket, later)]
            self._on_disk[number] = 0
        return score

    def _note_behaviour(self, number: int, evaluations: Sequence[Evaluation], length: int) -> None:
        if len(evaluations) >= length and (name := behaviour(evaluations[:length])):
            latest = self._behaviours[length]
            latest[name] = max(number, latest.get(name, number))

    def _rescore(self, number: int, old: Score | None, recorded: Score | None) -> None:
        if old is not None:
            self.rescored += 1
            if old.fitness is not None:
                self._ranking.remove(number, old.fitness)
        score = recorded or self.score_of(self.evaluations(number))
        self._scores[number] = score
        if score.fitness is not None:
            self._ranking.insert(number, score.fitness)
        self._top = None

    # -- for a checkpoint

    def has_result(self, number: int) -> bool:
        """Tell whether a program has a result."""
        return self._result_counts[number] > 0

    def state(self) -> dict[str, Any]:
        """Return what is known after results that are all recorded; evaluations, programs and most
        scores are read from the disk again.
        """
        while self._recent:
            self._let_go(*self._recent.popleft())
        then = {**self._then, **{place: result.score for place, result in self._results.items()}}
        return {
            "lineage": self.lineage.state(), "tried": self._tried.state(),
            "on_disk": np.frombuffer(bytes(self._on_disk), "u1"),
            "told": np.frombuffer(bytes(self._result_counts), "u1"), "places": list(self._places),
            "ranking": state_of(self._ranking),
            "then": [[place, state_of(score)] for place, score in then.items()],
            "rescored": self.rescored,
            "before": [[number, state_of(score)] for number, score in self._before.items()],
            "apart": [self._apart(number) for number in self._parts],
            "behaviours": [_in_arrays(at, each) for at, each in self._behaviours.items() if each],
        }  # fmt: skip

    def _apart(self, number: int) -> list[Any]:
        parts = [[ticket, len(rows)] for ticket, rows in self._parts[number]]
        return [number, parts, state_of(self._scores.get(number))]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take in what `state` gave."""
        put_back(self._ranking, state["ranking"])
        self.lineage.restore(state["lineage"])
        self._tried.restore(state["tried"])
        self._on_disk = bytearray(state["on_disk"].tobytes())
        self._result_counts = bytearray(state["told"].tobytes())
        self._places.extend(state["places"])
        self._latest.extend(state["places"])
        self._then = {place: made(score) for place, score in state["then"]}
        self._before = {number: made(score) for number, score in state["before"]}
        self.rescored = state["rescored"]
        for number, parts, score in state["apart"]:
            self._scores[number] = made(score)
            self._parts[number] = [
                (ticket, Later(self._store, number, ticket, many, free=False))
                for ticket, many in parts
            ]
        for length, names, numbers in state["behaviours"]:
            data, width = names.tobytes(), names.shape[1]
            keys = (data[at : at + width] for at in range(0, len(data), width))
            self._behaviours[length] = dict(zip(keys, numbers.tolist(), strict=True))
        self._top = None


def _in_arrays(length: int, behaviours: dict[bytes, int]) -> list[Any]:
    names = np.frombuffer(b"".join(behaviours), "u1").reshape(len(behaviours), -1)
    return [length, names, np.array(list(behaviours.values()), "i8")]


def _keep(latest: dict[Name, Value], name: Name, value: Value) -> None:
    """Keep a value, and of those that nobody asked for only the latest."""
    latest[name] = value
    if len(latest) > JUST_MADE:
        del latest[next(iter(latest))]


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

"""Recorded results as a fold over many reads them: what is mostly needed of each, and the whole of
it for who asks. Texts are read only then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.proposal import Cost, Outcome, Proposal
from cladogen.record.call_texts import FROM_CALL
from cladogen.record.decode import as_proposal, as_task, read_json
from cladogen.result import Result, behaviour_of

OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_STATUSES = {status.value: status for status in Status}
NOT_READ = "(not read)"  # in place of a text
_NONE: dict[str, Any] = {}
COLUMNS = (
    "r.ticket, r.round, r.last, r.outcome, r.program, r.reason, t.kind, t.body, "
    "p.operator, p.model, p.prompt, p.reply, p.patch, p.body, s.status, s.fitness, s.cases, s.body"
)
SOURCE = (
    "FROM results r JOIN tasks t ON t.ticket = r.ticket "
    "LEFT JOIN proposals p ON p.ticket = r.ticket AND p.round = r.round "
    "LEFT JOIN scores s ON s.program = r.program AND r.outcome != 'duplicate'"
)
TABLES = {"r": "results", "t": "tasks", "p": "proposals", "s": "scores"}
# How many evaluations a result has, those of a duplicate apart.
MADE = (
    "(SELECT COUNT(*) FROM evaluations e WHERE e.ticket = r.ticket AND e.program = r.program "
    "AND e.split = CASE r.outcome WHEN 'duplicate' THEN 'duplicate' ELSE 'train' END)"
)


class ResultSource(Protocol):
    """Where the rest of a recorded result is read from."""

    def text(self, ident: int | None) -> str: ...

    def evaluations_then(
        self, number: int, ticket: int, made: int, split: str
    ) -> Sequence[Evaluation]:
        """Return the evaluations of a result."""
        ...

    def score_then(self, number: int, facts: ScoreFacts | None) -> Score | None:
        """Return a program's score as it was before this session; ``facts`` are those recorded."""
        ...


ScoreFacts = tuple[str, float | None, int | None, Mapping[str, Any]]  # status, fitness, cases, body


def _marked(text: int | None) -> str:
    return "" if text is None else NOT_READ


class RecordedResult:
    """A recorded result: implements `cladogen.result.Brief`. ``facts`` are those of its proposal,
    None where nothing was proposed.
    """

    __slots__ = (
        "_asked", "_kind", "_score", "_source", "_texts", "_whole", "facts", "fitness", "island",
        "last", "made", "model", "operator", "outcome", "parents", "program", "reason", "round",
        "status", "ticket",
    )  # fmt: skip

    def __init__(self, source: ResultSource, *row: Any) -> None:
        (
            self.ticket, self.round, last, outcome, self.program, self.reason, self._kind,
            self._asked, self.operator, self.model, *self._texts, body, status, self.fitness,
            listed, score, self.made,
        ) = row  # fmt: skip
        self._source = source
        self._whole: Result | None = None
        self.last, self.outcome = bool(last), OUTCOMES[outcome]
        self.island: int = read_json(self._asked).get("island", 0)
        self.facts: dict[str, Any] | None = None
        self.parents: tuple[int, ...] = ()
        if body is not None:
            self.facts = facts = read_json(body)
            self.parents = tuple(facts["parents"])
        self._score: ScoreFacts | None = None
        self.status: Status | None = None
        if status is not None:
            self.status = _STATUSES[status]
            self._score = status, self.fitness, listed, read_json(score)

    @property
    def features(self) -> Sequence[float]:
        """Its program's features."""
        return () if self._score is None else self._score[3]["features"]

    @property
    def signature(self) -> str:
        """The name of what its program does, "" where that is not known."""
        return "" if self._score is None else self._score[3]["signature"]

    @property
    def behaviour(self) -> int:
        """The number of what its program does, UNKNOWN where that is not known."""
        return behaviour_of(self.signature)

    @property
    def trials(self) -> int:
        """How many variants its proposer measured."""
        return 0 if self.facts is None else int(self.facts["trials"])

    def proposal(self, *, texts: bool = True) -> Proposal | None:
        """Return its proposal, with its texts, or with a mark in place of each that there is."""
        if self.facts is None:
            return None
        facts = dict(self.facts)
        if not texts:
            facts.pop(FROM_CALL, None)
        read = self._source.text if texts else _marked
        return as_proposal(
            self.ticket, self.operator, self.model, facts, tuple(map(read, self._texts))
        )

    def whole(self) -> Result:
        """Return the result, with its program's score as it was then."""
        if self._whole is None:
            self._whole = self._made_whole()
        return self._whole

    def _made_whole(self) -> Result:
        usd = Cost().usd if self.facts is None else self.facts["cost"]["usd"]
        number, score = self.program, None
        made: Sequence[Evaluation] = ()
        if number is not None:
            split = "duplicate" if self.outcome is Outcome.DUPLICATE else "train"
            score = self._source.score_then(number, self._score)
            made = self._source.evaluations_then(number, self.ticket, self.made, split)
        return Result(
            task=as_task(self._kind, self._asked),
            outcome=self.outcome,
            program=number,
            parents=self.parents,
            score=score,
            evaluations=made,
            cost_usd=usd,
            operator=self.operator or "",
            reason=self.reason,
            last=self.last,
        )

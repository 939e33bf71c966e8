"""Attempts: what came of each task lately. One is made once, and again when a score changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import is_
from typing import NamedTuple

from cladogen.evaluation import Score
from cladogen.expectation import ExpectationOutcome, compare, mean_metric
from cladogen.prompts.context import Context
from cladogen.prompts.sections import brief, sentence
from cladogen.proposal import Outcome, Proposal
from cladogen.result import Result

LOOKED_AT = 400  # of the last proposals
IDEA = 400  # characters
SAME = 0.7  # share of words in common from which a repair has no idea of its own
NOTHING = frozenset((Outcome.NO_REPLY, Outcome.INFRA, Outcome.ABANDONED, Outcome.MEASURED))

Rounds = Sequence[tuple[Proposal, Result]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one task: its first proposal, its last one with the result, and how that ended:
    "better", "worse", "no change", or a failure.
    """

    ticket: int
    parent: int
    program: int | None  # None when none was made
    first: Proposal
    last: Proposal
    result: Result
    verdict: str
    expected: ExpectationOutcome | None = None  # how its expectation came out, where it had one

    @property
    def idea(self) -> str:
        """The idea, and what a repair says that it made of it."""
        return _idea(self.first.summary, self.last.summary)


class _ScoredAttempt(NamedTuple):
    """An attempt, with the scores that its verdict was made from, of its parent and of the program
    ``tried``.
    """

    attempt: Attempt
    before: Score | None
    after: Score | None
    tried: int | None


@lru_cache(maxsize=4 * LOOKED_AT)  # prompt after prompt shows the same
def _idea(first: str, last: str) -> str:
    if not first or not last or _alike(first, last):
        return brief(first or last, IDEA)
    return f"{sentence(brief(first, IDEA))} As repaired: {brief(last, IDEA // 2)}"


def _alike(one: str, other: str) -> bool:
    """Tell whether two ideas say the same in nearly the same words."""
    if one == other:
        return True
    words, others = (frozenset(re.findall(r"[\w.]+", text.lower())) for text in (one, other))
    return len(words & others) > SAME * len(words | others)


def attempts(context: Context, count: int = LOOKED_AT) -> list[Attempt]:
    """Return what was tried lately, oldest first, one entry for each task."""
    return context.once(f"attempts {count}", lambda: _attempts(context, count))


def _attempts(context: Context, count: int) -> list[Attempt]:
    latest, noise = list(context.record.latest(count)), context.noise
    kept: _Window | None = context.facts.kept.get(f"attempts {count}")
    if kept is None or kept.noise != noise or not _goes_on(context, kept, latest):
        kept = _Window(noise)
    kept.rescored = context.record.rescored
    for pair in latest[len(kept.pairs) :]:
        kept.take(pair)
    for ticket in kept.changed:
        kept.made[ticket] = _made(context, kept.rounds[ticket])
    kept.changed.clear()
    context.facts.kept[f"attempts {count}"] = kept
    return [each.attempt for each in kept.made.values()]


class _Window:
    """The last proposals of a run, and what was made of them; ``changed`` are the tasks of which
    that is still to be made.
    """

    def __init__(self, noise: float) -> None:
        self.noise = noise
        self.rescored = 0  # by how many scores the attempts made were others than before
        self.pairs: list[tuple[Proposal, Result]] = []
        self.rounds: dict[int, list[tuple[Proposal, Result]]] = {}
        self.made: dict[int, _ScoredAttempt] = {}
        self.changed: dict[int, None] = {}

    def take(self, pair: tuple[Proposal, Result]) -> None:
        """Take the next proposal."""
        self.pairs.append(pair)
        if _counts(pair):
            ticket = pair[0].ticket
            self.rounds.setdefault(ticket, []).append(pair)
            self.changed[ticket] = None

    def drop(self, many: int) -> bool:
        """Forget the oldest; False where others of a task's rounds are left, so that the order of
        tasks is another.
        """
        for proposal, _ in filter(_counts, self.pairs[:many]):
            rounds = self.rounds.pop(proposal.ticket)
            if len(rounds) > 1:
                return False
            self.made.pop(proposal.ticket, None)
        del self.pairs[:many]
        return True


def _counts(pair: tuple[Proposal, Result]) -> bool:
    """Tell whether anything was tried."""
    return pair[1].outcome not in NOTHING and bool(pair[0].parents)


def _goes_on(context: Context, kept: _Window, latest: Rounds) -> bool:
    """Bring a window up to the beginning of the latest proposals; False where they do not go on
    from it, or a score is another by now.
    """
    begin = next((at for at, pair in enumerate(kept.pairs) if latest and pair is latest[0]), None)
    if begin is None or len(kept.pairs) - begin > len(latest):
        return False
    if not all(map(is_, kept.pairs[begin:], latest)) or not kept.drop(begin):
        return False
    if kept.rescored == context.record.rescored:
        return True
    score = context.record.score
    return all(
        score(each.attempt.parent) is each.before
        and (each.tried is None or score(each.tried) is each.after)
        for each in kept.made.values()
    )


def _made(context: Context, rounds: Rounds) -> _ScoredAttempt:
    """Return a task's attempt."""
    (first, _), (last, result), record = rounds[0], rounds[-1], context.record
    before = record.score(first.parents[0])
    after = None if result.program is None else record.score(result.program)
    program = result.program if result.outcome is Outcome.ACCEPTED else None
    verdict = _verdict(context, first, result)
    expected = _expectation_outcome(context, first, program)
    attempt = Attempt(
        first.ticket, first.parents[0], program, first, last, result, verdict, expected
    )
    return _ScoredAttempt(attempt, before, after, result.program)


def _expectation_outcome(
    context: Context, first: Proposal, program: int | None
) -> ExpectationOutcome | None:
    """Return how what was expected of a task came out; None where nothing was, or no program
    was made.
    """
    expected = first.expectation
    if expected is None or program is None or expected.before is None:
        return None
    rows = context.record.evaluations(program)
    return compare(expected, expected.before, mean_metric(rows, expected.metric, expected.cases))


def tested(context: Context, parent: int) -> list[Attempt]:
    """Return what was tried on ``parent``, without what was refused before it could be tried."""
    return [
        each
        for each in attempts(context)
        if each.parent == parent and each.result.outcome is not Outcome.REFUSED
    ]


def fruitless(context: Context, parent: int) -> list[Attempt]:
    """Return what was tried on ``parent`` and made nothing better."""
    return [each for each in tested(context, parent) if each.verdict != "better"]


def _verdict(context: Context, first: Proposal, result: Result) -> str:
    """Return how a task ended, measured against its parent; noise is no change, nor is
    what rounding makes."""
    if result.outcome is not Outcome.ACCEPTED or result.program is None:
        return result.outcome.value
    after, before = context.fitness(result.program), context.fitness(first.parents[0])
    if after is None:
        score = context.record.score(result.program)
        return score.status.value if score is not None else "no score"
    if before is None:
        return "better"
    if not context.apart(before, after):
        return "no change"
    return "better" if after > before else "worse"

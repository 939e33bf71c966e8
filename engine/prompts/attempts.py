"""Attempts: what came of each task lately. One is made once, and again when a score changed."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, is_
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
_TICKET = attrgetter("ticket")


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
        return idea_of(self.first.summary, self.last.summary)


class _ScoredAttempt(NamedTuple):
    """An attempt, with the scores that its verdict was made from, of its parent and of the program
    ``tried``.
    """

    attempt: Attempt
    before: Score | None
    after: Score | None
    tried: int | None


@lru_cache(maxsize=4 * LOOKED_AT)  # prompt after prompt shows the same
def idea_of(first: str, last: str) -> str:
    """Return the idea of a first proposal, and what its last repair says that it made of it."""
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
    return latest_attempts(context, count).every.copy()


def latest_attempts(context: Context, count: int = LOOKED_AT) -> LatestAttempts:
    """Return what was tried lately, as it is kept from prompt to prompt."""
    return context.once(f"attempts {count}", lambda: _latest_attempts(context, count))


def _latest_attempts(context: Context, count: int) -> LatestAttempts:
    latest, noise = context.record.latest(count), context.noise
    kept: LatestAttempts | None = context.facts.kept.get(f"attempts {count}")
    if kept is None or kept.noise != noise or not _goes_on(context, kept, latest):
        kept = LatestAttempts(noise)
    kept.rescored = context.record.rescored
    for pair in latest[len(kept.pairs) :]:
        kept.take(pair)
    kept.bring_up_to_date(context)
    context.facts.kept[f"attempts {count}"] = kept
    return kept


class LatestAttempts:
    """The last proposals of a run, and what was made of them: one attempt for each task, oldest
    first, and as sections of a prompt ask for them.

    ``better`` and ``vain`` are what helped and what did not, by ticket; ``of_parent`` is what was
    tried on a program, ``of_program`` what made it, ``expected`` how expectations came out.
    """

    def __init__(self, noise: float) -> None:
        self.noise = noise
        self.rescored = 0  # by how many scores the attempts made were others than before
        self.pairs: list[tuple[Proposal, Result]] = []
        self.rounds: dict[int, list[tuple[Proposal, Result]]] = {}
        self.made: dict[int, _ScoredAttempt] = {}
        self._changed: dict[int, None] = {}  # tasks of which it is still to be made
        self._arrange()

    def _arrange(self) -> None:
        """Put all attempts where they are looked up."""
        self.every: list[Attempt] = []
        self._tickets: list[int] = []
        self.better: list[Attempt] = []
        self.vain: list[Attempt] = []
        self.of_parent: dict[int, list[Attempt]] = {}
        self.of_program: dict[int, Attempt] = {}
        self.expected: list[ExpectationOutcome] = []
        for each in self.made.values():
            self._put(each.attempt)

    def _put(self, attempt: Attempt) -> None:
        self.every.append(attempt)
        insort(self._tickets, attempt.ticket)
        insort(self._side(attempt), attempt, key=_TICKET)
        self.of_parent.setdefault(attempt.parent, []).append(attempt)
        if attempt.program is not None:
            self.of_program.setdefault(attempt.program, attempt)
        if attempt.expected is not None:
            self.expected.append(attempt.expected)

    def _side(self, attempt: Attempt) -> list[Attempt]:
        return self.better if attempt.verdict == "better" else self.vain

    def _forget_first(self) -> None:
        """Forget the oldest attempt."""
        oldest = self.every.pop(0)
        del self.made[oldest.ticket]
        del self._tickets[bisect_left(self._tickets, oldest.ticket)]
        side = self._side(oldest)
        del side[bisect_left(side, oldest.ticket, key=_TICKET)]
        if oldest.program is not None and self.of_program.get(oldest.program) is oldest:
            del self.of_program[oldest.program]
        of_parent = self.of_parent[oldest.parent]
        del of_parent[0]
        if not of_parent:
            del self.of_parent[oldest.parent]
        if oldest.expected is not None:
            del self.expected[0]

    def since(self, ticket: int) -> int:
        """Return how many tasks that were asked after this one came to something."""
        return len(self._tickets) - bisect_right(self._tickets, ticket)

    def take(self, pair: tuple[Proposal, Result]) -> None:
        """Take the next proposal."""
        self.pairs.append(pair)
        if _counts(pair):
            ticket = pair[0].ticket
            self.rounds.setdefault(ticket, []).append(pair)
            self._changed[ticket] = None

    def bring_up_to_date(self, context: Context) -> None:
        """Make the attempts of what was taken."""
        again = any(ticket in self.made for ticket in self._changed)
        for ticket in self._changed:
            made = self.made[ticket] = _made(context, self.rounds[ticket])
            if not again:
                self._put(made.attempt)
        self._changed.clear()
        if again:
            self._arrange()

    def drop(self, many: int) -> bool:
        """Forget the oldest; False where others of a task's rounds are left, so that the order of
        tasks is another.
        """
        for proposal, _ in filter(_counts, self.pairs[:many]):
            rounds = self.rounds.pop(proposal.ticket)
            if len(rounds) > 1:
                return False
            self._forget_first()
        del self.pairs[:many]
        return True


def _counts(pair: tuple[Proposal, Result]) -> bool:
    """Tell whether anything was tried."""
    return pair[1].outcome not in NOTHING and bool(pair[0].parents)


def _goes_on(context: Context, kept: LatestAttempts, latest: Rounds) -> bool:
    """Bring a window up to the beginning of the latest proposals; False where they do not go on
    from it, or a score is another by now.
    """
    begin = _begin_of(latest, kept.pairs)
    if begin is None or not kept.drop(begin):
        return False
    if kept.rescored == context.record.rescored:
        return True
    return all(_is_scored_as_before(context, each) for each in kept.made.values())


def _begin_of(latest: Rounds, pairs: Rounds) -> int | None:
    """Return where the latest proposals begin among others, None where they do not go on from
    them.
    """
    first = latest[0] if latest else None
    begin = next((at for at, pair in enumerate(pairs) if pair is first), None)
    if begin is None or len(pairs) - begin > len(latest):
        return None
    return begin if all(map(is_, pairs[begin:], latest)) else None


def _is_scored_as_before(context: Context, each: _ScoredAttempt) -> bool:
    score = context.record.score
    return score(each.attempt.parent) is each.before and (
        each.tried is None or score(each.tried) is each.after
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
    tried = latest_attempts(context).of_parent.get(parent, ())
    return [each for each in tried if each.result.outcome is not Outcome.REFUSED]


def fruitless(context: Context, parent: int) -> list[Attempt]:
    """Return what was tried on ``parent`` and made nothing better."""
    return [each for each in tested(context, parent) if each.verdict != "better"]


def _verdict(context: Context, first: Proposal, result: Result) -> str:
    """Return how a task ended, measured against its parent; noise is no change, nor is
    what rounding makes."""
    if result.outcome is not Outcome.ACCEPTED or result.program is None:
        return result.outcome.value
    after, before = context.fitness(result.program), context.fitness(first.parents[0])
    if after is not None:
        return _compared(context, before, after)
    score = context.record.score(result.program)
    return score.status.value if score is not None else "no score"


def _compared(context: Context, before: float | None, after: float) -> str:
    """Say whether a program that has a score is better than its parent."""
    if before is None:
        return "better"
    if not context.apart(before, after):
        return "no change"
    return "better" if after > before else "worse"

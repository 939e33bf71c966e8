"""Credit: what each operator and model has done in a run. The only tally there is.

Live displays, the last lines of a run and ``evolve stats`` all read it, so they cannot disagree. It
is a fold over results in the order in which the archive was told of them, each with its program's
score as it was then; `cladogen.record.tallies` keeps it beside the results. A proposal of a model
counts on the way

    asked -> replied -> applied -> scored -> kept

and stops where it fails: a reply that cannot be applied, a child that is known already, a child
that has no score. ``gain`` is how far programs raised the best fitness of the run, in the
objective's own unit; what a bandit learns from is `cladogen.proposers.gain`, on a scale of its own.

Where an archive measures case by case, the first few cases may promise what later ones take back:
records and gain are then those of the programs that were the best one after the other
(`cladogen.record.bests`), by their fitness as it is now.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Protocol, TypeVar

from cladogen.evaluation import Status
from cladogen.expectation import compare, mean_metric
from cladogen.proposal import SPENT, Outcome, Proposal
from cladogen.record.bests import Maker, NamedBest, maker_of, without_return
from cladogen.result import Result, Standing

KEPT = (Standing.NEW, Standing.IMPROVED)
APPLIED = (Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.INFRA)
NO_ANSWER = (Outcome.NO_REPLY, Outcome.ABANDONED)
EFFORT = ("trials", "vain", "vain_s")  # of an operator that was tried in vain, where one was
CAUSE = "cause: "  # how the names of counts begin that say why there is no scored program
Author = tuple[str, str]  # operator, model
Counts = dict[str, Any]  # numbers by name: fields of `Credit`, and those that `Tally` sums up
Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Credit:
    """Counts of one operator, one model, or of all.

    ``vain`` are turns that found nothing and left the proposal to another operator, in ``vain_s``
    seconds; the ``trials`` of such a turn are its own. ``usd`` is what is priced, and ``unpriced``
    counts what is not.
    """

    proposals: int = 0
    replied: int = 0
    applied: int = 0
    duplicates: int = 0
    scored: int = 0
    kept: int = 0
    better: int = 0  # than the first parent
    records: int = 0  # better than every program before
    gain: float = 0.0
    vain: int = 0
    vain_s: float = 0.0
    trials: int = 0
    seconds: float = 0.0
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    expected: int = 0
    expected_right: int = 0
    expected_held: int = 0


FIELDS = frozenset(field.name for field in fields(Credit))


class Counted(Protocol):
    """A result that is counted, as those who watch a run are told of it."""

    @property
    def result(self) -> Result: ...

    @property
    def standing(self) -> Standing: ...

    @property
    def proposal(self) -> Proposal | None: ...

    @property
    def named(self) -> NamedBest | None: ...


class Tally:
    """Count results as they come. ``causes`` says why results are no scored program, ``best`` is
    the highest fitness so far, ``bests`` are the programs that an archive named as the best, one
    after the other. ``fitness_of`` looks up the fitness of a program where it is known elsewhere;
    without it the tally remembers what it counted.
    """

    def __init__(
        self,
        counted: Iterable[Counted] = (),
        *,
        fitness_of: Callable[[int], float | None] | None = None,
    ) -> None:
        self.makers: dict[Maker, Counts] = {}
        self.best: float | None = None
        self._fitness = array("d")  # by program, as it is now; NaN without one
        self._elsewhere = fitness_of
        self.bests: list[int] = []  # one after the other, where an archive names the best
        self._makers_of_bests: dict[int, Maker] = {}
        for event in counted:
            self.add(event)

    def add(self, event: Counted) -> Maker:
        """Count one result; return under whose name."""
        parent = first_parent(event.proposal)
        before = None if parent is None else self._fitness_of(parent)
        maker = maker_of(event.proposal)
        self.put(maker, counts_of(event, before, self.best))
        if learnt_from(event.result):
            self._learn(event.result)
        if event.named is not None:
            self.follow(event.named)
        return maker

    def follow(self, named: NamedBest) -> None:
        """Take in what is the best now. What was the best between is forgotten when the best is one
        that was it before: so the gains of those that are left add up to what is known now.
        """
        self.bests = without_return(self.bests, named.program)
        if not self.bests or self.bests[-1] != named.program:
            self.bests.append(named.program)
            self._makers_of_bests[named.program] = named.maker

    def take_up(self, best: float | None, fitness: Iterable[tuple[int, float]] = ()) -> None:
        """Take the run's best and its programs' fitness, by number, so that more can be counted."""
        self.best = best
        for number, value in fitness:
            self._put_fitness(number, value)

    def put(self, maker: Maker, counts: Counts) -> None:
        """Add what `counts_of` has found of a maker's results."""
        add(self.makers.setdefault(maker, {}), counts)

    @property
    def results(self) -> int:
        """How many results there are."""
        return self._sum("results")

    @property
    def measured(self) -> int:
        """How many of them measured a program again."""
        return self._sum("measured")

    @property
    def near(self) -> int:
        """How many were refused for their likeness to a known program."""
        return self._sum("near")

    @property
    def causes(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for counts in self.makers.values():
            found.update(
                {
                    name.removeprefix(CAUSE): int(count)
                    for name, count in counts.items()
                    if name.startswith(CAUSE)
                }
            )
        return found

    def by_author(self) -> dict[Author, Credit]:
        """Return the credit of each (operator, model), in the order in which they first proposed.

        A proposal that combines operators ("wrap+hoist") counts in the row of each, and they share
        its gain.
        """
        merged: dict[Author, Counts] = {}
        for maker, counts in self._proposers():
            for author, share in _shares(maker, counts):
                add(merged.setdefault(author, {}), share)
        return _credits(merged)

    def by_operator(self) -> dict[str, Credit]:
        """Return the credit of each operator, over all models."""
        merged: dict[str, Counts] = {}
        for maker, counts in self._proposers():
            for (operator, _), share in _shares(maker, counts):
                add(merged.setdefault(operator, {}), share)
        return _credits(merged)

    def by_model(self) -> dict[str, Credit]:
        """Return the credit of each model; "" is what proposes without one."""
        return self._by(lambda maker: maker.model)

    def by_specialist(self) -> dict[str, Credit]:
        """Return the credit of each of a run's specialists; "" is what came from elsewhere."""
        return self._by(lambda maker: maker.specialist)

    def total(self) -> Credit:
        """Return the credit of all proposals, each counted once."""
        return self._by(lambda maker: "").get("", Credit())

    def _by(self, name: Callable[[Maker], str]) -> dict[str, Credit]:
        merged: dict[str, Counts] = {}
        for maker, counts in self._proposers():
            add(merged.setdefault(name(maker), {}), counts)
        return _credits(merged)

    def _proposers(self) -> Iterator[tuple[Maker, Counts]]:
        """Yield the counts of those who proposed, without what came of measuring alone."""
        for maker, counts in (*self.makers.items(), *self._raised()):
            if maker.operator:
                yield maker, counts

    def _raised(self) -> Iterator[tuple[Maker, Counts]]:
        """Yield what each program counts for that an archive named as the best."""
        for before, number in pairwise(self.bests):
            counts: Counts = {"records": 1}
            if (value := self._fitness_of(number)) is not None:
                counts["gain"] = value - (self._fitness_of(before) or 0.0)
            yield self._makers_of_bests[number], counts

    def _sum(self, name: str) -> int:
        return sum(int(counts.get(name, 0)) for counts in self.makers.values())

    def _fitness_of(self, number: int) -> float | None:
        if self._elsewhere is not None:
            return self._elsewhere(number)
        if not 0 <= number < len(self._fitness) or math.isnan(self._fitness[number]):
            return None
        return self._fitness[number]

    def _learn(self, result: Result) -> None:
        fitness = result.fitness
        if self._elsewhere is None:
            self._put_fitness(result.program or 0, math.nan if fitness is None else fitness)
        if fitness is not None:
            self.best = fitness if self.best is None else max(self.best, fitness)

    def _put_fitness(self, number: int, fitness: float) -> None:
        self._fitness.extend([math.nan] * (number + 1 - len(self._fitness)))
        self._fitness[number] = fitness


def first_parent(proposal: Proposal | None) -> int | None:
    return None if proposal is None else next(iter(proposal.parents), None)


def learnt_from(result: Result) -> bool:
    """Tell whether a result says what its program's fitness is from now on."""
    known = result.program is not None and result.score is not None
    return known and result.outcome is not Outcome.DUPLICATE


def counts_of(event: Counted, parent: float | None, best: float | None) -> Counts:
    """Return what one result counts for, in fields of `Credit` and a few more, given the fitness
    of the first parent and the run's best before it.
    """
    result, proposal = event.result, event.proposal
    counts: Counts = {"results": 1, "measured": int(result.outcome is Outcome.MEASURED)}
    cause = cause_of(result)
    if cause and not _turned_away(result):
        counts[CAUSE + cause] = 1
    if proposal is not None:
        counts["near"] = int(proposal.code == "near-duplicate")
        counts |= _way(proposal, event) | _cost(proposal) | _expected(proposal, result)
        if result.outcome is Outcome.ACCEPTED:
            counts |= _success(event, parent, best)
    return counts


def add(into: Counts, counts: Mapping[str, float]) -> None:
    """Add counts up."""
    for name, value in counts.items():
        into[name] = into.get(name, 0) + value


def _success(event: Counted, parent: float | None, best: float | None) -> Counts:
    """Return what a new program that has a score counts for."""
    fitness = event.result.fitness
    if fitness is None:
        return {}
    counts: Counts = {
        "scored": 1,
        "kept": int(event.standing in KEPT),
        "better": int(parent is None or fitness > parent),
    }
    if event.named is None:  # programs rank by fitness
        counts["records"] = int(best is None or fitness > best)
        counts["gain"] = 0.0 if best is None else max(0.0, fitness - best)
    return counts


def _shares(maker: Maker, counts: Counts) -> Iterator[tuple[Author, Counts]]:
    """Yield the counts of each author that a proposal names: of one that made trials in vain its
    effort, of operators that were combined a share of the gain.
    """
    counts = dict(counts)
    if maker.in_vain:
        yield (maker.in_vain, ""), {name: counts.pop(name, 0) for name in EFFORT}
    operators = maker.operator.split("+")
    for operator, times in Counter(operators).items():
        share = {"gain": counts.get("gain", 0.0) * times / len(operators)}
        yield (operator, maker.model), counts | share


def _credits(merged: Mapping[Name, Counts]) -> dict[Name, Credit]:
    """Return the credits of counts, without what is no field of theirs."""
    return {
        name: Credit(**{field: value for field, value in counts.items() if field in FIELDS})
        for name, counts in merged.items()
    }


def cause_of(result: Result) -> str:
    """Return why a result is no scored program ("crash", "refused", ...), "" when it is one."""
    if result.outcome is Outcome.MEASURED:
        return ""
    if result.outcome is not Outcome.ACCEPTED:
        return result.outcome.value
    if result.score is None:
        return "no score" if result.evaluations else ""
    return "" if result.score.status is Status.OK else result.score.status.value


def _turned_away(result: Result) -> bool:
    """Tell whether nobody was asked because the budget pays for no other call."""
    return result.outcome is Outcome.NO_REPLY and result.reason.startswith(SPENT)


def _way(proposal: Proposal, event: Counted) -> Counts:
    """Return how far a proposal came. A turn in which nothing was asked or found is none, as for
    the caps.
    """
    outcome = event.result.outcome
    return {
        "proposals": int(outcome not in NO_ANSWER or proposal.cost.calls > 0),
        "replied": int(outcome not in NO_ANSWER),
        "applied": int(outcome in APPLIED),
        "duplicates": int(outcome is Outcome.DUPLICATE),
    }


def _cost(proposal: Proposal) -> Counts:
    """Return what a proposal took, the trials of an operator that was tried in vain too."""
    cost = proposal.cost
    return {
        "trials": proposal.trials,
        "vain": int(proposal.in_vain != ""),
        "vain_s": proposal.vain_s,
        "seconds": proposal.seconds,
        "calls": cost.calls,
        "tokens": cost.prompt_tokens + cost.completion_tokens,
        "usd": cost.usd or 0.0,
        "unpriced": int(cost.usd is None),
    }


def _expected(proposal: Proposal, result: Result) -> Counts:
    """Return how a stated expectation came out."""
    expected = proposal.expectation
    if expected is None or expected.before is None or result.outcome is not Outcome.ACCEPTED:
        return {}
    after = mean_metric(result.evaluations, expected.metric, expected.cases)
    seen = compare(expected, expected.before, after)
    return {"expected": 1, "expected_right": int(seen.right), "expected_held": int(seen.held)}

"""Credit: what each operator and model has done in a run. The only tally there is.

Live displays, the last lines of a run and ``evolve stats`` all read it, so they cannot disagree. It
is a fold over results in the order in which the archive was told of them. A proposal of a model
counts on the way

    asked -> replied -> applied -> scored -> kept

and stops where it fails: a reply that cannot be applied, a child that is known already, a child
that has no score. ``gain`` is how far programs raised the best fitness of the run, in the
objective's own unit; what a bandit learns from is `cladogen.proposers.gain`, on a scale of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cladogen.archives.base import Result, Standing
from cladogen.evaluation import Status
from cladogen.events import Told
from cladogen.prompts.expectations import compare, mean_metric
from cladogen.proposal import Outcome, Proposal

KEPT = (Standing.NEW, Standing.IMPROVED)
APPLIED = (Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.INFRA)
NO_ANSWER = (Outcome.NO_REPLY, Outcome.ABANDONED)
Author = tuple[str, str]  # operator, model


@dataclass(frozen=True, slots=True)
class Credit:
    """Counts of one operator, one model, or of all.

    ``vain`` are turns that found nothing and left the proposal to another operator; the ``trials``
    of such a turn are its own. ``usd`` is what is priced, and ``unpriced`` counts what is not.
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
    trials: int = 0
    seconds: float = 0.0
    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0
    expected: int = 0
    expected_right: int = 0
    expected_held: int = 0


class Tally:
    """Count results as they come. ``causes`` says why results are no scored program."""

    def __init__(self, told: Iterable[Told] = ()) -> None:
        self.results = self.measured = 0
        self.causes: Counter[str] = Counter()
        self.near = 0  # refused for their likeness to a known program
        self._rows: dict[Author, dict[str, Any]] = {}
        self._models: dict[str, dict[str, Any]] = {}
        self._total: dict[str, Any] = {}
        self._fitness: dict[int, float] = {}
        self._best: float | None = None
        for event in told:
            self.add(event)

    def add(self, event: Told) -> None:
        """Count one result."""
        result, proposal = event.result, event.proposal
        self.results += 1
        self.measured += result.outcome is Outcome.MEASURED
        if cause := cause_of(result):
            self.causes[cause] += 1
        if proposal is not None:
            self.near += proposal.code == "near-duplicate"
            self._count(proposal, event)
        if result.outcome in (Outcome.ACCEPTED, Outcome.MEASURED):
            self._learn(result)

    def by_author(self) -> dict[Author, Credit]:
        """Return the credit of each (operator, model), in the order in which they first proposed.

        A proposal that combines operators ("wrap+hoist") counts in the row of each, and they share
        its gain.
        """
        return {author: Credit(**counts) for author, counts in self._rows.items()}

    def by_operator(self) -> dict[str, Credit]:
        """Return the credit of each operator, over all models."""
        merged: dict[str, dict[str, Any]] = {}
        for (operator, _), counts in self._rows.items():
            _add(merged.setdefault(operator, {}), counts)
        return {operator: Credit(**counts) for operator, counts in merged.items()}

    def by_model(self) -> dict[str, Credit]:
        """Return the credit of each model; "" is what proposes without one."""
        return {model: Credit(**counts) for model, counts in self._models.items()}

    def total(self) -> Credit:
        """Return the credit of all proposals, each counted once."""
        return Credit(**self._total)

    def _count(self, proposal: Proposal, event: Told) -> None:
        counts = _way(proposal, event) | _cost(proposal) | _expected(proposal, event.result)
        if event.result.outcome is Outcome.ACCEPTED:
            counts |= self._success(event)
        effort, vain = _in_vain(proposal)
        if vain:
            _add(self._row(vain, ""), effort)
        else:
            counts |= effort
        for whole in (self._models.setdefault(proposal.model, {}), self._total):
            _add(whole, counts | effort)
        operators = proposal.operator.split("+")
        for operator, times in Counter(operators).items():
            share = {"gain": counts.get("gain", 0.0) * times / len(operators)}
            _add(self._row(operator, proposal.model), counts | share)

    def _row(self, operator: str, model: str) -> dict[str, Any]:
        return self._rows.setdefault((operator, model), {})

    def _success(self, event: Told) -> dict[str, Any]:
        """Return what a new program that has a score counts for."""
        result, fitness = event.result, fitness_of(event.result)
        if fitness is None:
            return {}
        parent = self._fitness.get(next(iter(result.parents), -1), -math.inf)
        best = -math.inf if self._best is None else self._best
        return {
            "scored": 1,
            "kept": int(event.standing in KEPT),
            "better": int(fitness > parent),
            "records": int(fitness > best),
            "gain": max(0.0, fitness - best) if math.isfinite(best) else 0.0,
        }

    def _learn(self, result: Result) -> None:
        fitness = fitness_of(result)
        if fitness is None or result.program is None:
            return
        self._fitness[result.program] = fitness
        self._best = fitness if self._best is None else max(self._best, fitness)


def cause_of(result: Result) -> str:
    """Return why a result is no scored program ("crash", "refused", ...), "" when it is one."""
    if result.outcome is Outcome.MEASURED:
        return ""
    if result.outcome is not Outcome.ACCEPTED:
        return result.outcome.value
    if result.score is None:
        return "no score" if result.evaluations else ""
    return "" if result.score.status is Status.OK else result.score.status.value


def fitness_of(result: Result) -> float | None:
    return None if result.score is None else result.score.fitness


def _way(proposal: Proposal, event: Told) -> dict[str, Any]:
    """Return how far a proposal came."""
    outcome = event.result.outcome
    return {
        "proposals": 1,
        "replied": int(outcome not in NO_ANSWER),
        "applied": int(outcome in APPLIED),
        "duplicates": int(outcome is Outcome.DUPLICATE),
    }


def _cost(proposal: Proposal) -> dict[str, Any]:
    cost = proposal.cost
    return {
        "seconds": proposal.seconds,
        "calls": cost.calls,
        "tokens": cost.prompt_tokens + cost.completion_tokens,
        "usd": cost.usd or 0.0,
        "unpriced": int(cost.usd is None),
    }


def _in_vain(proposal: Proposal) -> tuple[dict[str, Any], str]:
    """Return the trials that a proposal took, and the operator that made them for nothing."""
    vain = proposal.in_vain
    return {"trials": proposal.trials, "vain": int(vain != "")}, vain


def _expected(proposal: Proposal, result: Result) -> dict[str, Any]:
    """Return how a stated expectation came out."""
    expected = proposal.expectation
    if expected is None or expected.before is None or result.outcome is not Outcome.ACCEPTED:
        return {}
    after = mean_metric(result.evaluations, expected.metric, expected.cases)
    seen = compare(expected, expected.before, after)
    return {"expected": 1, "expected_right": int(seen.right), "expected_held": int(seen.held)}


def _add(into: dict[str, Any], counts: Mapping[str, Any]) -> None:
    for name, value in counts.items():
        into[name] = into.get(name, 0) + value

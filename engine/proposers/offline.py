"""Offline: what `evolve run` uses without a model. Mutation, tuning, changes of arrays where a
program holds some, and shortening, each at its time.

A bandit shares the turns of mutation, arrays and tuning out by gain per evaluation: a tuning costs
as many evaluations as it tried variants. Shortening gains nothing by that measure; it is due once
for every program that has stayed the best for a while, which also frees the search of what does
nothing.
`Proposal.operator` names the arm, so that a resumed run learns the same from the same record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cladogen.archives.base import Result
from cladogen.errors import ConfigError
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.problem import Problem
from cladogen.problem.spelling import nearest
from cladogen.proposal import Outcome, Proposal
from cladogen.proposers.arrays import ODDS as ARRAY_OPERATORS
from cladogen.proposers.arrays import Arrays, holds_arrays
from cladogen.proposers.bandit import Bandit
from cladogen.proposers.base import Brief, Extras, Kept, Proposer, Record
from cladogen.proposers.declared import arm_options
from cladogen.proposers.gain import Gains
from cladogen.proposers.mutate import Mutate
from cladogen.proposers.offer import has_text
from cladogen.proposers.shorten import Shorten
from cladogen.proposers.tune import Tune
from cladogen.task import Propose

SETTLED = 25  # proposals that a best program must outlast before it is shortened
SHARE = 0.1  # of the trials that shortening may make, to proposals so far
ODDS = {"mutate": 1.0, "tune": 0.008, "arrays": 8.0}
TRIAL = 0.5  # what a variant on trial costs next to an evaluation that is recorded


def _check_names(weights: Iterable[str]) -> None:
    """Raise ConfigError for the weight of an arm that does not exist."""
    for arm in weights:
        if arm not in ODDS:
            raise ConfigError(f"proposer option weights: no arm {arm!r}{nearest(arm, ODDS)}")


class Offline(Extras):
    """Mutate, tune and change arrays by turns that a bandit shares out, and shorten what is best.

    ``mutate``, ``tune``, ``shorten`` and ``arrays`` are options of those proposers, ``weights`` the
    odds of all but shortening to begin with, ``splice`` those of crossover by hunks (0: none);
    ``inner`` is how many children mutation draws for each proposal, with ``smoke`` each of them run
    on the first case. ``hints`` names what a task may
    ask for.
    """

    hints = ("mutate", "tune", "shorten")

    def __init__(
        self,
        problem: Problem,
        trials: Evaluator | None = None,
        budget: Ledger | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        learn: bool = True,
        mutate: Mapping[str, Any] | None = None,
        tune: Mapping[str, Any] | None = None,
        shorten: Mapping[str, Any] | None = None,
        arrays: Mapping[str, Any] | None = None,
        splice: float | str = 0.0,
        inner: int | str = 1,
        smoke: bool | str = False,
    ) -> None:
        given = {"splice": splice, "inner": inner, "smoke": smoke}
        own = arm_options("mutate", Mutate, mutate)
        self._mutate = Mutate(problem, trials, budget, **{**given, **own})
        self._arms: dict[str, Proposer] = {"mutate": self._mutate}
        if arrays is not None or holds_arrays(problem):
            own = {"text": 0.0, **arm_options("arrays", Arrays, arrays)}  # text is mutation's
            self._arms["arrays"] = Arrays(problem, trials, budget, **own)
        self._tune = Tune(problem, trials, budget, **arm_options("tune", Tune, tune))
        if trials is not None:
            self._arms["tune"] = self._tune
            own = arm_options("shorten", Shorten, shorten)
            self._arms["shorten"] = Shorten(problem, trials, budget, **own)
        _check_names(weights or ())
        odds = _odds(weights, self._arms, problem)
        self.bandit = Bandit(tuple(odds), weights=odds, learn=learn, floor=0.5)
        self.gains = Gains()
        self._shortened: set[int] = set()
        self._shortening: dict[
            int, int
        ] = {}  # programs, by the ticket under which they are in hand
        self._tried = 0  # in shortening

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Let the arm whose turn it is answer; where it has nothing to say, mutation does."""
        settled = self._settled(task, record)
        if settled is not None:
            self._shortening[task.ticket] = settled
            proposal = await self._arms["shorten"].propose(
                replace(task, parents=(settled,)), record, rng
            )
        else:
            proposal = await self._arms[self._arm(task, rng)].propose(task, record, rng)
        if proposal.patch or proposal.operator == "mutate" or task.hint in self._arms:
            return proposal
        instead = await self._arms["mutate"].propose(task, record, rng)
        trials = proposal.trials + instead.trials
        return replace(instead, trials=trials, in_vain=self._arm_of(proposal.operator))

    def _arm_of(self, operator: str) -> str:
        """Return the arm that a proposal's operator belongs to."""
        if "arrays" in self._arms and operator in ARRAY_OPERATORS:
            return "arrays"
        return operator if operator in self._arms else "mutate"

    def _arm(self, task: Propose, rng: np.random.Generator) -> str:
        return task.hint if task.hint in self._arms else self.bandit.choose(rng)

    def _settled(self, task: Propose, record: Record) -> int | None:
        """Return the best program when it has been that for a while and was not shortened, nor made
        by that.
        """
        best = next(iter(record.best()), None)
        if best is None or task.hint or not self._may_shorten(best, task.ticket):
            return None
        node = record.node(best)
        return best if node.parents and task.ticket - node.ticket >= SETTLED else None

    def _may_shorten(self, number: int, ticket: int) -> bool:
        if "shorten" not in self._arms or self._tried > SHARE * ticket:
            return False
        return number not in self._shortened and number not in self._shortening.values()

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Leave failures: another child costs as little."""
        return None

    def tell_all(self, results: Sequence[Brief]) -> None:
        """Learn from recorded results: from mutation's, which are most, without proposals."""
        for result in results:
            facts = result.facts
            if facts is None:
                continue
            if self._arm_of(result.operator) == "mutate" and _is_plain(facts):
                self._tell_of_mutation(result, facts)
                continue
            proposal = result.proposal()
            assert proposal is not None, "it has facts"
            self.tell(proposal, result.whole())

    def _tell_of_mutation(self, result: Brief, facts: Mapping[str, Any]) -> None:
        gain = 0.0
        if result.outcome is Outcome.ACCEPTED and result.status is not None:
            before = facts.get("parent_fitness")
            gain = self.gains.of_child(result.fitness, before, result.signature)
        self.bandit.tell("mutate", gain, 1.0 + TRIAL * result.trials)
        self._mutate.credit_names(facts.get("operators") or result.operator.split("+"), gain)

    def state(self) -> Any:
        """Return what was learnt."""
        arms = {name: arm.state() for name, arm in self._arms.items() if isinstance(arm, Kept)}
        own = [self.bandit.state(), self.gains.state(), sorted(self._shortened), self._tried]
        return [*own, arms, self._tune.state()]

    def restore(self, state: Any) -> None:
        """Take in what `state` gave."""
        bandit, gains, shortened, self._tried, arms, tuned = state
        self.bandit.restore(bandit)
        self.gains.restore(gains)
        self._shortened = set(shortened)
        self._tune.restore(tuned)
        for name, arm in self._arms.items():
            if isinstance(arm, Kept):
                arm.restore(arms[name])

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn which arm gains, and let it learn."""
        arm = self._arm_of(proposal.operator)
        vain = proposal.in_vain
        if proposal.ticket in self._shortening:
            self._shortened.add(self._shortening.pop(proposal.ticket))
        if "shorten" in (arm, vain):
            self._tried += proposal.trials
        elif vain:
            self._tell_in_vain(vain, proposal)
        if arm == "shorten":
            self._note_shortened(proposal, result)
            return
        gain = self.gains.of(proposal, result)
        self.bandit.tell(arm, gain, 1.0 + TRIAL * (0 if vain else proposal.trials))
        if arm == "mutate":
            self._mutate.credit(proposal, gain)
        else:
            self._arms[arm].tell(proposal, result)

    def _note_shortened(self, proposal: Proposal, result: Result) -> None:
        made = () if result.program is None else (result.program,)
        self._shortened.update((*proposal.parents, *made))

    def _tell_in_vain(self, arm: str, proposal: Proposal) -> None:
        """Learn that an arm was tried and made no proposal."""
        self.bandit.tell(arm, 0.0, TRIAL * proposal.trials)
        if arm == "tune":
            self._tune.tuned(proposal.parents[0])


def _odds(
    weights: Mapping[str, float] | None, arms: Collection[str], problem: Problem
) -> dict[str, float]:
    # Mutation and tuning have nothing to do where only arrays may change.
    usual = ODDS if has_text(problem) or "arrays" not in arms else {"arrays": 1.0}
    return {arm: weight for arm, weight in (weights or usual).items() if arm in arms}


def _is_plain(facts: Mapping[str, Any]) -> bool:
    """Whether a proposal's facts say nothing beside its making."""
    return not facts.get("in_vain", "") and "notes" not in facts

"""Choose among operators or models by what each has gained lately, per unit of cost.

Probability matching with a floor and exponential forgetting: an arm's chance is in proportion to
its discounted gain over its discounted cost, so that an arm that stops paying loses its share and
one that never paid keeps being tried. Gains are one-sided (a loss is a gain of nothing): a search
keeps what is better and forgets what is worse, so an operator that is usually bad and sometimes
excellent is a good one (ShinkaEvolve, arXiv:2509.19349). A bandit is a fold over `tell`: the same
results in the same order leave it the same. An arm of whose last answers none was of use (a model
whose key has no more credit, or that cannot write a patch) keeps the chance of a rare probe.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cladogen.errors import ConfigError

DEAD = 6  # answers in a row of which none was of use
PROBE = 0.03  # the chance of a dead arm, while another lives


class Bandit:
    """Arms with discounted gains and costs.

    ``weights`` are prior odds (0 shuts an arm out); with ``learn`` False they stay the odds.
    ``floor`` is the share that is spread by the prior odds whatever was learnt. ``decay``
    multiplies what is remembered at each tell. ``thrift`` is the power of cost in gain per cost: 0
    ignores cost, 1 is gain per dollar.
    """

    def __init__(
        self,
        arms: Sequence[str],
        *,
        weights: Mapping[str, float] | None = None,
        learn: bool = True,
        floor: float = 0.3,
        decay: float = 0.998,
        thrift: float = 1.0,
        prior: float = 10.0,
    ) -> None:
        self.arms = tuple(arms)
        self._odds = _odds(self.arms, weights)
        self.learn, self.floor, self.decay, self.thrift, self.prior = (
            learn,
            floor,
            decay,
            thrift,
            prior,
        )
        self._at = {arm: at for at, arm in enumerate(self.arms)}
        self._table = np.zeros((3, len(self.arms)))
        self._gain, self._cost, self._count = self._table
        self._useless = dict.fromkeys(self.arms, 0)  # answers since the last that was of use
        self._chances: dict[str, float] | None = None

    def choose(self, rng: np.random.Generator, among: Sequence[str] | None = None) -> str:
        """Return an arm, one of ``among`` where given."""
        chances = self.chances()
        arms = self.arms if among is None else [arm for arm in self.arms if arm in among]
        at = rng.random() * sum(chances[arm] for arm in arms)
        for arm in arms:
            at -= chances[arm]
            if at < 0:
                return arm
        return arms[-1]

    def tell(self, arm: str, gain: float, cost: float | None = 1.0, *, useful: bool = True) -> None:
        """Learn what an arm gained (a loss counts as nothing) and cost; None is an unknown cost.
        ``useful`` False: nothing could be made of its answer at all.

        An unknown cost is taken to be the mean of the known ones, never nothing. An arm that is not
        known is ignored.
        """
        at = self._at.get(arm)
        if at is None:
            return
        self._table *= self.decay
        self._gain[at] += max(0.0, gain)
        self._cost[at] += _mean_cost(*self._table[1:].tolist()) if cost is None else max(cost, 0.0)
        self._count[at] += 1.0
        self._useless[arm] = 0 if useful else self._useless[arm] + 1
        self._chances = None

    def state(self) -> list[Any]:
        """Return what was learnt, and of which arms."""
        return [list(self.arms), self._odds, self._table.copy(), self._useless]

    def restore(self, state: list[Any]) -> None:
        """Take in what `state` gave, of a bandit with the same arms."""
        self._table[...] = state[2]
        self._useless, self._chances = dict(state[3]), None

    def dead(self, arm: str) -> bool:
        """Tell whether the last answers of an arm were all useless, and those of another not."""
        return arm in self._dead()

    def _dead(self) -> list[str]:
        """Return the dead arms; there are none where no arm is alive."""
        useless = [arm for arm, count in self._useless.items() if count >= DEAD]
        if useless and all(arm in useless for arm in self.arms if self._odds[arm]):
            return []
        return useless

    def chances(self) -> dict[str, float]:
        """Return each arm's chance; they sum to one."""
        if self._chances is None:
            self._chances = self._living(self._matched()) if self.learn else dict(self._odds)
        return dict(self._chances)

    def _living(self, chances: dict[str, float]) -> dict[str, float]:
        """Return chances of which a dead arm has a probe's, so that one that came back is seen."""
        dead = self._dead()
        probes = {arm: min(PROBE, chances[arm]) for arm in self.arms if arm in dead}
        if not probes:
            return chances
        others = sum(chance for arm, chance in chances.items() if arm not in probes)
        share = (1.0 - sum(probes.values())) / others
        return {arm: probes.get(arm, chance * share) for arm, chance in chances.items()}

    def _matched(self) -> dict[str, float]:
        gain, cost, count = self._table.tolist()
        mean, price = (sum(gain) + 1.0) / (sum(count) + 1.0), _mean_cost(cost, count)
        worth = {
            arm: self._odds[arm] * self._rate(gain[at], cost[at], count[at], mean, price)
            for at, arm in enumerate(self.arms)
        }
        total, learnt = sum(worth.values()), 1.0 - self.floor
        return {
            arm: self.floor * self._odds[arm] + learnt * worth[arm] / total for arm in self.arms
        }

    def _rate(self, gain: float, cost: float, count: float, mean: float, price: float) -> float:
        """Return an arm's gain per cost, drawn to the ``mean`` of all arms while little is known of
        this one.
        """
        rate = (gain + self.prior * mean) / (count + self.prior)
        dear = (cost + self.prior * price) / ((count + self.prior) * price)
        return float(rate / max(dear, 1e-9) ** self.thrift)


def _mean_cost(costs: Sequence[float], counts: Sequence[float]) -> float:
    cost, count = sum(costs), sum(counts)
    mean = cost / count if count > 0 else 0.0
    return mean if mean > 0.0 else 1.0  # the least cost there is, shared out, is none


def _odds(arms: tuple[str, ...], weights: Mapping[str, float] | None) -> dict[str, float]:
    given = dict(weights or {})
    for arm, weight in given.items():
        _check_weight(arm, weight, arms)
    odds = {arm: float(given.get(arm, 1.0)) for arm in arms}
    total = sum(odds.values())
    if total <= 0:
        raise ConfigError("every operator has the weight 0; one at least must be above it")
    return {arm: weight / total for arm, weight in odds.items()}


def _check_weight(arm: str, weight: Any, arms: tuple[str, ...]) -> None:
    if arm not in arms:
        raise ConfigError(f"{arm}: no such operator; there are {', '.join(arms)}")
    if not isinstance(weight, int | float) or not 0 <= weight < math.inf:
        raise ConfigError(f"{arm}: a weight is a number, at least 0, not {weight!r}")

"""What an evaluator imports of the `alpha_evolve` client: the tables of an evaluation, and what a
program that failed is given.
"""

from __future__ import annotations

import math
from typing import Any

HARD_PENALTY = -1e300


class _Table:
    """Keyword arguments that can be had back as a table, tables inside too."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def model_dump(self, **_: Any) -> dict[str, Any]:
        return {name: _plain(value) for name, value in self.__dict__.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, _Table):
        return value.model_dump()
    return list(map(_plain, value)) if isinstance(value, (list, tuple)) else value


class AlphaEvolveEvaluationScore(_Table):
    pass


class AlphaEvolveEvaluationScores(_Table):
    pass


class AlphaEvolveEvaluationInsight(_Table):
    pass


class AlphaEvolveEvaluationInsights(_Table):
    pass


class AlphaEvolveProgramEvaluation(_Table):
    pass


def hard_penalty() -> float:
    """Return the score of a program that failed."""
    return HARD_PENALTY


def finite_score(value: float, name: str = "") -> float:
    """Return a score that is a finite number, what a failure is given for any other."""
    return float(value) if math.isfinite(value) else HARD_PENALTY

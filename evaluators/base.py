"""The Evaluator seam: a program and cases in, immutable evaluations out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from cladogen.evaluation import Evaluation, Score, Status
from cladogen.program import Program


class Evaluator(Protocol):
    """Judge programs. Never raises for what a candidate does; a failure of the world is
    Status.INFRA.

    ``train`` and ``heldout`` name the cases, known once the evaluator has started.
    """

    train: tuple[str, ...]
    heldout: tuple[str, ...]

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Run ``program`` on ``cases`` and score what it returns.

        None means every training case through the problem's stages: a program that fails a stage,
        or does not reach its threshold, is not run on the next. ``fresh`` asks for a sandbox that
        held no candidate before. ``known`` is asked after the first of several stages; True ends
        there (a program with this behaviour was judged already). Held-out cases are run only when
        named.
        """
        ...

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score many variants of ``base`` on the training cases in one sandbox start; nothing is
        recorded.
        """
        ...


@runtime_checkable
class Smoking(Protocol):
    """An evaluator that runs many variants on one case in one sandbox start."""

    async def smoke(
        self, base: Program, variants: Sequence[Program], case: str
    ) -> tuple[Status, ...]:
        """Return how each variant of ``base`` ends on a case; nothing is recorded."""
        ...


@runtime_checkable
class Admitting(Protocol):
    """An evaluator that takes cases which were not there when it started."""

    async def admit(
        self, cases: Mapping[str, Mapping[str, Any]], references: Mapping[str, float]
    ) -> dict[str, str]:
        """Have these cases besides its own, and no others; return why not, of those that are
        none.
        """
        ...


@runtime_checkable
class Sealing(Protocol):
    """An evaluator that knows of cases which no search and no choice may see."""

    sealed: tuple[str, ...]


def sealed_cases(evaluator: Evaluator) -> tuple[str, ...]:
    """Return the names of the cases that no search and no choice may see."""
    return evaluator.sealed if isinstance(evaluator, Sealing) else ()

"""A problem's own evaluator, at the border: what it returns is looked at, so that a mistake in it
is one line that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Score
from cladogen.evaluators.base import Evaluator
from cladogen.program import Program

Value = TypeVar("Value", Evaluation, Score)


class OwnEvaluator:
    """The evaluator ``own``, called ``name`` in problem.toml. Raises ProblemError for what it
    returns that is no evaluation, or no score.
    """

    def __init__(self, own: Evaluator, name: str) -> None:
        self._own, self._name = own, name
        try:
            self.train, self.heldout = tuple(own.train), tuple(own.heldout)
        except (AttributeError, TypeError) as error:
            raise ProblemError(
                f"{name}: needs the names of its cases, in order ({error})"
            ) from None

    @property
    def strength(self) -> str:
        """Return how what is judged is contained, in words of the evaluator's own."""
        said = getattr(self._own, "strength", "")
        return str(said) or f"{self._name} judges in this process and runs no candidate"

    async def close(self) -> None:
        """End what the evaluator keeps open, where it says how."""
        own = getattr(self._own, "close", None)
        if own is not None:
            await own()

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        rows = await self._own.evaluate(program, cases, seed=seed, fresh=fresh, known=known)
        return self._checked("evaluate", rows, Evaluation)

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        scores = self._checked("trials", await self._own.trials(base, variants, seed=seed), Score)
        if len(scores) != len(variants):
            raise ProblemError(
                f"{self._name}: trials returned {len(scores)} scores for {len(variants)} variants; "
                "return one for each, in order"
            )
        return scores

    def _checked(self, method: str, returned: Any, kind: type[Value]) -> tuple[Value, ...]:
        wanted = f"return a tuple of {kind.__module__}.{kind.__name__}"
        if not isinstance(returned, Sequence) or isinstance(returned, str):
            raise ProblemError(
                f"{self._name}: {method} returned {type(returned).__name__}; {wanted}"
            )
        for each in returned:
            if not isinstance(each, kind):
                raise ProblemError(
                    f"{self._name}: {method} returned a {type(each).__name__} among others; "
                    f"{wanted}"
                )
        return tuple(returned)

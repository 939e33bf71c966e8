"""CMA-ES for a handful of numbers, of which some may have gaps."""

from __future__ import annotations

import functools
import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Solver:
    """Draw vectors of numbers and learn from what they were worth. Without numbers it draws none.

    ``start`` is where the search begins, ``gaps`` the distance between neighbours of each number, 0
    for one without gaps.
    """

    def __init__(self, start: Vector, gaps: Vector, sigma: float, seed: int) -> None:
        self._strategy: Any = None
        if len(start):
            idle = np.zeros(int(len(start) == 1))  # the method needs two dimensions
            self._strategy = _strategy(np.append(start, idle), np.append(gaps, idle), sigma, seed)
        self._size = len(start)
        self._vectors: list[Vector] = []

    def draw(self) -> list[list[float]]:
        """Return a generation of vectors."""
        count = self._strategy.population_size if self._strategy else 0
        self._vectors = [self._strategy.ask() for _ in range(count)]
        return [vector[: self._size].tolist() for vector in self._vectors]

    def tell(self, values: list[float], best: float) -> None:
        """Learn what the vectors drawn last were worth, higher is better; what failed (minus
        infinity) counts as twice as bad as the worst that ran. ``best`` is the best value known.
        """
        if self._strategy is None:
            return
        finite = list(filter(np.isfinite, values))
        worst = best - 2 * max(1e-9, best - min(finite, default=best))
        losses = [-value if np.isfinite(value) else -worst for value in values]
        with warnings.catch_warnings():
            # A flat generation divides nothing by nothing in the covariance.
            warnings.simplefilter("ignore")
            self._strategy.tell(list(zip(self._vectors, losses, strict=True)))


def _strategy(start: Vector, gaps: Vector, sigma: float, seed: int) -> Any:
    cmaes = load_cmaes()
    if not gaps.any():
        return cmaes.CMA(mean=start, sigma=sigma, seed=seed)
    bounds = np.array([[-50.0, 50.0]] * len(gaps))
    return _Margin(
        cmaes.CMAwM(mean=start, sigma=max(sigma, 1.0), bounds=bounds, steps=gaps, seed=seed)
    )


@functools.cache
def load_cmaes() -> Any:
    """Import cmaes in 14 ms: without scipy.stats, which takes 1.2 s.

    It needs two distribution functions of scipy.stats and has them itself, for machines without
    scipy.
    """
    modules: dict[str, Any] = sys.modules
    loaded = modules.get("scipy.stats")
    modules["scipy.stats"] = None  # what Python reads as: not to be had
    try:
        import cmaes  # type: ignore[import-untyped]
    finally:
        del modules["scipy.stats"]
        if loaded is not None:
            modules["scipy.stats"] = loaded
    return cmaes


class _Margin:
    """CMA-ES with margin, asked and told by the vectors that were evaluated."""

    def __init__(self, solver: Any) -> None:
        self._solver = solver
        self.population_size: int = solver.population_size
        self._raw: list[Vector] = []

    def ask(self) -> Vector:
        if len(self._raw) >= self.population_size:
            self._raw = []
        evaluated, raw = self._solver.ask()
        self._raw.append(raw)
        return np.asarray(evaluated)

    def tell(self, solutions: list[tuple[Vector, float]]) -> None:
        self._solver.tell(
            [(raw, loss) for raw, (_, loss) in zip(self._raw, solutions, strict=True)]
        )

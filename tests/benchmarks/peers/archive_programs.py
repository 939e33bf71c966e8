"""Programs for an archive of 16 x 16 cells, drawn alike on every side: parents, features, fitness. NumPy only."""

import time

import numpy as np

BATCH = 1000


def drawn(programs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a row of two features in [0, 1), and a fitness, for each program."""
    rng = np.random.default_rng(0)
    return rng.random((programs, 2)), rng.normal(0, 1, programs) + 0.3 * np.log1p(
        np.arange(programs)
    )


class Clock:
    """CPU microseconds between two looks, for each of so many programs."""

    def __init__(self, programs: int) -> None:
        self._programs, self._began = programs, time.process_time()

    def each(self) -> float:
        now = time.process_time()
        took, self._began = now - self._began, now
        return 1e6 * took / self._programs

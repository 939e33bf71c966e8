"""What it costs to find the programs nearest to a new one, kernel and NumPy reference side by side.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/bench_neighbours.py [--rounds 30]

Embeddings of 768 floats by cosine, MinHash sketches of 128 positions by Jaccard similarity; the four nearest of all
known. Medians of microseconds, kernel and reference in turns, so that a busy machine is equally busy for both.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from cladogen.kernels import implementation
from cladogen.kernels.neighbours import (
    nearest_sketches,
    nearest_vectors,
    numpy_nearest_sketches,
    numpy_nearest_vectors,
)

SIZES = (1_000, 10_000, 100_000)


def medians(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median microseconds of each work, done in turns."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for place, work in enumerate(works):
            start = time.perf_counter()
            work()
            taken[place].append(1e6 * (time.perf_counter() - start))
    return [float(np.median(times)) for times in taken]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    rounds, rng = parser.parse_args().rounds, np.random.default_rng(0)
    print(
        f"kernels: {implementation()}\n\n| known | cosine | reference | sketches | reference |\n|--:|--:|--:|--:|--:|"
    )
    for size in SIZES:
        vectors = rng.normal(size=(size + 1, 768)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        sketches = rng.integers(0, 2**32, (size + 1, 128), dtype=np.uint32)
        works: list[Callable[[], object]] = [
            lambda known=vectors[1:], one=vectors[0]: nearest_vectors(known, one, 4),  # type: ignore[misc]
            lambda known=vectors[1:], one=vectors[0]: numpy_nearest_vectors(known, one, 4),  # type: ignore[misc]
            lambda known=sketches[1:], one=sketches[0]: nearest_sketches(known, one, 4),  # type: ignore[misc]
            lambda known=sketches[1:], one=sketches[0]: numpy_nearest_sketches(known, one, 4),  # type: ignore[misc]
        ]
        print(
            f"| {size:,} | "
            + " | ".join(f"{value:,.0f}" for value in medians(works, rounds))
            + " |",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Random streams: one for each chooser and decision, so that no generator's state has to be saved.

Decision ``k`` of the chooser ``name`` in a run with seed ``s`` always draws from the same Philox
stream, whatever else happened before it. A resumed run therefore decides as the unbroken one would
have, and the record needs to hold only the seed. (Philox: Salmon et al., "Parallel random numbers:
as easy as 1, 2, 3", SC 2011.)
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.random.bit_generator import ISeedSequence


class _Key(ISeedSequence):
    """Gives a Philox generator its key; one made with ``key=`` asks the system for randomness
    first, which it never uses.
    """

    def __init__(self, digest: bytes) -> None:
        self._words = np.frombuffer(digest, "<u8")

    def generate_state(self, n_words: int, dtype: object = np.uint64) -> np.ndarray:
        return self._words


def stream(seed: int, name: str, decision: int) -> np.random.Generator:
    """Return the generator for one decision of one chooser."""
    counter = np.array(
        (0, 0, decision, 0), "<u8"
    )  # decision << 128; an int takes three times as long
    philox = np.random.Philox(_key(seed, name), counter=counter)  # type: ignore[arg-type]
    return np.random.Generator(philox)


@lru_cache(maxsize=64)
def _key(seed: int, name: str) -> ISeedSequence:
    return _Key(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest())

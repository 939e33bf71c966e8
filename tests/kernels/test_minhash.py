"""MinHash: the C++ and its NumPy reference agree, and equal positions estimate the Jaccard similarity."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cladogen.kernels.minhash import minhash, minhash_numpy, permutations


@given(st.lists(st.integers(0, 2**64 - 1), max_size=300), st.integers(1, 200))
def test_kernel_and_reference_agree(values: list[int], width: int) -> None:
    hashes = np.array(values, np.uint64)
    assert np.array_equal(minhash(hashes, width), minhash_numpy(hashes, *permutations(width)))


def test_empty_set_has_no_minimum() -> None:
    assert (minhash(np.empty(0, np.uint64), 5) == 0xFFFFFFFF).all()


def test_share_of_equal_positions_estimates_similarity() -> None:
    values = np.random.default_rng(0).integers(0, 2**64, 900, dtype=np.uint64)
    one, two = minhash(values[:600], 512), minhash(values[300:], 512)
    assert abs(float((one == two).mean()) - 1 / 3) < 0.07

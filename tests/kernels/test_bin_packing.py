"""Packing by a tabulated priority: both implementations agree, and refuse what is out of range."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.kernels.bin_packing import pack, pack_one, pack_side_by_side


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_native_and_numpy_packings_agree(capacity, levels, seed):
    rng = np.random.default_rng(seed)
    ranks = rng.integers(0, levels, size=(capacity + 1, capacity + 1)).astype(np.int32)
    instances = [
        rng.integers(1, capacity + 1, size=length).astype(np.int32) for length in (0, 1, 60, 60)
    ]
    one_by_one = [list(pack_one(ranks, items)) for items in instances]
    assert pack(ranks, instances).tolist() == one_by_one
    assert pack_side_by_side(ranks, instances).tolist() == one_by_one


def test_equal_priorities_go_to_the_oldest_bin():
    ranks = np.zeros((11, 11), np.int32)
    # First fit: 6 | 5 | 4 joins the first, 5 joins the second.
    assert pack(ranks, [np.array([6, 5, 4, 5])]).tolist() == [[2, 0]]


@pytest.mark.parametrize("levels", [1, 3])
def test_thousands_of_bins_with_the_same_rest_are_told_apart_by_age(levels):
    rng = np.random.default_rng(levels)
    ranks = rng.integers(0, levels, size=(11, 11)).astype(np.int32)
    ranks[:, 10] = 0  # an empty bin is younger than all with room
    items = np.concatenate([np.full(9000, 7), rng.permutation(np.repeat([1, 2, 3], 2500))])
    assert pack(ranks, [items]).tolist() == pack_side_by_side(ranks, [items]).tolist()


@pytest.mark.parametrize("items", [[0], [11], [-1]])
def test_items_outside_the_capacity_are_refused(items):
    with pytest.raises(ValueError, match=r"items must be in 1\.\.10"):
        pack(np.zeros((11, 11), np.int32), [np.array(items)])


@pytest.mark.parametrize(
    "ranks", [np.zeros((3, 4), int), np.full((4, 4), -1), np.full((4, 4), 1024)]
)
def test_ranks_out_of_range_are_refused(ranks):
    with pytest.raises(ValueError, match="ranks must be square"):
        pack(ranks, [])

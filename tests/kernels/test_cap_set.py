"""Greedy cap sets: both implementations agree, no line is ever kept, a published cap is kept whole."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.kernels.cap_set import greedy_cap, greedy_cap_plain

PUBLISHED = Path(__file__).parents[1] / "data" / "constructions"


def vectors_of(name):
    points = np.array(json.loads((PUBLISHED / name).read_text())["points"])
    return (points @ 3 ** np.arange(7, -1, -1)).astype(np.int32)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_native_and_numpy_caps_agree(dimension, seed):
    order = np.random.default_rng(seed).permutation(3**dimension).astype(np.int32)
    assert greedy_cap(order, dimension).tolist() == greedy_cap_plain(order, dimension).tolist()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_kept_vectors_hold_no_line_and_nothing_can_be_added(seed):
    order = np.random.default_rng(seed).permutation(81).astype(np.int32)
    cap = set(greedy_cap(order, 4).tolist())
    digits = {
        vector: np.array([vector // 27, vector // 9 % 3, vector // 3 % 3, vector % 3])
        for vector in range(81)
    }
    thirds = {
        int(-(digits[a] + digits[b]) % 3 @ [27, 9, 3, 1]) for a, b in itertools.combinations(cap, 2)
    }
    assert not thirds & cap
    assert thirds | cap == set(range(81))


def test_published_cap_of_512_is_kept_whole():
    cap = vectors_of("capset_n8_size512_funsearch.json")
    rest = np.setdiff1d(np.arange(3**8, dtype=np.int32), cap).astype(np.int32)
    assert sorted(greedy_cap(np.concatenate([cap, rest]), 8).tolist()) == sorted(cap.tolist())


def test_duplicate_vector_is_refused():
    with pytest.raises(ValueError, match="different vectors"):
        greedy_cap(vectors_of("must_reject/capset_dup.json"), 8)

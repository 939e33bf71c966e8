"""Kissing vectors: both implementations agree, and three units of 10^13 are seen."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.kernels.kissing import kissing_vectors, kissing_vectors_exact

PUBLISHED = Path(__file__).parents[1] / "data" / "constructions"


def vectors(name):
    return np.array(json.loads((PUBLISHED / name).read_text())["points"], dtype=np.int64)


def test_published_configuration_is_kept_whole():
    assert len(kissing_vectors(vectors("kissing_d11_n593_alphaevolve.json"))) == 593


def test_pair_moved_together_by_three_units_is_not():
    assert len(kissing_vectors(vectors("must_reject/kissing593_closest_pair_minus3.json"))) < 593


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 5), st.integers(0, 40), st.sampled_from([2, 5, 2**49]), st.integers(0, 2**32 - 1)
)
def test_native_and_plain_walks_agree(dimension, count, size, seed):
    rows = np.random.default_rng(seed).integers(-size, size + 1, size=(count, dimension))
    assert kissing_vectors(rows) == kissing_vectors_exact(rows)


def test_vectors_too_large_are_refused():
    with pytest.raises(ValueError, match="below 2\\^50"):
        kissing_vectors(np.array([[2**50, 0]]))

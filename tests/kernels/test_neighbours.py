"""Nearest neighbours: the C++ and its NumPy reference agree, ties go to the earlier row, and nothing is passed over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.kernels.neighbours import (
    nearest_sketches,
    nearest_vectors,
    numpy_nearest_sketches,
    numpy_nearest_vectors,
)
from cladogen.source.novelty import Embeddings

SIZES = st.integers(0, 80), st.integers(1, 1100), st.integers(0, 9)  # rows, width, count


@settings(deadline=None)
@given(st.integers(0, 10_000), *SIZES)
def test_sketches_agree_with_their_reference(seed: int, rows: int, width: int, count: int) -> None:
    drawn = np.random.default_rng(seed).integers(0, 3, (rows + 1, width)).astype(np.uint32)
    assert nearest_sketches(drawn[1:], drawn[0], count) == numpy_nearest_sketches(
        drawn[1:], drawn[0], count
    )


@settings(deadline=None)
@given(st.integers(0, 10_000), *SIZES)
def test_vectors_whose_products_are_exact_agree_with_their_reference(
    seed: int, rows: int, width: int, count: int
) -> None:
    drawn = (np.random.default_rng(seed).integers(-2, 3, (rows + 1, width)) / 8).astype(np.float32)
    assert nearest_vectors(drawn[1:], drawn[0], count) == numpy_nearest_vectors(
        drawn[1:], drawn[0], count
    )


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80), st.integers(1, 2000))
def test_cosines_of_unit_vectors_are_right_to_float32(seed: int, rows: int, width: int) -> None:
    drawn = np.random.default_rng(seed).normal(size=(rows + 1, width))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    known = drawn[1:].astype(np.float32)
    found, cosines = nearest_vectors(known, drawn[0].astype(np.float32), rows)
    assert sorted(found) == list(range(rows)) and cosines == sorted(cosines, reverse=True)
    assert np.allclose(cosines, (drawn[1:] @ drawn[0])[found], atol=1e-6)


def test_what_is_not_a_number_comes_last() -> None:
    known = np.array([[np.nan, 0], [-1, 0], [1, 0]], np.float32)
    wanted = np.array([1, 0], np.float32)
    assert (
        nearest_vectors(known, wanted, 3)
        == numpy_nearest_vectors(known, wanted, 3)
        == ([2, 1, 0], [1, -1, -np.inf])
    )


def test_rows_of_another_width_or_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="as wide as"):
        nearest_vectors(np.zeros((2, 3), np.float32), np.zeros(4, np.float32))
    with pytest.raises(ValueError, match="float64"):
        nearest_vectors(np.zeros((2, 3)), np.zeros(3))  # type: ignore[arg-type]


def test_an_embedding_is_compared_with_other_texts_only() -> None:
    known = Embeddings()
    assert known.likeness("a", (1.0, 0.0)) is None
    known.add("a", (1.0, 0.0))
    assert known.likeness("a", (1.0, 0.0)) is None
    known.add("a", (0.0, 1.0))  # the first vector of a text stays
    known.add("b", (0.6, 0.8))
    assert known.likeness("a", (1.0, 0.0)) == pytest.approx(0.6)
    assert known.likeness("c", (0.8, 0.6)) == pytest.approx(0.96)

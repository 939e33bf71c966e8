"""The C++ alignment kernel means what its NumPy reference means."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.kernels import alignment, native

needs_native = pytest.mark.skipif(native is None, reason="the C++ kernels are not built")
TEXTS = st.lists(
    st.sampled_from(
        [
            "",
            "  ",
            "a",
            "a ",
            " a",
            "a  b",
            "a b",
            "ab",
            "\u201ca\u201d",
            '"a"',
            "x\u00a0y",
            "x y",
            "\xff",
            "}",
            "a\tb",
        ]
    ),
    max_size=12,
)
COSTS = alignment.Costs()


def encoded(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


@needs_native
@given(TEXTS)
def test_keys_are_equal_for_the_same_lines(lines: list[str]) -> None:
    ours, theirs = alignment.line_keys_numpy(encoded(lines)), alignment.line_keys(encoded(lines))
    assert ours.shape == theirs.shape == (len(lines), 4)
    for level in range(3):
        assert np.array_equal(
            ours[:, None, level] == ours[None, :, level],
            theirs[:, None, level] == theirs[None, :, level],
        )
    assert np.array_equal(ours[:, 3], theirs[:, 3])


@needs_native
@given(st.lists(st.text("ab c\u00e9", max_size=150), max_size=4), TEXTS)
def test_likeness(rows: list[str], lines: list[str]) -> None:
    rows = [row.replace("\n", "") for row in rows]
    ours = alignment.likeness_numpy(encoded(rows), encoded(lines))
    assert np.allclose(ours, alignment.likeness(encoded(rows), encoded(lines)))


def test_likeness_is_one_for_equal_lines_and_none_for_strangers() -> None:
    like = alignment.likeness(b"x = 1\n", b"x=1\nqqq\n")
    assert like.tolist() == [[1.0, 0.0]]


@needs_native
@given(TEXTS, TEXTS, st.integers(0, 2**32))
@settings(max_examples=300)
def test_alignment_tables(old: list[str], text: list[str], seed: int) -> None:
    if not old or not text:
        return
    rng = np.random.default_rng(seed)
    strict = rng.random(len(old)) < 0.3
    weight = np.where(rng.random(len(old)) < 0.5, 1.0, 0.3).astype(np.float32)
    rows = alignment.Rows(
        alignment.line_keys(encoded(old)),
        np.where(strict, np.inf, weight + 0.2).astype(np.float32),
        np.where(strict, np.inf, 0.9 * weight).astype(np.float32),
        weight,
        (rng.random(len(old)) < 0.2).astype(np.uint8),
        (rng.random(len(old)) < 0.7).astype(np.uint8),
        np.where(rng.random(len(old)) < 0.5, 0, -1).astype(np.int32),
    )
    keys = alignment.line_keys(encoded(text))
    lines = alignment.Lines(
        keys, keys[:, 3].astype(np.uint8), rng.random((1, len(text))).astype(np.float32)
    )
    for ours, theirs in zip(
        alignment.align_numpy(rows, lines, COSTS), alignment.align(rows, lines, COSTS), strict=True
    ):
        assert np.allclose(ours, theirs, atol=1e-4)


def test_exact_lines_cost_nothing() -> None:
    keys = alignment.line_keys(b"a\nb\nc\nd\n")
    rows = alignment.Rows(
        keys[1:3],
        np.full(2, np.inf, np.float32),
        np.full(2, np.inf, np.float32),
        np.ones(2, np.float32),
        np.zeros(2, np.uint8),
        np.ones(2, np.uint8),
        np.full(2, -1, np.int32),
    )
    lines = alignment.Lines(keys, np.zeros(4, np.uint8), np.zeros((0, 4), np.float32))
    before, after = alignment.align(rows, lines, COSTS)
    assert before[2, 3] == 0 and after[0, 1] == 0 and after[2].tolist() == [0] * 5
    assert before[2, :3].min() == np.inf

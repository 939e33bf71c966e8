"""Certified circle packings: published vectors are worth what exact arithmetic says, and slack buys nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cladogen.kernels.circles import (
    UNIT,
    deflation,
    deflation_exact,
    in_rectangle,
    in_unit_square,
    on_grid,
)

PUBLISHED = Path(__file__).parents[1] / "data" / "constructions"


def published(name):
    document = json.loads((PUBLISHED / name).read_text())
    return document, np.array([[float(number) for number in row] for row in document["points"]])


@pytest.mark.parametrize("name", sorted(path.name for path in PUBLISHED.glob("circles_*.json")))
def test_published_packing_is_certified_at_its_exact_value(name):
    document, circles = published(name)
    exact = document["verified_exact"]
    packing = in_rectangle(circles) if "rect" in name else in_unit_square(circles)
    if "rect" not in name:
        assert (packing.loss == 0) == exact["valid"]
    wanted = exact.get("certified_after_uniform_deflation", exact["score"])
    assert float(packing.certified) == pytest.approx(float(wanted), abs=4e-16)


def test_inflated_radii_certify_below_the_honest_packing():
    _, honest = published("circles_square_n26_certified_best.json")
    _, inflated = published("must_reject/circles26_inflated_5e-7.json")
    assert in_unit_square(inflated).raw > in_unit_square(honest).raw
    assert in_unit_square(inflated).certified <= in_unit_square(honest).certified
    assert in_unit_square(inflated).loss == pytest.approx(4.999e-7, rel=1e-3)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.booleans())
def test_native_and_plain_deflations_agree(count, seed, walled):
    rng = np.random.default_rng(seed)
    circles = rng.uniform(-0.2, 1.2, size=(count, 3))
    circles[:, 2] = rng.uniform(0, 0.3, size=count)
    grid, box = on_grid(circles), (0, 0, UNIT, UNIT) if walled else None
    assert deflation(grid, box) == deflation_exact(grid, box)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_repaired_packing_is_valid_and_no_smaller_loss_would_do(count, seed):
    rng = np.random.default_rng(seed)
    grid = on_grid(rng.uniform(0, 1, size=(count, 3)) * [1, 1, 0.3])
    box = (0, 0, UNIT, UNIT)
    amount, _ = deflation_exact(grid, box)
    assert deflation_exact(grid - [0, 0, amount], box)[0] == 0
    assert amount == 0 or deflation_exact(grid - [0, 0, amount - 1], box)[0] == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, 2.0, -3.0])
def test_numbers_off_the_grid_are_refused(bad):
    with pytest.raises(ValueError, match=r"finite|2 or more"):
        on_grid(np.array([[0.5, bad, 0.1]]))
    with pytest.raises(ValueError, match="negative"):
        on_grid(np.array([[0.5, 0.5, -0.1]]))

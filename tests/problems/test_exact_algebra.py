"""Sums and differences, kissing vectors, tensors: published constructions count what they are worth."""

import json
from pathlib import Path

import numpy as np
import pytest

from cladogen.scoring import Case, Invalid

PUBLISHED = Path(__file__).parents[1] / "data" / "constructions"


def read(name):
    return json.loads((PUBLISHED / name).read_text())


def test_published_set_has_its_exact_value(scorer):
    document = read("sumdiff_U1_alphaevolve.json")
    scored = scorer("exact_algebra").score(Case("sums_differences", {}), document["values"])
    assert scored.metrics["value"] == pytest.approx(
        float(document["verified_exact"]["score"]), rel=1e-15
    )
    assert scored.feedback == "807667 differences, 93803 sums"


def test_published_vectors_are_counted_and_forged_ones_are_not(scorer):
    module = scorer("exact_algebra")
    case = Case("kissing", {"dimension": 11})
    for name, valid in (
        ("kissing_d11_n593_alphaevolve", True),
        ("must_reject/kissing593_closest_pair_minus3", False),
    ):
        assert (module.score(case, read(f"{name}.json")["points"]).metrics["value"] == 593) is valid


@pytest.mark.parametrize(
    "name", ["matmul_333_rank23_alphaevolve.json", "matmul_245_rank32_alphaevolve.json"]
)
def test_published_tensor_needs_no_repair_and_a_wrong_entry_costs(scorer, name):
    document = read(name)
    module = scorer("exact_algebra")
    case = Case("tensor", dict(zip("nmp", document["n"], strict=True)))
    factors = [np.array(one, dtype=float) for one in document["values"]]
    rank = document["verified_exact"]["score"]
    assert module.score(case, factors).metrics["value"] == rank
    factors[0][0, 0] += 1 / 256
    assert module.score(case, factors).metrics["value"] > rank


@pytest.mark.parametrize(
    ("task", "seen", "output"),
    [
        ("tensor", {"n": 2, "m": 4, "p": 5}, read("must_reject/matmul_empty.json")["values"]),
        ("tensor", {"n": 1, "m": 1, "p": 1}, [[[1.0]], [[1.0]]]),
        ("tensor", {"n": 1, "m": 1, "p": 1}, [[[1.0]], [[1.0]], [[1.0, 2.0]]]),
        ("tensor", {"n": 1, "m": 1, "p": 1}, [[[128.0]], [[1.0]], [[1.0]]]),
        ("sums_differences", {}, [1, 2]),
        ("sums_differences", {}, [0, 0]),
        ("sums_differences", {}, [0, 0.5]),
        ("sums_differences", {}, [0, 10_000_001]),
        ("sums_differences", {}, [0, True]),
        ("kissing", {"dimension": 2}, [[0, 0]]),
        ("kissing", {"dimension": 2}, []),
        ("kissing", {"dimension": 2}, [[2**50, 1]]),
        ("kissing", {"dimension": 2}, [[1, 0]] * 1001),
    ],
)
def test_what_is_no_construction_is_invalid(scorer, task, seen, output):
    with pytest.raises(Invalid):
        scorer("exact_algebra").score(Case(task, seen), output)


def test_vectors_of_numbers_with_a_root_of_2_are_compared_exactly(scorer):
    module = scorer("exact_algebra")
    eighths = [[[2, 0], [0, 0]], [[0, 1], [0, 1]], [[0, 0], [2, 0]], [[0, -1], [0, 1]]]
    assert module.score(Case("kissing", {"dimension": 2}), eighths).metrics["value"] == 2
    whole = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    for scale in ((1, 0), (0, 1)):  # times 1, times sqrt(2)
        pairs = [[[x * scale[0], x * scale[1]] for x in row] for row in whole]
        assert module.score(Case("kissing", {"dimension": 2}), pairs).metrics["value"] == 4
    almost = [[[1000, 0], [0, 0]], [[0, 707], [0, 0]]]  # 1000 and 999.8, in one direction
    assert module.score(Case("kissing", {"dimension": 2}), almost).metrics["value"] == 1


def test_large_sets_are_counted_as_small_ones_are(scorer):
    module = scorer("exact_algebra")
    numbers = np.unique(np.random.default_rng(0).integers(0, 30_000, 3000))
    numbers = numbers - numbers[0]
    assert module.counted(numbers, int(numbers[-1])) == module.transformed(
        numbers, int(numbers[-1])
    )


def test_repeated_numbers_and_vectors_count_once(scorer):
    module = scorer("exact_algebra")
    assert module.score(Case("sums_differences", {}), [0, 1, 3, 3, 1]) == module.score(
        Case("sums_differences", {}), [0, 1, 3]
    )
    assert (
        module.score(Case("kissing", {"dimension": 2}), [[1, 0], [1, 0], [-1, 0]]).metrics["value"]
        == 2
    )

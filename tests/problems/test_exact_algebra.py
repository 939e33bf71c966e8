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
        ("sums_differences", {}, [0, 5_000_001]),
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


def test_repeated_numbers_and_vectors_count_once(scorer):
    module = scorer("exact_algebra")
    assert module.score(Case("sums_differences", {}), [0, 1, 3, 3, 1]) == module.score(
        Case("sums_differences", {}), [0, 1, 3]
    )
    assert (
        module.score(Case("kissing", {"dimension": 2}), [[1, 0], [1, 0], [-1, 0]]).metrics["value"]
        == 2
    )

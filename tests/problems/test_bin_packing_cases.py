"""Instances of online bin packing that evolve: made from genes, within what programs are told, and scored alike."""

import numpy as np
import pytest

from cladogen.scoring import Case, Invalid

PARAMETERS = {"items": "uniform", "capacity": 150, "length": 50, "instances": 2, "seed": 0}
GENES = {"smallest": 30, "width": 40, "skew": 1.5, "rising": 0.5, "seed": 7}


def test_generated_instances_follow_their_genes_and_score_as_others_do(scorer):
    world = scorer("online_bin_packing")
    data = world.generate(GENES, PARAMETERS)
    assert data == world.generate(GENES, PARAMETERS), "the same genes, the same instances"
    assert data != world.generate({**GENES, "seed": 8}, PARAMETERS)
    items = np.array(data)
    assert items.min() >= 30 and items.max() <= 70
    half = items.shape[1] // 2
    assert (np.diff(items[:, :half]) >= 0).all() and (np.diff(items[:, half:]) < 0).any()
    case = world.admit(data, PARAMETERS)
    own = world.cases(PARAMETERS)[0]
    assert case.input == own.input, "one run of a program serves both"
    ranks = np.zeros((81, 151), dtype=int)
    assert world.score(case, ranks).metrics["excess"] >= 0.0


def test_words_say_how_many_bins_are_too_many_and_what_is_left_in_them(scorer):
    seen = {"capacity": 150, "sizes": list(range(20, 101))}
    case = Case("x", seen, answer=[np.array([100, 100, 20]), np.array([60, 30, 60, 30])])
    said = scorer("online_bin_packing").score(case, np.zeros((81, 151), dtype=int)).feedback
    assert said == (
        "4 bins for 2 instances, 4 at the least; 0 to 0 too many in one instance; "
        "a bin has 50.0 of 150 left on average; 0.00 % of items opened a bin needlessly"
    )


@pytest.mark.parametrize(
    "data", [[], [[]], 7, [[1000]], [[19]], [[30.5]], [["a"]], [[30]] * 51, [[30] * 5001], [[True]]]
)
def test_instances_that_are_none_are_refused(scorer, data):
    world = scorer("online_bin_packing")
    with pytest.raises(Invalid):
        world.admit(data, PARAMETERS)

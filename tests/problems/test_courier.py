"""The courier's way is walked by the scorer, stop by stop."""

import pytest

from cladogen.scoring import Case, Invalid

CASE = Case(
    "x",
    {
        "capacity": 1,
        "depot": [500, 500],
        "from": [[500, 510], [0, 0]],
        "to": [[510, 510], [500, 500]],
    },
)


def test_way_is_measured_from_the_depot_and_back(scorer):
    metrics = scorer("courier").score(CASE, [0, 2, 1, 3]).metrics
    assert metrics == {"length": 10 + 10 + 1020 + 1000 + 0, "load": 0.5}


def test_words_say_where_the_length_lies(scorer):
    assert scorer("courier").score(CASE, [0, 2, 1, 3]).feedback == (
        "1020 per parcel, 408 per leg; longest leg 1020, leg 2 of 5, from bringing 0 to fetching 1; "
        "the longest tenth of the legs is 50 % of the way; "
        "50 % is driven with nothing on board, 50 % with 1 on board; "
        "the first leg is 10, the last one 0"
    )


def test_way_without_length_has_words(scorer):
    still = {**CASE.input, "from": [[500, 500]] * 2, "to": [[500, 500]] * 2}
    assert scorer("courier").score(Case("x", still), [0, 2, 1, 3]).feedback


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ([0, 1, 2, 3], "2 parcels on board, at most 1"),
        ([2, 0, 1, 3], "parcel 0 is brought before it is fetched"),
        ([0, 2, 0, 2], "a stop is made twice"),
        ([0, 2, 1], "has shape 3, wanted 4"),
        ([0, 2, 1, 4], "outside 0..3"),
        ([0.0, 2, 1, 3], "integers"),
    ],
)
def test_route_that_cannot_be_driven_is_invalid(scorer, route, words):
    with pytest.raises(Invalid, match=words):
        scorer("courier").score(CASE, route)


def test_same_seed_same_cases_and_held_out_ones_are_others(scorer):
    module = scorer("courier")
    parameters = {"parcels": 60, "capacity": 8, "training": 2, "heldout": 2, "seed": 4}
    first, second = module.cases(parameters), module.cases(parameters)
    assert [case.input for case in first] == [case.input for case in second]
    assert len({str(case.input) for case in first}) == 4

"""What a run will still take, as an estimate at its own rate."""

import pytest

from cladogen.view.to_come import to_come


def test_cap_that_is_reached_first_says_how_long_and_how_dear_the_rest_will_be():
    caps = {"usd": (2.0, 4.0), "proposals": (100.0, 1000.0)}
    left = to_come(caps, 100, per_minute=10.0, usd=2.0)
    assert left.cap == "usd"  # 100 results more, as many as for the first two dollars
    assert (left.results, left.seconds, left.usd) == pytest.approx((100, 600, 2.0))


def test_clock_is_a_cap_like_the_others():
    left = to_come({"seconds": (60.0, 180.0), "usd": (1.0, 100.0)}, 50, per_minute=25.0, usd=1.0)
    assert left.cap == "seconds"
    assert (left.seconds, left.usd) == pytest.approx((120, 1.0))


def test_used_up_cap_leaves_nothing_and_work_without_a_price_no_dollars():
    left = to_come({"evaluations": (110.0, 100.0)}, 20, per_minute=1.0, usd=0.0)
    assert (left.seconds, left.usd) == (0.0, None)


@pytest.mark.parametrize(
    ("caps", "results", "rate"),
    [({}, 50, 5.0), ({"usd": (1.0, 2.0)}, 2, 5.0), ({"usd": (1.0, 2.0)}, 50, None),
     ({"usd": (0.0, 2.0)}, 50, 5.0), ({"patience": (5.0, 9.0)}, 50, 5.0)],
)  # fmt: skip
def test_where_too_little_is_known_nothing_is_estimated(caps, results, rate):
    assert to_come(caps, results, rate, 1.0) is None

"""Tuning takes a bounded share of the wall clock, however slow the variants are."""

from cladogen.proposers.time_share import FREE_S, TimeShare


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_work_goes_on_while_it_has_less_than_its_share():
    clock = Clock()
    share = TimeShare(0.2, clock)
    with share.running():
        clock.s = FREE_S
        assert share.is_left()
        clock.s = FREE_S + 1
        assert not share.is_left()
    clock.s = 5 * FREE_S + 4
    assert not share.is_left()
    clock.s = 5 * FREE_S + 6
    assert share.is_left()


def test_work_that_goes_on_twice_at_once_counts_once():
    clock = Clock()
    share = TimeShare(0.1, clock)
    with share.running(), share.running():
        clock.s = 0.9 * FREE_S
        assert share.is_left()
        clock.s = 1.1 * FREE_S
        assert not share.is_left()
    assert not share.is_left()

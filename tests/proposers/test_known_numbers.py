"""Numbers that are all kept are those that a set would keep."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cladogen.proposers.known_numbers import FEW, KnownNumbers

NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.lists(NUMBERS | st.integers(0, 9), max_size=60), st.lists(NUMBERS, max_size=9))
def test_known_numbers_are_those_of_a_set_also_after_they_were_kept(added, others):
    known, again, as_set = KnownNumbers(), KnownNumbers(), set()
    for number in added:
        assert known.add(number) is (number not in as_set)
        as_set.add(number)
    again.restore(known.state())
    for each in (known, again):
        assert len(each) == len(as_set)
        assert all(number in each for number in added)
        assert all((number in each) is (number in as_set) for number in others)


def test_many_known_numbers_take_few_bytes_each_and_are_all_known():
    known, rng = KnownNumbers(), np.random.default_rng(0)
    numbers = rng.integers(-(1 << 63), (1 << 63) - 1, 20 * FEW).tolist()
    assert all(map(known.add, numbers))
    assert not any(map(known.add, numbers[::7]))
    assert len(known._late) <= max(FEW, len(numbers) // 8)
    assert known.state().tolist() == sorted(numbers)

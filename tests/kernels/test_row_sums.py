"""Checksums of many rows at once."""

from hypothesis import given
from hypothesis import strategies as some

from cladogen.kernels.row_sums import checksum, wrong_rows

NUMBERS = some.integers(-(1 << 63), (1 << 63) - 1)
TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = some.one_of(some.none(), NUMBERS, some.floats(), TEXTS, some.binary(max_size=40))
ROWS = some.lists(some.tuples(VALUES, VALUES, VALUES, VALUES, VALUES), max_size=8)


def summed(row, second):
    """Return a row of two tables, each after its checksum; None for one that has none."""
    return (checksum(*row[:3]), *row[:3], checksum(*row[3:]) if second else None, *row[3:])


@given(ROWS, some.data())
def test_whatever_row_is_not_what_its_checksum_says_is_found(rows, data):
    made = [summed(row, data.draw(some.booleans())) for row in rows]
    spans = [(0, 4), (4, 7)]
    assert wrong_rows(made, spans) == []
    if made:
        at = data.draw(some.integers(0, len(made) - 1))
        made[at] = (made[at][0] ^ 1, *made[at][1:])
        assert wrong_rows(made, spans) == [(at, 0)]

"""Checksums of many rows at once."""

import numpy as np

from cladogen.kernels.row_sums import checksum, wrong_rows


def some_value(rng):
    """Return a value of any kind that SQLite returns."""
    kind = int(rng.integers(5))
    text = "".join(chr(int(each)) for each in rng.integers(1, 0x2000, int(rng.integers(20))))
    whole = int(rng.integers(-(1 << 63), (1 << 63) - 1))
    return (None, whole, float(rng.normal()), text, text.encode())[kind]


def test_whatever_row_is_not_what_its_checksum_says_is_found():
    rng = np.random.default_rng(0)
    rows = [tuple(some_value(rng) for _ in range(5)) for _ in range(200)]
    second = [None if at % 3 else checksum(*row[3:]) for at, row in enumerate(rows)]
    made = [
        (checksum(*row[:3]), *row[:3], after, *row[3:])
        for row, after in zip(rows, second, strict=True)
    ]
    spans = [(0, 4), (4, 7)]
    assert wrong_rows(made, spans) == []
    made[7] = (made[7][0] ^ 1, *made[7][1:])
    made[9] = (*made[9][:4], made[9][4] ^ 1, *made[9][5:])
    assert wrong_rows(made, spans) == [(7, 0), (9, 1)]


def test_checksums_of_many_rows_of_few_kinds_are_those_of_each_row():
    rng = np.random.default_rng(1)
    for rows in (1, 3, 4, 50):
        made = [(whole, "text" if whole % 3 else None, 0.5 * whole, b"bytes", f"{whole}")
                for whole in rng.integers(0, 9, rows).tolist()]  # fmt: skip
        for width in range(6):
            good = [(checksum(*row[:width]), *row[:width]) for row in made]
            assert wrong_rows(good, [(0, width + 1)]) == []
            bad = [(row[0] ^ 8, *row[1:]) if at % 2 else row for at, row in enumerate(good)]
            assert wrong_rows(bad, [(0, width + 1)]) == [(at, 0) for at in range(1, rows, 2)]
            none = [(None, *row[1:]) for row in good]
            assert wrong_rows(none, [(0, width + 1)]) == []

"""Arrays and images as files of a program: read strictly, written the same every time, compared in words."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cladogen.patching.array_files import array_difference, is_array, read_array, write_array

IMAGE = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) * 9


@pytest.mark.parametrize("samples", [1, 2, 3, 4])
def test_image_comes_back_as_it_was_written(samples):
    image = np.ascontiguousarray(IMAGE[:, :, :samples])
    assert (read_array("a.png", write_array("a.png", image)) == image).all()


@given(st.lists(st.integers(0, 4), min_size=4, max_size=4), st.integers(0, 99))
def test_every_filter_of_png_is_undone(kinds, seed):
    image = np.random.default_rng(seed).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    rows = image.reshape(4, 15).astype(int)
    lines, above = [], np.zeros(15, int)
    for kind, row in zip(kinds, rows, strict=True):
        left, corner = (np.concatenate([np.zeros(3, int), r[:-3]]) for r in (row, above))
        near = left + above - corner
        apart = np.stack([abs(near - left), abs(near - above), abs(near - corner)])
        best = np.choose(apart.argmin(axis=0), [left, above, corner])
        guess = [0, left, above, (left + above) // 2, best][kind]
        lines.append(bytes([kind]) + ((row - guess) & 255).astype(np.uint8).tobytes())
        above = row
    whole = write_array("a.png", image)
    head = whole[:33]
    body = zlib.compress(b"".join(lines))
    chunks = [(b"IDAT", body), (b"IEND", b"")]
    data = head + b"".join(
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks
    )
    assert (read_array("a.png", data) == image).all()


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1"])
def test_equal_arrays_are_equal_files(dtype):
    array = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    data = write_array("w.npy", array)
    assert data == write_array("w.npy", np.asfortranarray(array))
    assert (read_array("w.npy", data) == array).all()


def saved(array, **how):
    file = io.BytesIO()
    np.save(file, array, **how)
    return file.getvalue()


HUGE = io.BytesIO()
np.lib.format.write_array_header_1_0(
    HUGE, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**9)}
)


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("w.npy", saved(np.array([{"a": 1}], object), allow_pickle=True)),
        ("w.npy", saved(np.array([1.0, np.nan]))),
        ("w.npy", saved(np.array(["text"]))),
        ("w.npy", HUGE.getvalue()),
        ("w.npy", b"\x93NUMPY"),
        ("w.npy", b""),
        ("i.png", b"\x89PNG\r\n\x1a\n"),
        ("i.png", write_array("i.png", IMAGE)[:-20]),
        ("i.png", write_array("i.png", IMAGE)[:40] + b"?" + write_array("i.png", IMAGE)[41:]),
        ("i.png", b"GIF89a"),
    ],
)
def test_what_is_no_array_of_finite_numbers_is_refused_by_name(path, data):
    with pytest.raises(ValueError, match=f"^{path}: no array that can be read"):
        read_array(path, data)


def test_difference_says_in_one_line_what_changed():
    old = np.zeros((3, 4))
    new = old.copy()
    new[1, 2] = 2.0
    said = array_difference("w.npy", write_array("w.npy", old), write_array("w.npy", new))
    assert said == (
        "w.npy: float64 (3, 4), 1 of 12 values differ by 0.577 (root mean square), most at (1, 2)"
    )
    wider = write_array("w.npy", np.zeros((3, 5)))
    said = array_difference("w.npy", write_array("w.npy", old), wider)
    assert said == "w.npy: float64 (3, 4) became float64 (3, 5)"
    assert array_difference("w.npy", b"?", wider) == ""


def test_arrays_are_known_by_their_names():
    assert is_array("a/b.npy") and is_array("b.png") and not is_array("b.py")

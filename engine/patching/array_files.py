"""Arrays and images that are files of a program: ``*.npy`` and ``*.png``.

They are read as hostile input (no pickle, nothing that is not finite, a bound on size), and written
the same way every time, so that equal arrays are equal files. Of PNG, what evolution needs: eight
bits a sample, grey or colour, with alpha or without, not interlaced (ISO/IEC 15948).
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SUFFIXES = (".npy", ".png")
MOST = 4_000_000  # values of one file
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 4: 2, 6: 4}  # by PNG's type of colour
_COLOURS = {samples: colour for colour, samples in _SAMPLES.items()}


def is_array(path: str) -> bool:
    """Tell whether a file is an array by its name."""
    return path.endswith(SUFFIXES)


def read_array(path: str, data: bytes) -> Array:
    """Return a file's array: of any shape, or (height, width, samples) of bytes for an image.

    Raises ValueError, which names the file, for what is none.
    """
    try:
        return _read_png(data) if path.endswith(".png") else _read_npy(data)
    except (ValueError, TypeError, EOFError, OSError, zlib.error, struct.error) as error:
        raise ValueError(f"{path}: no array that can be read ({error})") from None


def write_array(path: str, array: Array) -> bytes:
    """Return the bytes of a file that holds an array."""
    if path.endswith(".png"):
        return _write_png(array)
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(array), (1, 0), allow_pickle=False)
    return file.getvalue()


def shown(path: str, data: bytes) -> str:
    """Return a file as people read it: its text, or in a line what an array is."""
    if not is_array(path):
        return data.decode(errors="replace")
    try:
        array = read_array(path, data)
    except ValueError as error:
        return str(error)
    return f"array: {_kind(array)}" + (
        f", from {array.min():.4g} to {array.max():.4g}" if array.size else ""
    )


def array_difference(path: str, before: bytes, after: bytes) -> str:
    """Say in one line what is different between two arrays; "" where one cannot be read."""
    try:
        old, new = read_array(path, before), read_array(path, after)
    except ValueError:
        return ""
    if old.shape != new.shape:
        return f"{path}: {_kind(old)} became {_kind(new)}"
    change = new.astype(np.float64) - old.astype(np.float64)
    moved = int(np.count_nonzero(change))
    size = np.sqrt(np.mean(change**2)) if change.size else 0.0
    most = np.unravel_index(int(np.argmax(np.abs(change))), change.shape) if change.size else ()
    where = f", most at {tuple(map(int, most))}" if moved else ""
    said = f"{moved} of {change.size} values differ by {size:.3g} (root mean square){where}"
    return f"{path}: {_kind(new)}, {said}"


def _kind(array: Array) -> str:
    return f"{array.dtype} {tuple(array.shape)}"


def _read_npy(data: bytes) -> Array:
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0
    shape, _, dtype = (read if version == (1, 0) else np.lib.format.read_array_header_2_0)(file)
    if dtype.kind not in "fiu":
        raise ValueError(f"it holds {dtype}, not numbers")
    if int(np.prod(shape, dtype=object)) > MOST:
        raise ValueError(f"more than {MOST:,} values")
    array: Array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    if not np.isfinite(array).all():
        raise ValueError("it holds a number that is not finite")
    return array


def _read_png(data: bytes) -> Array:
    if data[:8] != _SIGNATURE:
        raise ValueError("no PNG signature")
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR":
        raise ValueError("no IHDR chunk")
    width, height, samples = _png_shape(chunks[0][1])
    row = width * samples
    if not 0 < height * row <= MOST:
        raise ValueError(f"more than {MOST:,} values, or none")
    raw = _unpacked(chunks, height * (row + 1))
    lines = np.frombuffer(raw, np.uint8).reshape(height, row + 1)
    return _unfiltered(lines, samples).reshape(height, width, samples)


def _unpacked(chunks: list[tuple[bytes, bytes]], size: int) -> bytes:
    """Return the rows of a PNG, of so many bytes and never more."""
    packed = b"".join(body for name, body in chunks if name == b"IDAT")
    raw = zlib.decompressobj().decompress(packed, size)
    if len(raw) != size:
        raise ValueError("its rows are not whole")
    return raw


def _png_shape(header: bytes) -> tuple[int, int, int]:
    """Return width, height and samples a pixel."""
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if bits != 8 or colour not in _SAMPLES or interlaced:
        raise ValueError("only eight bits a sample, grey or colour, not interlaced")
    return width, height, _SAMPLES[colour]


def _chunks(data: bytes) -> Any:
    at = 8
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        if zlib.crc32(name + body) != struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0]:
            raise ValueError(f"the checksum of its chunk {name!r} is wrong")
        yield name, body
        at += 12 + size


def _unfiltered(lines: Array, samples: int) -> Array:
    """Undo PNG's filters, row by row."""
    rows = np.zeros((len(lines), lines.shape[1] - 1), np.uint8)
    above = np.zeros(lines.shape[1] - 1, np.uint8)
    for at, line in enumerate(lines):
        rows[at] = above = _unfiltered_row(int(line[0]), line[1:], above, samples)
    return rows


def _unfiltered_row(kind: int, line: Array, above: Array, samples: int) -> Array:
    if kind == 0:
        return line
    if kind == 2:
        return line + above
    if kind > 4:
        raise ValueError(f"filter {kind} is unknown")
    row = [0] * samples + line.tolist()
    over = [0] * samples + above.tolist()
    for at in range(samples, len(row)):
        left, up, corner = row[at - samples], over[at], over[at - samples]
        guess = left
        if kind != 1:
            guess = (left + up) // 2 if kind == 3 else _paeth(left, up, corner)
        row[at] = (row[at] + guess) & 255
    return np.array(row[samples:], np.uint8)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    apart = (abs(guess - left), abs(guess - up), abs(guess - corner))
    return (left, up, corner)[apart.index(min(apart))]


def _write_png(array: Array) -> bytes:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in _COLOURS:
        raise ValueError("an image is (height, width, samples) of bytes, of 1 to 4 samples")
    height, width, samples = array.shape
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[samples], 0, 0, 0)
    lines = np.zeros((height, width * samples + 1), np.uint8)
    lines[:, 1:] = array.reshape(height, -1)
    body = zlib.compress(lines.tobytes(), 9)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )

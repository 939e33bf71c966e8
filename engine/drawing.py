"""Drawing: a small picture of a solution, as PNG, for a scorer to return beside its numbers.

NumPy and zlib alone, so that the trusted process imports nothing for it.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIDE = 320  # pixels
PAPER, INK, FILL, MARK = (255, 255, 255), (40, 40, 40), (176, 205, 236), (214, 69, 65)
Colour = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """A square picture of the plane from ``low`` to ``high`` in both directions, y upwards."""

    def __init__(self, low: float = 0.0, high: float = 1.0, side: int = SIDE) -> None:
        self.pixels: NDArray[np.uint8] = np.full((side, side, 3), PAPER, dtype=np.uint8)
        self._unit = (high - low) / side  # length of a pixel
        middles = low + (np.arange(side) + 0.5) * self._unit
        self._x, self._y = middles[None, :], middles[::-1, None]

    def circle(self, x: float, y: float, radius: float, fill: Colour = FILL) -> None:
        """Draw a circle with its rim."""
        away = np.hypot(self._x - x, self._y - y) - radius
        self.pixels[away <= 0.0] = fill
        self.pixels[np.abs(away) <= 0.6 * self._unit] = INK

    def dot(self, x: float, y: float, colour: Colour = INK, size: float = 3.0) -> None:
        """Draw a dot, ``size`` pixels to each side."""
        self.pixels[np.hypot(self._x - x, self._y - y) <= size * self._unit] = colour

    def line(self, start: Point, end: Point, colour: Colour = INK) -> None:
        """Draw a straight line between two points."""
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = max(dx * dx + dy * dy, 1e-300)
        along = ((self._x - start[0]) * dx + (self._y - start[1]) * dy) / length
        nearest = np.clip(along, 0.0, 1.0)
        away = np.hypot(self._x - start[0] - nearest * dx, self._y - start[1] - nearest * dy)
        self.pixels[away <= 0.75 * self._unit] = colour

    def rectangle(self, start: Point, end: Point, colour: Colour = INK) -> None:
        """Draw the sides of a rectangle."""
        corners = [start, (end[0], start[1]), end, (start[0], end[1])]
        for at, corner in enumerate(corners):
            self.line(corner, corners[(at + 1) % 4], colour)

    def png(self) -> bytes:
        """Return the picture."""
        return png(self.pixels)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return an image of shape (height, width, 3) as PNG (ISO/IEC 15948), eight bits a channel."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)  # the first byte of a row: no filter
    rows[:, 1:] = pixels.reshape(height, 3 * width)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", body), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

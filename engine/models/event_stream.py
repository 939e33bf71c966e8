"""Reading a provider's event stream (server-sent events), or the JSON that comes in its place.

Comments that keep a connection alive, empty pieces, missing blank lines, carriage returns and a
byte-order mark are all seen in the field. A server that answers a request for a stream with one
JSON object, or with one object a line, is read as well: what it sent is paid for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

DONE = "[DONE]"
_LINE_END = re.compile(rb"\r\n|\n|\r")
MOST_BYTES = 64 << 20  # of a whole answer


class EventReader:
    """Turn bytes into pieces: JSON values, or `DONE`. ``broken`` holds what was not JSON;
    ``whole``: all of it was one JSON value. With ``lines`` each line is JSON by itself.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self._lines = lines
        self.broken, self.whole = "", False
        self._rest = b""
        self._event, self._data = "", ""
        self._bare: list[str] = []  # lines without a field's name: JSON, or a page
        self._began = False

    def feed(self, data: bytes) -> Iterator[tuple[str, Any]]:
        """Yield (event name, piece) for each piece that these bytes complete."""
        for line in self._whole_lines(data):
            between = self._is_between_events()
            if between and not line:
                self._event = ""
                continue
            piece = _lone_piece(line) if between else None
            if piece is not None:
                yield self._event, piece
            else:
                yield from self._line(line.decode("utf-8", "replace"))

    def _whole_lines(self, data: bytes) -> list[bytes]:
        """Return the lines that these bytes complete, and keep the rest."""
        data = self._rest + data
        half = data.endswith(b"\r")  # of a line's end, or a whole one: what follows tells
        *lines, rest = _LINE_END.split(data[:-1] if half else data)
        self._rest = rest + b"\r" if half else rest
        return lines

    def _is_between_events(self) -> bool:
        return self._began and not self._data and not self._lines

    def close(self) -> Iterator[tuple[str, Any]]:
        """Yield what the end of the bytes completes."""
        yield from self._line(self._rest.decode("utf-8", "replace").rstrip("\r"))
        self._rest = b""
        yield from self._line("")
        yield from self._bare_pieces()

    def _line(self, line: str) -> Iterator[tuple[str, Any]]:
        if not self._began:
            line = line.removeprefix("\ufeff")
            self._began = bool(line.strip())
        if not line.strip():
            yield from self._flush()
        elif self._lines:
            yield from self._data_line(line)
        elif line.startswith("data:"):
            yield from self._data_line(line[5:].removeprefix(" "))
        else:
            self._take_other(line)

    def _take_other(self, line: str) -> None:
        """Take a line that is no data: an event's name, a comment (":"), or what is no field."""
        if line.startswith("event:"):
            self._event = line[6:].strip()
        elif not line.startswith((":", "id:", "retry:")):
            self._bare.append(line)

    def _data_line(self, text: str) -> Iterator[tuple[str, Any]]:
        """Take a line of data. One that is whole by itself does not wait for a blank line, which
        some servers leave out.
        """
        self._data += ("\n" if self._data else "") + text
        data = self._data.strip()
        if data == DONE or data.endswith(("}", "]")):
            piece = _piece(data)
            if piece is not None:  # else the rest of it is in the next line
                self._data = ""
                yield self._event, piece

    def _flush(self) -> Iterator[tuple[str, Any]]:
        text = self._data.strip()
        piece = _piece(text)
        if text:
            self._data = ""
        if piece is not None:
            yield self._event, piece
        elif text:
            self.broken = self.broken or text
        self._event = ""

    def _bare_pieces(self) -> Iterator[tuple[str, Any]]:
        if not self._bare:
            return
        whole = _json("\n".join(self._bare))
        if whole is not None:
            self.whole = True
            yield "", whole
            return
        for line in self._bare:
            piece = _json(line)
            if piece is None:
                self.broken = self.broken or "\n".join(self._bare)
                return
            yield "", piece


def _piece(text: str) -> Any:
    """Return what the data of an event are: a mark, JSON, or None for what is neither."""
    return DONE if text == DONE else _json(text)


def _lone_piece(line: bytes) -> Any:
    """Return the piece that a line is by itself, as nearly all of a stream are; else None."""
    if line.startswith(b"data: {") and line.endswith(b"}"):
        return _json(line[6:].decode("utf-8", "replace"))
    return None


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

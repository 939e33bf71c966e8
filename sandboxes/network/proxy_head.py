"""Read the head of one request to an HTTP proxy, which is hostile, and write the head that goes on.

Nothing is passed on as it came. What two readers could read in two ways is refused: bare line
feeds, folded lines, two lengths, chunks. One connection carries one request, so that no second one
can ride on the first one's permission.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cladogen.sandboxes.network.allow_list import split

_REQUEST = re.compile(rb"([A-Z]{1,20}) ([!-~]{1,12000}) (HTTP/1\.[01])")
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9][0-9])(?: [\t -~\x80-\xff]*)?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}):[ \t]*([\t -~\x80-\xff]*)")
_URL = re.compile(r"http://([^/?#\\]*)([/?][^#\\]*)?", re.IGNORECASE)
_OF_ONE_HOP = {
    b"host",
    b"connection",
    b"keep-alive",
    b"te",
    b"trailer",
    b"upgrade",
    b"proxy-connection",
    b"proxy-authorization",
    b"proxy-authenticate",
}
_DIGITS = re.compile(rb"[0-9]{1,15}")
_FRAMING = {b"content-length", b"transfer-encoding"}  # nobody can have these left out
_USE = "this is an HTTP proxy: ask for CONNECT host:port, or for GET http://host/path"


class ProxyRefused(Exception):  # noqa: N818  (an answer, as a refusal is)
    """An answer that opens nothing: its HTTP status, one line of why, and who was asked for, where
    that is known.
    """

    def __init__(self, status: int, why: str, host: str = "") -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.host = host


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """A request, the host it is for: ``head`` is what to send there, "" for a tunnel, and ``body``
    how many bytes follow it.
    """

    host: str
    port: int
    head: bytes = b""
    body: int = 0


def read_request(head: bytes) -> ProxyRequest:
    """Return what the head of a request asks for; raises Refused."""
    first, *rest = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    match = _REQUEST.fullmatch(first)
    if match is None:
        raise ProxyRefused(400, _USE)
    fields = _fields(rest)
    method, target = match[1], match[2].decode()
    if method == b"CONNECT":
        return ProxyRequest(*_split(target, None))
    url = _URL.fullmatch(target)
    if url is None:
        raise ProxyRefused(400, _USE)
    host, port = _split(url[1], 80)
    path = url[2] or "/"
    line = (
        f"{method.decode()} {'/' * path.startswith('?')}{path} {match[3].decode()}\r\nHost: "
        f"{_named(host, port)}\r\n"
    )
    return ProxyRequest(host, port, line.encode() + _passed_on(fields), _length(fields))


def read_answer(head: bytes) -> tuple[bytes, bool]:
    """Return the head of an answer as it goes on, and whether it is the last one; raises
    Refused.
    """
    first, *rest = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    match = _STATUS.fullmatch(first)
    if match is None:
        raise ProxyRefused(502, "the host's answer is not HTTP")
    interim = match[1].startswith(b"1")
    return first + b"\r\n" + (b"\r\n" if interim else _passed_on(_fields(rest, 502))), not interim


def refusal(refused: ProxyRefused, allowed: str) -> bytes:
    """Return the answer to a request that is refused; the reason is in its first line, which
    clients show.
    """
    body = f"{refused.why}\nThis problem's programs may reach: {allowed}\n".encode()
    head = (
        f"HTTP/1.1 {refused.status} {refused.why}\r\nContent-Type: "
        f"text/plain\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + b"Connection: close\r\n\r\n" + body


def _fields(lines: list[bytes], status: int = 400) -> list[tuple[bytes, bytes]]:
    found = []
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None:
            raise ProxyRefused(status, "a header that is none")
        found.append((match[1], match[2].rstrip()))
    return found


def _passed_on(fields: list[tuple[bytes, bytes]]) -> bytes:
    named = b",".join(value for name, value in fields if name.lower() == b"connection")
    left_out = _OF_ONE_HOP | {word.strip().lower() for word in named.split(b",")} - _FRAMING
    kept = [name + b": " + value for name, value in fields if name.lower() not in left_out]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])


def _length(fields: list[tuple[bytes, bytes]]) -> int:
    if _values(fields, b"transfer-encoding"):
        raise ProxyRefused(411, "send a Content-Length; chunks are not passed on")
    lengths = _values(fields, b"content-length")
    if len(lengths) > 1 or not all(map(_DIGITS.fullmatch, lengths)):
        raise ProxyRefused(400, "more than one length, or none that is a number")
    return int(lengths[0]) if lengths else 0


def _values(fields: list[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    return [value for name, value in fields if name.lower() == wanted]


def _split(text: str, default: int | None) -> tuple[str, int]:
    try:
        return split(text, default)
    except ValueError as error:
        raise ProxyRefused(400, f"not a host and port that can be asked for: {error}") from None


def _named(host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == 80 else f"{name}:{port}"

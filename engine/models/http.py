"""HTTP for models: kept connections, deadlines, and failures in our own terms.

aiohttp takes two fifths of httpx's CPU per streamed call (docs/performance.md); its parser is
compiled. Proxies of the environment are used; ``.netrc`` is not read.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cladogen import __version__
from cladogen.models.event_stream import MOST_BYTES
from cladogen.models.failures import CallFailed, Complaint, FailureKind
from cladogen.models.proxies import proxy_of
from cladogen.models.redact import without_logins
from cladogen.models.reply_stream import words_of

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

CONNECT_S = 20.0
ERROR_BYTES = 1 << 18
STALE_S = 5.0  # within which a kept connection that was closed while idle shows itself


class Http:
    """Connections that are kept between calls. One object per event loop; `close` it in it."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None

    @contextlib.asynccontextmanager
    async def asked(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        *,
        headers: Mapping[str, str],
        silence_s: float,
    ) -> AsyncIterator[ClientResponse]:
        """Send a request and give the answer; raises `CallFailed` for an error status and for
        whatever goes wrong on the way, also while the answer is read.
        """
        response = await self._begin(method, url, body, headers, silence_s)
        try:
            async with response:
                if response.status >= 400:
                    raise CallFailed(await _complaint(response))
                if response.status >= 300:
                    raise CallFailed(_redirected(response), FailureKind.MODEL)
                yield response
        except _faults() as error:
            raise _failed(error, url, silence_s) from None

    async def _begin(
        self,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        silence_s: float,
    ) -> ClientResponse:
        import aiohttp

        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT_S, sock_read=silence_s)
        sent = None if body is None else json.dumps(body).encode()
        head = {"content-type": "application/json", **headers}
        while True:
            attempt = _Attempt(time.monotonic())
            try:
                return await self._open().request(
                    method, url, data=sent, headers=head, timeout=timeout, allow_redirects=False,
                    proxy=proxy_of(url), ssl=_context(url), trace_request_ctx=attempt,
                )  # fmt: skip
            except _faults() as error:
                if not attempt.is_stale(error):
                    raise _failed(error, url, silence_s) from None
            except ValueError as error:  # an address or a header that is none
                text = f"{url}: {error}"
                raise CallFailed(Complaint(text, sent=False), FailureKind.MODEL) from None

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> ClientSession:
        if self._session is None:
            import aiohttp

            trace = aiohttp.TraceConfig()
            trace.on_connection_reuseconn.append(_note_reuse)
            self._session = aiohttp.ClientSession(
                trace_configs=[trace],
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"user-agent": f"cladogen/{__version__}", "accept-encoding": "gzip"},
                read_bufsize=1 << 18,
            )
        return self._session


@dataclass(slots=True)
class _Attempt:
    """One sending of a request, and whether it went over a kept connection."""

    began: float
    over_kept: bool = False

    def is_stale(self, error: BaseException) -> bool:
        """Whether the server had closed a kept connection before the request reached it: no byte
        came, and at once. The next sending takes another connection, at last a fresh one.
        """
        import aiohttp

        at_once = time.monotonic() - self.began < STALE_S
        if not (self.over_kept and at_once):
            return False
        if isinstance(error, aiohttp.ServerDisconnectedError):
            return error.message == "Server disconnected"  # else a part of an answer's head
        unwritten = str(error).startswith("[Errno None] Can not write request body")
        return unwritten or isinstance(error, ConnectionResetError | BrokenPipeError)


async def _note_reuse(_: Any, context: Any, __: Any) -> None:
    context.trace_request_ctx.over_kept = True


class Silence:
    """How long no piece of a reply has come. Comments that keep a connection alive are no sign of
    it.
    """

    def __init__(self, where: str, most_s: float) -> None:
        self._where, self._most_s, self._since = where, most_s, time.monotonic()

    def heard(self) -> None:
        """Note that a piece came."""
        self._since = time.monotonic()

    def check(self) -> None:
        """Raise `CallFailed` when it has been silent for too long."""
        if time.monotonic() - self._since > self._most_s:
            raise silent(self._where, self._most_s)


async def whole_of(response: ClientResponse) -> Any:
    """Return the JSON of a whole answer; raises `CallFailed` for what is none."""
    data = bytearray()
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > MOST_BYTES:
            raise CallFailed(Complaint("the answer does not end"), FailureKind.BROKEN)
    text = data.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise not_an_answer(text, response.status) from None


def not_an_answer(text: str, status: int | None = None) -> CallFailed:
    """Return the failure of an answer that is a page, or nothing that can be read."""
    title = re.search(r"<title[^>]*>([^<]*)</title>", text, re.IGNORECASE)
    page = text.lstrip()[:1] == "<"
    said = " ".join((title[1] if title else text).split())[:200]
    what = f"a web page came in place of a reply: {said}" if page else f"not JSON: {said!r}"
    return CallFailed(Complaint(what, status if status and status >= 400 else None),
                      FailureKind.BROKEN)  # fmt: skip


def _redirected(response: ClientResponse) -> Complaint:
    where = response.headers.get("Location", "?")
    text = f"{response.url} redirects to {where}; give that address"
    return Complaint(text, response.status, dict(response.headers))


async def _complaint(response: ClientResponse) -> Complaint:
    """Return what an error status came with."""
    headers = dict(response.headers)
    text = (await response.content.read(ERROR_BYTES)).decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    said = words_of(body) if body is not None else _plain_words(text)
    return Complaint(
        f"{response.status}: {said or response.reason}", response.status, headers, body
    )


def _plain_words(text: str) -> str:
    """Return the words of an answer that is no JSON; of a page, that it is one."""
    page = not text.strip() or text.lstrip().startswith("<")
    return not_an_answer(text).complaint.text if page else " ".join(text.split())


def _faults() -> tuple[type[BaseException], ...]:
    import aiohttp

    return (aiohttp.ClientError, TimeoutError, OSError)


def _failed(error: BaseException, url: str, silence_s: float) -> CallFailed:
    """Return what went wrong between here and a server."""
    import aiohttp

    where = urlsplit(url).netloc.rpartition("@")[2]
    if isinstance(error, aiohttp.InvalidURL):
        return CallFailed(Complaint(f"{url}: not an address", sent=False), FailureKind.MODEL)
    away = _why_away(error, url)
    if away:
        return _away(f"{where}: {away}")
    if isinstance(error, TimeoutError):
        return silent(where, silence_s)
    text = f"{where}: {str(error) or type(error).__name__}"
    return CallFailed(Complaint(text), FailureKind.BROKEN)


def _why_away(error: BaseException, url: str) -> str:
    """Return why no server, or none that can be trusted, was reached; "" for another fault."""
    import aiohttp

    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return f"no connection in {CONNECT_S:g} s"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return str(error.__cause__ or error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"{error.status} {error.message}, says {_proxy(url)}"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"{_connecting(error.os_error)}, of {_proxy(url)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connecting(error.os_error)
    return ""


def _proxy(url: str) -> str:
    return f"the proxy {without_logins(proxy_of(url) or '')} that the environment names"


def _connecting(error: OSError) -> str:
    """Return why there is no connection. A name without an address has a number below 0, which no
    system call has.
    """
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


def _away(text: str) -> CallFailed:
    return CallFailed(Complaint(text, sent=False), FailureKind.AWAY)


def silent(where: str, silence_s: float) -> CallFailed:
    """Return the failure of a call in which nothing came for too long."""
    text = f"{where}: nothing came for {silence_s:g} s (the option silence says how long is borne)"
    return CallFailed(Complaint(text), FailureKind.BROKEN)


def _context(url: str) -> Any:
    return _tls() if url.startswith("https:") else True


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return the certificates of the machine, and certifi's where that is installed."""
    context = ssl.create_default_context()
    with contextlib.suppress(ImportError, OSError):
        import certifi

        context.load_verify_locations(certifi.where())
    return context

"""Who may read the page: a browser on this machine that was given the token.

Other sites can make a browser send requests to 127.0.0.1, and a name of theirs can lead there (DNS
rebinding). So the Host must be this server's own address, a foreign Origin is refused, and nothing
is shown without a cookie, which the token in the first address is exchanged for. What is shown may
be hostile text: the policy lets no script run but the page's own files.
"""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAMES = ("127.0.0.1", "localhost")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
RULE = "content-security-policy"
SAFE = {
    RULE: POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
LOCKED = "This page is opened with the address that `evolve view` printed: it holds a token.\n"


class PageGuard:
    """Let requests through to ``app`` that come from the page itself, and refuse all others."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        self.port = port
        self.token = secrets.token_urlsafe(24)
        self._cookie = f"cladogen-{port}"  # cookies are shared by the ports of a host
        self._secret = secrets.token_urlsafe(24)
        self._hosts = {f"{name}:{port}" for name in NAMES}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = self._answer(scope)
        await (answer or self.app)(scope, receive, _hardened(send))

    def _answer(self, scope: Scope) -> Response | None:
        """Return the answer to a request that does not reach the page; None lets it through."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return _refused("this server answers to 127.0.0.1 only")
        if not self._own(headers, scope["method"]):
            return _refused("this request comes from another site")
        if self._known(headers):
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if scope["path"] == "/" and secrets.compare_digest(given.encode(), self.token.encode()):
            return self._admitted()
        return PlainTextResponse(LOCKED, status_code=401)

    def _own(self, headers: Headers, method: str) -> bool:
        """Tell whether a request is the page's own, or a person's who opened an address."""
        origin = headers.get("origin")
        if method not in ("GET", "HEAD"):
            return origin in self._origins
        return origin is None or origin in self._origins

    def _known(self, headers: Headers) -> bool:
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        given = "" if cookie is None else cookie.value
        return secrets.compare_digest(given.encode(), self._secret.encode())

    def _admitted(self) -> Response:
        """Exchange the token for a cookie, and take it out of the address."""
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self._cookie, self._secret, httponly=True, samesite="strict", path="/")
        return answer


def _refused(why: str) -> Response:
    return PlainTextResponse(f"refused: {why}\n", status_code=403)


def _hardened(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            stricter = headers.get(RULE)
            headers.update(SAFE)
            if stricter:  # a browser holds to both
                headers.append(RULE, stricter)
        await send(message)

    return with_headers

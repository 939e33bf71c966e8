"""Reading the heads of hostile requests: what is read in one way only goes on, anything else is refused."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cladogen.sandboxes.network.proxy_head import (
    ProxyRefused,
    ProxyRequest,
    read_answer,
    read_request,
    refusal,
)


def request(first: str, *fields: str) -> bytes:
    return "\r\n".join([first, *fields, "", ""]).encode("latin-1")


def test_a_tunnel_is_asked_for_by_host_and_port() -> None:
    head = request(
        "CONNECT API.example.com.:443 HTTP/1.1", "Host: evil.org:443", "Proxy-Authorization: x"
    )
    assert read_request(head) == ProxyRequest("api.example.com", 443)


def test_a_plain_request_goes_on_with_the_host_it_was_admitted_for() -> None:
    asked = read_request(
        request(
            "POST http://API.example.com:8080?q=1 HTTP/1.1", "host: evil.org", "Host: evil.org", "Accept: */*",
            "Connection: keep-alive, X-Secret, Content-Length", "X-Secret: 1", "Upgrade: h2c", "Content-Length: 3",
            "Proxy-Connection: keep-alive",
        )
    )  # fmt: skip
    assert asked == ProxyRequest(
        "api.example.com", 8080,
        b"POST /?q=1 HTTP/1.1\r\nHost: api.example.com:8080\r\nAccept: */*\r\nContent-Length: 3\r\n"
        b"Connection: close\r\n\r\n",
        3,
    )  # fmt: skip


def test_the_default_port_of_plain_http_is_80() -> None:
    asked = read_request(request("GET http://[2001:db8::1]/x HTTP/1.0"))
    assert (asked.host, asked.port) == ("2001:db8::1", 80)
    assert asked.head.startswith(b"GET /x HTTP/1.0\r\nHost: [2001:db8::1]\r\n")


@pytest.mark.parametrize(
    "head",
    [
        b"", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET https://a.com/ HTTP/1.1\r\n\r\n",
        b"GET ftp://a.com/ HTTP/1.1\r\n\r\n", b"GET http:///x HTTP/1.1\r\n\r\n", b"GET  http://a.com/ HTTP/1.1\r\n\r\n",
        b"GET http://a.com/\tHTTP/1.1\r\n\r\n", b"GET http://a.com/ HTTP/2.0\r\n\r\n", b"GET http://a.com/\r\n\r\n",
        b"get http://a.com/ HTTP/1.1\r\n\r\n", b"GET http://a.com/ HTTP/1.1 \r\n\r\n",
        b"GET http://u@a.com/ HTTP/1.1\r\n\r\n", b"GET http://a.com#@b.com/ HTTP/1.1\r\n\r\n",
        b"GET http://a.com\\@b.com/ HTTP/1.1\r\n\r\n", b"GET http://a.com\nHost: b.com/ HTTP/1.1\r\n\r\n",
        b"CONNECT a.com HTTP/1.1\r\n\r\n", b"CONNECT http://a.com:443 HTTP/1.1\r\n\r\n",
        b"CONNECT a.com:443/b.com HTTP/1.1\r\n\r\n", b"CONNECT u@a.com:443 HTTP/1.1\r\n\r\n",
        b"CONNECT a.com:443,b.com:443 HTTP/1.1\r\n\r\n", b"CONNECT \xd0\xb0.com:443 HTTP/1.1\r\n\r\n",
        b"CONNECT a.com:443\0 HTTP/1.1\r\n\r\n",
        b"GET http://a.com/ HTTP/1.1\r\n Folded: 1\r\n\r\n", b"GET http://a.com/ HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n",
        b"GET http://a.com/ HTTP/1.1\r\nA : 1\r\n\r\n", b"GET http://a.com/ HTTP/1.1\r\nnothing\r\n\r\n",
        b"GET http://a.com/ HTTP/1.1\r\nA: 1\nHost: b.com\r\n\r\n", b"GET http://a.com/ HTTP/1.1\r\nA: 1\rB: 2\r\n\r\n",
        b"GET http://a.com/ HTTP/1.1\r\nA: \0\r\n\r\n", b"GET http://a.com/ HTTP/1.1\r\n: 1\r\n\r\n",
        b"POST http://a.com/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST http://a.com/ HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: identity\r\n\r\n",
        b"POST http://a.com/ HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
        b"POST http://a.com/ HTTP/1.1\r\nContent-Length: 3, 4\r\n\r\n",
        b"POST http://a.com/ HTTP/1.1\r\nContent-Length: +3\r\n\r\n",
        b"POST http://a.com/ HTTP/1.1\r\nContent-Length: \r\n\r\n",
        b"POST http://a.com/ HTTP/1.1\r\ncontent-length: 0x3\r\n\r\n",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(head: bytes) -> None:
    with pytest.raises(ProxyRefused) as caught:
        read_request(head)
    assert caught.value.status in (400, 411)


@given(st.lists(st.binary(max_size=30), max_size=6))
@example([b"GET http://a.com/ HTTP/1.1", b"Connection: content-length", b"Content-Length: 5"])
def test_a_head_that_goes_on_holds_one_request_for_one_host(parts: list[bytes]) -> None:
    for first in (b"GET http://a.com/x HTTP/1.1", b"CONNECT a.com:443 HTTP/1.1", *parts[:1]):
        try:
            asked = read_request(b"\r\n".join([first, *parts, b"", b""]))
        except ProxyRefused:
            continue
        assert asked.head.count(b"\r\n\r\n") <= 1
        assert asked.head.count(b"\n") == asked.head.count(b"\r") == asked.head.count(b"\r\n")
        assert asked.head.lower().count(b"\r\nhost:") == bool(asked.head)
        assert (b"content-length: " in asked.head.lower()) >= bool(asked.body)


def test_an_answer_ends_its_connection() -> None:
    head, last = read_answer(
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: 5\r\nETag: \xe4\r\n\r\n"
    )
    assert head == b"HTTP/1.1 200 OK\r\nETag: \xe4\r\nConnection: close\r\n\r\n"
    assert last
    assert read_answer(b"HTTP/1.1 100 Continue\r\n\r\n") == (
        b"HTTP/1.1 100 Continue\r\n\r\n",
        False,
    )
    with pytest.raises(ProxyRefused, match="not HTTP"):
        read_answer(b"SSH-2.0-OpenSSH\r\n\r\n")


def test_a_refusal_says_why_and_what_is_allowed() -> None:
    text = refusal(
        ProxyRefused(403, "evil.org:443 is not in the problem's network list"),
        "api.example.com:443",
    ).decode()
    assert text.startswith("HTTP/1.1 403 evil.org:443 is not in the problem's network list\r\n")
    assert text.endswith("\nThis problem's programs may reach: api.example.com:443\n")

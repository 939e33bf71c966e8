"""Tries: with a network, ride to an unlisted host on a listed one's permission: a second request, a body that is none.
Stopped by: one connection carries one request, whose length is read in one way only; the host is written anew
Network: listed
Docker: ok
Bubblewrap: ok
Local: not contained
"""

import socket


def run(world):
    listed, other = f"127.0.0.1:{world['listed']}", f"127.0.0.1:{world['port']}"
    second = (
        f"GET http://{other}/ HTTP/1.1\r\nHost: {other}\r\n\r\nCONNECT {other} HTTP/1.1\r\n\r\n"
    )
    start = f"POST http://{listed}/ HTTP/1.1\r\n"
    loot = []
    for head in (
        start + "Connection: keep-alive\r\n\r\n",
        start + "Content-Length: 0\r\n\r\n",
        start + "Content-Length: 0\r\nContent-Length: 500\r\n\r\n",
        start + "Content-Length: 500\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        start + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        start + "Connection: content-length\r\nContent-Length: 0\r\n\r\n",
        start + f"Host: {other}\r\nX-Forwarded-Host: {other}\r\n\r\n",
        start + f"A: 1\r\n\tGET http://{other}/ HTTP/1.1\r\n\r\n",
        f"CONNECT {listed} HTTP/1.1\r\nHost: {other}\r\n\r\n",
        f"CONNECT {listed} HTTP/1.1\r\nContent-Length: 500\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", 3128), timeout=0.2) as line:
            try:
                line.sendall((head + second).encode())
                told = line.makefile("rb").read()
            except OSError:
                continue
            if told.count(b" established") > 1 or b"unlisted" in told:
                loot.append(f"{head!r} gave {told!r}")
    return loot

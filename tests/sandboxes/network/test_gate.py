"""The gate against clients that cheat, stall and flood: real sockets, on this machine's loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from cladogen.sandboxes.network.allow_list import parse
from cladogen.sandboxes.network.gate import Gate, GateLimits

PATIENCE_S = 20.0


@dataclass
class Far:
    """A host: remembers every byte that reached it, and answers each connection in its own way."""

    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ends: bool = True
    port: int = 0
    seen: list[bytearray] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = bytearray()
        self.seen.append(mine)
        self.reached.set()
        with contextlib.suppress(OSError):
            while part := await reader.read(1 << 16):
                mine += part
                writer.write(self.answer or part)
                if self.ends and self.answer:
                    break
        writer.close()


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    host = Far()
    server = await asyncio.start_server(host.attend, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    yield host
    server.close()


@contextlib.asynccontextmanager
async def gate(
    *entries: str, bounds: GateLimits | None = None, names: dict[str, list[str]] | None = None
) -> AsyncIterator[Gate]:
    """Serve a gate; ``names`` is all that its name server knows."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        known = (names or {}).get(host)
        if known is None:
            raise OSError("no such name")
        return known.pop(0).split() if len(known) > 1 else known[0].split()

    made = Gate(parse(entries), bounds or GateLimits(), resolve)
    made.asked = asked  # type: ignore[attr-defined]
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.setblocking(False)
        made.port = listener.getsockname()[1]  # type: ignore[attr-defined]
        serving = asyncio.create_task(made.serve(listener))
        yield made
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    assert not made.lines


async def say(through: Gate, *parts: bytes) -> bytes:
    """Send the parts one after the other and return everything that comes back until the end."""
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", through.port)  # type: ignore[attr-defined]
        answer = b""
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                if part is not parts[-1]:
                    answer += await reader.readuntil(b"\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                while part := await reader.read(1 << 16):
                    answer += part
        finally:
            writer.close()
    return answer


def connect(host: str) -> bytes:
    return f"CONNECT {host} HTTP/1.1\r\n\r\n".encode()


async def test_an_answer_comes_back_and_the_bytes_are_counted(far: Far) -> None:
    async with gate(f"127.0.0.1:{far.port}") as made:
        url = f"http://127.0.0.1:{far.port}/x"
        answer = await say(
            made,
            f"GET {url} HTTP/1.1\r\nHost: elsewhere\r\nConnection: keep-alive\r\n\r\n".encode(),
        )
    assert answer == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    assert far.seen == [
        f"GET /x HTTP/1.1\r\nHost: 127.0.0.1:{far.port}\r\nConnection: close\r\n\r\n".encode()
    ]
    sent, received = len(far.seen[0]), len(answer)
    name = f"127.0.0.1:{far.port}"
    assert made.report() == {
        "flows": {name: [1, sent, received]},
        "refused": 0,
        "failed": 0,
        "names": [],
    }


async def test_a_tunnel_passes_everything_on_both_ways(far: Far) -> None:
    far.answer = b""
    text = bytes(range(256)) * 1000
    async with gate(f"127.0.0.1:{far.port}") as made:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", made.port)  # type: ignore[attr-defined]
            writer.write(
                connect(f"127.0.0.1:{far.port}") + text[:10]
            )  # what comes at once goes through too
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            writer.write(text[10:])
            writer.write_eof()
            assert await reader.read(-1) == text
            writer.close()
    assert made.report()["flows"] == {f"127.0.0.1:{far.port}": [1, len(text), len(text)]}


@pytest.mark.parametrize(
    "asked",
    [
        "localhost:{port}", "127.0.0.2:{port}", "127.1:{port}", "2130706433:{port}", "0x7f000001:{port}",
        "0177.0.0.1:{port}", "017700000001:{port}", "[::1]:{port}", "[::]:{port}", "0.0.0.0:{port}", "0:{port}",
        "x@127.0.0.1:{port}", "127.0.0.1:{port}@x", "127.0.0.1:1", "inside.example.com:{port}", "metadata:80",
        "169.254.169.254:80", "[::ffff:a9fe:a9fe]:80", "metadata.google.internal:80", "127.0.0.1.:1",
    ],
)  # fmt: skip
async def test_another_spelling_opens_nothing_and_looks_up_nothing(far: Far, asked: str) -> None:
    async with gate(
        f"127.0.0.9:{far.port}", "api.example.com", names={"localhost": ["127.0.0.1"]}
    ) as made:
        host = asked.format(port=far.port)
        answers = [
            await say(made, connect(host)),
            await say(made, f"GET http://{host}/ HTTP/1.1\r\n\r\n".encode()),
        ]
    for answer in answers:
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))
        assert b"may reach: 127.0.0.9:" in answer
    assert not far.seen
    assert not made.asked  # type: ignore[attr-defined]
    assert made.report()["refused"] == 2


async def test_an_ipv4_address_inside_an_ipv6_one_is_that_address(far: Far) -> None:
    async with gate(f"127.0.0.1:{far.port}") as made:
        assert b" 200 " in await say(
            made, f"GET http://[::ffff:7f00:1]:{far.port}/ HTTP/1.1\r\n\r\n".encode()
        )


async def test_an_ipv6_address_is_reached_in_brackets() -> None:
    host = Far()
    try:
        server = await asyncio.start_server(host.attend, "::1", 0)
    except OSError:
        pytest.skip("no IPv6 here")
    port = server.sockets[0].getsockname()[1]
    async with gate(f"[::1]:{port}") as made:
        assert b" 200 " in await say(
            made, f"GET http://[0:0:0:0:0:0:0:1]:{port}/ HTTP/1.1\r\n\r\n".encode()
        )
        assert b" 403 " in await say(
            made, f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\n\r\n".encode()
        )
    assert f"Host: [::1]:{port}\r\n".encode() in host.seen[0]
    server.close()


async def test_a_second_request_on_the_same_connection_reaches_nobody(far: Far) -> None:
    far.ends = False
    first = f"POST http://127.0.0.1:{far.port}/ HTTP/1.1\r\nContent-Length: 2\r\n\r\nab".encode()
    second = b"GET http://evil.example.com/ HTTP/1.1\r\nHost: evil.example.com\r\n\r\n"
    async with gate(f"127.0.0.1:{far.port}", bounds=GateLimits(idle_s=0.3)) as made:
        answer = await say(made, first + second)
    assert answer.count(b"HTTP/1.1") == answer.count(b"HTTP/1.1 200 OK") <= 2
    assert len(far.seen) == 1
    assert far.seen[0].endswith(b"\r\n\r\nab")
    assert made.report()["flows"][f"127.0.0.1:{far.port}"][0] == 1


async def test_a_host_may_ask_for_the_body_first(far: Far) -> None:
    far.answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nok"
    start = f"POST http://127.0.0.1:{far.port}/ HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n".encode()
    async with gate(f"127.0.0.1:{far.port}") as made:
        answer = await say(made, start, b"ab")
    assert answer == b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"


async def test_a_body_that_breaks_off_breaks_the_request_off(far: Far) -> None:
    far.answer, far.ends = b" ", False
    async with gate(f"127.0.0.1:{far.port}") as made:
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)  # type: ignore[attr-defined]
        writer.write(
            f"POST http://127.0.0.1:{far.port}/ HTTP/1.1\r\nContent-Length: 99\r\n\r\nab".encode()
        )
        writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.read(-1)).startswith(b"HTTP/1.1 502 ")
        writer.close()


async def test_a_head_that_is_too_long_is_refused(far: Far) -> None:
    async with gate(f"127.0.0.1:{far.port}") as made:
        answer = await say(made, b"GET http://127.0.0.1/ HTTP/1.1\r\n" + b"A: " + b"x" * 100_000)
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("start", [b"", b"C", b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nA: 1\r\n"])
async def test_a_head_that_never_ends_is_cut(start: bytes) -> None:
    async with gate("127.0.0.1:1", bounds=GateLimits(head_s=0.2)) as made:
        assert await say(made, start) == b""


async def test_a_tunnel_on_which_nothing_moves_is_cut(far: Far) -> None:
    async with gate(f"127.0.0.1:{far.port}", bounds=GateLimits(idle_s=0.2)) as made:
        assert (await say(made, connect(f"127.0.0.1:{far.port}"))).endswith(b" established\r\n\r\n")


async def test_a_reader_that_does_not_read_is_cut(far: Far) -> None:
    far.answer, far.ends = b"x" * (1 << 24), False
    async with gate(f"127.0.0.1:{far.port}", bounds=GateLimits(idle_s=0.2)) as made:
        with socket.create_connection(("127.0.0.1", made.port)) as line:  # type: ignore[attr-defined]
            line.sendall(connect(f"127.0.0.1:{far.port}") + b"go")
            async with asyncio.timeout(PATIENCE_S):
                await far.reached.wait()
                await asyncio.wait(made.lines)
    assert made.report()["flows"][f"127.0.0.1:{far.port}"][2] < 1 << 24


async def test_a_thousand_connections_wait_for_room_and_nobody_is_lost(far: Far) -> None:
    bounds = GateLimits(connections=8, head_s=0.3)
    most = 0
    async with gate(f"127.0.0.1:{far.port}", bounds=bounds) as made:
        loop = asyncio.get_running_loop()
        idle = []
        for _ in range(1000):
            line = socket.socket()
            line.setblocking(False)
            idle.append(line)
            with contextlib.suppress(BlockingIOError):
                line.connect(("127.0.0.1", made.port))  # type: ignore[attr-defined]
            await asyncio.sleep(0)
            most = max(most, len(made.lines))
        for line in idle:
            line.close()
        answer = await say(made, f"GET http://127.0.0.1:{far.port}/ HTTP/1.1\r\n\r\n".encode())
        assert loop.is_running()
    assert most <= 8
    assert answer.endswith(b"ok")


async def test_what_leads_inside_is_refused(far: Far) -> None:
    names = {
        "evil.example.com": ["127.0.0.1 ::1 169.254.169.254 10.0.0.1 ::ffff:127.0.0.1"],
        "gone.example.com": [""],
    }
    async with gate(f"*.example.com:{far.port}", names=names) as made:
        inside = await say(made, connect(f"evil.example.com:{far.port}"))
        gone = await say(made, connect(f"gone.example.com:{far.port}"))
        unknown = await say(made, connect(f"unknown.example.com:{far.port}"))
    assert inside.startswith(
        f"HTTP/1.1 403 evil.example.com:{far.port} leads inside, to 127.0.0.1:{far.port}".encode()
    )
    assert gone.startswith(b"HTTP/1.1 403 ")
    assert unknown.startswith(b"HTTP/1.1 502 ")
    assert not far.seen


async def test_a_name_whose_addresses_change_keeps_its_first(far: Far) -> None:
    names = {"model.test": ["127.0.0.1", "169.254.169.254", "127.0.0.1"]}
    async with gate(f"model.test:{far.port}", f"127.0.0.1:{far.port}", names=names) as made:
        for _ in range(3):
            assert b" 200 " in await say(
                made, f"GET http://model.test:{far.port}/ HTTP/1.1\r\n\r\n".encode()
            )
    assert made.asked == ["model.test"]  # type: ignore[attr-defined]
    assert len(far.seen) == 3


async def test_names_are_looked_up_only_so_often(far: Far) -> None:
    names = {f"n{k}.example.com": ["127.0.0.1"] for k in range(300)}
    async with gate(f"*.example.com:{far.port}", names=names) as made:
        answers = [await say(made, connect(f"n{k}.example.com:{far.port}")) for k in range(258)]
    assert b"leads inside" in answers[255]
    assert b"one name too many" in answers[257]
    assert len(made.asked) == 256  # type: ignore[attr-defined]


async def test_names_asked_for_at_once_are_counted_too(far: Far) -> None:
    async with gate(f"*.example.com:{far.port}") as made:
        made.lookups = 250
        answers = await asyncio.gather(
            *(say(made, connect(f"n{k}.example.com:{far.port}")) for k in range(40))
        )
    assert sum(b" 502 " in answer for answer in answers) == 6
    assert sum(b"one name too many" in answer for answer in answers) == 34


async def test_localhost_by_name_is_loopback_only(far: Far) -> None:
    async with gate(f"localhost:{far.port}", names={"localhost": ["10.0.0.1 127.0.0.1"]}) as made:
        assert b" 200 " in await say(
            made, f"GET http://localhost:{far.port}/ HTTP/1.1\r\n\r\n".encode()
        )


async def test_a_host_that_is_not_there_is_told() -> None:
    async with gate("127.0.0.1:1") as made:
        assert (await say(made, connect("127.0.0.1:1"))).startswith(
            b"HTTP/1.1 502 127.0.0.1:1 cannot be reached\r\n"
        )
    assert made.report()["failed"] == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
        b"x" * 200_000,
    ],
)
async def test_an_answer_that_is_not_http_is_not_passed_on(far: Far, answer: bytes) -> None:
    far.answer = answer
    async with gate(f"127.0.0.1:{far.port}") as made:
        told = await say(made, f"GET http://127.0.0.1:{far.port}/ HTTP/1.1\r\n\r\n".encode())
    assert told.startswith(b"HTTP/1.1 502 ")


async def test_the_end_of_the_gate_is_the_end_of_its_connections(far: Far) -> None:
    far.answer = b""
    async with gate(f"127.0.0.1:{far.port}") as made:
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)  # type: ignore[attr-defined]
        writer.write(connect(f"127.0.0.1:{far.port}"))
        await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.read(-1) == b""
    writer.close()

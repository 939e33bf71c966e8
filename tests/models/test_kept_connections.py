"""Connections that a server closes while they are kept, without a word."""

import json
import socket
import threading
from dataclasses import replace

from asked import NAME, ONE, QUICK, request

from cladogen.models.asking import Models
from cladogen.models.calls import CallStatus, MemoryLog
from cladogen.search.budget import Budget, Caps


class OneAnswerEach:
    """A server that answers the first requests of a connection, says that it is kept, and closes it
    when another one comes: as one whose idle time is over.
    """

    def __init__(self, most: int = 1, started: bool = False) -> None:
        self.most, self.started, self.answered, self.dropped = most, started, 0, 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> "OneAnswerEach":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as arriving:
            for number in range(self.most + 1):
                if not _request(arriving):
                    return
                if number == self.most:
                    self.dropped += 1
                    connection.sendall(b"HTTP/1.1 200 OK\r\nx: " if self.started else b"")
                    return
                self.answered += 1
                connection.sendall(_answer())


def _request(arriving) -> bool:
    """Read a request to its end; whether there was one."""
    size, first = 0, arriving.readline()
    while (line := arriving.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        size = int(value) if name.lower() == b"content-length" else size
    arriving.read(size)
    return bool(first)


def _answer() -> bytes:
    choice = {"index": 0, "message": {"content": "a change"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    body = json.dumps({"choices": [choice], "usage": usage}).encode()
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: keep-alive\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def models(url: str) -> Models:
    return Models([replace(ONE, api_base=url)], MemoryLog(), Budget(Caps()), patience=QUICK)


async def test_call_over_a_connection_that_was_closed_while_idle_is_made_once():
    with OneAnswerEach() as server:
        asked = models(server.url)
        calls = [await asked.ask(request(ticket)) for ticket in range(4)]
        await asked.close()
    assert [call.reply.status for call in calls] == [CallStatus.REPLIED] * 4
    assert [call.attempt for call in calls] == [0] * 4
    assert server.answered == 4 and server.dropped == 3
    assert asked.budget.spend.calls == 4 and NAME in asked.usable()


async def test_fresh_connection_that_is_closed_without_an_answer_counts_as_broken():
    with OneAnswerEach(most=0) as server:
        asked = models(server.url)
        call = await asked.ask(request())
        await asked.close()
    assert call.reply.status is CallStatus.FAILED and server.dropped == 3


async def test_answer_that_was_begun_on_a_kept_connection_counts_as_broken():
    with OneAnswerEach(started=True) as server:
        asked = models(server.url)
        await asked.ask(request(1))
        call = await asked.ask(request(2))
        await asked.close()
    assert call.reply.status is CallStatus.REPLIED and call.attempt == 1

"""Ends of a reply as servers make them: broken off after the last word, kept open, told twice."""

import asyncio
import contextlib
import json
import time

import pytest
from asked import Asked, request

from cladogen.models.calls import CallStatus
from cladogen.models.limiter import Patience

SILENCE_S = 20.0  # of which none may be waited for
ONCE = Patience(attempts=1, first_s=0.001, longest_s=0.002, idle_s=SILENCE_S, outage_s=0.0)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
CHUNKED, CLOSING = b"transfer-encoding: chunked\r\n\r\n", b"connection: close\r\n\r\n"


def piece(delta, finish=None, **more):
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, **more}]}


WORDS, STOP = piece({"content": "a change"}), piece({}, "stop")
USAGE = {
    "choices": [],
    "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
}
DONE = "[DONE]"


def sent(*pieces) -> bytes:
    texts = (each if isinstance(each, str) else json.dumps(each) for each in pieces)
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Server:
    """Answer every request with the same bytes, then close, or stay silent, or send comments."""

    def __init__(self, answer: bytes, then: str = "close") -> None:
        self._answer, self._then = answer, then
        self._ended, self.requests = asyncio.Event(), 0
        self._serving = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_):
        self._ended.set()
        self._server.close()
        await self._server.wait_closed()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._serving.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b"content-length: " in head:
                await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
            self.requests += head.startswith(b"post")
            writer.write(self._answer)
            await writer.drain()
            while self._then != "close" and not self._ended.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), 0.2)
                if self._then == "comments":
                    writer.write(chunk(b": still here\n\n"))
                    await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def asked(answer: bytes, then: str = "close"):
    began = time.monotonic()
    async with Server(answer, then) as server, Asked(server, patience=ONCE) as one:
        call = await one.models.ask(request())
    assert time.monotonic() - began < SILENCE_S / 2
    return call, one


@pytest.mark.parametrize(
    ("pieces", "then"),
    [
        ((WORDS, STOP, USAGE, DONE), "close"),
        ((WORDS, STOP, USAGE, DONE), "silence"),
        ((WORDS, STOP, USAGE, DONE), "comments"),
        ((WORDS, STOP, USAGE), "close"),
        ((WORDS, STOP, USAGE), "silence"),
        ((WORDS, STOP, DONE, USAGE), "close"),
    ],
    ids=["broken off after the mark", "kept open", "kept open with comments", "no mark, broken off",
         "no mark, kept open", "usage after the mark"],
)  # fmt: skip
async def test_reply_that_is_over_is_whole_whatever_its_connection_does(pieces, then):
    call, _ = await asked(HEAD + CHUNKED + chunk(sent(*pieces)), then)
    assert call.reply.status is CallStatus.REPLIED and call.reply.text == "a change"
    assert call.cost.usd == pytest.approx(6e-5)


async def test_reply_with_an_ending_that_broke_off_before_its_usage_costs_nobody_knows_what():
    call, one = await asked(HEAD + CHUNKED + chunk(sent(WORDS, STOP)))
    assert call.reply.status is CallStatus.REPLIED and call.cost.usd is None
    assert one.budget.spend.held_usd == pytest.approx(call.most_usd)


async def test_reply_that_broke_off_costs_nobody_knows_what_whatever_its_first_piece_counted():
    counted = {"usage": {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21}}
    pieces = (piece({"role": "assistant"}) | counted, piece({"content": "a long change " * 100}))
    call, one = await asked(HEAD + CHUNKED + chunk(sent(*pieces)))
    assert call.reply.status is CallStatus.CUT and call.cost.usd is None
    assert one.budget.spend.held_usd == pytest.approx(call.most_usd)
    call, _ = await asked(HEAD + CHUNKED + chunk(sent(WORDS | counted)))
    assert call.cost.usd == pytest.approx(2.4e-5)  # counted with the last piece that came


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_cut_reply_stays_cut_when_its_connection_breaks(finish):
    call, _ = await asked(HEAD + CHUNKED + chunk(sent(WORDS, piece({}, finish), USAGE)))
    assert call.reply.status is CallStatus.CUT


async def test_reply_that_breaks_off_in_the_middle_is_none():
    call, _ = await asked(HEAD + CHUNKED + chunk(sent(WORDS)))
    assert call.reply.status is CallStatus.CUT and "not completed" in call.reply.error


async def test_whole_message_after_its_pieces_is_not_said_twice():
    parts = [piece({"content": "a "}), piece({"content": "change"})]
    last = {
        "choices": [
            {"index": 0, "delta": {}, "message": {"content": "a change"}, "finish_reason": "stop"}
        ]
    }
    call, _ = await asked(HEAD + CLOSING + sent(*parts, last, USAGE, DONE))
    assert call.reply.text == "a change"


async def test_whole_answer_may_be_called_plain_text():
    whole = {"choices": [{"message": {"content": "a change"}}], "usage": USAGE["usage"]}
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
    call, _ = await asked(head + CLOSING + json.dumps(whole).encode())
    assert call.reply.status is CallStatus.REPLIED


async def test_address_that_redirects_is_named_and_the_models_name_is_not_doubted():
    head = (
        b"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://elsewhere/v1\r\ncontent-length: 0\r\n"
    )
    call, one = await asked(head + CLOSING)
    assert "redirects to http://elsewhere/v1; give that address" in call.reply.error
    assert not any("does not know" in line for line in one.notices)


async def test_connection_that_was_closed_while_idle_costs_nothing():
    choice = {"message": {"content": "a"}, "finish_reason": "stop"}
    whole = json.dumps({"choices": [choice], "usage": USAGE["usage"]}).encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    async with Server(head % len(whole) + whole) as server, Asked(server, patience=ONCE) as one:
        for ticket in range(1, 6):  # each over a connection that the server closes unsaid
            call = await one.models.ask(request(ticket))
            assert call.reply.status is CallStatus.REPLIED, call.reply.error
    assert server.requests == 5

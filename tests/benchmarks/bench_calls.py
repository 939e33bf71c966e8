"""CPU time of one call of a model: litellm's path against the light client's, side by side.

    python tests/benchmarks/bench_calls.py [--calls 100] [--rounds 5] [--pieces 40]

A server in a process of its own answers at once, with a stream of pieces or with one whole answer.
Rounds of the two paths alternate in this process; counted is its own CPU time, everything from the
request to the judged and recorded reply included; at the end, a stream read with nothing but httpx
and aiohttp. Printed are milliseconds for a call (median,
least and most of the rounds) and the ratio, round by round.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import time
from multiprocessing.connection import Connection

from cladogen.models.asking import Models
from cladogen.models.calls import MemoryLog, Message, Request
from cladogen.models.model import Model, Price
from cladogen.models.routes import Protocol, Route
from cladogen.search.budget import Budget

NAME = "openai/fake"
PROMPT = "Improve this program.\n" + "x = x + 1\n" * 1500
USAGE = {"prompt_tokens": 4000, "completion_tokens": 600, "total_tokens": 4600}
HEAD = "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n"


def answers(pieces: int) -> tuple[bytes, bytes]:
    """Return the bytes of a streamed and of a whole answer."""
    words = ["Idea: one more line of the program. " * 2] * pieces
    base = {"id": "1", "created": 1, "model": "fake"}
    chunks = [{"delta": {"role": "assistant", "content": word}, "index": 0} for word in words]
    chunks.append({"delta": {}, "index": 0, "finish_reason": "stop"})
    kind = {"object": "chat.completion.chunk"}
    rows = [base | kind | {"choices": [chunk]} for chunk in chunks]
    rows.append(base | kind | {"choices": [], "usage": USAGE})
    stream = "".join(f"data: {json.dumps(row)}\n\n" for row in rows) + "data: [DONE]\n\n"
    message = {"role": "assistant", "content": "".join(words)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = base | {"object": "chat.completion", "choices": [choice], "usage": USAGE}
    return _answer("text/event-stream", stream), _answer("application/json", json.dumps(whole))


def _answer(kind: str, body: str) -> bytes:
    return HEAD.format(kind, len(body)).encode() + body.encode()


def serve(pieces: int, told: Connection) -> None:
    """Answer every request at once, over connections that are kept."""
    stream, whole = answers(pieces)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            body = json.loads(await reader.readexactly(length)) if length else {}
            writer.write(stream if body.get("stream") else whole)

    async def main() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


async def per_call_ms(models: Models, calls: int) -> float:
    """Return the CPU milliseconds of a call, eight in flight at once."""
    gate, before = asyncio.Semaphore(8), time.process_time()

    async def one(ticket: int) -> None:
        async with gate:
            words = (Message("system", "Be brief."), Message("user", PROMPT))
            call = await models.ask(Request(ticket, 0, "diff", NAME, words))
            assert call.reply is not None and call.reply.status == "replied", call.reply

    await asyncio.gather(*(one(ticket) for ticket in range(calls)))
    return 1e3 * (time.process_time() - before) / calls


async def bare_ms(url: str, calls: int) -> dict[str, float]:
    """Return the CPU milliseconds of a streamed answer read with nothing but an HTTP library."""
    import aiohttp
    import httpx

    body = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": PROMPT}]}
    found, address = {}, f"{url}/chat/completions"
    async with aiohttp.ClientSession() as session:
        before = time.process_time()
        for _ in range(calls):
            async with session.post(address, json=body) as response:
                async for line in response.content:
                    _read(line.decode())
        found["aiohttp"] = 1e3 * (time.process_time() - before) / calls
    async with httpx.AsyncClient() as client:
        before = time.process_time()
        for _ in range(calls):
            async with client.stream("POST", address, json=body) as answer:
                async for line in answer.aiter_lines():
                    _read(line)
        found["httpx"] = 1e3 * (time.process_time() - before) / calls
    return found


def _read(line: str) -> None:
    if line.startswith("data: {"):
        json.loads(line[6:])


def paths(url: str, *, stream: bool) -> dict[str, Models]:
    """Return what asks over each path: the light client at an address, litellm by its own name."""
    price, parameters = Price(1.0, 4.0), {} if stream else {"stream": False}
    light = Model(NAME, price=price, api_base=url, parameters=parameters)
    heavy = Model(NAME, price=price, parameters=parameters)
    made = {name: Models([model], MemoryLog(), Budget()) for name, model in
            (("light", light), ("litellm", heavy))}  # fmt: skip
    state = made["litellm"]._states[NAME]
    state.route = Route(Protocol.LITELLM, "openai", NAME, keys=("OPENAI_API_KEY",))
    return made


async def measure(url: str, args: argparse.Namespace) -> None:
    for stream in (True, False):
        asked, found = paths(url, stream=stream), {"light": [], "litellm": []}
        for models in asked.values():
            await per_call_ms(models, 10)  # imports and first connections
        for number in range(args.rounds):
            order = list(asked) if number % 2 else list(reversed(asked))
            for name in order:
                found[name].append(await per_call_ms(asked[name], args.calls))
        for models in asked.values():
            await models.close()
        report("streamed" if stream else "whole", found)


def report(what: str, found: dict[str, list[float]]) -> None:
    for name, rows in found.items():
        spread = f"{min(rows):.2f} to {max(rows):.2f}"
        print(f"{what:<9} {name:<8} {statistics.median(rows):6.2f} ms of CPU a call ({spread})")
    light, heavy = sorted(found, key=lambda name: statistics.median(found[name]))
    pairs = zip(found[heavy], found[light], strict=True)
    ratios = [more / less for more, less in pairs]
    spread = f"{min(ratios):.1f} to {max(ratios):.1f}"
    print(f"{what:<9} ratio    {statistics.median(ratios):6.1f} ({spread})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=100, help="calls in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pieces", type=int, default=40, help="pieces of a streamed reply")
    args = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(args.pieces, there), daemon=True
    )
    server.start()
    url = f"http://127.0.0.1:{here.recv()}/v1"
    os.environ |= {"OPENAI_API_BASE": url, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
    asyncio.run(measure(url, args))
    rounds = [asyncio.run(bare_ms(url, args.calls)) for _ in range(args.rounds + 1)][1:]
    report("bare", {name: [each[name] for each in rounds] for name in ("httpx", "aiohttp")})
    server.terminate()


if __name__ == "__main__":
    main()

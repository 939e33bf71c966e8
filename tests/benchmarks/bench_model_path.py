"""CPU time of a proposal of a model, without a sandbox: prompt, call, record, patch, a null evaluation.

    python tests/benchmarks/bench_model_path.py [--proposals 300] [--workers 2] [--profile]

A server in a process of its own answers at once, each time with another program; the evaluation is
a function. Printed is the CPU time of the engine's process for a proposal, and how many there were in
a second, for each tenth of the run: equal numbers mean that nothing grows with it. With --profile, the functions that take most.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import itertools
import json
import multiprocessing
import pstats
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "support")]
HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n"


def answer(number: int) -> bytes:
    """Return the bytes of a streamed reply that writes another number."""
    text = f"Idea: go to {number}\n\n### x.txt\n```\n{number / 1000:.4f}\n```\n"
    rows = [
        {"choices": [{"index": 0, "delta": {"content": text}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 900, "completion_tokens": 50}},
    ]
    body = "".join(f"data: {json.dumps(row)}\n\n" for row in rows) + "data: [DONE]\n\n"
    return (HEAD.format(len(body)) + body).encode()


def serve(told: Connection) -> None:
    """Answer every request at once, over connections that are kept."""
    numbers = itertools.count(1)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            await reader.readexactly(length)
            writer.write(answer(next(numbers)))

    async def main() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def search(url: str, args: argparse.Namespace) -> list[tuple[float, float]]:
    """Run one search; return the process's CPU time, and the clock's, at each result."""
    from model_world import model_run, searched
    from toy_world import opened

    from cladogen.search.budget import Caps

    times = [now()]
    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder) / "run")
        run = model_run(store, url, Caps(proposals=args.proposals), form="whole",
                        workers=args.workers)  # fmt: skip
        tell = run.proposer.tell

        def told(*values: object) -> None:
            tell(*values)
            times.append(now())

        run.proposer.tell = told
        asyncio.run(searched(run))
        store.close()
    return times


def now() -> tuple[float, float]:
    return time.process_time(), time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--proposals", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    profile = cProfile.Profile()
    if args.profile:
        profile.enable()
    times = search(f"http://127.0.0.1:{here.recv()}/v1", args)
    profile.disable()
    server.terminate()
    size = max(1, (len(times) - 1) // 10)
    for first in range(0, size * 10, size):
        cpu, wall = (
            after - before for before, after in zip(times[first], times[first + size], strict=True)
        )
        print(f"proposals {first + 1:>6} to {first + size:<6} {1e3 * cpu / size:6.2f} ms of CPU each, "
              f"{size / wall:6.1f} a second")  # fmt: skip
    if args.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(40)


if __name__ == "__main__":
    main()

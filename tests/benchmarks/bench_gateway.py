"""What the gateway adds to a call: the same client through it and straight to the provider, side by side.

    python tests/benchmarks/bench_gateway.py [--calls 100] [--rounds 7] [--folder DIR]

A server in a process of its own answers at once. Calls over kept connections, one after the other;
rounds of the two ways alternate. Through the gateway each call is reserved, recorded in a run.db with
synchronous=FULL before and after, and settled. Printed are milliseconds for a call, wall clock and this
process's CPU time (median, least and most of the rounds), what the gateway adds, and what the disk
alone takes of it: two appends with fsync. DIR is where run.db lies: with /dev/shm there is no disk.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from bench_calls import serve

from cladogen.gateway.access import Access
from cladogen.gateway.caller import Caller
from cladogen.gateway.gateway import Gateway
from cladogen.ledger import NO_LIMITS
from cladogen.models.model import Model, Price
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store
from cladogen.search.budget import Budget

PROMPT = "Improve this program.\n" + "x = x + 1\n" * 1500


async def timed(session: aiohttp.ClientSession, url: str, calls: int) -> tuple[float, float]:
    """Return milliseconds for a call: wall clock, CPU of this process."""
    body = {"model": "fake", "messages": [{"role": "user", "content": PROMPT}]}
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        async with session.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            await answer.json()
    return 1e3 * (time.perf_counter() - wall) / calls, 1e3 * (time.process_time() - cpu) / calls


def synced_ms(folder: str, times: int) -> float:
    """Return milliseconds for two appends of 4 KiB, each with fsync."""
    with Path(folder, "synced").open("wb") as file:
        began = time.perf_counter()
        for _ in range(2 * times):
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    return 1e3 * (time.perf_counter() - began) / times


async def measure(url: str, calls: int, rounds: int, parent: str) -> None:
    disk = []
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        store = Store.create(Path(folder, "run"), {})
        model = Model("fake", api_base=url, price=Price(1.0, 4.0))
        gateway = Gateway([model], StoredCalls(store), Budget())
        access = Access(gateway, Caller("propose", 1, "p"), NO_LIMITS, "this task")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{folder}/socket")
        listener.listen()
        async with (
            access.served([listener]),
            aiohttp.ClientSession() as straight,
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(f"{folder}/socket")) as through,
        ):
            ways: dict[str, Any] = {
                "straight": (straight, f"{url}/chat/completions"),
                "through": (through, "http://models/v1/chat/completions"),
            }
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
            for at in range(rounds + 1):
                for name, (session, target) in ways.items():
                    times = await timed(session, target, calls)
                    disk.append(synced_ms(folder, 20))
                    if at:  # the first is for warming up
                        found[name].append(times)
        await gateway.close()
        store.close()
    report(found)
    print(f"disk      wall  {statistics.median(disk):6.2f} ms ({min(disk):.2f} to {max(disk):.2f})")


def report(found: dict[str, list[tuple[float, float]]]) -> None:
    for name, rows in found.items():
        for kind, values in zip(("wall", "CPU"), zip(*rows, strict=True), strict=True):
            middle = statistics.median(values)
            print(f"{name:9} {kind:5} {middle:6.2f} ms ({min(values):.2f} to {max(values):.2f})")
    for at, kind in enumerate(("wall", "CPU")):
        pairs = zip(found["through"], found["straight"], strict=True)
        added = [one[at] - other[at] for one, other in pairs]
        print(
            f"added     {kind:5} {statistics.median(added):6.2f} ms ({min(added):.2f} to {max(added):.2f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    options = parser.parse_args()
    near, far = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(40, far), daemon=True)
    server.start()
    try:
        asyncio.run(
            measure(
                f"http://127.0.0.1:{near.recv()}/v1", options.calls, options.rounds, options.folder
            )
        )
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()

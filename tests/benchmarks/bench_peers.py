"""CPU, rate and memory of a search with a model, beside other systems': one server, one evaluation that costs nothing.

    python tests/benchmarks/bench_peers.py [--programs 200] [--rounds 3] [--peers openevolve,shinka,gepa,pyribs] [--small]

Each peer is installed from the package index, in an environment of its own in a temporary folder; one that cannot be
is said and left out. Rounds alternate between the systems. A server in a process of its own answers every call, at
once or after two seconds, and counts: a program is an answer that it gave. CPU time is that of all processes of a
search, and of what a second search of three times the size took more than the first, so that no start is in it. The
rate is from the first request to the last answer; where calls take two seconds, every system makes 20 programs for
each slot, so that the rate is the steady one, and a search is ended after a minute and a half. Memory is the most that all processes had together. pyribs is a library of archives, asks no model, and has a
table of its own. ``--small`` only looks whether it works.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

SIDES = Path(__file__).parent / "peers"
PACKAGES = {
    "openevolve": "openevolve==0.4.1",
    "shinka": "shinka-evolve==0.0.7",
    "gepa": "gepa[full]==0.1.4",
}
LIBRARIES = {"pyribs": "ribs==0.12.0"}  # archives, without a search
TOLD, PARTS = 20_000, ("told, one at a time", "drawn as a parent", "told, 1 000 at a time")
ALONE = frozenset({"gepa"})  # makes one program after the other
OURS = "cladogen"
WORKERS = 2
IN_FLIGHT, LATENCY_S = (24, 64), 2.0
PER_SLOT = 20  # programs: the cycles in which slots fill and empty are a tenth of a search
LIMIT_S, SLOW_LIMIT_S = 600.0, 90.0  # of a search, of one with slow calls
PATH = re.compile(rb"POST /(\d+)/")


@dataclass(frozen=True)
class Search:
    """What one search took: programs, CPU seconds, programs a second, MiB."""

    programs: int
    cpu_s: float
    rate: float
    memory: float


def main() -> int:
    """Measure by turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default=",".join(PACKAGES | LIBRARIES))
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(here, here.recv(), Path(folder), [] if args.small else args.peers.split(","))
        if args.small:
            found = bench.search(OURS, args.programs, WORKERS, 0.0)
            print(found)
            assert found.programs >= args.programs
        else:
            print(table(bench, args))
        print(archives(bench, 1 if args.small else args.rounds))
    server.terminate()
    return 0


# -- the server


def serve(told: Connection) -> None:
    """Answer calls after as many milliseconds as their address says, and count answers when asked."""
    times: list[float] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1]) if length else 0)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            called = PATH.match(head)
            if called is not None:
                times.append(time.monotonic())
                await asyncio.sleep(int(called[1]) / 1000)
                times.append(time.monotonic())
            writer.write(answer(json.loads(body or b"{}"), len(times)))

    def counts() -> None:
        while told.recv() == "counts":
            seen = list(times)
            times.clear()
            told.send((len(seen) // 2, max(seen) - min(seen) if seen else 0.0))

    async def begin() -> None:
        listening = await asyncio.start_server(talk, "127.0.0.1", 0, limit=1 << 24)
        told.send(listening.sockets[0].getsockname()[1])
        threading.Thread(target=counts, daemon=True).start()
        await listening.serve_forever()

    asyncio.run(begin())


def answer(asked: dict[str, Any], number: int) -> bytes:
    """Return a reply that writes another number, in the form that the asking system reads."""
    ours = "Toy" in str(asked.get("model"))
    code = f"{number / 1e5:.6f}" if ours else f"x = {number / 1e5:.6f}"
    text = f"Idea: go to {number}\n\n### {'x.txt' if ours else 'x.py'}\n```{'' if ours else 'python'}\n{code}\n```\n"
    usage = {"prompt_tokens": 900, "completion_tokens": 50, "total_tokens": 950}
    base = {"id": "1", "created": 1, "model": "toy", "usage": usage}
    if not asked.get("stream"):
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        whole = base | {"object": "chat.completion", "choices": [choice]}
        return _http("application/json", json.dumps(whole))
    pieces = [
        {"choices": [{"index": 0, "delta": {"content": text}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": usage},
    ]
    base["object"] = "chat.completion.chunk"
    stream = "".join(f"data: {json.dumps(base | each)}\n\n" for each in pieces)
    return _http("text/event-stream", stream + "data: [DONE]\n\n")


def _http(kind: str, body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


# -- the searches


class Bench:
    """Searches of every system that could be installed."""

    def __init__(self, server: Connection, port: int, folder: Path, peers: list[str]) -> None:
        self._server, self._port, self._folder = server, port, folder
        self.pythons = {OURS: sys.executable}
        self.libraries = {OURS: sys.executable}
        for peer in peers:
            if python := installed(folder / peer, (PACKAGES | LIBRARIES)[peer]):
                of = self.libraries if peer in LIBRARIES else self.pythons
                of[peer] = python

    def search(self, side: str, programs: int, workers: int, latency_s: float) -> Search:
        """Run one search of a system, and say what it took."""
        url = f"http://127.0.0.1:{self._port}/{latency_s * 1000:.0f}/v1"
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            script = str(SIDES / f"{side}_side.py")
            command = [self.pythons[side], script, url, str(programs), str(workers)]
            served = {"OPENAI_API_BASE": url, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
            environment = os.environ | served
            with (Path(folder) / "said").open("wb") as said:
                process = subprocess.Popen(command, cwd=folder, env=environment, stdout=said, stderr=said,
                                           start_new_session=True)  # fmt: skip
                memory, seen_s, whole = watched(process.pid, SLOW_LIMIT_S if latency_s else LIMIT_S)
                _, status, used = os.wait4(process.pid, 0)
            self._server.send("counts")
            made, seconds = self._server.recv()
            broken = (whole or not latency_s) and (status or made < programs / 2)
            if made < 2 or broken:
                tail = (Path(folder) / "said").read_text(errors="replace")[-1500:]
                raise SystemExit(f"{side}: {made} of {programs} programs, status {status}\n{tail}")
        # Workers that nobody waited for are in what was seen, and in nothing else.
        cpu = max(seen_s, used.ru_utime + used.ru_stime)
        return Search(made, cpu, made / max(seconds, 1e-9), memory)

    def cpu_ms(self, side: str, programs: int) -> tuple[float, Search]:
        """Return the CPU milliseconds of a program, starts left out, and the longer search."""
        short = self.search(side, programs, WORKERS, 0.0)
        long = self.search(side, 3 * programs, WORKERS, 0.0)
        return 1e3 * (long.cpu_s - short.cpu_s) / (long.programs - short.programs), long

    def told(self, side: str) -> list[float]:
        """Return the CPU microseconds that an archive takes for a program, in each of `PARTS`."""
        script = str(SIDES / f"{side}_archive.py")
        command = [self.libraries[side], script, str(TOLD)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [float(word) for word in done.stdout.split()]


def installed(folder: Path, package: str) -> str | None:
    """Install a package in an environment of its own; return its python, None where it cannot be."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin/python")
    command = [python, "-m", "pip", "install", "--quiet", package]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{package}: cannot be installed, and is left out ({done.stderr.strip()[-200:]})")
        return None
    return python


def watched(session: int, limit_s: float) -> tuple[float, float, bool]:
    """Return the most MiB that the processes of a session had together until its first one ends,
    the CPU seconds that they were last seen to have used, each its own, and whether it ended by
    itself; it is ended after so many seconds.
    """
    most, used, deadline = 0.0, dict[str, float](), time.monotonic() + limit_s
    while os.waitid(os.P_PID, session, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        ours = [path for path in Path("/proc").glob("[0-9]*") if of(path, session)]
        most = max(most, sum(map(resident, ours)))
        used |= {path.name: cpu for path in ours if (cpu := cpu_s(path))}
        if time.monotonic() > deadline:
            os.killpg(session, 9)
        time.sleep(0.5)
    return most, sum(used.values()), time.monotonic() <= deadline


def cpu_s(path: Path) -> float:
    """Return the CPU seconds of a process itself; 0 when it has ended."""
    try:
        fields = (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def of(path: Path, session: int) -> bool:
    """Tell whether a process is of a session."""
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[3]) == session
    except OSError:
        return False  # it ended meanwhile


def resident(path: Path) -> float:
    """Return the MiB of a process."""
    try:
        return int((path / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
    except (OSError, IndexError):
        return 0.0


# -- the table


def table(bench: Bench, args: argparse.Namespace) -> str:
    """Measure by turns; return the table, where a peer is ahead in bold."""
    sides = list(bench.pythons)
    cpu: dict[str, list[float]] = {side: [] for side in sides}
    instant: dict[str, list[Search]] = {side: [] for side in sides}
    for turn in range(args.rounds):
        for side in sides if turn % 2 == 0 else reversed(sides):
            each, search = bench.cpu_ms(side, args.programs)
            cpu[side].append(each)
            instant[side].append(search)
            print(f"round {turn + 1}, {side}: {each:.2f} ms, {search}", flush=True)
    rows = [row("CPU ms per program, 2 workers", cpu, less=True),
            row("programs/s, 2 workers", {s: [x.rate for x in instant[s]] for s in sides}),
            row("MiB, 2 workers", {s: [x.memory for x in instant[s]] for s in sides}, less=True)]  # fmt: skip
    for calls in IN_FLIGHT:
        slow = {
            side: [bench.search(side, PER_SLOT * calls, calls, LATENCY_S)]
            for side in sides
            if side not in ALONE
        }
        print(calls, slow, flush=True)
        rows.append(row(f"programs/s, {calls} calls of 2 s in flight (ideal {calls / LATENCY_S:g})",
                        {s: [x.rate for x in slow[s]] for s in slow}))  # fmt: skip
        rows.append(
            row(
                f"MiB, {calls} calls of 2 s in flight",
                {s: [x.memory for x in slow[s]] for s in slow},
                less=True,
            )
        )
    return written(sides, rows)


def archives(bench: Bench, rounds: int) -> str:
    """Measure archives by turns; return their table, where a peer is ahead in bold."""
    sides = list(bench.libraries)
    turns = [{side: bench.told(side) for side in sides} for _ in range(rounds)]
    rows = [
        row(f"CPU µs per program {part}", {s: [turn[s][at] for turn in turns] for s in sides}, less=True)
        for at, part in enumerate(PARTS)
    ]  # fmt: skip
    return written(sides, rows)


def written(sides: list[str], rows: list[Callable[[list[str]], str]]) -> str:
    """Return a table with its head."""
    head = ["what", *sides, *(f"{side} / {OURS} (least to most)" for side in sides[1:])]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(r(sides) for r in rows)]
    return "\n".join(lines)


def row(
    name: str, found: dict[str, list[float]], *, less: bool = False
) -> Callable[[list[str]], str]:
    """Return what writes a line of the table for some sides."""

    def line(sides: list[str]) -> str:
        medians = {side: statistics.median(found[side]) for side in sides if side in found}
        ahead = [
            side
            for side in medians
            if (medians[side] < medians[OURS]) == less and medians[side] != medians[OURS]
        ]
        cells = [f"{medians[side]:.3g}" if side in medians else "-" for side in sides]
        ratios = [_ratio(found, side) for side in sides[1:]]
        title = f"**{name}**" if ahead else name
        return f"| {' | '.join([title, *cells, *ratios])} |"

    return line


def _ratio(found: dict[str, list[float]], side: str) -> str:
    """Return a peer's value over ours, round by round."""
    if side not in found:
        return "-"
    ratios = [theirs / ours for theirs, ours in zip(found[side], found[OURS], strict=True)]
    return f"{statistics.median(ratios):.2g} ({min(ratios):.2g} to {max(ratios):.2g})"


if __name__ == "__main__":
    sys.exit(main())

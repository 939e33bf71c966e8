"""How much a contained evaluation costs: medians, and ratios to a bare process, measured in turns in one run.

    python tests/benchmarks/bench_sandbox.py [--sandbox docker] [--rounds 60]

Ratios say more than milliseconds: every round measures each thing once, so that a busy machine is equally busy for all.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from cladogen.program import File
from cladogen.sandboxes.base import Call, Job, Limits, Sandbox
from cladogen.sandboxes.choose import open_sandbox

PYTHON = b"import numpy as np\ndef run(x):\n    return float(np.arange(10.0).sum())\n"
CPP = b'#include <cstdio>\nint main() { std::puts("1"); }\n'
LIMITS = Limits(memory_mb=512)


def one() -> Job:
    return Job({"main.py": File(PYTHON)}, "main.py:run", (Call(b"1"),), LIMITS)


def many() -> Job:
    return Job({"main.py": File(PYTHON)}, "main.py:run", (Call(b"1"),) * 64, LIMITS)


def compiled() -> Job:
    return Job(
        {"main.cpp": File(CPP)},
        ("./main",),
        (Call(b"1"),),
        LIMITS,
        ("g++", "-O2", "-o", "main", "main.cpp"),
        program="bench",
    )


async def process(*code: str) -> None:
    await asyncio.to_thread(subprocess.run, [sys.executable, "-I", *code], check=True)


async def job(sandbox: Sandbox, made: Job) -> None:
    for execution in await sandbox.run(made):
        assert execution.output is not None, execution


async def measure(
    things: dict[str, Callable[[], Awaitable[None]]], rounds: int
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in things}
    for number in range(rounds + 3):
        for name, thing in things.items():
            started = time.perf_counter()
            await thing()
            if number >= 3:  # the first rounds warm up
                taken[name].append((time.perf_counter() - started) * 1000)
    return taken


async def throughput(sandbox: Sandbox, seconds: float, slots: int) -> float:
    done = 0
    deadline = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await job(sandbox, one())
            done += 1

    await asyncio.gather(*(worker() for _ in range(slots)))
    return done / seconds


async def main(name: str, rounds: int, seconds: float) -> None:
    async with open_sandbox(
        name, limits=LIMITS, build=("g++",), slots=2, progress=print
    ) as sandbox:
        print(f"{sandbox.name}: {sandbox.strength}")
        await job(sandbox, compiled())
        taken = await measure(
            {
                "bare fork and exec of python": lambda: process("-S", "-c", "pass"),
                "bare python that imports numpy": lambda: process("-c", "import numpy"),
                "python candidate with numpy": lambda: job(sandbox, one()),
                "64 calls in one start": lambda: job(sandbox, many()),
                "compiled C++ candidate": lambda: job(sandbox, compiled()),
            },
            rounds,
        )
        bare = statistics.median(taken["bare fork and exec of python"])
        print(f"{'':<34}{'median ms':>10}{'p10':>8}{'p90':>8}{'ratio':>8}")
        for label, times in taken.items():
            times.sort()
            low, high = times[len(times) // 10], times[len(times) * 9 // 10]
            middle = statistics.median(times)
            print(f"{label:<34}{middle:>10.2f}{low:>8.2f}{high:>8.2f}{middle / bare:>8.2f}")
        each = statistics.median(
            (many - one) / 63
            for many, one in zip(
                taken["64 calls in one start"], taken["python candidate with numpy"], strict=True
            )
        )
        print(f"{'each further call':<34}{each:>10.3f}")
        bare_rate = 1000 * 2 / bare
        rate = await throughput(sandbox, seconds, 2)
        print(
            f"{'candidates per second, 2 slots':<34}{rate:>10.0f}   ({rate / bare_rate:.2f} of two bare processes)"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", default="docker")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=5.0)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.sandbox, chosen.rounds, chosen.seconds))

"""A small engine for the tests to kill: starts a sandbox, says each step on standard output, runs jobs for ever."""

from __future__ import annotations

import asyncio
import sys

from cladogen.program import File
from cladogen.sandboxes.base import Call, Job, Limits, SandboxNeeds, Service
from cladogen.sandboxes.choose import Wanted, make

SOURCES = (
    "def run(x):\n    return 1",
    "import os, time\ndef run(x):\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(1e6)\n    return 1",
    "def run(x):\n    while True: pass",
    "import os\ndef run(x):\n    os._exit(0)",
)


def say(text: str) -> None:
    print(text, flush=True)


async def main(name: str, *network: str) -> None:
    limits = Limits(time_s=0.2, memory_mb=128)
    say("begins")
    sandbox = make(name, Wanted(SandboxNeeds(network=network), limits=limits))
    starting = asyncio.create_task(sandbox.start(2))
    await asyncio.sleep(0)
    say("starts")
    await starting
    say("started")
    channel = await sandbox.serve(Service("cladogen.sandboxes.echo"))
    say("serves")
    number = 0
    while True:
        source = SOURCES[number % len(SOURCES)]
        job = Job({"main.py": File(source.encode())}, "main.py:run", (Call(b"null"),), limits)
        say(f"job {number}")
        await sandbox.run(job)
        await channel.request(b"x", 10.0)
        number += 1


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

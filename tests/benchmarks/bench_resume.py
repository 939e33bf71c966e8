"""What it costs to go on with a large run: its rows read, scored and told to a fresh archive; and the archive's part.

    python tests/benchmarks/bench_resume.py [--programs 100000]

The run is made first, by the real loop in the toy world of the tests (a millisecond a program).
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from toy_world import CASES, opened, problem, toy_run

from cladogen.archives.options import make_archive
from cladogen.record.fold import folded
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.search.budget import Caps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=100_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), args.programs)
        measure(Path(folder))


def make(folder: Path, programs: int) -> None:
    store = opened(folder)
    asyncio.run(toy_run(store, Caps(proposals=programs)).search())
    store.close()


def measure(folder: Path) -> None:
    store = Store.open(folder)
    run = toy_run(store, Caps(proposals=1))
    began = time.process_time()
    run.resume()
    whole = time.process_time() - began
    record = RunRecord(store, problem().score)
    results = [record.absorb(result, round_) for result, round_, _ in folded(store, record)]
    archive = make_archive("map_elites", problem().space(CASES))
    began = time.process_time()
    for result in results:
        archive.tell(result)
    part = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{record.size()} programs: resumed in {whole:.2f} s of CPU time, {part:.2f} s of them the archive's; "
          f"{peak:.0f} MiB at most")  # fmt: skip
    store.close()


if __name__ == "__main__":
    main()

"""What it costs to go on with a large run: its rows read, scored and told to a fresh archive; and the archive's part.

    python tests/benchmarks/bench_resume.py [--programs 100000]
    python tests/benchmarks/bench_resume.py --run FOLDER [--max-proposals N]

The run is made first, by the real loop in the toy world of the tests (a millisecond a program); or it is one that is
there (`large_run.py`), which is not gone on with. With PYTHONPATH before it, another commit's package is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from toy_world import CASES, opened, problem, toy_run

from cladogen.archives.options import make_archive
from cladogen.events import Silent
from cladogen.record.fold import folded
from cladogen.record.memory import RunRecord
from cladogen.record.store import Store
from cladogen.run_folder import reopen_run
from cladogen.search.budget import Caps
from cladogen.session import open_session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=100_000)
    parser.add_argument("--run", type=Path, metavar="FOLDER", help="a run that is there")
    parser.add_argument("--max-proposals", type=int, help="its cap from now on")
    args = parser.parse_args()
    if args.run is not None:
        asyncio.run(measure_one(args.run, args.max_proposals))
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), args.programs)
        measure(Path(folder))


async def measure_one(folder: Path, proposals: int | None) -> None:
    """Print what going on with a run takes from its settings to its first task."""
    store, settings = reopen_run(folder)
    if proposals is not None:
        settings = replace(settings, caps=replace(settings.caps, proposals=proposals))
    opening = time.process_time()
    async with open_session(store, settings, Silent()) as run:
        before, began = peak_mb(), time.process_time()
        run.resume()
        took = time.process_time() - began
        print(f"{run.record.size()} programs: {took:.2f} s of CPU time, {before:.0f} MiB before and "
              f"{peak_mb():.0f} at most after; opening took {began - opening:.2f} s before that")  # fmt: skip


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
    print(f"{record.size()} programs: resumed in {whole:.2f} s of CPU time, {part:.2f} s of them the archive's; "
          f"{peak_mb():.0f} MiB at most")  # fmt: skip
    store.close()


if __name__ == "__main__":
    main()

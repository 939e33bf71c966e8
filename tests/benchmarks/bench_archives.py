"""What an ask and a tell cost with many programs in the archive, and how long a rebuild takes.

    python tests/benchmarks/bench_archives.py [--programs 1000000] [--rebuild 100000] [--arms map_elites,clade] [--json]

The programs are told first, with random parents, scores, features and results on 8 cases. Then asks and tells
alternate, as in a run with four tasks in flight, and the median and the 99th percentile of each are measured. Bytes
are the process's resident growth per program; every archive is measured in a process of its own. A rebuild is telling
a fresh archive the first results of the run, in CPU seconds.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from cladogen.archives import NAMES, make_archive
from cladogen.archives.base import Archive, Axis, Result, Space
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.kernels import implementation
from cladogen.proposal import Outcome
from cladogen.task import Measure, Propose, Task

CASES = tuple(f"case-{number}" for number in range(8))
ROWS = tuple(Evaluation("", case, 0, Status.OK) for case in CASES)
SPACE = Space(
    (Axis("size", 16, "quantile"), Axis("depth", 16, "quantile")),
    ("score", "speed"),
    CASES,
    bounded=True,
)
CHUNK = 10_000
RANGELESS = "clade_without_range"  # the clade archive where the objective has no range
OPTIONS: dict[str, dict[str, object]] = {"portfolio": {"arms": "map_elites,dgm,greedy"}}


def results(count: int, seed: int = 0, chunk: int = CHUNK) -> Iterator[Result]:
    """Yield the results of a run: a seed, then programs whose parents are random earlier ones, slowly improving."""
    rng = np.random.default_rng(seed)
    for start in range(0, count, chunk):
        size = min(chunk, count - start)
        numbers = np.arange(start, start + size)
        parents = (rng.random(size) ** 0.7 * numbers).astype(int)
        quality = rng.normal(0, 1, size) + 0.3 * np.log1p(numbers)
        values = quality[:, None] + rng.normal(0, 1, (size, len(CASES)))
        features = rng.normal(0, 1, (size, 2)) * 10
        for place in range(size):
            yield result(
                start + place,
                int(parents[place]),
                values[place].tolist(),
                tuple(features[place].tolist()),
            )


def batched(rows: Iterator[Result], size: int) -> Iterator[list[Result]]:
    """Yield lists of ``size`` rows, so that making them is not timed."""
    while batch := list(islice(rows, size)):
        yield batch


def result(number: int, parent: int, values: list[float], features: tuple[float, ...]) -> Result:
    """Return the result of one program."""
    task = Propose(number, () if number == 0 else (parent,))
    return answered(task, number, values, features)


def answered(task: Task, number: int, values: list[float], features: tuple[float, ...]) -> Result:
    """Return the result of a task that made, or measured, a program."""
    fitness = sum(values) / len(values)
    score = Score(
        Status.OK,
        fitness,
        objectives=(fitness, values[0]),
        features=features,
        cases=dict(zip(CASES, values, strict=True)),
        utilities={case: float(value > 2) for case, value in zip(CASES, values, strict=True)},
        signature=f"{number:016x}",
    )
    parents = task.parents if isinstance(task, Propose) else ()
    outcome = Outcome.ACCEPTED if isinstance(task, Propose) else Outcome.MEASURED
    return Result(task, outcome, number, parents, score, ROWS)


def resident() -> int:
    """Return the bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def measure(archive: Archive, programs: int, rounds: int) -> tuple[list[float], list[float]]:
    """Return the seconds of asks and of tells, four tasks in flight."""
    asks, tells = [], []
    flying: list[Task] = []
    rng = np.random.default_rng(99)
    number = programs
    for turn in range(rounds):
        chooser = np.random.default_rng(turn)
        start = time.perf_counter()
        task = archive.ask(10_000_000 + turn, chooser)
        asks.append(time.perf_counter() - start)
        flying.append(task)
        if len(flying) < 4:
            continue
        task = flying.pop(0)
        values = (rng.normal(0, 1.4, len(CASES)) + 0.3 * np.log1p(programs)).tolist()
        features = tuple((rng.normal(0, 1, 2) * 10).tolist())
        made = task.program if isinstance(task, Measure) else number
        number += isinstance(task, Propose)
        told = answered(task, made, values, features)
        start = time.perf_counter()
        archive.tell(told)
        tells.append(time.perf_counter() - start)
    return asks, tells


def bench(name: str, programs: int, rebuild: int, rounds: int) -> dict[str, object]:
    """Return the row of one archive."""
    space = replace(SPACE, bounded=name != RANGELESS)
    archive = make_archive("clade" if name == RANGELESS else name, space, OPTIONS.get(name, {}))
    gc.collect()
    before, rebuilt = resident(), 0.0
    for start, rows in enumerate(batched(results(programs), CHUNK)):
        began = time.process_time()
        for row in rows:
            archive.tell(row)
        rebuilt += (time.process_time() - began) * (start * CHUNK < rebuild)
    del rows
    gc.collect()
    bytes_each = (resident() - before) / programs
    asks, tells = measure(archive, programs, rounds)
    return {
        "archive": name,
        "ask_us": round(1e6 * float(np.median(asks)), 1),
        "ask_99_us": round(1e6 * float(np.quantile(asks, 0.99)), 1),
        "tell_us": round(1e6 * float(np.median(tells)), 1),
        "tell_99_us": round(1e6 * float(np.quantile(tells, 0.99)), 1),
        "bytes": round(bytes_each),
        "rebuild_s": round(rebuilt, 2),
    }


def main() -> None:
    """Print the table, or with --json one line per archive."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=1_000_000)
    parser.add_argument("--rebuild", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--arms", default=",".join([*NAMES, RANGELESS]))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.json:
        print(
            f"{given.programs} programs, {implementation()} kernels; microseconds, median (99th percentile)\n"
        )
        print(
            "| archive | ask | tell | bytes per program | rebuild of "
            + f"{given.rebuild} |\n|---|---|---|---|---|"
        )
    for name in given.arms.split(","):
        if given.json:
            print(json.dumps(bench(name, given.programs, given.rebuild, given.rounds)), flush=True)
            continue
        sizes = [
            "--programs",
            str(given.programs),
            "--rebuild",
            str(given.rebuild),
            "--rounds",
            str(given.rounds),
        ]
        command = [sys.executable, __file__, "--arms", name, "--json", *sizes]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"| {name} | {row['ask_us']} ({row['ask_99_us']}) | {row['tell_us']} ({row['tell_99_us']}) "
            f"| {row['bytes']} | {row['rebuild_s']} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()

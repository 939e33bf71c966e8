"""How much CPU time a search without a model takes to FunSearch's results in online bin packing, by
this build and by another one, seed by seed and by turns.

    python tests/benchmarks/bench_search_speed.py --before CHECKOUT [--seeds 5] [--cpu-s 60]
        [--variants or3,weibull] [--page]

CHECKOUT is a clone of another commit with its own `.venv`. CPU time is that of the engine and of
all it starts, so that other work on the machine counts little. A search ends after ``--cpu-s`` of
it; one that has not come to the target by then counts as longer than all that have. The target is
compared with the held-out value of the best program by training score. ``--page`` writes the table
to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from page import write_part

from cladogen.evaluators.evaluator import ProblemEvaluator
from cladogen.problem import Problem, load
from cladogen.record.store import Store
from cladogen.sandboxes.local import Local

ROOT = Path(__file__).parents[2]
PROBLEM = "problems/online_bin_packing"
HEADING = "CPU time to FunSearch's results"
TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Target:
    """A variant of the problem, and the held-out excess (%) that FunSearch reached on it."""

    variant: str
    excess: float


TARGETS = {"or3": Target("", 3.11), "weibull": Target("weibull", 0.68)}


@dataclass(frozen=True)
class Search:
    """What a search came to: CPU seconds to the target (None: not in time), and its last held-out
    value.
    """

    to_target: float | None
    heldout: float
    proposals: int


@dataclass
class Pair:
    """The searches of both builds on one variant, in the order of seeds."""

    before: list[Search] = field(default_factory=list)
    now: list[Search] = field(default_factory=list)


def main() -> int:
    """Search by turns, print each search and the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cpu-s", type=float, default=60.0)
    parser.add_argument("--variants", default="or3,weibull")
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--page", action="store_true")
    args = parser.parse_args()
    if args.before is None:
        print("nothing to compare with: give --before CHECKOUT, a clone with its own .venv")
        return 0
    pairs = {name: compared(name, args) for name in args.variants.split(",")}
    table = page(pairs, args)
    print(table)
    if args.page:
        write_part(HEADING, table)
    return 0


def compared(name: str, args: argparse.Namespace) -> Pair:
    """Search with both builds from every seed; which one begins alternates."""
    pair = Pair()
    for seed in range(args.seeds):
        builds = [(args.before.resolve(), pair.before, "before"), (ROOT, pair.now, "now")]
        for tree, found, label in builds if seed % 2 == 0 else reversed(builds):
            found.append(searched(tree, TARGETS[name], seed, args))
            print(f"{name} seed {seed} {label}: {found[-1]}", flush=True)
    return pair


def searched(tree: Path, target: Target, seed: int, args: argparse.Namespace) -> Search:
    """Run one search until it has had its CPU time, and find when it came to the target."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [
            str(tree / ".venv/bin/python"), "-m", "cladogen.cli.main", "run", str(tree / PROBLEM),
            *(["--variant", target.variant] if target.variant else []), "--run", str(run),
            "--seed", str(seed), "--workers", "1", "--sandbox", args.sandbox,
            "--max-seconds", "1000000", "--json",
        ]  # fmt: skip
        process = subprocess.Popen(
            command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            bests, proposals = followed(process, args.cpu_s)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()
        problem = load(ROOT / PROBLEM, target.variant)
        values = asyncio.run(heldout(problem, run, [number for _, number in bests]))
    reached = [cpu for (cpu, _), value in zip(bests, values, strict=True) if value <= target.excess]
    return Search(min(reached, default=None), round(values[-1], 3), proposals)


def followed(process: subprocess.Popen[str], limit: float) -> tuple[list[tuple[float, int]], int]:
    """Read a run's lines until it has used so much CPU time; returns when each best program came,
    and how many proposals there were.
    """
    bests: list[tuple[float, int]] = []
    proposals, clock = 0, CpuClock(process.pid)
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] != "told":
            continue
        proposals += bool(event["parents"])
        used = clock.seconds()
        if event["best"]:
            bests.append((used, event["program"]))
        if used > limit:
            break
    return bests, proposals


class CpuClock:
    """Tells by looks what CPU time a process and all below it have used.

    A process counts in the sum of the one that waits for it. In a sandbox's namespaces nobody may
    wait, and its time is gone when it ends: so what each was last seen with is kept, and the larger
    sum counts.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._seen: dict[tuple[int, int], int] = {}  # ticks of each process, by its start, too

    def seconds(self) -> float:
        """Return the CPU seconds used so far, those of processes that ended included."""
        parents: dict[int, int] = {}
        rows: dict[int, list[int]] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            parents[int(folder.name)] = int(fields[1])
            rows[int(folder.name)] = [int(fields[at]) for at in (11, 12, 13, 14, 19)]
        waited_for = 0
        for pid, (user, system, *waited, start) in rows.items():
            if is_below(pid, self._root, parents):
                waited_for += user + system + sum(waited)
                self._seen[pid, start] = user + system
        return max(waited_for, sum(self._seen.values())) * TICK_S


def is_below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid != root and pid in parents:
        pid = parents[pid]
    return pid == root


async def heldout(problem: Problem, run: Path, numbers: list[int]) -> list[float]:
    """Return the objective of programs of a run on held-out cases."""
    store, sandbox = Store.open(run), Local(isolation="fork", limits=problem.limits, allowed=())
    await sandbox.start(1)
    evaluator = ProblemEvaluator(problem, sandbox)
    await evaluator.start()
    values = []
    for number in numbers:
        rows = await evaluator.evaluate(store.program(number), evaluator.heldout)
        values.append(problem.score(rows).metrics[problem.objective.name])
    await evaluator.close()
    await sandbox.close()
    store.close()
    return values


def page(pairs: dict[str, Pair], args: argparse.Namespace) -> str:
    """Return the table with what it shows and its command."""
    command = (
        f"    python tests/benchmarks/bench_search_speed.py --before CHECKOUT --seeds {args.seeds} "
        f"--cpu-s {args.cpu_s:g} --variants {','.join(pairs)}"
    )
    words = (
        "CPU seconds of the engine and all it starts until the best program's held-out excess is\n"
        f"FunSearch's, one worker, in {args.sandbox}; both builds by turns, from the same seeds. A\n"
        f"search ends after {args.cpu_s:g} s; `>` is one that did not come there. Held out is the\n"
        "median of what the best had come to by then. The spread is the least and the largest ratio\n"
        "of a seed."
    )
    head = (
        "| problem | target | before: median s (reached) | now: median s (reached) | ratio [spread] "
        "| held out before | held out now |"
    )
    rows = [row(name, pair, args.cpu_s) for name, pair in pairs.items()]
    return "\n\n".join((words, command, "\n".join([head, "| --- |" + " --: |" * 6, *rows])))


def row(name: str, pair: Pair, limit: float) -> str:
    """Return a variant's line of the table."""
    ratios = [
        (old.to_target or limit) / (new.to_target or limit)
        for old, new in zip(pair.before, pair.now, strict=True)
    ]
    sides = [median_s(side, limit) for side in (pair.before, pair.now)]
    ratio = sides[0][0] / sides[1][0]
    sign = ratio_sign(pair)
    held = [statistics.median(each.heldout for each in side) for side in (pair.before, pair.now)]
    return (
        f"| {name} | {TARGETS[name].excess} % | {sides[0][1]} | {sides[1][1]} | {sign}{ratio:.1f} "
        f"[{min(ratios):.1f}, {max(ratios):.1f}] | {held[0]:.2f} % | {held[1]:.2f} % |"
    )


def median_s(side: list[Search], limit: float) -> tuple[float, str]:
    """Return the median time, and how it is written: with how many searches came there."""
    median = statistics.median(each.to_target or limit for each in side)
    reached = sum(each.to_target is not None for each in side)
    sign = "> " if median >= limit else ""
    return median, f"{sign}{median:.1f} ({reached} of {len(side)})"


def ratio_sign(pair: Pair) -> str:
    """Return what the ratio of medians bounds: more than half of a side may not have come there."""
    late = [sum(each.to_target is None for each in side) for side in (pair.before, pair.now)]
    half = len(pair.now) / 2
    if late[1] > half:
        return "? "
    return "> " if late[0] > half else ""


if __name__ == "__main__":
    sys.exit(main())

"""How far a search without a model comes from the seeds as they ship, beside the targets.

    python tests/benchmarks/bench_offline_targets.py [--seconds 120] [--seeds 5] [--only NAME,...]
        [--cpu-seconds C] [--sandbox auto] [--page] [--json FILE]

Each search is `evolve run PROBLEM --workers 2` from another random seed. It ends after ``--seconds``
of wall clock; with ``--cpu-seconds`` after so much CPU time of the engine and of all it starts
(bubblewrap, whose processes are below the engine's), so that other work on the machine counts
little: 240 are 120 seconds of two free cores. The program that is the best by training score is
then measured again, on held-out cases where a problem has them. ``--json`` keeps what was measured,
one line a search, and goes on from there; ``--page`` writes the table to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bench_search_speed import CpuClock
from page import write_part

from cladogen.evaluators.base import Evaluator
from cladogen.opening import open_here
from cladogen.problem import Problem, load
from cladogen.program import Program
from cladogen.settings import Settings
from cladogen.view.run_reader import RunReader

ROOT = Path(__file__).parents[2]
HEADING = "Targets without a model"
LOOK_S = 0.5  # seconds between two looks at the CPU time
CLOSING_S = 300.0  # what a run may take to end when told to


@dataclass(frozen=True)
class Goal:
    """A target: the metric of a problem's variants on a split, and the value wanted."""

    problem: str
    metric: str
    wanted: float
    variants: tuple[str, ...] = ("",)
    heldout: bool = False
    speedup: bool = False  # the seed's value over the program's, measured by turns
    share: float = 1.0  # of the variants that must come there

    def reached(self, value: float, sign: float) -> bool:
        return sign * value >= sign * self.wanted


# A kernel that touches what it must write and computes nothing: what every call takes besides.
NOTHING = b"""extern "C" void matmul(const double *, const double *, double *c, int n) {
  for (int i = 0; i < n * n; ++i) c[i] = i % 900;
}
"""
SYSTEMS = ("", "stress_strain", "growth", "kinetics")
GOALS = {
    "cap_set": Goal("cap_set", "cap", 448),
    "matmul": Goal("cpp_kernels", "cpu_s", 8, speedup=True),
    "heilbronn": Goal("heilbronn", "area", 0.033),
    "courier": Goal("courier", "length", 22_000, heldout=True),
    "circle_packing": Goal("circle_packing", "radii", 2.60),
    "autocorrelation": Goal("autocorrelation", "bound", 1.56),
    "symbolic_regression": Goal(
        "symbolic_regression", "error_out", -2.0, SYSTEMS, heldout=True, share=0.75
    ),
    "or3": Goal("online_bin_packing", "excess", 2.9, heldout=True),
    "weibull": Goal("online_bin_packing", "excess", 0.62, ("weibull",), heldout=True),
}


@dataclass(frozen=True)
class Search:
    """What one search came to, and what it took."""

    goal: str
    variant: str
    seed: int
    value: float
    training: float
    programs: int
    wall_s: float
    cpu_s: float
    load: float  # the machine's, when it began: processes that want to run


def main() -> int:
    """Search for each target from every seed, print each search and the table."""
    args = arguments()
    known = read(args.json)
    for name in args.only.split(","):
        for variant in GOALS[name].variants:
            for seed in range(args.seeds):
                if (name, variant, seed) in known:
                    continue
                found = searched(name, variant, seed, args)
                known[name, variant, seed] = found
                print(found, flush=True)
                if args.json:
                    with args.json.open("a", encoding="utf-8") as lines:
                        lines.write(json.dumps(asdict(found)) + "\n")
    text = page([each for each in known.values() if each.goal in args.only.split(",")], args)
    print(text)
    if args.page:
        write_part(HEADING, text)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--cpu-seconds", type=float)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default=",".join(GOALS), help=", ".join(GOALS))
    parser.add_argument("--sandbox", help="default: auto, or bubblewrap with --cpu-seconds")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    unknown = set(args.only.split(",")) - GOALS.keys()
    if unknown:
        parser.error(f"--only {', '.join(sorted(unknown))}: not one of {', '.join(GOALS)}")
    args.sandbox = args.sandbox or ("bubblewrap" if args.cpu_seconds else "auto")
    return args


def read(path: Path | None) -> dict[tuple[str, str, int], Search]:
    """Return the searches that a file holds already."""
    if path is None or not path.exists():
        return {}
    found = [Search(**json.loads(line)) for line in path.read_text().splitlines()]
    return {(each.goal, each.variant, each.seed): each for each in found}


def searched(name: str, variant: str, seed: int, args: argparse.Namespace) -> Search:
    """Search once, and measure what came of it."""
    goal, load_before = GOALS[name], os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        seconds = args.seconds if args.cpu_seconds is None else 50 * args.cpu_seconds
        command = [
            sys.executable, "-m", "cladogen.cli.main", "run", str(ROOT / "problems" / goal.problem),
            *(["--variant", variant] if variant else []), "--run", str(run), "--seed", str(seed),
            "--workers", "2", "--max-seconds", str(seconds), "--sandbox", args.sandbox, "--json",
        ]  # fmt: skip
        began = time.monotonic()
        used = ended(command, args.cpu_seconds, run)
        wall = time.monotonic() - began
        with RunReader(run) as reader:
            best, programs = reader.program(reader.best or 0), reader.size
            training = reader.score(reader.best or 0).metrics[goal.metric]
    problem = load(ROOT / "problems" / goal.problem, variant).with_seed(0)
    value = asyncio.run(measured(goal, problem, best, args.sandbox))
    return Search(
        name, variant, seed, value, training, programs, round(wall, 1), round(used, 1), load_before
    )


def ended(command: list[str], cpu_limit: float | None, run: Path) -> float:
    """Run a search to its end, or until it has used so much CPU time; returns what it used. One in
    which everything failed counts for what it has come to.
    """
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        clock, used = CpuClock(process.pid), 0.0
        while process.poll() is None:
            used = max(used, clock.seconds())
            if cpu_limit is not None and used >= cpu_limit:
                process.terminate()
                process.wait(timeout=CLOSING_S)
                return used
            time.sleep(LOOK_S)
        if not (run / "run.db").exists():
            errors.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {errors.read().strip()}")
    return used


async def measured(goal: Goal, problem: Problem, program: Program, sandbox: str) -> float:
    """Return a program's metric, or how many times as fast as the seed its kernel is."""
    async with open_here(problem, Settings(sandbox=sandbox), "", print) as (evaluator, _):
        if not goal.speedup:
            return await metric(goal, problem, evaluator, program)
        nothing = problem.seeds[0].replace({"kernel.cpp": NOTHING})
        rounds = [
            [await call_s(evaluator, each) for each in (nothing, problem.seeds[0], program)]
            for _ in range(5)
        ]
    rest, seed, ours = (min(taken) for taken in zip(*rounds, strict=True))
    return (seed - rest) / (ours - rest)


async def call_s(evaluator: Evaluator, program: Program) -> float:
    """Return the CPU time of a program's call, whatever its results are worth."""
    rows = await evaluator.evaluate(program, evaluator.train)
    return min(row.usage.cpu_s for row in rows)


async def metric(goal: Goal, problem: Problem, evaluator: Evaluator, program: Program) -> float:
    """Return a program's metric on the goal's cases, the worst there is where it fails on one."""
    cases = evaluator.heldout if goal.heldout else evaluator.train
    found = problem.score(await evaluator.evaluate(program, cases)).metrics
    return found.get(goal.metric, math.inf if goes_down(goal, problem) else -math.inf)


def goes_down(goal: Goal, problem: Problem) -> bool:
    return goal.metric == "error_out" or problem.objective.direction == "minimize"


def page(searches: list[Search], args: argparse.Namespace) -> str:
    """Return the table with its command and what it means."""
    budget = (
        f"--seconds {args.seconds:g}"
        if args.cpu_seconds is None
        else f"--cpu-seconds {args.cpu_seconds:g}"
    )
    command = f"    python tests/benchmarks/bench_offline_targets.py {budget} --seeds {args.seeds}"
    short = (
        ""
        if args.cpu_seconds is None
        else " The targets are for 240 CPU\nseconds (120 s of two cores) and five random seeds; "
        f"here a search ended after {args.cpu_seconds:g}, where\nthe table names no other figure, "
        f"from {args.seeds} random seed{'s' * (args.seeds > 1)} each."
    )
    load = statistics.median(each.load for each in searches)
    words = (
        "What `evolve run PROBLEM` comes to with no model, from the seeds as they ship: the median "
        "of the\nsearches, the worst and the best of them. Held out where the problem has held-out "
        "cases; matmul is\nthe seed kernel's CPU time over the program's, by turns, less what a call "
        "takes whose kernel only\nwrites. Searches began with a median load of "
        f"{load:.1f} processes on {os.cpu_count()} cores.{short}"
    )
    head = "| target | wanted | median [worst, best] | came there | programs | CPU s | wall s |"
    rows = [row for name in GOALS for row in rows_of(name, searches)]
    return "\n\n".join((words, command, "\n".join([head, "| --- |" + " --: |" * 6, *rows])))


def rows_of(name: str, searches: list[Search]) -> list[str]:
    """Return the lines of one target: one for each variant that was searched."""
    goal, rows = GOALS[name], []
    for variant in goal.variants:
        mine = [each for each in searches if (each.goal, each.variant) == (name, variant)]
        if mine:
            rows.append(row(goal, " ".join(dict.fromkeys((name, variant))).strip(), mine))
    return rows


def row(goal: Goal, label: str, searches: list[Search]) -> str:
    problem = load(ROOT / "problems" / goal.problem)
    sign = 1.0 if goal.speedup or not goes_down(goal, problem) else -1.0
    values = sorted((each.value for each in searches), key=lambda value: sign * value)
    came = sum(goal.reached(value, sign) for value in values)
    sides = [statistics.median(getattr(each, side) for each in searches)
             for side in ("programs", "cpu_s", "wall_s")]  # fmt: skip
    return (
        f"| {label} | {'>=' if sign > 0 else '<='} {goal.wanted:g} "
        f"| {statistics.median(values):.5g} [{values[0]:.5g}, {values[-1]:.5g}] "
        f"| {came} of {len(values)} | {' | '.join(f'{side:.0f}' for side in sides)} |"
    )


if __name__ == "__main__":
    sys.exit(main())

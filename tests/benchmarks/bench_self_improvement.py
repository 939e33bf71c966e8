"""Agents that improve themselves, without a model, under six selection rules at equal evaluations.

    python tests/benchmarks/bench_self_improvement.py [--seeds 5] [--evaluations 1200] [--out runs/self_improvement]
        [--sandbox bubblewrap] [--jobs 2] [--page-only]

Runs `evolve bench` on repair_agent's variant self_improving, measures what each run ships and its seed program on the
training cases, the held-out ones, and on the cases of another random seed, which nobody has seen and nothing chose, and
writes a part of docs/benchmarks.md. Interrupted, the same command goes on. ``--page-only`` writes the page from the runs
there are, of the seeds that every rule has finished.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import textwrap
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from page import write_part

from cladogen.bench.arm import read_arms
from cladogen.bench.contest import Contestant, read_contestant, trials
from cladogen.bench.trial import BenchRun, Measured, finished
from cladogen.events import Silent
from cladogen.search.matched_test import ALPHA, matched_test
from cladogen.session import open_evaluator
from cladogen.settings import Settings
from cladogen.view.reports.improvers import improver_gains, improvers_of
from cladogen.view.run_reader import RunReader

ROOT = Path(__file__).parents[2]
PROBLEM = f"{ROOT / 'problems' / 'repair_agent'}:self_improving"
ARMS = "iid,sequential,greedy,dgm,hyperagents,clade"
SEALED = 1000  # added to a run's random seed: draws bugs that no run has seen
TARGET, MINUTES = 32, 10
FILE = "splits.json"


@dataclass(frozen=True)
class Splits:
    """Cases that the seed program and what ships solve; ``sealed`` pairs are (seed, ships) a case."""

    train: tuple[int, int, int]  # seed program, ships, cases
    heldout: tuple[int, int, int]
    sealed: tuple[int, int, int]
    better: int  # sealed cases that only what ships solves
    worse: int


def main() -> int:
    """Run what has not been run, measure it, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--evaluations", type=int, default=1200)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "self_improvement")
    parser.add_argument("--sandbox", default="bubblewrap")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--page-only", action="store_true")
    args = parser.parse_args()
    if not args.page_only:
        subprocess.run(command(args), check=True)
    given = {
        "max_evaluations": args.evaluations, "sandbox": args.sandbox, "workers": 1,
        "proposer_options": {"sandbox": args.sandbox},
    }  # fmt: skip
    entry = read_contestant(PROBLEM, given)
    done = {
        (trial.arm, trial.seed): (trial, value)
        for trial in trials([entry], read_arms(ARMS, only=True), args.seeds, args.out, 0)
        if (value := finished(trial)) is not None
    }
    arms = ARMS.split(",")
    whole = [seed for seed in range(args.seeds) if all((arm, seed) in done for arm in arms)]
    if not whole:
        print("no random seed is finished under every rule; the same command goes on")
        return 1
    splits = {key: measured(entry, trial) for key, (trial, _) in done.items() if key[1] in whole}
    write_part("Agents that improve themselves, compared", page(args, whole, done, splits))
    return 0


def command(args: argparse.Namespace) -> list[str]:
    return [
        sys.executable, "-m", "cladogen.cli.main", "bench", PROBLEM, "--arms", ARMS, "--only",
        "--max-evaluations", str(args.evaluations), "--points", "0", "--workers", "1", "--seeds", str(args.seeds),
        "--jobs", str(args.jobs), "--sandbox", args.sandbox, "--proposer-option", f"sandbox={args.sandbox}",
        "--out", str(args.out),
    ]  # fmt: skip


# -- what a run's programs solve


def measured(entry: Contestant, trial: BenchRun) -> Splits:
    """Return what the seed program and what ships solve, measured once and then read again."""
    path = Path(trial.folder) / FILE
    if not path.exists():
        found = asyncio.run(measure(entry, trial))
        path.write_text(json.dumps(asdict(found)), encoding="utf-8")
    values = json.loads(path.read_text(encoding="utf-8"))
    return Splits(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


async def measure(entry: Contestant, trial: BenchRun) -> Splits:
    with RunReader(Path(trial.folder)) as reader:
        both = [reader.program(0), reader.program(reader.ships or 0)]
    settings = Settings.from_json(trial.settings)
    counts = {}
    for name, seed in (("own", trial.seed), ("other", trial.seed + SEALED)):
        problem = entry.problem.with_seed(seed)
        async with open_evaluator(problem, settings, "splits", Silent()) as (evaluator, _):
            cases = {
                "train": tuple(evaluator.train), "heldout": tuple(evaluator.heldout),
            }  # fmt: skip
            for split, names in cases.items():
                rows = [await evaluator.evaluate(program, names) for program in both]
                counts[name, split] = [
                    [row.metrics.get("solved", 0.0) == 1.0 for row in each] for each in rows
                ]
    sealed = [counts["other", "train"][at] + counts["other", "heldout"][at] for at in range(2)]
    pairs = list(zip(*sealed, strict=True))
    return Splits(
        totals(counts["own", "train"]),
        totals(counts["own", "heldout"]),
        totals(sealed),
        sum(ships and not seed for seed, ships in pairs),
        sum(seed and not ships for seed, ships in pairs),
    )


def totals(both: list[list[bool]]) -> tuple[int, int, int]:
    return sum(both[0]), sum(both[1]), len(both[0])


# -- the page


def page(
    args: argparse.Namespace,
    seeds: list[int],
    done: dict[tuple[str, int], tuple[BenchRun, Measured]],
    splits: dict[tuple[str, int], Splits],
) -> str:
    words = (
        "repair_agent's offline self-improver (`--variant self_improving`), no model, one worker: each rule chooses "
        f"whose improver works next, at {args.evaluations} evaluations a run, over {len(seeds)} random seeds (each draws "
        "other bugs). Medians over the seeds, least and most in brackets. Sealed are the 51 bugs of another random seed: "
        "no run has seen them and nothing chose by them. p is of the exact matched test of what ships against the seed "
        "program on them, the largest of the seeds. Seconds are of the run's own clock, two runs at a time at low "
        "priority, on two cores that nine others shared."
    )
    head = (
        "Written by `python tests/benchmarks/bench_self_improvement.py`; do not edit.\n\n"
        f"{textwrap.fill(words, 120)}\n"
    )
    if len(seeds) < args.seeds:
        head += f"\nOf {args.seeds} random seeds every rule has finished {len(seeds)}.\n"
    rows = [
        "| rule | seed program, of 36 | ships, of 36 | held out, of 15 | sealed, of 51 | p | proposals | s |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    arms = sorted(
        ARMS.split(","),
        key=lambda arm: -statistics.median(splits[arm, seed].sealed[1] for seed in seeds),
    )
    for arm in arms:
        mine = [splits[arm, seed] for seed in seeds]
        runs = [done[arm, seed][1] for seed in seeds]
        cells = [
            spread([each.train[0] for each in mine]),
            spread([each.train[1] for each in mine]),
            spread([each.heldout[1] for each in mine]),
            spread([each.sealed[1] for each in mine]),
            f"{max(p_value(each) for each in mine):.2g}",
            spread([run.proposals for run in runs]),
            spread([round(run.seconds) for run in runs]),
        ]
        rows.append(f"| {arm} | " + " | ".join(cells) + " |")
    said = textwrap.fill(f"{sure(arms, seeds, splits)} {target(seeds, done, splits)}", 120)
    return "\n".join([head, *rows, "", said, "", *gains(seeds, done)])


def sure(arms: list[str], seeds: list[int], splits: dict[tuple[str, int], Splits]) -> str:
    """Say by which rules every run ships something better than its seed program."""
    always = [arm for arm in arms if all(p_value(splits[arm, seed]) <= ALPHA for seed in seeds)]
    return (
        f"What ships is better than the seed program on the sealed bugs at the level {ALPHA:g} in every run by: "
        f"{', '.join(always) or 'none'}."
    )


def p_value(found: Splits) -> float:
    """Return the exact one-sided p that what ships solves more sealed cases than the seed program."""
    return matched_test(np.array([1.0] * found.better + [-1.0] * found.worse), binary=True)[1]


def spread(values: list[int]) -> str:
    return f"{statistics.median(values):g} [{min(values):g}, {max(values):g}]"


def target(
    seeds: list[int],
    done: dict[tuple[str, int], tuple[BenchRun, Measured]],
    splits: dict[tuple[str, int], Splits],
) -> str:
    """Say whether the clade archive comes where it is to come."""
    ships = statistics.median(splits["clade", seed].train[1] for seed in seeds)
    took = sorted(done["clade", seed][1].seconds / 60 for seed in seeds)
    middle = statistics.median(took)
    met = ships >= TARGET and middle <= MINUTES
    return (
        f"Aim: by the clade archive at least {TARGET} of 36 within {MINUTES} minutes on two cores, median of five random "
        f"seeds. **{'Held' if met else 'Not held'}**: {ships:g} of 36 in {middle:.1f} minutes, the medians; the longest "
        f"run took {took[-1]:.1f} minutes."
    )


def gains(seeds: list[int], done: dict[tuple[str, int], tuple[BenchRun, Measured]]) -> list[str]:
    """Return what expansions gained by the generation of the improver, all rules' runs together."""
    pairs: list[tuple[int, float]] = []
    for arm in ARMS.split(","):
        for seed in seeds:
            with RunReader(Path(done[arm, seed][0].folder)) as reader:
                pairs += improver_gains(reader)
    report = improvers_of(pairs)
    lines = [
        textwrap.fill(
            "What an expansion gained (the mean change of a child against its parent over the cases of both), by how many "
            "edits lie between the improver and its seed program, all runs together, with a 95 % interval:",
            120,
        ),
        "",
        "| generation | expansions | gain |",
        "| --: | --: | --: |",
    ]
    for each in report.generations:
        half = "" if each.half is None else f" ± {each.half:.2g}"
        lines.append(f"| {each.generation} | {each.expansions} | {each.gain:+.3f}{half} |")
    if report.slope is None or report.low is None or report.high is None:
        return [*lines, "", "Too few to say whether improvers get better at improving."]
    words = "are not seen to get better at improving"
    if report.low > 0:
        words = "get better at improving"
    if report.high < 0:
        words = "get worse at improving (also because there is less left to gain)"
    slope = (
        f"{report.slope:+.3g} a generation, 95 % interval {report.low:+.3g} to {report.high:+.3g}"
    )
    return [*lines, "", f"Improvers {words}: {slope}."]


if __name__ == "__main__":
    sys.exit(main())

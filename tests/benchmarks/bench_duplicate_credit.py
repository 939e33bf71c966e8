"""Whether re-proposing what is known should earn an operator credit: both ways, seed by seed, on three problems.

    python tests/benchmarks/bench_duplicate_credit.py [--seeds 20] [--out runs/duplicate_credit] [--page-only]

Interrupted, the same command goes on. The table goes to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

from page import write_part

from cladogen.archives.base import Result
from cladogen.bench.arm import read_arms
from cladogen.bench.contest import read_contestant, trials
from cladogen.bench.summary import difference, paired
from cladogen.bench.trial import Measured, finished
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.problem import Problem
from cladogen.proposers.gain import Gains
from cladogen.proposers.offline import Offline

ROOT = Path(__file__).parents[2]
BUDGETS = {"online_bin_packing": 3000, "cap_set": 1500, "circle_packing": 800}
ARCHIVE = "map_elites"
WAYS = {"nothing": "offline", "its original's gain": "bench_duplicate_credit:DuplicatesEarn"}
HEADING = "What a duplicate earns"


class CreditDuplicates(Gains):
    """Gains that take a duplicate for a program of its own."""

    def is_new(self, result: Result) -> bool:
        """Say of everything that it is new."""
        return True


class DuplicatesEarn(Offline):
    """What `evolve run` uses without a model, with duplicates credited."""

    def __init__(self, problem: Problem, trials: Evaluator, budget: Ledger) -> None:
        super().__init__(problem, trials, budget)
        self.gains = CreditDuplicates()


def main() -> int:
    """Run what has not been run, and write the part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "duplicate_credit")
    parser.add_argument("--page-only", action="store_true")
    args = parser.parse_args()
    if not args.page_only:
        for problem in BUDGETS:
            for way in WAYS:
                run(problem, way, args)
    write_part(HEADING, page(args.seeds, args.out))
    return 0


def run(problem: str, way: str, args: argparse.Namespace) -> None:
    """Run every seed of one problem one way."""
    path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    command = [
        sys.executable, "-m", "cladogen.cli.main", "bench", str(ROOT / "problems" / problem), "--only",
        "--arms", ARCHIVE, "--baseline", ARCHIVE, "--proposer", WAYS[way], "--points", "0",
        "--max-evaluations", str(BUDGETS[problem]), "--sandbox", "bubblewrap", "--workers", "1",
        "--seeds", str(args.seeds), "--jobs", str(args.jobs), "--out", str(folder(args.out, way)),
    ]  # fmt: skip
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": path})


def folder(out: Path, way: str) -> Path:
    return out / WAYS[way].rpartition(":")[2]


def page(seeds: int, out: Path) -> str:
    """Return the part of the page."""
    words = (
        "An operator that makes a program which is known already (the same text, or the same behaviour) may be given "
        "nothing, or the gain that the original has over the parent. Both ways from the same seeds, at equal numbers of "
        f"evaluations, archive {ARCHIVE}, one worker, held-out value where there are held-out cases; the difference is "
        "paired by seed and turned so that positive speaks for giving nothing, with Student's 95 % interval."
    )
    command = f"    python tests/benchmarks/bench_duplicate_credit.py --seeds {seeds}"
    head = "| problem | evaluations | seeds | nothing | its original's gain | difference [95 %] |"
    table = [
        head,
        "| --- | --: | --: | --: | --: | --: |",
        *(row(name, seeds, out) for name in BUDGETS),
    ]
    return "\n\n".join((textwrap.fill(words, 120), command, "\n".join(table)))


def row(problem: str, seeds: int, out: Path) -> str:
    """Return a problem's line of the table."""
    entry = read_contestant(str(ROOT / "problems" / problem), {"max_evaluations": BUDGETS[problem]})
    nothing, original = (measured(problem, way, seeds, out) for way in WAYS)
    gap = difference(paired(entry.problem.objective, nothing, original))
    assert gap is not None
    return (
        f"| {problem} | {BUDGETS[problem]} | {gap.pairs} | {mean(nothing.values()):.4f} | {mean(original.values()):.4f} "
        f"| {gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}] |"
    )


def measured(problem: str, way: str, seeds: int, out: Path) -> dict[int, Measured]:
    """Return what the finished trials came to, by seed."""
    given = {
        "max_evaluations": BUDGETS[problem], "sandbox": "bubblewrap", "workers": 1, "proposer": WAYS[way],
    }  # fmt: skip
    entry = read_contestant(str(ROOT / "problems" / problem), given)
    every = trials([entry], read_arms(ARCHIVE, only=True), seeds, folder(out, way), 0)
    return {trial.seed: value for trial in every if (value := finished(trial)) is not None}


def mean(values: Iterable[Measured]) -> float:
    found = [each.value for each in values if each.value is not None]
    return sum(found) / len(found)


if __name__ == "__main__":
    sys.exit(main())

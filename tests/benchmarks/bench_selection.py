"""Every selection rule on three problems: runs `evolve bench` on each and writes docs/benchmarks.md and its figures.

    python tests/benchmarks/bench_selection.py [--seeds 10] [--out runs/selection] [--page-only]

Interrupted, the same command goes on. ``--page-only`` writes the page from the runs there are: of each problem, the
seeds that every rule has finished.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

from page import write_part

from cladogen.archives import NAMES
from cladogen.bench.arm import BASELINES, read_arms
from cladogen.bench.contest import Contestant, Done, read_contestant, results, trials
from cladogen.bench.report import BenchReport
from cladogen.bench.trial import finished

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RULES = [name for name in NAMES if name not in BASELINES]
RULES.insert(RULES.index("clade") + 1, "clade:counts=own")


@dataclass(frozen=True)
class Part:
    """A problem, its budget and what the page says of it."""

    problem: str
    evaluations: int
    points: int
    sandbox: str
    words: str


PARTS = (
    Part(
        "latent_tree", 800, 40, "auto",
        "The world without a model: agents are two hidden numbers, and a good result today may come of a lineage that "
        "leads nowhere ([statement](../problems/latent_tree/statement.md)). The value is the true quality of the agent "
        "that ships. Rules that measure whole agents spend ten to sixty evaluations on each; the clade archive spends "
        "them one at a time. Over 250 seeds: greedy .49, Hyperagents .60, Darwin Gödel Machine .63, clade archive on "
        "own counts .81, on clade counts .88; where lineages tell nothing (the variant `null`) .67 and .70.",
    ),
    Part(
        "cap_set", 500, 12, "bubblewrap",
        "A priority over the vectors of Z_3^8, taken greedily into a set without lines; mutation and tuning, no model. "
        "There is one training case and no held-out one, so rules that compare cases have nothing to compare.",
    ),
    Part(
        "online_bin_packing", 500, 12, "bubblewrap",
        "A priority over bins, four training cases, 20 published instances held out; mutation and tuning, no model. "
        "500 evaluations are some 120 programs: the budget is small so that every rule can be run, and shows "
        "how rules start, not where they end.",
    ),
)  # fmt: skip

PAGE = """Written by `python tests/benchmarks/bench_selection.py`; do not edit.

Every rule that `evolve` knows, at one budget of evaluations per problem (a rule that measures whole programs ends when
what is left does not pay for another, which the column shows). The gain is the mean of the differences to `greedy`,
seed by seed, turned so that positive is better, with Student's 95 % interval; an interval that holds 0 shows no
difference. Costs are means over the seeds. In the figures the line is the mean of what would have shipped after so many
evaluations, the band its standard error.

What `evolve bench` does and takes: `evolve bench --help`. One's own rule is compared by its name, and arms may differ in
an option of their proposer, so that a part of the prompts can be switched off and measured:

    evolve bench problems/latent_tree --arms clade,mypackage.rules:Newest --seeds 20 --max-evaluations 800
    evolve bench problems/circle_packing --model NAME --max-calls 60 --only --baseline map_elites \\
        --arms map_elites,map_elites:proposer.notes_every=0
"""


def main() -> int:
    """Run what has not been run, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "selection")
    parser.add_argument("--page-only", action="store_true")
    args = parser.parse_args()
    if not args.page_only:
        for part in PARTS:
            subprocess.run(
                [*command(part), "--seeds", str(args.seeds), "--out", str(args.out)], check=True
            )
    sections = [section(part, args.seeds, args.out) for part in PARTS]
    write_part("Selection rules, compared", "\n".join([PAGE, *sections]))
    return 0


def command(part: Part) -> list[str]:
    """Return the command that runs a part."""
    return [
        sys.executable, "-m", "cladogen.cli.main", "bench", str(ROOT / "problems" / part.problem),
        "--arms", ",".join(RULES), "--max-evaluations", str(part.evaluations), "--points", str(part.points),
        "--sandbox", part.sandbox,
    ]  # fmt: skip


def section(part: Part, seeds: int, out: Path) -> str:
    """Return a part's section, and write its figure."""
    given = {"max_evaluations": part.evaluations, "sandbox": part.sandbox}
    entry = read_contestant(str(ROOT / "problems" / part.problem), given)
    done, whole = found(entry, seeds, out, part.points)
    report = BenchReport(entry, results(entry, done, "greedy"), done, "greedy")
    figures = DOCS / "figures"
    figures.mkdir(exist_ok=True)
    (figures / f"{part.problem}.svg").write_text(report.figure, encoding="utf-8")
    words = textwrap.fill(f"{part.words} {part.evaluations} evaluations for each run.", 120)
    if whole < seeds:
        words += f"\n\nOf {seeds} seeds every rule has finished {whole}, which tell little: the same command goes on."
    image = f"![what ships against evaluations](figures/{part.problem}.svg)"
    return f"## {part.problem}\n\n{words}\n\n{report.markdown}\n{image}\n"


def found(entry: Contestant, seeds: int, out: Path, points: int) -> tuple[Done, int]:
    """Return what was measured for the seeds that every rule has finished, and how many those are."""
    arms = read_arms(",".join(RULES))
    measured = {
        (trial.arm, trial.seed): value
        for trial in trials([entry], arms, seeds, out, points)
        if (value := finished(trial)) is not None
    }
    whole = [seed for seed in range(seeds) if all((arm.label, seed) in measured for arm in arms)]
    done = {
        (entry.name, arm.label): {seed: measured[arm.label, seed] for seed in whole} for arm in arms
    }
    return done, len(whole)


if __name__ == "__main__":
    sys.exit(main())

"""What prompts and selection are worth, without a model: a scripted one answers real runs on loopback.

    python tests/benchmarks/bench_prompts.py --before CHECKOUT [--seeds 10] [--calls 60] [--out runs/prompts]
                                             [--problems circle_packing,repair_agent] [--keep-going 4] [--arms before,now]

The model (tests/support/scripted_model) knows some hundred real edits of a problem's seed, has no memory, and answers
from the prompt alone: it goes on from the best program whose code it sees, leaves what is listed as tried in vain,
takes over what helped, and looks where the figures point. It is asked through a real HTTP server by `evolve run`.

For each problem, with one worker and as many calls: the engine of ``--before`` (its default archive), today's default,
and today's `sequential` and `iid`. Printed are, of all prompts after something beat the seed, the shares that hold the
best program's code and that of one of another line; statements about the run that its record does not bear out; the
share of a prompt that begins as an earlier one of its parent did; the score at the end; and how many calls the earlier
engine needs for the score that today's has after ``--calls``, with Student's 95 % interval over seeds of its logarithm;
and, for a world whose edits are soon all made, how many it needs over those that today's itself needed to come there.
A run of the earlier engine goes on, ``--calls`` at a time, until it has the score that today's has after ``--calls``, at most
to ``--keep-going`` times as many; one that never gets there counts as getting there with the last, so the ratio is a lower
bound. A ratio of single runs depends much on what either happens to draw first; with ``--whole`` the earlier engine
makes all of its calls, and printed is after how many its mean over seeds is what today's is after ``--calls``, with a
bootstrap interval over seeds. Interrupted, the same command goes on. ``--arms`` makes the runs of some arms only; the
tables are of those.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]

import numpy as np  # noqa: E402
from provider.server import FakeProvider  # noqa: E402
from scipy.stats import t as student  # noqa: E402
from scripted_model.answering import ScriptedModel  # noqa: E402
from scripted_model.audit import Audit, audit  # noqa: E402
from scripted_model.kits import KITS  # noqa: E402

from cladogen.problem import load  # noqa: E402
from cladogen.problem.problem import Metric  # noqa: E402
from cladogen.view.run_reader import RunReader  # noqa: E402

DRAWS = 10_000  # of seeds, for a bootstrap interval
FIXED = ("--workers", "1", "--sandbox", "local", "--plain", "--proposer-option", "polish=0")


@dataclass(frozen=True)
class Arm:
    """An engine with an archive: its name, its checkout, and how many calls it may make."""

    name: str
    checkout: Path
    archive: str
    calls: int


@dataclass
class Found:
    """What one run came to: the best training score after each call, and the audit of its prompts."""

    curve: list[float]
    audit: dict[str, object]


def main() -> None:
    """Run what was not run, and print a table for each problem."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--before",
        type=Path,
        required=True,
        help="a checkout of the earlier engine, set up with make",
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--keep-going", type=int, default=4)
    parser.add_argument("--arms", default="", help="make the runs of these arms only, no table")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--problems", default=",".join(KITS))
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "prompts")
    args = parser.parse_args()
    arms = (
        Arm("now", ROOT, "map_elites", args.calls),
        Arm("before", args.before, "map_elites", args.calls * args.keep_going),
        Arm("sequential", ROOT, "sequential", args.calls),
        Arm("iid", ROOT, "iid", args.calls),
    )
    if args.arms:
        arms = tuple(arm for arm in arms if arm.name in args.arms.split(","))
    today = next((arm for arm in arms if arm.name == "now"), None)
    ratios: list[float] = []
    for problem in args.problems.split(","):
        goal = load(KITS[problem].folder, seeds=False).objective
        runs: dict[str, list[Found]] = {arm.name: [] for arm in arms}
        for seed in range(args.seeds):
            wanted = math.inf
            for arm in arms:
                found = run(problem, arm, seed, args.out, goal, args.calls, wanted)
                runs[arm.name].append(found)
                if arm is today and not args.whole:
                    wanted = goal.sign * found.curve[min(args.calls, len(found.curve)) - 1]
        if {"now", "before"} <= set(runs):
            ratios += table(problem, goal, runs, args.calls)
        elif "now" in runs:
            figures(problem, goal, runs, args.calls)
    if len(ratios) > args.seeds:
        print(f"all problems: {interval(ratios)}")


def run(
    problem: str, arm: Arm, seed: int, out: Path, goal: Metric, step: int, wanted: float
) -> Found:
    """Return what a run came to, from the folder where it is there; it goes on, ``step`` calls at a
    time, until its score is ``wanted``.
    """
    place = out / f"{problem}-{arm.name}-{arm.calls}-{seed}.json"
    if not place.exists():
        folder = out / f"{problem}-{arm.name}-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        calls, best = 0, -math.inf
        while calls < arm.calls and best < wanted:
            made, calls = calls, min(calls + step, arm.calls)
            model = ScriptedModel(KITS[problem], goal.name, goal.sign, seed, before=made)
            search(problem, arm, model, folder, calls)
            best = goal.sign * curve(folder, calls, goal)[-1]
        place.write_text(
            json.dumps(asdict(Found(curve(folder, calls, goal), asdict(audit(folder)))))
        )
        shutil.rmtree(folder)
    return Found(**json.loads(place.read_text()))


def search(problem: str, arm: Arm, model: ScriptedModel, folder: Path, calls: int) -> None:
    """Run `evolve run` of the arm's engine against the scripted model, or go on with it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FakeProvider(model) as provider:
        command = [
            str(arm.checkout / ".venv" / "bin" / "evolve"), "run", str(arm.checkout / "problems" / problem), "--run", str(folder),
            "--seed", str(model.seed), "--model", "openai/scripted", "--api-base", provider.url, "--archive", arm.archive,
            "--max-calls", str(calls), *FIXED,
        ]  # fmt: skip
        environment = {**os.environ, "OPENAI_API_KEY": ""}
        ended = subprocess.run(
            command, check=False, capture_output=True, env=environment, text=True
        )
        if ended.returncode:
            raise SystemExit(f"{' '.join(command)}\n{ended.stdout}{ended.stderr}")


def curve(folder: Path, calls: int, goal: Metric) -> list[float]:
    """Return the best training score after each call, in the objective's own sign."""
    with RunReader(folder) as past:
        scores = {entry.number: entry.score.fitness for entry in past.entries}
        when = {entry.number: entry.node.ticket for entry in past.entries}
        tickets = [
            ticket
            for (ticket,) in past.store.database.execute("SELECT ticket FROM calls ORDER BY id")
        ]
    best, found = -math.inf, []
    for call, ticket in enumerate(tickets[:calls]):
        later = tickets[call + 1] if call + 1 < len(tickets) else math.inf
        known = [
            fit
            for number, fit in scores.items()
            if fit is not None and when[number] < max(later, ticket + 1)
        ]
        best = max([best, *known])
        found.append(goal.sign * best)
    return found


def table(problem: str, goal: Metric, runs: dict[str, list[Found]], calls: int) -> list[float]:
    """Print a problem's tables; return the ratio of calls for each seed."""
    figures(problem, goal, runs, calls)
    if all(len(one.curve) > calls for one in runs["before"]):
        print(f"By means over seeds: {by_means(runs['before'], runs['now'], calls, goal)}")
    ratios = [
        ratio(before, now, calls, goal)
        for before, now in zip(runs["before"], runs["now"], strict=True)
    ]
    print(
        f"\nCalls that the earlier engine needs for the score of today's after {calls}: {interval(ratios)}\n",
        flush=True,
    )
    pairs = list(zip(runs["before"], runs["now"], strict=True))
    sooner = [
        reached(before, now, calls, goal) / reached(now, now, calls, goal) for before, now in pairs
    ]
    print(
        f"Calls to that score, the earlier engine's over today's own: {interval(sooner)}\n",
        flush=True,
    )
    return ratios


def figures(problem: str, goal: Metric, runs: dict[str, list[Found]], calls: int) -> None:
    """Print what each arm came to, and what its prompts showed."""
    print(
        f"## {problem}: {goal.name} ({goal.direction}), {calls} calls, {len(runs['now'])} seeds\n"
    )
    print(
        "| engine | score | best's code | another line's | parent among three best | false | statements | shared |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, found in runs.items():
        whole = Audit()
        for one in found:
            whole += Audit(**one.audit)
        scores = [one.curve[min(calls, len(one.curve)) - 1] for one in found]
        print(
            f"| {name} | {statistics.mean(scores):.4g} ± {spread(scores):.2g} | {whole.best_shown / max(1, whole.prompts):.0%} "
            f"| {whole.other_shown / max(1, whole.other_line):.0%} | {whole.three_best / max(1, whole.prompts):.0%} "
            f"| {len(whole.false)} | {whole.made} | {statistics.mean(whole.shared or [0.0]):.0%} |"
        )


def by_means(before: list[Found], now: list[Found], calls: int, goal: Metric) -> str:
    """Return after how many calls the earlier engine's mean is today's after ``calls``, over
    ``calls``, with a 95 % interval by bootstrap over seeds (Efron, Ann. Statist. 7, 1979).
    """
    length = min(len(one.curve) for one in before)
    early = goal.sign * np.array([one.curve[:length] for one in before])
    late = goal.sign * np.array([one.curve[min(calls, len(one.curve)) - 1] for one in now])
    rng, drawn = np.random.default_rng(0), []
    for _ in range(DRAWS):
        rows, others = (rng.integers(0, len(each), len(each)) for each in (early, late))
        drawn.append(needed(early[rows].mean(axis=0), late[others].mean()) / calls)
    low, high = np.quantile(drawn, (0.025, 0.975))
    found = needed(early.mean(axis=0), late.mean()) / calls
    return (
        f"{found:.2f} times as many calls [{low:.2f}, {high:.2f}], at most {length / calls:.1f} by "
        f"{length} calls made, {len(early)} and {len(late)} seeds"
    )


def needed(curve: np.ndarray, wanted: float) -> int:
    """Return the call after which a mean curve is at ``wanted``, its last where it never is."""
    there = np.flatnonzero(curve >= wanted)
    return int(there[0]) + 1 if len(there) else len(curve)


def ratio(before: Found, now: Found, calls: int, goal: Metric) -> float:
    """Return how many times as many calls the earlier engine needs, at most as many as it made."""
    return reached(before, now, calls, goal) / calls


def reached(found: Found, now: Found, calls: int, goal: Metric) -> int:
    """Return the call after which a run has the score that today's has in the end, its last where it never has."""
    wanted = goal.sign * now.curve[min(calls, len(now.curve)) - 1]
    return next(
        (call for call, value in enumerate(found.curve, 1) if goal.sign * value >= wanted),
        len(found.curve),
    )


def interval(ratios: list[float]) -> str:
    """Return the geometric mean of ratios with its 95 % interval, and their median."""
    logs = [math.log(each) for each in ratios]
    mean = statistics.mean(logs)
    half = spread(logs)
    middle = statistics.median(ratios)
    return (
        f"{math.exp(mean):.2f} times as many [{math.exp(mean - half):.2f}, {math.exp(mean + half):.2f}], "
        f"median {middle:.2f}, {len(ratios)} runs"
    )


def spread(values: list[float]) -> float:
    """Return half the width of Student's 95 % interval of the mean."""
    if len(values) < 2:
        return math.nan
    return (
        float(student.ppf(0.975, len(values) - 1))
        * statistics.stdev(values)
        / math.sqrt(len(values))
    )


if __name__ == "__main__":
    main()

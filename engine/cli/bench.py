"""``evolve bench``: compare selection rules on problems, at one budget, seed by seed."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path
from cladogen.cli.outlets import say
from cladogen.cli.run_options import add_budget, add_model, add_proposer, add_sandbox, given_by

if TYPE_CHECKING:
    from cladogen.bench.arm import Arm
    from cladogen.bench.contest import Contestant, Done
    from cladogen.bench.summary import ArmRow
    from cladogen.bench.trial import BenchRun, Measured

EXIT_FAILED, EXIT_INTERRUPTED = 4, 130


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "bench",
        help="compare archives on problems at equal budgets",
        description="Run every arm with every random seed on every problem, at the same budget, "
        "and compare. The same command resumes; what is finished is not run again.",
    )
    parser.add_argument("problem", nargs="+", metavar="PROBLEM[:VARIANT]", help="a problem folder")
    _add_contest(parser)
    group = parser.add_argument_group("search")
    group.add_argument("--workers", type=int, metavar="N", help="tasks in flight at once in a run")
    add_proposer(group)
    add_budget(parser.add_argument_group("budget of each run"))
    add_model(parser.add_argument_group("model (keys come from the environment only)"))
    add_sandbox(parser.add_argument_group("sandbox"))
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line; the last holds the table"
    )


def _add_contest(parser: Any) -> None:
    parser.add_argument(
        "--arms", default="map_elites", metavar="A,B,...",
        help="selection rules, by name or import path, with options, also for the proposer, and "
        "settings of the run: dgm,clade:counts=own,map_elites:proposer.notes_every=0,"
        "map_elites:run.coevolve=true (iid, sequential and greedy are always run beside them)",
    )  # fmt: skip
    parser.add_argument("--only", action="store_true", help="run the named arms and no other")
    parser.add_argument(
        "--seeds", type=int, default=10, metavar="N", help="random seeds 0 to N-1 (default 10)"
    )
    parser.add_argument(
        "--baseline",
        default="greedy",
        metavar="ARM",
        help="the arm that others are compared with (default greedy)",
    )
    parser.add_argument(
        "--out",
        type=a_path,
        default=Path("runs/bench"),
        metavar="DIR",
        help="where the runs are (default runs/bench)",
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="runs at the same time"
    )
    parser.add_argument(
        "--points",
        type=int,
        default=40,
        metavar="N",
        help="points of the curve, measured after each run (0: none)",
    )


def run(args: argparse.Namespace) -> int:
    """Run the contest; return 0, 4 when a trial failed, 130 when it was interrupted."""
    from cladogen.bench.contest import read_contestant, trials
    from cladogen.bench.pool import run_all
    from cladogen.cli.until_done import until_done

    arms = _arms(args)
    entries = [read_contestant(text, given_by(args)) for text in args.problem]
    planned = trials(entries, arms, args.seeds, args.out, args.points)
    contest = _Contest(args, entries, {(e.name, arm.label): {} for e in entries for arm in arms})
    waiting = contest.take_up(planned)

    async def searched() -> bool:
        with contest.bar:
            contest.bar.begin(len(waiting))
            return await run_all(waiting, args.jobs, contest.told)

    whole = until_done(searched())
    _report(args, entries, contest.done)
    if not whole:
        say("evolve bench: interrupted; the same command goes on")
        return EXIT_INTERRUPTED
    failed = any(each.failed for by_seed in contest.done.values() for each in by_seed.values())
    return EXIT_FAILED if failed else 0


def _arms(args: argparse.Namespace) -> Sequence[Arm]:
    """Return the arms; raises ConfigError for what cannot be compared."""
    from cladogen.bench.arm import read_arms
    from cladogen.errors import ConfigError

    if args.seeds < 1 or args.jobs < 1:
        raise ConfigError("evolve bench: --seeds and --jobs must be at least 1")
    arms = read_arms(args.arms, only=args.only)
    if args.baseline not in {arm.label for arm in arms}:
        raise ConfigError(
            f"evolve bench: the baseline {args.baseline!r} is none of the arms; name one of them "
            "with --baseline"
        )
    return arms


class _Contest:
    """What is done of a contest, shown as it comes."""

    def __init__(self, args: argparse.Namespace, entries: Sequence[Contestant], done: Done) -> None:
        from cladogen.display.progress_bar import ProgressBar

        self.args, self.entries, self.done = args, entries, done
        self.planned = 0
        self.bar = ProgressBar("bench", "runs", quiet=args.json)

    def take_up(self, planned: Sequence[BenchRun]) -> list[BenchRun]:
        """Take what was finished before; return the trials that are left."""
        from cladogen.bench.contest import name_of

        self.planned, waiting = len(planned), []
        for trial in planned:
            measured = self._finished(trial)
            if measured is None:
                waiting.append(trial)
            else:
                self.done[name_of(trial, self.entries), trial.arm][trial.seed] = measured
        if len(waiting) < len(planned) and not self.args.json:
            say(f"resumed: {len(planned) - len(waiting)} of {len(planned)} runs are finished")
        return waiting

    def told(self, trial: BenchRun, measured: Measured) -> None:
        """Note and show what a trial came to."""
        from cladogen.bench.contest import name_of

        name = name_of(trial, self.entries)
        self.done[name, trial.arm][trial.seed] = measured
        self.bar.step()
        if self.args.json:
            about = {"arm": trial.arm, "seed": trial.seed, "folder": trial.folder}
            body = {"event": "run", "problem": name, **about, **asdict(measured), "curve": None}
            print(json.dumps(body), flush=True)
            return
        came = f"failed: {measured.failed}"
        if measured.value is not None:
            came = f"{measured.value:.6g}"
        count = sum(map(len, self.done.values()))
        self.bar.say(f"{count}/{self.planned}  {name}  {trial.arm}  seed {trial.seed}  {came}")

    def _finished(self, trial: BenchRun) -> Measured | None:
        from cladogen.bench.trial import finished, outgrown
        from cladogen.errors import ConfigError

        measured = finished(trial)
        if measured is None and outgrown(trial):
            raise ConfigError(
                f"--out {self.args.out}: runs there had a larger budget than this one; name "
                "another folder"
            )
        return measured


def _report(args: argparse.Namespace, entries: Sequence[Contestant], done: Done) -> None:
    """Print the tables, write them and the figures into the folder of the contest."""
    from cladogen.bench.contest import results
    from cladogen.bench.report import BenchReport, write

    reports = [
        BenchReport(entry, results(entry, done, args.baseline), done, args.baseline)
        for entry in entries
    ]
    figures = write(args.out, reports)
    if args.json:
        print(
            json.dumps(_json(args, [row for report in reports for row in report.rows], figures)),
            flush=True,
        )
        return
    for report in reports:
        print(f"\n{report.heading}\n\n{report.text}")
    print(f"\nruns, tables and figures: {args.out}")


def _json(
    args: argparse.Namespace, rows: Sequence[ArmRow], figures: Sequence[Path]
) -> dict[str, Any]:
    return {
        "event": "table",
        "baseline": args.baseline,
        "seeds": args.seeds,
        "interval": "Student's 95 % interval of the mean paired difference",
        "arms": list(map(asdict, rows)),
        "figures": list(map(str, figures)),
        "out": str(args.out),
    }

"""A contest: the trials of every arm on every problem, what is done of them, and what they add up
to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cladogen.archives.options import make_archive
from cladogen.bench.arm import Arm
from cladogen.bench.summary import ArmRow, rows
from cladogen.bench.trial import BenchRun, Measured
from cladogen.errors import ConfigError
from cladogen.problem import Problem, load
from cladogen.problem.edits import folder_hash
from cladogen.settings import Settings

BUDGETS = {"max_usd", "max_tokens", "max_calls", "max_evaluations", "max_proposals", "max_seconds"}


@dataclass(frozen=True, slots=True)
class Contestant:
    """A problem to compare on; ``settings`` hold its defaults and the budget, but no archive and no
    seed yet.
    """

    name: str
    problem: Problem
    settings: Settings


Done = dict[tuple[str, str], dict[int, Measured]]  # (problem, arm) -> seed -> what was measured


def read_contestant(text: str, given: Mapping[str, Any]) -> Contestant:
    """Read ``FOLDER`` or ``FOLDER:VARIANT``; ``given`` settings go over the problem's defaults."""
    path, variant = text, ""
    if not Path(text).is_dir() and ":" in text:
        path, _, variant = text.rpartition(":")
    problem = load(Path(path), variant)
    # A budget on the command line is the whole budget: a default in seconds would end some runs
    # before they used it.
    named = BUDGETS & given.keys()
    defaults = {
        name: value for name, value in problem.defaults.items() if not (named and name in BUDGETS)
    }
    settings = (
        Settings().over(defaults, f"{path}/problem.toml [defaults]").over(given, "evolve bench")
    )
    caps = settings.caps
    if all(
        cap is None
        for cap in (
            caps.evaluations,
            caps.proposals,
            caps.seconds,
            caps.usd,
            caps.tokens,
            caps.calls,
        )
    ):
        raise ConfigError(
            f"evolve bench: {text} has no budget to be matched; give one, such as "
            "--max-evaluations 800"
        )
    return Contestant(
        problem.name + (f":{variant}" if variant else ""),
        problem,
        replace(settings, variant=variant),
    )


def trials(
    entries: Sequence[Contestant], arms: Sequence[Arm], seeds: int, out: Path, points: int
) -> list[BenchRun]:
    """Return every trial, seed by seed, so that a contest that was cut short has whole pairs."""
    names = [entry.name for entry in entries]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise ConfigError(
            f"two problems are named {twice!r}; change the name in the problem.toml of one"
        )
    for entry in entries:
        for arm in arms:  # an unknown name or option is an error before anything is run
            make_archive(arm.archive, entry.problem.space(), arm.options, entry.problem.folder)
    hashes = {entry.name: folder_hash(entry.problem.folder) for entry in entries}
    return [
        BenchRun(
            str(entry.problem.folder),
            hashes[entry.name],
            arm.label,
            seed,
            str(out / entry.name.replace(":", "-") / arm.slug / f"seed-{seed}"),
            replace(
                entry.settings, archive=arm.archive, archive_options=arm.options, seed=seed
            ).to_json(),
            points,
        )
        for seed in range(seeds)
        for entry in entries
        for arm in arms
    ]


def name_of(trial: BenchRun, entries: Sequence[Contestant]) -> str:
    """Return the name of a trial's problem."""
    variant = trial.settings["variant"]
    return next(
        entry.name for entry in entries
        if str(entry.problem.folder) == trial.problem and entry.settings.variant == variant
    )  # fmt: skip


def results(entry: Contestant, done: Done, baseline: str) -> tuple[ArmRow, ...]:
    """Return the rows of one problem, the best arm first."""
    arms = {
        arm: by_seed
        for (problem, arm), by_seed in done.items()
        if problem == entry.name and by_seed
    }
    return rows(entry.name, entry.problem.objective, arms, baseline)

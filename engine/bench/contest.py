"""A contest: the trials of every arm on every problem, what is done of them, and what they add up
to.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cladogen.archives.options import make_archive
from cladogen.bench.arm import Arm
from cladogen.bench.summary import ArmRow, rows
from cladogen.bench.trial import BUDGETS as CAPS
from cladogen.bench.trial import BenchRun, Measured
from cladogen.errors import ConfigError
from cladogen.problem import Problem, load
from cladogen.problem.edits import folder_hash
from cladogen.problem.shipped import named
from cladogen.session.proposer import make_proposer
from cladogen.settings import Settings

BUDGETS = {f"max_{name}" for name in CAPS}
WHO = {"proposer", "specialists", "models"}  # settings that say who proposes


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
    problem = load(named(path), variant).need_seed()
    defaults = dict(problem.defaults)
    if BUDGETS & given.keys():
        # A budget on the command line is the whole budget: a default in seconds would end some
        # runs before they used it.
        defaults = {name: value for name, value in defaults.items() if name not in BUDGETS}
    settings = Settings().over(defaults, f"{path}/problem.toml [defaults]")
    settings = settings.over(given, "evolve bench")
    if all(getattr(settings.caps, name) is None for name in CAPS):
        raise ConfigError(
            f"evolve bench: {text} has no budget to be matched; give one, such as "
            "--max-evaluations 800"
        )
    name = f"{problem.name}:{variant}" if variant else problem.name
    return Contestant(name, problem, replace(settings, variant=variant))


def trials(
    entries: Sequence[Contestant], arms: Sequence[Arm], seeds: int, out: Path, points: int
) -> list[BenchRun]:
    """Return every trial, seed by seed, so that a contest that was cut short has whole pairs."""
    _check(entries, arms)
    hashes = {entry.name: folder_hash(entry.problem.folder) for entry in entries}
    planned = []
    for seed, entry, arm in itertools.product(range(seeds), entries, arms):
        folder = out / entry.name.replace(":", "-") / arm.slug / f"seed-{seed}"
        settings = replace(settings_of(entry, arm), seed=seed)
        where = str(entry.problem.folder), hashes[entry.name]
        planned.append(BenchRun(*where, arm.label, seed, str(folder), settings.to_json(), points))
    return planned


def settings_of(entry: Contestant, arm: Arm) -> Settings:
    """Return a problem's settings with an arm's rule and options."""
    proposer = {**entry.settings.proposer_options, **arm.proposer_options}
    settings = entry.settings.over(arm.run_options, f"--arms {arm.label}: run")
    return replace(
        settings,
        archive=arm.archive,
        archive_options=arm.options,
        proposer_options=proposer,
    )


def _check(entries: Sequence[Contestant], arms: Sequence[Arm]) -> None:
    """Raise ConfigError for an unknown name or option before anything is run."""
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"two problems are named {name!r}; change the name in the problem.toml of one"
            )
    for entry, arm in itertools.product(entries, arms):
        make_archive(arm.archive, entry.problem.space(), arm.options, entry.problem.folder)
        settings = settings_of(entry, arm)
        if arm.proposer_options or WHO & arm.run_options.keys():
            make_proposer(settings, problem=entry.problem, trials=None, budget=None)


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

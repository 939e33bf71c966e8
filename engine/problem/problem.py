"""Problems: what may change, how the result is scored, and on which cases. Read from a folder's
``problem.toml`` by `cladogen.problem.load`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.errors import ProblemError
from cladogen.evaluation import Evaluation, Score
from cladogen.problem.aggregate import score
from cladogen.problem.coevolution import NO_COEVOLUTION, CoevolutionSettings
from cladogen.problem.space import Axis, IslandPlan, Space
from cladogen.problem.values import (
    NO_PROXY,
    ONE_ROUND,
    Canary,
    Constraint,
    Metric,
    ModelUse,
    Proxy,
    Race,
    Stage,
)
from cladogen.program import File, Program, matches
from cladogen.sandboxes.base import Limits, SandboxNeeds

if TYPE_CHECKING:
    from cladogen.patching.policy import Policy


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem folder, read. `cladogen.problem.load` makes one; every unknown key there is an
    error that names the nearest.

    ``train`` and ``heldout`` name cases; what a case is, only the scorer knows (`cases(parameters)`
    of ``scorer.py``). In the files that ``evolve_blocks`` matches, only what lies between
    EVOLVE-BLOCK markers may change. ``evaluator`` names a class of the folder that judges programs
    itself, in place of sandbox and scorer; then ``entry`` is empty and ``scorer`` is that class's
    file. ``improver`` is the part of a program that improves it, "file.py:function" or a command,
    "" where there is none (`cladogen.proposers.self_improve` runs it). ``protected`` are globs of
    what no patch may change, editable or not; ``hidden`` of files that no prompt shows, unless the
    files that may change import them. ``canaries`` are cases that belong to no split: a
    program that solves one cheats (`cladogen.safety.canary`). ``tasks`` names a folder of tasks
    that programs solve, in place of cases of a scorer (`cladogen.evaluators.tasks`); after
    ``hopeless`` first ones of which a program solves nothing (0: never) the rest are not run.
    ``reported`` says that the
    numbers come from an evaluator that shares a process with the candidate: no score of such a
    problem is certified. ``models`` says that programs may ask models while they are evaluated, and
    how much; None where they may not. ``history`` is what the seed's repository says of itself,
    where the problem asks for it; it is read with the seed. ``to_the_bit`` compares scores to their
    last bit, as runs of earlier versions did; others leave out rounding noise
    (`cladogen.problem.rounding`).
    """

    name: str
    folder: Path
    statement: str
    seeds: tuple[Program, ...]
    editable: tuple[str, ...]
    entry: str | tuple[str, ...]
    build: tuple[str, ...]
    scorer: Path
    scorer_on_host: bool
    objective: Metric
    metrics: tuple[Metric, ...]
    constraints: tuple[Constraint, ...] = ()
    axes: tuple[Axis, ...] = ()
    stages: tuple[Stage, ...] = ()
    repeats: int = 1
    limits: Limits = Limits()
    sandbox: SandboxNeeds = SandboxNeeds()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    target: float | None = None
    best_known: float | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    scorer_time_s: float = 60.0
    scorer_memory_mb: int = 2048
    variants: tuple[str, ...] = ()
    evaluator: str = ""
    evolve_blocks: tuple[str, ...] = ()
    reported: bool = False
    improver: str | tuple[str, ...] = ""
    protected: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    canaries: tuple[Canary, ...] = ()
    tasks: str = ""
    hopeless: int = 0
    race: Race = ONE_ROUND
    proxy: Proxy = NO_PROXY
    coevolution: CoevolutionSettings = NO_COEVOLUTION
    islands: tuple[IslandPlan, ...] = ()
    models: ModelUse | None = None
    blank: Program | None = None
    history: str = ""
    to_the_bit: bool = False

    @property
    def begins_with(self) -> tuple[Program, ...]:
        """The seed programs; where there is none, ``blank``: what first programs are written
        into, its read-only files and an empty file for each that is named.
        """
        return self.seeds or ((self.blank,) if self.blank is not None else ())

    def need_seed(self) -> Problem:
        """Return the problem; raises ProblemError when it has no seed program."""
        if self.seeds:
            return self
        raise ProblemError(
            f"{self.folder / 'seed'}: no seed program; write one there, or have one written: "
            "evolve run with --model NAME, or evolve ask"
        )

    @property
    def policy(self) -> Policy:
        """What a patch may change."""
        entry = self.entry if isinstance(self.entry, str) else ""
        return _policy(self.protected, self.editable, self.evolve_blocks, entry)

    def with_seed(self, seed: int) -> Problem:
        """Return the problem whose scorer draws its cases from ``seed``, unless ``[parameters]``
        fixes one.
        """
        return replace(self, parameters={"seed": seed, **self.parameters})

    def named_metrics(self) -> tuple[str, ...]:
        """Return every metric that metrics, features and constraints name: what each evaluation
        must have.
        """
        metrics = [metric.name for metric in self.metrics] + [axis.metric for axis in self.axes]
        return tuple(dict.fromkeys(metrics + [bound.metric for bound in self.constraints]))

    def space(self, cases: Sequence[str] = ()) -> Space:
        """Return what an archive may know; ``cases`` are the training cases (default: those the
        stages name).
        """
        goal = self.objective
        bounded = None not in (goal.low, goal.high)
        objectives = tuple(metric.name for metric in self.metrics)
        return Space(
            self.axes, objectives, self._scored_cases(cases) or ("all",), bounded,
            folder=self.folder, islands=self.islands, ceiling=goal.ceiling,
        )  # fmt: skip

    def _scored_cases(self, cases: Sequence[str]) -> tuple[str, ...]:
        staged = dict.fromkeys(name for stage in self.stages for name in stage.cases)
        return tuple(case for case in cases or staged if case not in self.proxy.cases)

    def focus(self, island: int) -> str:
        """Return what the prompts of an island say besides, "" for nothing."""
        return self.space().plan(island).focus if self.islands else ""

    def frozen(self, program: Program) -> str:
        """Return "" when everything outside ``editable`` is as in a seed, else what is not, in one
        line.
        """
        kept = self._outside(program)
        seeds = list(map(self._outside, self.begins_with))
        if kept in seeds:
            return ""
        changed = sorted(
            path for path in kept.keys() | seeds[0].keys() if kept.get(path) != seeds[0].get(path)
        )
        path = changed[0]
        named = f"{path}:" if path in kept else f"{path}: missing, and"
        if matches(path, self.protected):
            return f"{named} protected ({', '.join(self.protected)})"
        return f"{named} outside what may change ({', '.join(self.editable)})"

    def may_change(self, path: str) -> bool:
        """Tell whether a patch may change, make or delete a file of this path."""
        return matches(path, self.editable) and not matches(path, self.protected)

    def _outside(self, program: Program) -> dict[str, File]:
        return {path: file for path, file in program.files.items() if not self.may_change(path)}

    def score(self, evaluations: Sequence[Evaluation]) -> Score:
        """Return what the evaluations of one program add up to: see
        `cladogen.problem.aggregate.score`.
        """
        return score(self, evaluations)


@lru_cache(maxsize=64)  # each reply and each child asks for it
def _policy(
    protected: tuple[str, ...], editable: tuple[str, ...], blocks: tuple[str, ...], entry: str
) -> Policy:
    from cladogen.patching.policy import Policy

    return Policy(protected=protected, editable=editable, evolve_blocks_in=blocks, entry=entry)

"""The evaluator: run a program in a sandbox, hand what it returned to the trusted scorer, write
down what came of it.

Cases with equal inputs share one run of the program, and equal outputs share one score. Training
cases run in the problem's stages, so that a program that fails on the cheap ones is not run on the
rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cladogen.errors import ConfigError, ProblemError
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.evaluators.joining import failed, joined, scored, stopped
from cladogen.evaluators.launching import launched
from cladogen.evaluators.running import Executions, Key, ProgramAccess, Running
from cladogen.evaluators.scorer import Output, Scorer, Verdict
from cladogen.evaluators.stages import passed, stages_of
from cladogen.evaluators.tools import tools_in
from cladogen.problem import Problem, Stage
from cladogen.problem.aggregate import score
from cladogen.problem.coevolution import REFERENCE
from cladogen.problem.spelling import nearest
from cladogen.program import Program, matches
from cladogen.sandboxes.base import Call, Execution, Limits, Sandbox
from cladogen.scoring import SPLITS


class ProblemEvaluator:
    """Judge programs under one problem. `start` it before use, `close` it after; the sandbox stays
    the caller's. ``preview`` is how many characters of what a program returns on a training case
    are kept, for whoever proposes the next one.

    With ``raises_away`` an evaluation for which the world is away raises WorldAway, so that the
    caller can wait and ask again; without, it is INFRA.
    """

    def __init__(
        self, problem: Problem, sandbox: Sandbox, *, preview: int = 0, raises_away: bool = False
    ) -> None:
        self.problem = problem
        self.sandbox = sandbox
        self.running = Running(problem, sandbox, raises_away=raises_away)
        self.scorer = Scorer(problem, sandbox, preview=preview, raises_away=raises_away)
        self.train: tuple[str, ...] = ()
        self.heldout: tuple[str, ...] = ()
        self.sealed: tuple[str, ...] = ()
        self.references: dict[str, float] = {}  # what the seed program has on evolved cases
        self._left: list[Scorer] = []  # whose answers somebody may wait for
        self.stages: tuple[Stage, ...] = ()
        self.missing: tuple[str, ...] = ()  # tools that the problem asks for and programs lack

    @property
    def limits(self) -> Limits:
        """What programs run under: the problem's, and what was learnt of the size of answers."""
        return self.running.limits

    def give_models(self, models: Callable[[Program, Call], ProgramAccess]) -> None:
        """Let programs ask models, each call through what ``models`` returns for it."""
        self.running.models = models

    def begins_with(self, problem: Problem) -> None:
        """Take the problem whose first programs have been written since."""
        self.problem = self.running.problem = problem

    async def start(self) -> None:
        """Start the scorer and learn the cases; ScorerError or ProblemError say what is wrong with
        them.
        """
        await self._find_tools()
        await self.scorer.open()
        splits = self._without_canaries()
        self.train, self.heldout, self.sealed = (
            tuple(name for name, of in splits.items() if of == split) for split in SPLITS
        )
        self.stages = stages_of(self.problem, self.train)

    async def _find_tools(self) -> None:
        """Learn which of the tools that the problem names are in the sandbox."""
        wanted = self.problem.sandbox.tools
        if wanted:
            found = await tools_in(self.sandbox, wanted, self.limits)
            self.scorer.tools = found
            self.missing = tuple(name for name in wanted if name not in found)

    async def admit(
        self, cases: Mapping[str, Mapping[str, Any]], references: Mapping[str, float]
    ) -> dict[str, str]:
        """Have these evolved cases and no others from now on: by name their "genes"; ``references``
        say what the seed program has on them. Return why not, of those that the scorer refuses;
        ScorerError where it can make none.
        """
        self.references = dict(references)
        wanted = {name: dict(of) for name, of in cases.items()}
        if wanted.items() <= self.scorer.evolved.items():
            return self.scorer.refused
        scorer = await self.scorer.having(wanted)
        self._left.append(self.scorer)
        while len(self._left) > 1:
            await self._left.pop(0).close()
        self.scorer = scorer
        return scorer.refused

    def _without_canaries(self) -> dict[str, str]:
        """Return each case's split, without the canaries, which belong to none."""
        splits = dict(self.scorer.splits)
        where = self.problem.folder / "problem.toml"
        for canary in self.problem.canaries:
            if canary.case not in splits:
                known = nearest(canary.case, splits)
                raise ProblemError(f"{where}: [[canary]] names no case {canary.case!r}{known}")
            del splits[canary.case]
        if "train" not in splits.values():
            raise ProblemError(f"{where}: every training case is a canary; none is left")
        return splits

    async def close(self) -> None:
        """End the scorer."""
        for scorer in (*self._left, self.scorer):
            await scorer.close()

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Run ``program`` on ``cases`` (None: every training case, stage by stage) and score what
        it returns.
        """
        stages = self.stages if cases is None else (Stage("asked", self._known(cases)),)
        changed = self.problem.frozen(program)
        if changed:
            return tuple(
                failed(program, case, seed, Status.REFUSED, changed) for case in stages[0].cases
            )
        executions: Executions = {}
        first = self.running.add(program, self._inputs(stages[0].cases, seed), fresh, executions)
        described, _ = await asyncio.gather(self._described(program), first)
        evaluations: tuple[Evaluation, ...] = ()
        for stage in stages:
            await self.running.add(program, self._inputs(stage.cases, seed), fresh, executions)
            rows = await self._judge(
                program, stage.cases, seed, executions, described, pictures=True
            )
            evaluations += tuple(rows)
            if self._is_enough(stages, stage, rows, known):
                break
        return evaluations

    def _is_enough(
        self,
        stages: Sequence[Stage],
        stage: Stage,
        rows: Sequence[Evaluation],
        known: Callable[[tuple[Evaluation, ...]], bool] | None,
    ) -> bool:
        """Whether no stage follows: this is the last, it was not passed, or its results show that
        the program is ``known``.
        """
        if stage is stages[-1] or not passed(self.problem, stage, rows):
            return True
        return known is not None and stage is stages[0] and known(tuple(rows))

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score variants of ``base`` on the training cases in one sandbox start; nothing is
        recorded.
        """
        inputs = self._inputs(self.train, seed)
        every = await self.running.variants(base, variants, inputs)
        return tuple(
            [
                await self._trial(variant, executions, seed)
                for variant, executions in zip(variants, every, strict=True)
            ]
        )

    async def smoke(
        self, base: Program, variants: Sequence[Program], case: str
    ) -> tuple[Status, ...]:
        """Return how each variant of ``base`` ends on a case, in one sandbox start; nothing is
        recorded.
        """
        every = await self.running.variants(base, variants, self._inputs((case,), 0))
        found: list[Status] = []
        for variant, executions in zip(variants, every, strict=True):
            described = await self._described(variant)
            rows = await self._judge(variant, (case,), 0, executions, described)
            failed = (row.status for row in rows if row.status is not Status.OK)
            found.append(next(failed, Status.OK))
        return tuple(found)

    def hear(self, heard: Callable[[], object]) -> None:
        """Have ``heard`` called after each call of a program from now on."""
        self.running.heard = heard

    def calls(self, cases: Sequence[str]) -> int:
        """Return how many calls of a program it takes to judge one on these cases."""
        return len(self._inputs(cases, 0))

    async def execute(
        self, program: Program, calls: tuple[Call, ...], *, fresh: bool = False
    ) -> tuple[Execution, ...]:
        """Make calls of a program under the problem's limits, unscored; a failure of the sandbox is
        Status.INFRA.
        """
        return await self.running.execute(program, calls, fresh=fresh)

    async def _trial(self, variant: Program, executions: Executions, seed: int) -> Score:
        described = await self._described(variant)
        evaluations: list[Evaluation] = []
        for stage in self.stages:
            rows = await self._judge(variant, stage.cases, seed, executions, described)
            evaluations += rows
            if not passed(self.problem, stage, rows):
                break
        return score(self.problem, evaluations)

    async def _judge(
        self,
        program: Program,
        cases: Sequence[str],
        seed: int,
        executions: Executions,
        described: Verdict,
        *,
        pictures: bool = False,
    ) -> list[Evaluation]:
        """Return one evaluation for each case and repeat, from executions already made."""
        rows: list[Evaluation] = []
        for at in self._seeds(seed):
            done = {case: executions[self.scorer.inputs[case], at] for case in cases}
            rows += await self._judge_seed(program, at, done, described, pictures)
        order = {case: place for place, case in enumerate(cases)}
        return sorted(rows, key=lambda row: (order[row.case], row.seed))

    async def _judge_seed(
        self,
        program: Program,
        seed: int,
        done: Mapping[str, Execution],
        described: Verdict,
        pictures: bool,
    ) -> list[Evaluation]:
        """Return one evaluation for each case, of executions with one seed."""
        rows = _stopped_rows(program, seed, done)
        outputs = [_output(data, names, done) for data, names in _by_output(done).items()]
        if self.scorer.launches:
            limits = self.problem.limits
            outputs, spoilt = await launched(outputs, self.scorer, self.sandbox, limits)
            rows += [failed(program, case, seed, Status.INFRA, why) for case, why in spoilt]
        for verdicts in await self.scorer.verdicts_on(outputs, pictures=pictures):
            for case, verdict in verdicts.items():
                whole = self._shown(case, joined(verdict, described))
                whole = self._referred(case, whole)
                rows.append(scored(self.problem, program, case, seed, done[case], whole))
        return rows

    def _shown(self, case: str, verdict: Verdict) -> Verdict:
        """Return a verdict without what the program returned and its picture, on a case that nobody
        is shown.
        """
        return verdict if case in self.train else replace(verdict, returned="", picture="")

    def _referred(self, case: str, verdict: Verdict) -> Verdict:
        """Return a verdict on an evolved case with what the seed program has there."""
        if case not in self.references or verdict.invalid or verdict.error:
            return verdict
        return replace(verdict, metrics={**verdict.metrics, REFERENCE: self.references[case]})

    async def _described(self, program: Program) -> Verdict:
        if not self.scorer.describes:
            return Verdict()
        globs = self.problem.editable
        return await self.scorer.describe(
            {path: program.text(path) for path in program if matches(path, globs)}
        )

    def _inputs(self, cases: Sequence[str], seed: int) -> tuple[Key, ...]:
        """Return the distinct inputs of the cases, each with each seed."""
        distinct = dict.fromkeys(self.scorer.inputs[case] for case in cases)
        return tuple((data, at) for at in self._seeds(seed) for data in distinct)

    def _seeds(self, seed: int) -> range:
        return range(seed * self.problem.repeats, (seed + 1) * self.problem.repeats)

    def _known(self, cases: Sequence[str]) -> tuple[str, ...]:
        for case in cases:
            if case not in self.scorer.inputs:
                raise ConfigError(f"no case {case!r}{nearest(case, self.scorer.inputs)}")
        return tuple(cases)


def _by_output(done: Mapping[str, Execution]) -> dict[bytes, list[str]]:
    """Return the cases on which a program returned each output."""
    found: dict[bytes, list[str]] = {}
    for case, execution in done.items():
        if execution.output is not None:
            found.setdefault(execution.output, []).append(case)
    return found


def _stopped_rows(program: Program, seed: int, done: Mapping[str, Execution]) -> list[Evaluation]:
    """Return the evaluations of the cases on which a program returned nothing."""
    return [
        stopped(program, case, seed, execution)
        for case, execution in done.items()
        if execution.output is None
    ]


def _output(data: bytes, cases: Sequence[str], done: Mapping[str, Execution]) -> Output:
    paid_s = max(done[case].usage.cpu_s for case in cases)
    return Output(tuple(cases), data, paid_s)

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

from cladogen.errors import ConfigError, SandboxError, WorldAway
from cladogen.evaluation import Evaluation, Score, Status, Usage
from cladogen.evaluators.scorer import Output, Scorer, Verdict, fingerprint
from cladogen.evaluators.stages import passed, stages_of
from cladogen.problem import Problem, Stage
from cladogen.problem.aggregate import MEASURED, score
from cladogen.problem.strict_toml import nearest
from cladogen.program import Program, matches
from cladogen.sandboxes.base import OUTPUT_MB, Call, Execution, Job, Sandbox

_SEEDS_OUTPUT = 16  # times a seed program's answer, any program's may have
_LEAST_OUTPUT_MB = 1.0
Key = tuple[bytes, int]  # an encoded input and a seed


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
        self.raises_away = raises_away
        self.sandbox = sandbox
        self.scorer = Scorer(problem, sandbox, preview=preview, raises_away=raises_away)
        self.train: tuple[str, ...] = ()
        self.heldout: tuple[str, ...] = ()
        self.stages: tuple[Stage, ...] = ()
        self.limits = problem.limits

    async def start(self) -> None:
        """Start the scorer and learn the cases; ScorerError or ProblemError say what is wrong with
        them.
        """
        await self.scorer.open()
        splits = self.scorer.splits
        self.train = tuple(name for name, split in splits.items() if split == "train")
        self.heldout = tuple(name for name, split in splits.items() if split == "heldout")
        self.stages = stages_of(self.problem, self.train)

    async def close(self) -> None:
        """End the scorer."""
        await self.scorer.close()

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
                self._failed(program, case, seed, Status.REFUSED, changed)
                for case in stages[0].cases
            )
        executions: dict[Key, Execution] = {}
        first = self._run(program, self._inputs(stages[0].cases, seed), fresh, executions)
        described, _ = await asyncio.gather(self._described(program), first)
        evaluations: tuple[Evaluation, ...] = ()
        for stage in stages:
            await self._run(program, self._inputs(stage.cases, seed), fresh, executions)
            rows = await self._judge(program, stage.cases, seed, executions, described)
            evaluations += tuple(rows)
            more = stage is not stages[-1] and passed(self.problem, stage, rows)
            if not more or (known is not None and stage is stages[0] and known(evaluations)):
                break
        return evaluations

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score variants of ``base`` on the training cases in one sandbox start; nothing is
        recorded.
        """
        inputs = self._inputs(self.train, seed)
        overlays = [_overlay(base, variant) for variant in variants]
        calls = tuple(Call(data, at, overlay) for overlay in overlays for data, at in inputs)
        executions = await self.execute(base, calls)
        width = len(inputs)
        groups = [executions[at * width : (at + 1) * width] for at in range(len(variants))]
        return tuple(
            [
                await self._trial(variant, dict(zip(inputs, group, strict=True)), seed)
                for variant, group in zip(variants, groups, strict=True)
            ]
        )

    async def execute(
        self, program: Program, calls: tuple[Call, ...], *, fresh: bool = False
    ) -> tuple[Execution, ...]:
        """Make calls of a program under the problem's limits, unscored; a failure of the sandbox is
        Status.INFRA.
        """
        problem = self.problem
        job = Job(
            program.files,
            problem.entry,
            calls,
            self.limits,
            problem.build,
            program.id,
            fresh,
            alone=problem.sandbox.exclusive,
        )
        try:
            executions = await self.sandbox.run(job)
        except WorldAway:
            raise
        except SandboxError as error:
            return tuple(Execution(Status.INFRA, detail=str(error)) for _ in calls)
        away = next((execution for execution in executions if execution.away), None)
        if away is not None and self.raises_away:
            raise WorldAway(away.detail)
        return executions

    async def _trial(
        self, variant: Program, executions: Mapping[Key, Execution], seed: int
    ) -> Score:
        described = await self._described(variant)
        evaluations: list[Evaluation] = []
        for stage in self.stages:
            rows = await self._judge(variant, stage.cases, seed, executions, described)
            evaluations += rows
            if not passed(self.problem, stage, rows):
                break
        return score(self.problem, evaluations)

    async def _run(
        self, program: Program, inputs: Sequence[Key], fresh: bool, executions: dict[Key, Execution]
    ) -> None:
        """Run the program on the inputs it has not been run on, and add what came of it to
        ``executions``.

        Each seed has a process of its own: what a program remembers of one repeat is of no use to
        it in the next.
        """
        new = [key for key in inputs if key not in executions]
        for seed in dict.fromkeys(at for _, at in new):
            keys = [key for key in new if key[1] == seed]
            calls = tuple(Call(data, at) for data, at in keys)
            found = await self.execute(program, calls, fresh=fresh)
            executions.update(zip(keys, found, strict=True))
            self._learn(program, found)

    def _learn(self, program: Program, executions: Sequence[Execution]) -> None:
        """Take the size of a seed program's answers as the measure of all answers, where the
        problem states no limit.
        """
        seeds = {seed.id for seed in self.problem.seeds}
        if self.problem.limits.output_mb is not None or program.id not in seeds:
            return
        largest = max((execution.usage.output_bytes for execution in executions), default=0)
        wanted = max(_LEAST_OUTPUT_MB, _SEEDS_OUTPUT * largest / (1 << 20))
        known = self.limits.output_mb or 0.0
        self.limits = replace(self.limits, output_mb=min(OUTPUT_MB, max(wanted, known)))

    async def _judge(
        self,
        program: Program,
        cases: Sequence[str],
        seed: int,
        executions: Mapping[Key, Execution],
        described: Verdict,
    ) -> list[Evaluation]:
        """Return one evaluation for each case and repeat, from executions already made."""
        rows: list[Evaluation] = []
        for at in self._seeds(seed):
            by_output: dict[bytes, list[str]] = {}
            for case in cases:
                execution = executions[self.scorer.inputs[case], at]
                if execution.output is not None:
                    by_output.setdefault(execution.output, []).append(case)
                else:
                    rows.append(self._stopped(program, case, at, execution))
            outputs = [
                self._output(output, names, at, executions) for output, names in by_output.items()
            ]
            for verdicts in await self.scorer.verdicts_on(outputs):
                for name, verdict in verdicts.items():
                    execution = executions[self.scorer.inputs[name], at]
                    rows.append(
                        self._scored(program, name, at, execution, _joined(verdict, described))
                    )
        order = {case: place for place, case in enumerate(cases)}
        return sorted(rows, key=lambda row: (order[row.case], row.seed))

    def _output(
        self, data: bytes, names: Sequence[str], seed: int, executions: Mapping[Key, Execution]
    ) -> Output:
        paid_s = max(executions[self.scorer.inputs[name], seed].usage.cpu_s for name in names)
        return Output(tuple(names), data, paid_s)

    def _scored(
        self, program: Program, case: str, seed: int, execution: Execution, verdict: Verdict
    ) -> Evaluation:
        if not verdict.invalid and not verdict.error:
            verdict = replace(
                verdict, metrics={**self._measured(execution.usage), **verdict.metrics}
            )
        missing = self._missing(verdict)
        if verdict.error or missing:
            status, feedback = Status.INFRA, verdict.error or missing
        elif verdict.invalid:
            status, feedback = Status.INVALID, verdict.invalid
        else:
            status, feedback = Status.OK, verdict.feedback
        return Evaluation(
            program.id,
            case,
            seed,
            status,
            verdict.metrics if status is Status.OK else {},
            feedback,
            execution.log,
            fingerprint(execution.output or b""),
            execution.usage,
            returned=verdict.returned if case in self.train else "",
        )

    def _measured(self, usage: Usage) -> dict[str, float]:
        """Return the metrics that the problem names and the sandbox measures, from outside the
        program.
        """
        return {
            name: getattr(usage, name) for name in self.problem.named_metrics() if name in MEASURED
        }

    def _missing(self, verdict: Verdict) -> str:
        """Return what is wrong with the metrics of a verdict that is no failure, "" when nothing
        is.
        """
        if verdict.invalid or verdict.error:
            return ""
        for name in self.problem.named_metrics():
            if name not in verdict.metrics:
                gave = ", ".join(verdict.metrics) or "nothing"
                return (
                    f"{self.problem.scorer}: no metric {name!r}, which problem.toml names; the "
                    f"scorer gave {gave}"
                )
        return ""

    def _stopped(self, program: Program, case: str, seed: int, execution: Execution) -> Evaluation:
        row = self._failed(program, case, seed, execution.status, execution.detail)
        return replace(row, log=execution.log, usage=execution.usage)

    def _failed(
        self, program: Program, case: str, seed: int, status: Status, why: str
    ) -> Evaluation:
        return Evaluation(program.id, case, seed, status, feedback=why)

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


def _overlay(base: Program, variant: Program) -> dict[str, bytes]:
    changed = {
        path: file.data for path, file in variant.files.items() if base.files.get(path) != file
    }
    if base.files.keys() - variant.files.keys():
        raise ValueError("a trial may change files, not delete them")
    return changed


def _joined(verdict: Verdict, described: Verdict) -> Verdict:
    """Return the verdict on an output with the metrics of the program's text added; the first
    failure stands.
    """
    if verdict.error or verdict.invalid:
        return verdict
    if described.error or described.invalid:
        return described
    return replace(verdict, metrics={**verdict.metrics, **described.metrics})

"""An evaluator whose work is done on other machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cladogen.errors import SandboxError, WorldAway
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.evaluators.stages import passed, stages_of
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.remote.base import Machines, Offer
from cladogen.remote.messages import EvaluationReply, EvaluationRequest, pack_request, read_reply

MARGIN_S = 300.0  # beside what the limits allow: to start a sandbox, to wait for a busy machine


class RemoteEvaluator:
    """Judge programs on machines that were started with the problem and made this offer."""

    def __init__(self, problem: Problem, machines: Machines, offer: Offer) -> None:
        self.problem, self.machines, self.offer = problem, machines, offer
        self.train, self.heldout = offer.train, offer.heldout
        self._output_mb: float | None = None

    async def evaluate(
        self,
        program: Program,
        cases: Sequence[str] | None = None,
        *,
        seed: int = 0,
        fresh: bool = False,
        known: Callable[[tuple[Evaluation, ...]], bool] | None = None,
    ) -> tuple[Evaluation, ...]:
        """Evaluate as the machines' evaluators do. ``known`` is asked here, so that with it each
        stage is a request of its own.
        """
        asked = None if cases is None else tuple(cases)
        stages = stages_of(self.problem, self.train)
        if asked is not None or known is None or len(stages) == 1 or self.problem.evaluator:
            return await self._rows(program, asked, seed, fresh)
        evaluations: tuple[Evaluation, ...] = ()
        for stage in stages:
            rows = await self._rows(program, stage.cases, seed, fresh)
            evaluations += rows
            first = stage is stages[0]
            if not passed(self.problem, stage, rows) or (first and known(evaluations)):
                break
        return evaluations

    async def trials(
        self, base: Program, variants: Sequence[Program], *, seed: int = 0
    ) -> tuple[Score, ...]:
        """Score variants as the machines' evaluators do, all on one machine."""
        request = EvaluationRequest(
            (base, *variants), seed=seed, trials=True, output_mb=self._output_mb
        )
        calls = len(variants) * len(self.train)
        return (await self._ask(request, calls)).scores

    async def _rows(
        self, program: Program, cases: tuple[str, ...] | None, seed: int, fresh: bool
    ) -> tuple[Evaluation, ...]:
        request = EvaluationRequest((program,), cases, seed, fresh, output_mb=self._output_mb)
        names = self.train if cases is None else cases
        try:
            reply = await self._ask(request, len(names) * self.problem.repeats)
        except WorldAway:
            raise
        except SandboxError as error:
            return tuple(
                Evaluation(program.id, case, at, Status.INFRA, feedback=str(error))
                for case in names
                for at in range(seed * self.problem.repeats, (seed + 1) * self.problem.repeats)
            )
        if reply.output_mb is not None:
            self._output_mb = max(reply.output_mb, self._output_mb or 0.0)
        return reply.evaluations

    async def _ask(self, request: EvaluationRequest, calls: int) -> EvaluationReply:
        reply = read_reply(await self.machines.call(pack_request(request), self._most_s(calls)))
        if reply.error:
            raise SandboxError(reply.error)
        return reply

    def _most_s(self, calls: int) -> float | None:
        """Return how long an answer may take; None where nothing bounds it."""
        if self.problem.evaluator:
            return None
        each = self.problem.limits.longest_s + self.problem.scorer_time_s
        return self.problem.limits.build_s + calls * each + MARGIN_S

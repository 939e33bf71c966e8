"""Ranking: which of several candidates of one task goes on, after a smoke run of each.

Every candidate is run on one cheap case (the first of the first stage); what fails there is out.
The others are ranked by a surrogate that the run's own record has taught, or in a knock-out of
pairwise judgements by the model, as the AI co-scientist (arXiv:2502.18864) has its tournament.
Judgements are calls in the record, under the task's ticket, and cost what calls cost.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from cladogen.evaluation import Status
from cladogen.evaluators.base import Evaluator
from cladogen.models.calls import CallLog, ModelCall, Request, answered
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.code import difference
from cladogen.prompts.sections import PromptTexts, Section, as_messages, clip, fenced
from cladogen.proposal import Proposal
from cladogen.proposers.surrogate import Surrogate
from cladogen.record.base import Record

PURPOSE = "judge"
TOKENS = 12_000
CHANGE = 3000  # tokens of one candidate's difference
_ANSWER = re.compile(r"\bbetter\W+([AB])\b", re.IGNORECASE)

Made = tuple[Proposal, Program]
Ask = Callable[[Request], Awaitable[ModelCall | str]]


@dataclass(frozen=True, slots=True)
class CandidateRanking:
    """Ranks candidates by ``rank``: "surrogate" or "judge". A first look is `Screening`'s own."""

    problem: Problem
    rank: str
    texts: PromptTexts
    log: CallLog
    surrogate: Surrogate
    ask: Ask

    async def best(self, made: Sequence[Made], trials: Evaluator, record: Record) -> int:
        """Return which candidate goes on: the first where none gets through the smoke run."""
        alive = [at for at, (_, program) in enumerate(made) if await self._runs(program, trials)]
        if len(alive) < 2:
            return next(iter(alive), 0)
        if self.rank == "judge":
            return await self._knock_out(made, alive, record)
        ranks = self.surrogate.ranks([made[at][1] for at in alive], record)
        if ranks is None:
            return alive[0]
        return max(zip(ranks, alive, strict=True), key=lambda each: (each[0], -each[1]))[1]

    async def _runs(self, program: Program, trials: Evaluator) -> bool:
        stages = self.problem.stages
        case = stages[0].cases[0] if stages else trials.train[0]
        rows = await trials.evaluate(program, (case,))
        return all(row.status in (Status.OK, Status.INFRA) for row in rows)

    async def _knock_out(self, made: Sequence[Made], alive: list[int], record: Record) -> int:
        best = alive[0]
        for other in alive[1:]:
            best = await self._better(made, best, other, record)
        return best

    async def _better(self, made: Sequence[Made], one: int, other: int, record: Record) -> int:
        """Return which of two candidates a model expects more of; the earlier where it says
        neither.
        """
        request = self._request(made, one, other, record)
        call = self._known(request, made[one][0].ticket)
        if call is None:
            call = await self.ask(request)
        said = call.reply.text if isinstance(call, ModelCall) and call.reply is not None else ""
        found = _ANSWER.findall(said)
        return other if found and found[-1].upper() == "B" else one

    def _known(self, request: Request, ticket: int) -> ModelCall | str | None:
        """Return the call in which a model was asked the same already, None where it was not."""
        alike = (
            call
            for call in self.log.under(ticket, 0)
            if call.request.purpose == PURPOSE and call.request.key == request.key
        )
        return next(filter(answered, alike), None)

    def _request(self, made: Sequence[Made], one: int, other: int, record: Record) -> Request:
        proposal = made[one][0]
        parent = record.program(proposal.parents[0])
        changes = [clip(difference(parent, made[at][1]), CHANGE) for at in (one, other)]
        sections = [
            Section("Problem", clip(self.problem.statement, 2000), 0.4),
            *(
                Section(f"Change {name}", f"{made[at][0].summary}\n\n{fenced(text, 'diff')}", 0.5)
                for name, at, text in zip("AB", (one, other), changes, strict=True)
            ),
        ]
        goal = self.problem.objective
        system = self.texts.fill("judge", objective=goal.name, direction=goal.direction)
        messages = as_messages(system, sections, TOKENS)
        return Request(proposal.ticket, 0, PURPOSE, proposal.model, messages)

"""Candidates: several answers in one reply, of which the best on a first look goes on.

One prompt is paid once, and its answers differ on purpose. The first look is the first stage of the
problem's training cases, else all of them; a ranking has one case. Looks count as trials, in shares
of a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.offer import trials_allowed
from cladogen.proposers.ranking import CandidateRanking

_HEADING = re.compile(r"[#*\s]*candidate\s+(\d+)\b", re.IGNORECASE)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def pieces(reply: str, most: int) -> list[str]:
    """Return the candidates of a reply, each under its heading outside of code; the whole reply
    where no heading stands.
    """
    lines = reply.splitlines(keepends=True)
    starts = list(_headings(lines))[:most]
    ends = [*starts[1:], len(lines)]
    found = ["".join(lines[at + 1 : end]) for at, end in zip(starts, ends, strict=False)]
    return found or [reply]


def _headings(lines: Sequence[str]) -> Iterator[int]:
    """Yield where the first, second, ... candidate begins."""
    wanted = 1
    for at in _unfenced(lines):
        heading = _HEADING.match(lines[at])
        if heading is not None and int(heading[1]) == wanted:
            wanted += 1
            yield at


def _unfenced(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines that no fence is around, and those that end one."""
    fence = ""
    for at, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark is not None and (not fence or line.strip() == fence):
            fence = "" if fence else mark[1]
        if not fence:
            yield at


@dataclass(frozen=True, slots=True)
class Screening:
    """Has a first look at candidates; ``trials`` None: the first one goes on unseen."""

    problem: Problem
    trials: Evaluator | None
    budget: Ledger | None
    ranking: CandidateRanking | None = None  # None: by the first look

    async def best(
        self, made: Sequence[tuple[Proposal, Program]], ticket: int, record: Record
    ) -> Proposal:
        """Return the candidate with the highest fitness on the first look, the earlier one among
        equals, or the one that a ranking puts first; it says how many were looked at.
        """
        unlike = _unlike(made)
        if self.trials is None or len(unlike) < 2:
            return made[0][0]
        cases, width = self._cases(self.trials), len(self.trials.train)
        wanted = -(-len(unlike) * cases // width)
        allowed = trials_allowed(ticket, wanted, self.budget, self.trials)
        looked_at = unlike[: allowed * width // cases]
        if len(looked_at) < 2:
            return made[0][0]
        if self.ranking is not None:
            best = await self.ranking.best(looked_at, self.trials, record)
        else:
            values = [await self._look(self.trials, program) for _, program in looked_at]
            best = values.index(max(values))
        return replace(looked_at[best][0], trials=allowed)

    def _cases(self, trials: Evaluator) -> int:
        """Return on how many cases a candidate is looked at."""
        if self.ranking is not None:
            return 1
        return len(self.problem.stages[0].cases) if self.problem.stages else len(trials.train)

    async def _look(self, trials: Evaluator, program: Program) -> float:
        first = self.problem.stages[0].cases if self.problem.stages else None
        fitness = self.problem.score(await trials.evaluate(program, first)).fitness
        return float("-inf") if fitness is None else fitness


def _unlike(made: Sequence[tuple[Proposal, Program]]) -> list[tuple[Proposal, Program]]:
    """Return the first proposal of each program, in their order."""
    first: dict[str, tuple[Proposal, Program]] = {}
    for proposal, program in made:
        first.setdefault(program.id, (proposal, program))
    return list(first.values())

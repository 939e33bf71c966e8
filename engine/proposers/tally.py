"""Tally: what each model and operator has done in a run, folded from proposals and their
results.
"""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.archives.base import Result
from cladogen.evaluation import Status
from cladogen.prompts.expectations import Calibration, mean_metric
from cladogen.prompts.reading import CUT
from cladogen.proposal import Outcome, Proposal

MISREAD = frozenset(("removed-lines-not-found", "ambiguous-context", "truncated-reply", "no-op"))
ENOUGH, RARELY = (
    6,
    0.5,
)  # a format is left after so many replies of which fewer than this share applied


@dataclass(slots=True)
class Done:
    """Counts of one model or operator. ``usd`` leaves out what is unpriced, which is counted beside
    it.
    """

    asked: int = 0
    replied: int = 0
    applied: int = 0
    ran: int = 0
    gain: float = 0.0
    usd: float = 0.0
    unpriced: int = 0
    tokens: int = 0

    def add(self, proposal: Proposal, result: Result, gain: float) -> None:
        self.asked += 1
        self.replied += bool(proposal.reply)
        self.applied += bool(proposal.patch)
        self.ran += result.score is not None and result.score.status is Status.OK
        self.gain += gain
        self.usd += proposal.cost.usd or 0.0
        self.unpriced += proposal.cost.usd is None
        self.tokens += proposal.cost.prompt_tokens + proposal.cost.completion_tokens

    def __str__(self) -> str:
        share = f"{self.applied / self.replied:.0%}" if self.replied else "none"
        money = f"${self.usd:.4f}" + (f" and {self.unpriced} unpriced" if self.unpriced else "")
        return (
            f"{self.asked} asked, {share} of replies applied, {self.ran} ran, gain "
            f"{self.gain:.2f}, {money}"
        )


class Credits:
    """Counts by model and by operator, apply rates by model and format, and the calibration of
    expectations.
    """

    def __init__(self) -> None:
        self.models: dict[str, Done] = {}
        self.operators: dict[str, Done] = {}
        self.calibration = Calibration()
        self.near = 0  # proposals refused for their likeness to a known program
        self._formats: dict[tuple[str, str], tuple[int, int]] = {}

    def tell(self, proposal: Proposal, result: Result, gain: float) -> None:
        """Count a proposal and what came of it."""
        self.models.setdefault(proposal.model, Done()).add(proposal, result, gain)
        self.operators.setdefault(proposal.operator, Done()).add(proposal, result, gain)
        self.near += proposal.code == "near-duplicate"
        self._count_format(proposal)
        notes = proposal.notes or {}
        if (
            proposal.expectation is not None
            and result.outcome is Outcome.ACCEPTED
            and "expected_from" in notes
        ):
            expected = proposal.expectation
            after = mean_metric(result.evaluations, expected.metric, expected.cases)
            author = (proposal.operator, proposal.model)
            self.calibration.tell(author, expected, float(notes["expected_from"]), after)

    def rarely_applies(self, model: str, form: str) -> bool:
        """Return whether too few of a model's replies in a format could be applied."""
        applied, tried = self._formats.get((model, form), (0, 0))
        return tried >= ENOUGH and applied < RARELY * tried

    def lines(self) -> list[str]:
        """Return the tally in words: one line for each model, operator and calibration."""
        lines = [f"model {name}: {done}" for name, done in sorted(self.models.items())]
        lines += [f"operator {name}: {done}" for name, done in sorted(self.operators.items())]
        lines += [
            f"expectations of {model} in {operator}: {seen}"
            for (operator, model), seen in self.calibration
        ]
        return lines + ([f"refused as near duplicates: {self.near}"] if self.near else [])

    def _count_format(self, proposal: Proposal) -> None:
        form = (proposal.notes or {}).get("format", "")
        misread = proposal.code in MISREAD or (
            proposal.code == CUT and form == "whole"
        )  # whole files are the longest
        if form and proposal.reply and (proposal.patch or misread):
            applied, tried = self._formats.get((proposal.model, form), (0, 0))
            self._formats[proposal.model, form] = (applied + bool(proposal.patch), tried + 1)

"""How often a model's replies in a format apply, which decides what format it is asked for."""

from __future__ import annotations

from cladogen.prompts.reading import CUT
from cladogen.proposal import Proposal

MISREAD = frozenset(("removed-lines-not-found", "ambiguous-context", "truncated-reply", "no-op"))
ENOUGH = 6  # replies, before a format is judged
RARELY = 0.5  # of them


class FormatRates:
    """Count replies by model and format, and those that applied."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}

    def tell(self, proposal: Proposal) -> None:
        """Count a proposal, unless the format has nothing to do with what came of it."""
        form = proposal.form
        cut = proposal.code == CUT and form == "whole"  # whole files are the longest
        misread = cut or proposal.code in MISREAD
        if form and proposal.reply and (proposal.patch or misread):
            applied, tried = self._counts.get((proposal.model, form), (0, 0))
            self._counts[proposal.model, form] = (applied + bool(proposal.patch), tried + 1)

    def rarely_applies(self, model: str, form: str) -> bool:
        """Return whether too few of a model's replies in a format could be applied."""
        applied, tried = self._counts.get((model, form), (0, 0))
        return tried >= ENOUGH and applied < RARELY * tried

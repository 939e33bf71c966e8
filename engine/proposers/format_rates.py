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
        form, applies = proposal.form, bool(proposal.patch)
        if form and proposal.reply and (applies or _is_misread(proposal)):
            applied, tried = self._counts.get((proposal.model, form), (0, 0))
            self._counts[proposal.model, form] = (applied + applies, tried + 1)

    def rarely_applies(self, model: str, form: str) -> bool:
        """Return whether too few of a model's replies in a format could be applied."""
        applied, tried = self._counts.get((model, form), (0, 0))
        return tried >= ENOUGH and applied < RARELY * tried


def _is_misread(proposal: Proposal) -> bool:
    """Whether a reply may have failed by its format; whole files are the longest."""
    cut = proposal.code == CUT and proposal.form == "whole"
    return cut or proposal.code in MISREAD

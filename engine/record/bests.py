"""Who made a program, and which were the best one after the other where an archive says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cladogen.proposal import Proposal
from cladogen.result import Result


class Maker(NamedTuple):
    """Who made a proposal, and the operator that was tried before it in vain; "" is nobody."""

    operator: str = ""
    model: str = ""
    specialist: str = ""
    in_vain: str = ""


@dataclass(frozen=True, slots=True)
class NamedBest:
    """Which program is the best after a result by the rule of an archive that measures case by
    case, which was before it (-1: none), and who made it.
    """

    program: int
    before: int
    maker: Maker

    @property
    def changed(self) -> bool:
        """Whether the result made another program the best."""
        return self.program != self.before

    @property
    def again(self) -> NamedBest:
        """The same after a result that changed nothing of it."""
        return replace(self, before=self.program)

    def by(self, result: Result) -> bool:
        """Tell whether the result made its own program the best."""
        return self.changed and self.program == result.program


def maker_of(proposal: Proposal | None) -> Maker:
    """Return under which name a proposal counts; a result without one counts under no name."""
    if proposal is None:
        return Maker()
    return Maker(proposal.operator, proposal.model, proposal.specialist, proposal.in_vain)


def without_return(bests: Sequence[int], number: int) -> list[int]:
    """Return the programs that were the best one after the other up to one that is it again, all
    where it was not among them.
    """
    return list(bests[: bests.index(number) + 1] if number in bests else bests)

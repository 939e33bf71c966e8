"""The Proposer seam: a task and the record in, a git diff against the parent out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from cladogen.proposal import Proposal
from cladogen.record.base import Record
from cladogen.result import Brief, Result
from cladogen.state import NotKept
from cladogen.task import Propose

if TYPE_CHECKING:
    import numpy as np

    from cladogen.proposers.case_writer import CaseWriter

__all__ = [
    "Brief", "Extras", "Proposer", "Record", "built_with", "extras", "give_back", "kept",
    "state_of_proposer", "tell_all", "tell_each",
]  # fmt: skip


class Proposer(Protocol):
    """Make proposals. Built by the command line as ``Class(problem=..., trials=...,
    **options)``.
    """

    async def propose(self, task: Propose, record: Record, rng: np.random.Generator) -> Proposal:
        """Return a proposal under ``task.ticket``; one that failed has no patch and says why.

        Raises nothing for what a model or a provider does; ModelError only when no further call can
        succeed.
        """
        ...

    async def repair(
        self, proposal: Proposal, failure: Result, record: Record, rng: np.random.Generator
    ) -> Proposal | None:
        """Return a second try at a proposal that was refused or whose child failed, or None to
        leave it.
        """
        ...

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Learn from what came of a proposal. Also called for recorded ones, in order, when a run
        is resumed.
        """
        ...


@runtime_checkable
class ProposerTellingAll(Protocol):
    """What a proposer that learns from many results at once does besides."""

    def tell_all(self, results: Sequence[Brief]) -> None:
        """Learn from recorded results, in order; it leaves the proposer as telling it each of those
        that have a proposal does.
        """
        ...


def tell_all(proposer: Proposer, results: Sequence[Brief]) -> None:
    """Let a proposer learn from recorded results."""
    if isinstance(proposer, ProposerTellingAll) and not _overrides(proposer, "tell", "tell_all"):
        proposer.tell_all(results)
    else:
        tell_each(proposer, results)


def tell_each(proposer: Proposer, results: Sequence[Brief], *, texts: bool = True) -> None:
    """Let a proposer learn from recorded results one by one; ``texts`` False: one that asks of a
    proposal's prompt, reply and patch only whether there is one.
    """
    for result in results:
        proposal = result.proposal(texts=texts)
        if proposal is not None:
            proposer.tell(proposal, result.whole())


@runtime_checkable
class Kept(Protocol):
    """What a proposer whose knowledge a checkpoint can keep does besides."""

    def state(self) -> Any:
        """Return what the results told so far come to: what JSON knows, and arrays. What is in
        flight is not in it.
        """
        ...

    def restore(self, state: Any) -> None:
        """Take in what `state` gave, of a proposer that was told nothing yet."""
        ...


@runtime_checkable
class BuiltWith(Protocol):
    """What a `Kept` proposer does besides whose state is not empty before it is told anything."""

    def built_with(self) -> Any:
        """Return what its knowledge depends on beside the results: its options."""
        ...


def state_of_proposer(proposer: Proposer) -> Kept:
    """Return a proposer as one whose knowledge can be kept; raises NotKept, also for a class that
    learns otherwise than the one that it takes its state from.
    """
    name = type(proposer).__name__
    if not isinstance(proposer, Kept):
        raise NotKept(f"{name} does not say what its state is")
    if _overrides(proposer, "tell", "state"):
        raise NotKept(f"{name} learns more than its state says")
    return proposer


def _overrides(proposer: Proposer, name: str, other: str) -> bool:
    """Tell whether a class has a method of its own where it has another one from its base."""
    for kind in type(proposer).__mro__:
        if name in vars(kind) or other in vars(kind):
            return other not in vars(kind)
    return False


def built_with(proposer: Proposer) -> Any:
    """Return what tells a proposer from others of its class, of one that was told nothing yet;
    raises NotKept.
    """
    its = state_of_proposer(proposer)
    return proposer.built_with() if isinstance(proposer, BuiltWith) else its.state()


def kept(proposer: Proposer) -> list[Any]:
    """Return a proposer's state under its class, as `cladogen.state` names what an object says
    itself; raises NotKept.
    """
    kind = type(proposer)
    its = state_of_proposer(proposer)
    return ["own", f"{kind.__module__}:{kind.__qualname__}", its.state()]


def give_back(proposer: Proposer, state: list[Any]) -> None:
    """Let a proposer that was told nothing yet take in what `kept` gave."""
    state_of_proposer(proposer).restore(state[2])


class Extras:
    """What a proposer may do besides; one that derives from this class overrides what it does.

    ``hints`` are the operators that a task may ask it for; ``writes_first`` says that it takes a
    task with the hint "first", whose parent is empty: to write a problem's first program.
    """

    hints: tuple[str, ...] = ()
    writes_first = False

    def warm(self) -> None:
        """Begin to load what takes long, while the seed programs are measured; returns at once."""

    def estimate(self) -> list[str]:
        """Return lines for a run's header: what asking will cost."""
        return []

    def call_usd(self) -> float | None:
        """Return what a proposal costs in dollars; None when nobody knows."""
        return None

    def case_writer(self) -> CaseWriter | None:
        """Return what has a model write case generators; None where none may."""
        return None

    async def prepare(self) -> None:
        """Ask those who will be asked who they are, before anything is measured; raises ModelError
        for a set-up that cannot work.
        """

    async def close(self) -> None:
        """End what the proposer keeps open: connections, processes."""


def extras(proposer: Proposer) -> Extras:
    """Return what a proposer may do besides, which is nothing for one that has no `Extras`."""
    return proposer if isinstance(proposer, Extras) else _NONE


_NONE = Extras()

"""Results of proposals: what was made of one, and why not, or what failed."""

from __future__ import annotations

from dataclasses import replace

from cladogen.evaluation import Status
from cladogen.proposal import Outcome, Proposal
from cladogen.result import Result
from cladogen.task import Propose


def without_child(task: Propose, proposal: Proposal) -> Result:
    """Return the result of a proposal from which nothing was made."""
    return Result(
        task,
        Outcome.REFUSED if proposal.code else Outcome.NO_REPLY,
        parents=proposal.parents,
        cost_usd=proposal.cost.usd,
        operator=proposal.operator,
        reason=proposal.reason,
    )


def with_child(result: Result) -> Result:
    """Return the result of a program that was run: accepted, or the world's failure; with what
    failed, if anything.
    """
    failed = next((each for each in result.evaluations if each.status is not Status.OK), None)
    infra = any(each.status is Status.INFRA for each in result.evaluations)
    reason = "" if failed is None else f"{failed.status}: {failed.feedback}"
    return replace(result, outcome=Outcome.INFRA if infra else Outcome.ACCEPTED, reason=reason)

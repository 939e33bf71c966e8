"""What an agent leaves: a working copy, of which the child is made, and what it printed, a log."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import replace

from cladogen.errors import PatchRefused
from cladogen.models.calls import CallStatus, Reply
from cladogen.patch import apply_diff, take_tree
from cladogen.problem import Problem
from cladogen.program import File, Program
from cladogen.prompts.expectations import last_idea
from cladogen.proposal import Cost, Proposal
from cladogen.sandboxes.inside.leftovers import LEFT_OUT

FENCE = "\n\n```diff\n"  # between log and diff in what runs recorded once


def read_answer(
    blank: Proposal, reply: Reply, cost: Cost, parent: Program, problem: Problem
) -> Proposal:
    """Return the proposal that a recorded reply of an agent makes."""
    diff, log = reply.text, reply.reasoning
    if FENCE in diff:  # recorded once as one text
        log, _, diff = diff.rpartition(FENCE)
        diff = diff.removesuffix("```\n")
    asked = replace(blank, reply=log, cost=cost, seconds=reply.seconds)
    if reply.status is not CallStatus.REPLIED:
        return replace(asked, reason=reply.error)
    asked = replace(asked, summary=last_idea(log))
    try:
        left = apply_diff(parent, diff) if diff.strip() else parent
        applied = take_tree(parent, left, problem.policy)
    except PatchRefused as refusal:
        return replace(asked, code=refusal.code, reason=refusal.reason)
    return replace(asked, patch=applied.patch_text)


def without_beside(files: Mapping[str, File], beside: Mapping[str, File]) -> dict[str, File]:
    """Return the files of a working copy without what lay beside the program, and whatever was put
    there.
    """
    tops = {path.partition("/")[0] for path in beside}
    return {path: file for path, file in files.items() if path.partition("/")[0] not in tops}


def left_out(log: str) -> list[str]:
    """Return the leftovers that a log says were left out."""
    said = [line for line in log.splitlines() if line.startswith(LEFT_OUT)]
    return said[-1].removeprefix(LEFT_OUT).split(", ") if said else []


def printed_cost(log: str) -> float | None:
    """Read the cost that an agent printed last, as JSON in a line of its own (``cost_usd``, or
    Claude Code's ``total_cost_usd``); None when it printed none.
    """
    for line in reversed(log.splitlines()):
        if not line.lstrip().startswith("{"):
            continue
        with contextlib.suppress(ValueError):
            said = json.loads(line)
            value = said.get("cost_usd", said.get("total_cost_usd"))
            if _is_cost(value):
                return float(value)
    return None


def _is_cost(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6

"""Progress: how far a search has come, in a sentence or two: what of its budget is used, and how
long nothing better was found.
"""

from __future__ import annotations

from cladogen.prompts.attempts import latest_attempts
from cladogen.prompts.context import Context

WORTH_SAYING = 3  # changes in vain


def progress(context: Context) -> str:
    """Say how many proposals are made of those that the caps can pay for, and how many changes
    were tried since the best program; "" where nothing is known or nothing may be seen of the run.
    """
    if context.alone:
        return ""
    return " ".join(filter(None, (_made(context), _in_vain(context))))


def since_best(context: Context) -> int:
    """Return how many tasks that were asked after the best program's came to something, of the last
    few hundred: what a search has spent without a better one.
    """
    best = next(iter(context.record.best(1)), None)
    if best is None:
        return 0
    return latest_attempts(context).since(context.record.node(best).ticket)


def _made(context: Context) -> str:
    made, expected = context.made, context.expected
    if made is None or expected is None or made > expected:
        return ""
    return f"This search has made {made} of about {expected} proposals that its budget allows."


def _in_vain(context: Context) -> str:
    vain = since_best(context)
    if vain < WORTH_SAYING or context.best is None:
        return ""
    return f"The last {vain} changes made nothing better than #{context.best}."

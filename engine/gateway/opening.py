"""A run's gateway, from its settings: which models may be asked, and at which prices."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cladogen.gateway.access import Access
from cladogen.gateway.caller import EVALUATE, Caller, ticket_in_hand
from cladogen.gateway.gateway import Gateway
from cladogen.ledger import NO_LIMITS, Ledger
from cladogen.models.calls import CallLog
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.options import ModelOptions
from cladogen.sandboxes.base import Call

# Options of proposers that say how models are asked, whoever asks them.
OPTIONS = (
    "price", "prices", "key", "window", "output", "silence", "temperature", "effort", "parameters",
)  # fmt: skip


def make_gateway(
    problem: Problem,
    models: Sequence[tuple[str, float]],
    options: Mapping[str, Any],
    *,
    api_base: str,
    log: CallLog,
    budget: Ledger,
    notify: Callable[[str], None],
    stopping: asyncio.Event | None,
) -> Gateway:
    """Return the gateway to ``models``, (name, weight) pairs; ``options`` are a proposer's."""
    about = ModelOptions.read({name: options[name] for name in OPTIONS if name in options})
    of_program = NO_LIMITS if problem.models is None else problem.models.program
    return Gateway(
        about.models(models, api_base),
        log,
        budget,
        of_program=of_program,
        notify=notify,
        stopping=stopping,
    )


def access_in(gateway: Gateway, problem: Problem) -> Callable[[Program, Call], Access]:
    """Return what gives a program its way to models in one call of an evaluation."""
    limits = NO_LIMITS if problem.models is None else problem.models.evaluation

    def access(program: Program, call: Call) -> Access:
        caller = Caller(EVALUATE, ticket_in_hand(), program.id, _digest(call))
        return Access(gateway, caller, limits, "this evaluation")

    return access


def _digest(call: Call) -> str:
    """Return what tells a call apart from a program's others: input, seed and replaced files."""
    digest = hashlib.sha256(call.input)
    for path, data in sorted(call.overlay.items()):
        digest.update(path.encode() + b"\0" + hashlib.sha256(data).digest())
    return f"{digest.hexdigest()[:16]}/{call.seed}"

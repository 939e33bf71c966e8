"""The form that a model is asked to answer in: diffs, or whole files where diffs rarely apply."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cladogen.models.calls import Request
from cladogen.models.model import Model
from cladogen.problem import Problem
from cladogen.program import matches
from cladogen.prompts.reading import CUT
from cladogen.proposal import Proposal
from cladogen.proposers.format_rates import FormatRates

MISREAD = ("removed-lines-not-found", "ambiguous-context")
BYTES_PER_TOKEN = 3


@dataclass(frozen=True, slots=True)
class Forms:
    """Chooses forms for one problem, by how often a model's replies in each applied."""

    problem: Problem
    rates: FormatRates = field(default_factory=FormatRates)

    def first(self, model: Model, form: str) -> str:
        """Return the form to ask for where ``form`` would be usual."""
        rarely = self.rates.rarely_applies
        if form == "whole" or not rarely(model.name, form) or rarely(model.name, "whole"):
            return form
        return form if self._too_long(model) else "whole"

    def repair(self, model: Model, proposal: Proposal, form: str) -> str:
        """Return the form to ask a repair of a proposal in, where ``form`` would be usual."""
        form = self.first(model, form)
        if proposal.code == CUT:
            return "diff" if form == "whole" else form  # nothing shorter is there to ask for
        misread_again = proposal.code in MISREAD and bool(proposal.repairs)
        return "whole" if misread_again and not self._too_long(model) else form

    def _too_long(self, model: Model) -> bool:
        """Tell whether the editable files of the seed are too long to be written out in one
        reply.
        """
        seed = self.problem.begins_with[0]
        editable = self.problem.editable
        size = sum(len(file.data) for path, file in seed.files.items() if matches(path, editable))
        return size / BYTES_PER_TOKEN > model.output / 2


def asked_in(
    form: str,
    wording: str = "",
    sampling: Mapping[str, Any] = MappingProxyType({}),
    tools: Sequence[Mapping[str, Any]] = (),
    memory: str = "",
) -> str:
    """Return what a request's parameters say of the form and wording it asks in, the sampling and
    the tools that it has of its own, and how much it shows of what the run remembers.
    """
    facts: dict[str, Any] = {"format": form}
    if wording:
        facts["wording"] = wording
    if sampling:
        facts["sampling"] = dict(sampling)
    if tools:
        facts["tools"] = list(tools)
    if memory:
        facts["memory"] = memory
    return json.dumps(facts)


def form_of(request: Request) -> str:
    """Return the form that a recorded request asked for."""
    return _fact(request, "format", "diff")


def wording_of(request: Request) -> str:
    """Return the number of the wording that a recorded request used, "" for none."""
    return _fact(request, "wording", "")


def memory_of(request: Request) -> str:
    """Return how much a recorded request showed of what the run remembers, "" for the usual."""
    return _fact(request, "memory", "")


def _fact(request: Request, name: str, default: str) -> str:
    return str(json.loads(request.parameters).get(name, default))

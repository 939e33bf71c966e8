"""Texts that a run has written for itself while it goes on: its notes, and wordings of operators.

Each is asked for once under the ticket of the task that found it due (`cladogen.journal`), so that
a run that is killed while it waits for one, or right after, pays for it once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from cladogen.journal import once
from cladogen.models.asking import Models
from cladogen.models.calls import AnsweredCall, CallLog, ModelCall, Request, answered
from cladogen.models.model import Model
from cladogen.prompts.context import Context
from cladogen.prompts.memory import RunMemory
from cladogen.prompts.notes import PURPOSE as NOTES
from cladogen.prompts.notes import RunNotes
from cladogen.prompts.notes_interval import interval
from cladogen.prompts.sections import PromptTexts
from cladogen.proposers.wordings import PURPOSE as WORDING
from cladogen.proposers.wordings import Wordings


class Writing(Protocol):
    """What is asked for by one call at a time."""

    def request(self, ticket: int, model: Model, texts: PromptTexts, context: Context) -> Request:
        """Return what a model is asked."""
        ...

    def busy(self, value: bool) -> None:
        """Keep others from asking at the same time."""
        ...


@dataclass(frozen=True, slots=True)
class Renewing:
    """Has notes, and with ``evolve`` wordings, written when enough has happened. ``ask`` returns
    the call, or why there is none; ``nobody_left`` says why no model can be asked.
    """

    log: CallLog
    models: Models
    texts: PromptTexts
    notes: RunNotes | RunMemory
    wordings: Wordings
    notes_every: int
    evolve: bool
    ask: Callable[[Request], Awaitable[ModelCall | str]]
    nobody_left: Callable[[], str]

    async def renew_notes(self, ticket: int, context: Context) -> bool:
        """Have the notes written anew where that is due; return whether they were, under this
        ticket.
        """
        every = interval(self.notes_every, self.models.budget.proposals_expected)
        due = self.notes.due(every)
        call = await self._written(self.notes, NOTES, ticket, context, due=due)
        if call is None or call.reply is None:
            return False
        self.notes.renew(call.reply.text, ticket, call.request)
        return True

    async def evolve_wordings(self, ticket: int, context: Context) -> None:
        """Have a wording of an operator written where that is due."""
        if not self.evolve:
            return
        due = self.wordings.due()
        call = await self._written(self.wordings, WORDING, ticket, context, due=due)
        if call is not None:
            self.wordings.written(call)

    async def _written(
        self, writing: Writing, purpose: str, ticket: int, context: Context, *, due: bool
    ) -> ModelCall | None:
        """Return the answered call that wrote a text under a ticket, None where there is none."""

        async def made() -> ModelCall | str:
            if not due or self.nobody_left():
                return "not now"
            model = self.models.models[self.models.usable()[0]]
            writing.busy(True)
            try:
                return await self.ask(writing.request(ticket, model, self.texts, context))
            finally:
                writing.busy(False)

        call = await once(AnsweredCall(self.log, ticket, 0, purpose), made)
        return call if isinstance(call, ModelCall) and answered(call) else None

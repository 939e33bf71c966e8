"""The notes that a model wrote of a run for its later prompts."""

from __future__ import annotations

from dataclasses import dataclass

from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store


@dataclass(frozen=True, slots=True)
class Note:
    """One writing of the notes; each takes the place of the one before. ``ticket`` is the task
    after which it was asked for.
    """

    ticket: int
    model: str
    text: str


def run_notes(store: Store) -> list[Note]:
    """Return all notes of a run, oldest first."""
    return [
        Note(call.request.ticket, call.request.model, call.reply.text)
        for call in StoredCalls(store).of_purpose("notes")
        if call.reply is not None and call.reply.text
    ]

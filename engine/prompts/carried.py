"""Carried: what earlier runs have noted, that a new one begins with.

Read once, when a run is made, and part of its record from then on: an earlier run may go on or be
deleted. Nothing of held-out cases comes along, neither of the earlier runs' nor of the new one's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from cladogen.errors import ConfigError, RunError
from cladogen.prompts.memory import RunMemory, screened
from cladogen.prompts.notes import last_notes
from cladogen.record.model_calls import StoredCalls
from cladogen.record.store import Store

OPTION = "proposer option notes_from"


def named_runs(notes_from: str) -> list[str]:
    """Return the runs that the option names, each once."""
    return list(dict.fromkeys(filter(None, (part.strip() for part in notes_from.split(";")))))


def read_carried(
    named: Iterable[str], hidden: Iterable[str] = (), *, memory: bool = False
) -> dict[str, str]:
    """Return the last notes of earlier runs by the run as it was named, without lines that name a
    case of theirs or of ``hidden`` that is held out; raises ConfigError for a run that has none,
    or, for a ``memory``, no principles.
    """
    return {run: _notes_of(run, tuple(hidden), memory) for run in named}


def titled(carried: Mapping[str, str]) -> dict[str, str]:
    """Return the notes by what their run is called: its folder, where no other has that name."""
    folders = [Path(run).name for run in carried]
    return {
        folder if folders.count(folder) == 1 else run: text
        for (run, text), folder in zip(carried.items(), folders, strict=True)
        if text.strip()
    }


def _notes_of(run: str, hidden: tuple[str, ...], memory: bool) -> str:
    try:
        store = Store.open(Path(run))
    except RunError as error:
        raise ConfigError(f"{OPTION}: {str(error).partition('; start one with')[0]}") from None
    try:
        notes = last_notes(StoredCalls(store))
        theirs = store.meta().get("cases", ((), ()))[1]
    finally:
        store.close()
    if not notes.strip():
        raise ConfigError(f"{OPTION}: {run}: no model has written notes there; leave it out")
    if memory and not RunMemory.holds_entries(notes):
        raise ConfigError(
            f"{OPTION}: {run}: its notes are no principles, as memory=true keeps them; name a run "
            "with memory=true, or leave memory out"
        )
    return screened(notes, (*theirs, *hidden))

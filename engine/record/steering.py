"""What a person asks of a run while it goes on: recorded as events, by whoever says it.

The process that searches holds the lock of the run; a steer is one more row beside it, which it
reads before its next task. So a steer outlives both, and says later why a run went as it did.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cladogen.errors import ConfigError, RunError
from cladogen.record.checksums import insert
from cladogen.record.database import connect
from cladogen.record.store import Store

STEER = "steer"  # the kind of the events
WISHES = "steer.md"  # in the run folder: every prompt reads it anew
PLAIN = ("pause", "resume", "stop")
OF_A_PROGRAM = ("pin", "ban", "favour", "free", "measure")
CAPS = ("usd", "tokens", "calls", "evaluations", "proposals", "seconds", "patience")


@dataclass(frozen=True, slots=True)
class Steer:
    """One request. ``do`` is pause, resume or stop; "cap" with a ``cap`` and its new ``value``;
    "wish" with a ``text``; pin, ban, favour, free or measure with a ``program``; or approve or
    refuse, of the child that waits in a ``round`` of a ``ticket`` (`cladogen.record.approvals`).

    pin: every later child is one of this program; ban: no later child is one of it or of its
    descendants; favour: every second child is one of it or its descendants; free ends these.
    """

    do: str
    program: int | None = None
    cap: str = ""
    value: float | None = None
    text: str = ""
    ticket: int | None = None
    round: int = 0

    def __str__(self) -> str:
        """Say it in words."""
        if self.do == "cap":
            return f"cap {self.cap} is {self.value:g} now"
        if self.do == "wish":
            return f"every later prompt says: {self.text}"
        if self.ticket is not None:
            return f"{self.do} task {self.ticket}" + (f": {self.text}" if self.text else "")
        return self.do if self.program is None else f"{self.do} #{self.program}"


class GivenSteer(NamedTuple):
    """A steer, its row, and when it was given (seconds since 1970)."""

    row: int
    at: float
    steer: Steer


def checked(values: Mapping[str, Any], programs: int) -> Steer:
    """Return the steer that plain values mean; raises ConfigError for what is none. ``programs`` is
    how many there are.
    """
    do = str(values.get("do", ""))
    if do in PLAIN:
        return Steer(do)
    if do in OF_A_PROGRAM:
        return Steer(do, program=_program(do, values.get("program"), programs))
    if do == "cap":
        return _cap(values)
    text = values.get("text")
    if do == "wish" and isinstance(text, str) and text.strip():
        return Steer(do, text=" ".join(text.split()))
    if do == "wish":
        raise ConfigError("the wish is empty; write what later prompts should ask for")
    raise ConfigError(f"{do!r}: no such request; there are wish, cap, {', '.join(_KNOWN)}")


def give(folder: Path, steer: Steer) -> None:
    """Record a steer, also while another process writes to the run."""
    if not (folder / "run.db").is_file():
        raise RunError(f"{folder}: no run here (no run.db)")
    if steer.do == "wish":
        with (folder / WISHES).open("a", encoding="utf-8") as file:
            file.write(steer.text + "\n")
    body = {name: value for name, value in asdict(steer).items() if value not in (None, "")}
    with contextlib.closing(connect(folder / "run.db", write=True)) as database:
        insert(database, "events", (time.time(), STEER, json.dumps(body)))


def given(store: Store, after: int = -1) -> list[GivenSteer]:
    """Return the steers after a row, oldest first."""
    rows = store.database.execute(
        "SELECT id, at, body FROM events WHERE id > ? AND kind = ? ORDER BY id", (after, STEER)
    )
    return [GivenSteer(row, at, Steer(**json.loads(body))) for row, at, body in rows.fetchall()]


def session_row(store: Store) -> int:
    """Return the row at which the last session began; steers after it are this session's."""
    began = store.value("SELECT MAX(id) FROM events WHERE kind = 'begin'")
    return -1 if began is None else int(began)


def of_session(store: Store) -> list[GivenSteer]:
    """Return the steers of the session that began last."""
    return given(store, session_row(store))


def paused(steers: list[GivenSteer]) -> bool:
    """Tell whether the last word on going on was to pause."""
    words = [each.steer.do for each in steers if each.steer.do in PLAIN]
    return words[-1:] == ["pause"]


_KNOWN = (*PLAIN, *OF_A_PROGRAM)


def _program(do: str, number: Any, programs: int) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < programs:
        raise ConfigError(f"{do}: {number!r} is no program; there are #0 to #{programs - 1}")
    return number


def _cap(values: Mapping[str, Any]) -> Steer:
    cap, value = values.get("cap"), values.get("value")
    if cap not in CAPS:
        raise ConfigError(f"cap {cap!r}: there is none; there are {', '.join(CAPS)}")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value < float("inf"):  # type: ignore[operator]
        raise ConfigError(f"cap {cap} {value!r}: must be a number more than 0")
    whole = value if cap in ("usd", "seconds") else int(value)  # type: ignore[arg-type]
    return Steer("cap", cap=cap, value=whole)

"""Memory that evolves: principles and guardrails, each with its evidence, its use and its end.

As EvolveMem, MemEvolve and Evo-Memory have it, what a run remembers is kept by what it is worth. A
model writes entries in place of free notes; one that names no program of the run as evidence is
dropped. A proposal whose idea names an entry, as in (P3), counts as a use of it, and as a help
where its child was better than its parent. What is used often and never helps is forgotten, and
so is what was neither written again nor helpful for long. Of the others those that have to do with
the task at hand are shown, the more helpful first.

A fold over proposals, results and the recorded calls that wrote it: a resumed run remembers the
same. With ``reverts`` entries are taken back after which less was gained than before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cladogen.models.calls import CallLog, MemoryLog, Request, answer
from cladogen.models.model import Model
from cladogen.prompts.attempts import NOTHING, attempts, latest_attempts
from cladogen.prompts.context import Context
from cladogen.prompts.notes import PURPOSE, leader, words_of
from cladogen.prompts.rules import metrics
from cladogen.prompts.sections import (
    PromptTexts,
    Section,
    as_messages,
    brief,
    clip,
    room_beside,
)
from cladogen.prompts.tried import calibration, described
from cladogen.proposal import Outcome, Proposal
from cladogen.result import Result

ENTRIES, WORDS = 16, 300
LONGEST = 300  # characters of an entry
USUAL = "usual"
AMOUNTS = {"none": 0, "few": 3, USUAL: 6, "all": ENTRIES}  # entries that a prompt shows
LOOK = 8  # proposals after new entries, from which on they are held against those before
LEAST = 2  # children better than their parent among so many before, to tell that fewer is worse
LOST = 0.5  # of their number before: with fewer since, what was written is taken back
IN_VAIN = 6  # uses without a help after which a principle is forgotten
LIFE = 80  # proposals after which an entry is forgotten that was not written again and did not help
MOST_TOKENS = 12_000

_LINE = re.compile(r"^\W*([PG])(\d*)\s*[:.]\s*(.+)$")
_NUMBER = re.compile(r"#(\d+)")
_OF_OTHERS = re.compile(  # what another run's programs show, and which run's
    r"\(\s*#\d+(?:\s*,\s*#\d+)*\s+of\s+([^();]+)[^()]*\)"
)
_CITED = re.compile(r"\b([PG]\d+)\b")


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """One line of the memory. ``evidence`` are program numbers of this run, or of the ``source``
    that it was carried from; ``since`` counts the proposals since it was written or helped last.
    """

    name: str
    text: str
    evidence: tuple[int, ...]
    source: str = ""
    used: int = 0
    helped: int = 0
    since: int = 0

    @property
    def over(self) -> bool:
        """Whether it is forgotten."""
        vain = self.name[0] == "P" and self.used >= IN_VAIN and not self.helped
        return vain or self.since >= LIFE

    def __str__(self) -> str:
        of = f" of {self.source}" if self.source else ""
        shown = ", ".join(f"#{number}" for number in self.evidence)
        use = f"; helped {self.helped} of {self.used} times" if self.used else ""
        return f"{self.name}: {self.text} ({shown}{of}{use})"


class RunMemory:
    """The entries of a run. It stands where `cladogen.prompts.notes.RunNotes` does."""

    NOT_STATE = ("_log", "_busy", "reverts")

    def __init__(
        self, log: CallLog, carried: Iterable[tuple[str, str]] = (), *, reverts: bool = False
    ) -> None:
        self._log, self.reverts = log, reverts
        self._before: dict[str, MemoryEntry] | None = (
            None  # the entries before the last that were written
        )
        self._helps: list[bool] = []  # of the latest proposals: whether the child was better
        self._watched = 0  # proposals since the last entries were written
        self._entries: dict[str, MemoryEntry] = {}
        self._written: set[int] = set()  # tickets whose call is taken in
        self._since, self._busy, self._count = 0, False, 0
        for source, text in carried:
            self._take(text, source)

    @property
    def text(self) -> str:
        """All entries, one a line."""
        return "\n".join(map(str, self._entries.values()))

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Count a proposal, and what it says to have used."""
        if proposal.renewed and proposal.ticket not in self._written:
            self._renew_from(proposal.ticket)
        if result.outcome in NOTHING:
            return
        self._since += 1
        cited = set(_CITED.findall(proposal.summary)) if not proposal.repairs else set()
        helped = _better(proposal, result)
        for name, entry in list(self._entries.items()):
            self._entries[name] = _counted(entry, used=name in cited, better=helped)
        self._forget()
        self._watch(helped)

    def _renew_from(self, ticket: int) -> None:
        """Take in what was written under a ticket, as it is recorded."""
        call = answer(self._log, ticket, 0, PURPOSE)
        if call is not None and call.reply is not None:
            self.renew(call.reply.text, ticket, call.request)

    def _watch(self, helped: bool) -> None:
        """Take new entries back when fewer than half as many children were better since they were
        written as among as many before: EvolveMem reverts a memory with which the score regresses.
        """
        self._helps = [*self._helps, helped][-2 * LOOK :]
        self._watched += 1
        if self._watched != LOOK or self._before is None:
            return
        then, now = self._helps[:-LOOK], self._helps[-LOOK:]
        if self.reverts and sum(then) >= LEAST and sum(now) < LOST * sum(then):
            self._entries = self._before
        self._before = None

    def due(self, every: int) -> bool:
        """Tell whether it is time to write."""
        return 0 < every <= self._since and not self._busy

    def busy(self, value: bool) -> None:
        """Keep others from asking at the same time."""
        self._busy = value

    def request(self, ticket: int, model: Model, texts: PromptTexts, context: Context) -> Request:
        """Return the request for what is to be remembered, within the model's window."""
        system = texts.fill("memory", entries=ENTRIES, words=WORDS)
        room = room_beside(system, model, MOST_TOKENS)
        lines = [f"- {described(context, each)}" for each in attempts(context, self._since)]
        news = "\n".join([*lines, calibration(latest_attempts(context).expected)]).strip()
        sections = [
            Section("The problem", clip(context.problem.statement, 1500), 0.3),
            Section("What counts", metrics(context.problem), 0.1),
            leader(context, room // 4),
            Section("The memory so far", self.text or "(nothing yet)", 0.3),
            Section("What was tried since", news, 1.0),
        ]
        messages = as_messages(system, sections, room)
        return Request(ticket, 0, PURPOSE, model.name, messages)

    def renew(self, text: str, ticket: int = -1, asked: Request | None = None) -> None:
        """Take in what a model wrote under a ticket, once. Evidence is what it was shown when it
        was ``asked``: a number that stood nowhere there is none.
        """
        if ticket in self._written:
            return
        if ticket >= 0:
            self._written.add(ticket)
        self._since = self._watched = 0
        self._before = dict(self._entries)
        self._take(text, "", None if asked is None else _shown(asked))
        self._forget()

    def section(self, about: str = "", amount: str = "") -> Section:
        """Show the entries that have most to do with a text, as many as ``amount`` says."""
        words = set(words_of(about))
        ranked = sorted(
            self._entries.values(), key=lambda entry: (-_worth(entry, words), entry.name)
        )
        body = "\n".join(f"- {entry}" for entry in ranked[: AMOUNTS[amount or USUAL]])
        if body:
            body += "\n\nWhere one guides your change, name it in the Idea, as in (P3)."
        return Section("What this search has learnt", body, 0.15)

    @staticmethod
    def holds_entries(text: str) -> bool:
        """Tell whether any line of a text is an entry with evidence."""
        memory = RunMemory(MemoryLog(), [("", text)])
        return bool(memory.text)

    def _holds(self, words: str) -> bool:
        return any(words == entry.text for entry in self._entries.values())

    def _take(self, text: str, source: str, shown: set[int] | None = None) -> None:
        for found in filter(None, map(_LINE.match, text.splitlines())):
            self._take_line(found, source, shown)

    def _take_line(self, found: re.Match[str], source: str, shown: set[int] | None) -> None:
        kind, number, said = found.groups()
        known = None if source else self._entries.get(f"{kind}{number}")
        words = brief(re.sub(r"\(\s*#[^)]*\)", "", said), LONGEST).rstrip()
        evidence, of = _evidence(said, source, known, shown)
        if not evidence or not words or self._holds(words):
            self._confirm(known, words)
            return
        entry = known or self._new(kind)
        self._write(replace(entry, text=words, evidence=evidence, source=of, since=0))

    def _confirm(self, known: MemoryEntry | None, words: str) -> None:
        """Count an entry as written again, where it says the same."""
        if known is not None and words == known.text:
            self._write(replace(known, since=0))

    def _new(self, kind: str) -> MemoryEntry:
        """Return an entry under the next number, of which nothing is written yet."""
        self._count += 1
        return MemoryEntry(f"{kind}{self._count}", "", ())

    def _write(self, entry: MemoryEntry) -> None:
        self._entries[entry.name] = entry

    def _forget(self) -> None:
        """Drop what is over, and beyond the room the least helpful, the oldest first."""
        left = {name: entry for name, entry in self._entries.items() if not entry.over}
        while len(left) > ENTRIES:
            del left[min(left, key=lambda name: (_rate(left[name]), -left[name].since))]
        self._entries = left


def _evidence(
    said: str, source: str, known: MemoryEntry | None, shown: set[int] | None
) -> tuple[tuple[int, ...], str]:
    """Return the programs that show an entry, and whose they are ("": this run's)."""
    own, others = _numbers(_OF_OTHERS.sub("", said), shown), _OF_OTHERS.search(said)
    if own or others is None:
        return own, source
    if known is not None:  # put otherwise, shown as before
        return known.evidence, known.source
    return (_numbers(others[0], None), others[1].strip()) if source else ((), "")


def _numbers(text: str, shown: set[int] | None) -> tuple[int, ...]:
    """Return the programs that a text names, of those that were shown."""
    named = dict.fromkeys(map(int, _NUMBER.findall(text)))
    return tuple(number for number in named if shown is None or number in shown)


def _shown(asked: Request) -> set[int]:
    """Return the programs of this run that a request names; its first message is an example."""
    said = "\n".join(message.text for message in asked.messages if message.role != "system")
    return set(_numbers(_OF_OTHERS.sub("", said), None))


def screened(text: str, hidden: Iterable[str]) -> str:
    """Return notes of another run without the lines that name one of its held-out cases."""
    names = list(filter(None, hidden))
    lines = text.splitlines()
    return "\n".join(line for line in lines if not any(name in line for name in names))


def _counted(entry: MemoryEntry, *, used: bool, better: bool) -> MemoryEntry:
    """Return an entry after a proposal that used it or not, whose child was better or not."""
    helped = used and better
    since = 0 if helped else entry.since + 1
    return replace(entry, used=entry.used + used, helped=entry.helped + helped, since=since)


def _better(proposal: Proposal, result: Result) -> bool:
    before = proposal.parent_fitness
    after = result.fitness
    accepted = result.outcome is Outcome.ACCEPTED
    return accepted and after is not None and before is not None and after > before


def _rate(entry: MemoryEntry) -> float:
    """Return how often an entry helped, drawn to one in three while it was seldom used."""
    return (entry.helped + 1.0) / (entry.used + 3.0)


def _worth(entry: MemoryEntry, words: set[str]) -> float:
    shared = len(words & set(words_of(entry.text)))
    return _rate(entry) * (1.0 + shared)

"""Notes: what a run has learnt, distilled by a model every so often; and what the user wrote, found
again by words.

Retrieval is BM25 (Robertson and Zaragoza, 2009) over paragraphs: no index, no model, no network.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cladogen.models.calls import CallLog, Message, Request
from cladogen.models.model import Model
from cladogen.prompts import code
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figure
from cladogen.prompts.rules import metrics
from cladogen.prompts.sections import PromptTexts, Section, assemble, clip, count_tokens, plain
from cladogen.prompts.tried import NOTHING, attempts, calibration, described
from cladogen.proposal import Proposal
from cladogen.result import Result

WORDS = 250
PARAGRAPH = 1200  # characters; longer paragraphs are cut at line ends
TEXT_FILES = (".md", ".txt", ".rst", ".py", ".tex")
MOST_TOKENS = 12_000


class RunNotes:
    """The notes of a run and how much happened since they were written. A fold over proposals and
    results.
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._since = 0
        self._busy = False

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Count a proposal."""
        if proposal.renewed:
            self._since = 0
        self._since += result.outcome not in NOTHING

    def due(self, every: int) -> bool:
        """Tell whether it is time for new notes."""
        return 0 < every <= self._since and not self._busy

    def request(self, ticket: int, model: Model, texts: PromptTexts, context: Context) -> Request:
        """Return the request for new notes, within the model's window."""
        system = texts.fill("notes", words=WORDS)
        room = min(model.prompt_tokens - count_tokens(system), MOST_TOKENS)
        sections = [
            Section("The problem", clip(context.problem.statement, 1500), 0.3),
            Section("What counts", metrics(context.problem), 0.1),
            _leader(context, room // 4),
            Section("Your notes so far", self.text or "(none yet)", 0.2),
            Section("What was tried since", self._news(context), 1.0),
        ]
        messages = (Message("system", system), Message("user", assemble(sections, room)))
        return Request(ticket, 0, "notes", model.name, messages)

    def renew(self, text: str) -> None:
        """Take new notes."""
        self.text = clip(plain(text).strip(), 2 * WORDS)
        self._since = 0

    def section(self) -> Section:
        return Section("Notes on this search so far", self.text, 0.15)

    def busy(self, value: bool) -> None:
        """Keep others from asking for notes at the same time."""
        self._busy = value

    def _news(self, context: Context) -> str:
        every = attempts(context, self._since)
        lines = [f"- {described(context, each)}" for each in every]
        return "\n".join([*lines, calibration(context, attempts(context))]).strip()


def _leader(context: Context, tokens: int) -> Section:
    """Show the best program: its score beside the best known one, where it came from, its code."""
    best, goal = context.best, context.problem.objective
    if best is None:
        return Section("The best program so far", "", 0.3)
    line = [best]
    while parents := context.record.node(line[-1]).parents:
        line.append(parents[0])
    (value,) = context.shown(best)
    known = context.problem.best_known
    words = [f"#{best}: {goal.name} {value} ({goal.direction})."]
    if known is not None:
        words.append(f"The best known elsewhere is {figure(known, 12)}.")
    if len(line) > 1:
        words.append(f"It came about by {' -> '.join(f'#{number}' for number in line[::-1])}.")
    program = context.record.program(best)
    text = code.files(program, context.editable(program), tokens)
    return Section("The best program so far", f"{' '.join(words)}\n\n{text}", 0.4)


class Background:
    """Texts the user gave, ``notes.md`` or files in a folder ``notes/`` of the problem, found again
    by their words.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paragraphs = [part for path in paths for part in _paragraphs(path)]
        self._bags = [Counter(_words(text)) for text in self._paragraphs]
        self._spread = Counter(word for bag in self._bags for word in bag)
        self._mean = sum(sum(bag.values()) for bag in self._bags) / max(1, len(self._bags))

    @staticmethod
    def of(folder: Path) -> Background:
        """Return the background of a problem folder."""
        notes = folder / "notes"
        inside = (
            sorted(path for path in notes.rglob("*") if path.suffix in TEXT_FILES)
            if notes.is_dir()
            else []
        )
        return Background([path for path in (folder / "notes.md", *inside) if path.is_file()])

    def section(self, about: str, tokens: int) -> Section:
        """Return the paragraphs nearest to ``about`` within a number of tokens, in the order of the
        texts.
        """
        words = set(_words(about))
        scores = sorted(
            ((self._score(bag, words), -at) for at, bag in enumerate(self._bags)), reverse=True
        )
        chosen = []
        for score, at in scores:
            cost = count_tokens(self._paragraphs[-at])
            if (score > 0 or at == 0) and cost <= tokens:
                chosen.append(-at)
                tokens -= cost
        return Section(
            "Background", "\n\n".join(self._paragraphs[at] for at in sorted(chosen)), 0.2
        )

    def _score(self, bag: Counter[str], words: set[str]) -> float:
        length, total = sum(bag.values()), 0.0
        for word in words & bag.keys():
            rare = math.log(
                1 + (len(self._bags) - self._spread[word] + 0.5) / (self._spread[word] + 0.5)
            )
            total += (
                rare * bag[word] * 2.2 / (bag[word] + 1.2 * (0.25 + 0.75 * length / self._mean))
            )
        return total


def last_notes(log: CallLog) -> str:
    """Return the notes that were written last in a run, "" when there are none."""
    found = [
        call for call in log.all() if call.request.purpose == "notes" and call.reply is not None
    ]
    return next(
        (call.reply.text for call in reversed(found) if call.reply is not None and call.reply.text),
        "",
    )


def _paragraphs(path: Path) -> list[str]:
    parts = re.split(r"\n\s*\n", plain(path.read_text(encoding="utf-8", errors="replace")))
    return [piece for part in parts for piece in _pieces(part.strip())]


def _pieces(text: str) -> list[str]:
    if len(text) <= PARAGRAPH:
        return [text] if text else []
    lines, pieces, piece = text.splitlines(), [], ""
    for line in lines:
        if piece and len(piece) + len(line) > PARAGRAPH:
            pieces.append(piece)
            piece = ""
        piece = f"{piece}\n{line[:PARAGRAPH]}" if piece else line[:PARAGRAPH]
    return [*pieces, piece]


def _words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z]\w{3,}", text)]

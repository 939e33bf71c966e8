"""Notes: what a run has learnt, distilled by a model every so often; and what the user wrote, found
again by words.

Retrieval is BM25 (Robertson and Zaragoza, 2009) over paragraphs: no index, no model, no network.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cladogen.models.calls import CallLog, Request
from cladogen.models.model import Model
from cladogen.program import Program
from cladogen.prompts import code
from cladogen.prompts.attempts import NOTHING, attempts, latest_attempts
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figure
from cladogen.prompts.resource_use import resources
from cladogen.prompts.rules import rules
from cladogen.prompts.scores import cases, scores
from cladogen.prompts.sections import (
    PromptTexts,
    Section,
    as_messages,
    clip,
    count_tokens,
    plain,
    room_beside,
)
from cladogen.prompts.tried import calibration, described
from cladogen.proposal import Proposal
from cladogen.result import Result

PURPOSE = "notes"  # of the calls that write them
WORDS = 250
PARAGRAPH = 1200  # characters; longer paragraphs are cut at line ends
TEXT_FILES = (".md", ".txt", ".rst", ".py", ".tex")
MOST_TOKENS = 12_000


class RunNotes:
    """The notes of a run and how much happened since they were written. A fold over proposals and
    results; ``text`` is how a model wrote the notes that it begins with, ``carried`` are those of
    earlier runs, by their names, for a run that has none of its own yet.
    """

    NOT_STATE = ("_busy", "text")  # the text is the last recorded one

    def __init__(self, text: str = "", carried: Iterable[tuple[str, str]] = ()) -> None:
        self._since, self._busy, self.text = 0, False, ""
        self.renew(text)
        self.text = self.text or _of_others(list(carried))

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
        room = room_beside(system, model, MOST_TOKENS)
        sections = [
            Section("The problem", clip(context.problem.statement, 1500), 0.3),
            replace(self._rules(context), share=0.15),
            leader(context, room // 4),
            *self._of_best(context),
            Section("Your notes so far", self.text or "(none yet)", 0.2),
            Section("What was tried since", self._news(context), 1.0),
        ]
        messages = as_messages(system, sections, room)
        return Request(ticket, 0, PURPOSE, model.name, messages)

    def renew(self, text: str, ticket: int = -1, asked: Request | None = None) -> None:
        """Take new notes, whichever ticket they were written under, and whatever was asked."""
        self.text = clip(plain(text).strip(), 2 * WORDS)
        self._since = 0

    def section(self, about: str = "", amount: str = "") -> Section:
        """Show the notes, which are about everything, and short: always the same amount."""
        return Section("Notes on this search so far", self.text, 0.15)

    def busy(self, value: bool) -> None:
        """Keep others from asking for notes at the same time."""
        self._busy = value

    @staticmethod
    def _of_best(context: Context) -> list[Section]:
        """Show what the best program scores, case by case, and what it uses: where there is more
        to reach.
        """
        best = context.best
        if best is None:
            return []
        shown = cases(context, best, in_full=False)
        return [scores(context, best, ()), shown, resources(context, [best])]

    @staticmethod
    def _rules(context: Context) -> Section:
        """Say what may change, within which limits, with what at hand: what is worth trying next
        has to keep to it.
        """
        problem = context.problem
        return rules(problem, next(iter(problem.begins_with), Program.of({})), context.surroundings)

    def _news(self, context: Context) -> str:
        every = attempts(context, self._since)
        lines = [f"- {described(context, each)}" for each in every]
        return "\n".join([*lines, calibration(latest_attempts(context).expected)]).strip()


def _of_others(carried: Sequence[tuple[str, str]]) -> str:
    """Return notes of other runs, as many words of each, and that their numbers are theirs."""
    return "\n\n".join(
        f"From the run {name}, whose programs have numbers of their own:\n"
        f"{clip(plain(text).strip(), 2 * WORDS // len(carried))}"
        for name, text in carried
    )


def leader(context: Context, tokens: int) -> Section:
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
    """Texts the user gave, ``notes.md`` or files in a folder ``notes/`` of the problem, and what
    the seed's repository says of itself, found again by their words.
    """

    def __init__(self, paths: Sequence[Path], history: str = "") -> None:
        texts = [*(path.read_text(encoding="utf-8", errors="replace") for path in paths), history]
        self._paragraphs = [part for text in texts for part in _paragraphs(text)]
        self._bags = [Counter(words_of(text)) for text in self._paragraphs]
        self._spread = Counter(word for bag in self._bags for word in bag)
        words = sum(map(Counter.total, self._bags))
        self._mean = words / max(1, len(self._bags))

    @staticmethod
    def of(folder: Path, history: str = "") -> Background:
        """Return the background of a problem folder."""
        named = (folder / "notes.md", *_texts_in(folder / "notes"))
        return Background([path for path in named if path.is_file()], history)

    def section(self, about: str, tokens: int) -> Section:
        """Return the paragraphs nearest to ``about`` within a number of tokens, in the order of the
        texts.
        """
        chosen = []
        for score, at in self._ranked(about):
            cost = count_tokens(self._paragraphs[at])
            if (score > 0 or at == 0) and cost <= tokens:
                chosen.append(at)
                tokens -= cost
        return Section(
            "Background", "\n\n".join(self._paragraphs[at] for at in sorted(chosen)), 0.2
        )

    def _ranked(self, about: str) -> list[tuple[float, int]]:
        """Return the score of each paragraph, and which it is, the nearest first."""
        words = set(words_of(about))
        scores = [(self._score(bag, words), at) for at, bag in enumerate(self._bags)]
        return sorted(scores, key=lambda one: (-one[0], one[1]))

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


def _texts_in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.rglob("*") if path.suffix in TEXT_FILES)


def last_notes(log: CallLog) -> str:
    """Return the notes that were written last in a run, "" when there are none."""
    replies = (call.reply for call in log.latest_of(PURPOSE))
    return next((reply.text for reply in replies if reply is not None and reply.text), "")


def _paragraphs(text: str) -> list[str]:
    parts = re.split(r"\n\s*\n", plain(text))
    return [piece for part in parts for piece in _pieces(part.strip())]


def _pieces(text: str) -> list[str]:
    """Return a paragraph in pieces that are not too long, cut at the ends of lines."""
    if len(text) <= PARAGRAPH:
        return [text] if text else []
    pieces, piece = [], ""
    for line in text.splitlines():
        if piece and len(piece) + len(line) > PARAGRAPH:
            pieces.append(piece)
            piece = ""
        piece = f"{piece}\n{line[:PARAGRAPH]}" if piece else line[:PARAGRAPH]
    return [*pieces, piece]


def words_of(text: str) -> list[str]:
    """Return the words of a text that retrieval goes by."""
    return [word.lower() for word in re.findall(r"[A-Za-z]\w{3,}", text)]

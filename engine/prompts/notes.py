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

from cladogen.archives.base import Result
from cladogen.evaluation import Status
from cladogen.models.calls import CallLog, Message, Request
from cladogen.models.model import Model
from cladogen.prompts.sections import PromptTexts, Section, brief, clip, count_tokens, plain
from cladogen.proposal import Outcome, Proposal

WORDS = 250
PARAGRAPH = 1200  # characters; longer paragraphs are cut at line ends
TEXT_FILES = (".md", ".txt", ".rst", ".py", ".tex")


class RunNotes:
    """The notes of a run and what happened since they were written. A fold over proposals and
    results.
    """

    def __init__(self, every: int, text: str = "") -> None:
        self.every, self.text = every, text
        self._since: list[str] = []
        self._busy = False

    def tell(self, proposal: Proposal, result: Result) -> None:
        """Note what came of a proposal."""
        if proposal.renewed:
            self._since.clear()
        if result.outcome in (Outcome.NO_REPLY, Outcome.ABANDONED, Outcome.INFRA):
            return
        parent = proposal.parents[0] if proposal.parents else None
        idea = brief(proposal.summary or proposal.operator, 200)
        self._since.append(
            f"- on #{parent}, {proposal.operator}: {idea}: {_outcome(proposal, result)}"
        )

    @property
    def due(self) -> bool:
        return self.every > 0 and len(self._since) >= self.every and not self._busy

    def request(self, ticket: int, model: Model, texts: PromptTexts, statement: str) -> Request:
        """Return the request for new notes; what happened since is clipped to the model's
        window.
        """
        before = self.text or "(none yet)"
        head = (
            f"## The problem\n\n{clip(statement, 2000)}\n\n## Your notes so "
            f"far\n\n{before}\n\n## Since then\n\n"
        )
        room = model.prompt_tokens - count_tokens(head) - 500
        since = clip("\n".join(self._since[-200:]), min(room, 6000))
        messages = (
            Message("system", texts.fill("notes", words=WORDS)),
            Message("user", head + since),
        )
        return Request(ticket, 0, "notes", model.name, messages)

    def renew(self, text: str) -> None:
        """Take new notes."""
        self.text = clip(plain(text).strip(), 2 * WORDS)
        self._since.clear()

    def section(self) -> Section:
        return Section("Notes on this search so far", self.text, 0.15)

    def busy(self, value: bool) -> None:
        """Keep others from asking for notes at the same time."""
        self._busy = value


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


def _outcome(proposal: Proposal, result: Result) -> str:
    score = result.score
    if result.outcome is not Outcome.ACCEPTED or score is None:
        return f"{result.outcome.value} {brief(result.reason, 160)}".strip()
    if score.status is not Status.OK or score.fitness is None:
        return f"#{result.program} {score.status.value}: {brief(score.feedback, 160)}"
    before = proposal.parent_fitness
    metrics = ", ".join(f"{name} {value:.6g}" for name, value in score.metrics.items())
    change = f", fitness {before:.6g} -> {score.fitness:.6g}" if before is not None else ""
    return f"#{result.program} {metrics}{change}"

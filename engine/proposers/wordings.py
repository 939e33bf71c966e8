"""Wordings: the ways in which an operator's task is put into words, and which of them gain most.

``operator_diff.md`` is the first wording of `diff`, ``operator_diff_2.md`` the second, and so on:
of the problem's ``prompts/`` folder where it has the first, else of those that ship. With the
option ``evolve`` a model writes more of them from the record of gains. A fold over proposals,
results and the calls that wrote wordings.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from cladogen.models.calls import CallLog, ModelCall, Request, answered
from cladogen.models.model import Model
from cladogen.prompts.attempts import attempts
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figure
from cladogen.prompts.rules import metrics
from cladogen.prompts.sections import (
    PromptTexts,
    Section,
    as_messages,
    clip,
    plain,
    room_beside,
)
from cladogen.prompts.tried import described
from cladogen.proposal import Proposal
from cladogen.proposers.bandit import Bandit

PURPOSE = "wording"
EVERY = 20  # proposals between two wordings that a model writes
MOST = 5  # wordings of an operator
LONGEST = 2_000  # characters
SHOWN = 12  # results of an operator
WORD = re.compile(r"\$(\w+)")
MOST_TOKENS = 8_000


class Wordings:
    """The wordings of ``operators``. ``learn`` False: all of an operator are equally likely."""

    def __init__(self, texts: PromptTexts, operators: Iterable[str], *, learn: bool = True) -> None:
        self._texts = {name: texts.wordings(f"operator_{name}") for name in operators}
        self._learn, self._busy = learn, False
        self._asked: set[int] = set()  # tickets under which a wording was written
        self._uses: dict[tuple[str, str], int] = {}  # operators with a wording, by number
        # Of each result such a number, and the gain.
        self._used, self._gained = array("H"), array("d")
        self._bandits: dict[tuple[str, tuple[str, ...]], Bandit] = {}  # by operator and arms

    def recall(self, log: CallLog) -> None:
        """Take the wordings that were written in a run, in their order."""
        for call in log.of_purpose(PURPOSE):
            if answered(call):
                self.written(call)

    def choose(self, operator: str, rng: np.random.Generator) -> str:
        """Return the number of a wording, "1" for the first; likelier one that gained more."""
        arms = tuple(str(at + 1) for at in range(len(self._texts.get(operator, ()))))
        return self._bandit(operator, arms).choose(rng) if len(arms) > 1 else "1"

    def text(self, operator: str, wording: str) -> str:
        """Return a wording; the first where there is none of that number."""
        every = self._texts[operator]
        at = int(wording or 1) - 1
        return every[at] if at < len(every) else every[0]

    def tell(self, proposal: Proposal, gain: float) -> None:
        """Learn what a proposal gained; a repair counts for nothing."""
        if not proposal.repairs and proposal.operator in self._texts:
            wording = proposal.wording or "1"
            use = proposal.operator, wording
            self._used.append(self._uses.setdefault(use, len(self._uses)))
            self._gained.append(gain)
            for (operator, _), bandit in self._bandits.items():
                if operator == proposal.operator:
                    bandit.tell(wording, gain)

    def state(self) -> list[Any]:
        """Return what was learnt; the wordings that were written are in the record of calls."""
        known = sorted(self._bandits.items(), key=itemgetter(0))
        bandits = [[name, list(arms), each.state()] for (name, arms), each in known]
        results = np.array(self._used, "u2"), np.array(self._gained, "f8")
        return [list(map(list, self._uses)), *results, bandits]

    def restore(self, state: list[Any]) -> None:
        """Take in what `state` gave."""
        uses, used, gained, bandits = state
        self._uses = {(name, wording): at for at, (name, wording) in enumerate(uses)}
        self._used, self._gained = array("H", used.tobytes()), array("d", gained.tobytes())
        for name, arms, its in bandits:
            bandit = self._bandits[name, tuple(arms)] = self._fresh(arms)
            bandit.restore(its)

    def due(self) -> bool:
        """Tell whether it is time for a new wording, and one may be written."""
        due = len(self._used) // EVERY > len(self._asked) and not self._busy
        return due and bool(self._operator())

    def request(self, ticket: int, model: Model, texts: PromptTexts, context: Context) -> Request:
        """Return the request for another wording of the operator that was asked for most."""
        operator = self._operator()
        system = texts.fill("wording", operator=operator, words=self._named(operator))
        room = room_beside(system, model, MOST_TOKENS)
        sections = [
            Section("The problem", clip(context.problem.statement, 1000), 0.3),
            Section("What counts", metrics(context.problem), 0.2),
            *self._wordings(operator),
            Section("What came of it", self._results_of(operator, context), 0.6),
        ]
        messages = as_messages(system, sections, room)
        facts = json.dumps({"operator": operator})
        return Request(ticket, 0, PURPOSE, model.name, messages, facts)

    def written(self, call: ModelCall) -> bool:
        """Take a wording that a model wrote; False for one that lacks a word that is filled in, or
        is too long: it is recorded, and left. So is one that was taken before.
        """
        if call.request.ticket in self._asked:
            return False
        self._asked.add(call.request.ticket)
        operator = str(json.loads(call.request.parameters).get("operator", ""))
        text = plain(call.reply.text).strip() if call.reply is not None else ""
        if not self._may_take(operator, text):
            return False
        self._texts[operator].append(text)
        return True

    def _may_take(self, operator: str, text: str) -> bool:
        """Whether a text is a new wording of an operator, with the words that are filled in."""
        every = self._texts.get(operator, [])
        if not every or text in every or len(every) >= MOST or len(text) > LONGEST:
            return False
        known, found = set(WORD.findall(" ".join(every))), set(WORD.findall(text))
        return set(self._needed(operator)) <= found <= known

    def busy(self, value: bool) -> None:
        """Keep others from asking for a wording at the same time."""
        self._busy = value

    def _bandit(self, operator: str, arms: tuple[str, ...]) -> Bandit:
        """Return the bandit of an operator's wordings, which has learnt from all results."""
        if (operator, arms) not in self._bandits:
            bandit = self._bandits[operator, arms] = self._fresh(arms)
            for name, wording, gain in self._results():
                if name == operator:
                    bandit.tell(wording, gain)
        return self._bandits[operator, arms]

    def _fresh(self, arms: Sequence[str]) -> Bandit:
        return Bandit(arms, learn=self._learn, thrift=0.0, prior=4.0)

    def _results(self) -> Iterator[tuple[str, str, float]]:
        """Yield the operator, the wording and the gain of each result, in order."""
        uses = list(self._uses)
        return ((*uses[use], gain) for use, gain in zip(self._used, self._gained, strict=True))

    def _operator(self) -> str:
        """Return the operator asked for most often of those that may have another wording."""
        uses, counts = list(self._uses), Counter[str]()
        for use, count in Counter(self._used).items():
            counts[uses[use][0]] += count
        counts = Counter({name: counts[name] for name in counts if len(self._texts[name]) < MOST})
        return max(counts, key=lambda name: (counts[name], name), default="")

    def _needed(self, operator: str) -> list[str]:
        """Return the words that each wording of an operator has filled in."""
        every = [set(WORD.findall(text)) for text in self._texts[operator]]
        return sorted(set.intersection(*every)) if every else []

    def _named(self, operator: str) -> str:
        return ", ".join(f"${word}" for word in self._needed(operator))

    def _wordings(self, operator: str) -> list[Section]:
        """Return a section for each wording, with how often it was used and what it gained."""
        sections = []
        for at, text in enumerate(self._texts[operator]):
            gains = self._gains(operator, str(at + 1))
            used = "not used yet"
            if gains:
                helped, mean = sum(gain > 0 for gain in gains), sum(gains) / len(gains)
                used = f"used {len(gains)} times, {helped} of them made a better program"
                used = f"{used}; mean gain {figure(mean, 3)}"
            sections.append(Section(f"Wording {at + 1} ({used})", text))
        return sections

    def _gains(self, operator: str, wording: str) -> list[float]:
        used = (operator, wording)
        return [gain for name, one, gain in self._results() if (name, one) == used]

    def _results_of(self, operator: str, context: Context) -> str:
        every = [each for each in attempts(context) if each.first.operator == operator]
        return "\n".join(f"- {described(context, each)}" for each in every[-SHOWN:])

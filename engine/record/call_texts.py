"""The prompt and the reply of a proposal that a model made: its call has them already, word for
word, so that they are stored once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from cladogen.models.calls import Message, prompt_text
from cladogen.proposal import Proposal

KEPT = 64  # calls whose proposal is still to come
FROM_CALL = "from_call"  # in a proposal's body: which of its texts are its call's


class CallTexts(NamedTuple):
    """What was asked in a call and what was said, with the numbers of the texts that hold them."""

    request: int | None
    messages: tuple[Message, ...]
    ending: int | None = None
    reply: str = ""


class LatestCalls:
    """The last call under each ticket and round."""

    def __init__(self) -> None:
        self._calls: dict[tuple[int, int], CallTexts] = {}

    def keep(self, ticket: int, round_: int, call: CallTexts) -> None:
        """Keep a call until its proposal takes it."""
        self._calls[ticket, round_] = call
        if len(self._calls) > KEPT:
            del self._calls[next(iter(self._calls))]

    def ended(self, ticket: int, round_: int, ending: int | None, reply: str) -> None:
        """Note how a call that is kept ended."""
        if (call := self._calls.get((ticket, round_))) is not None:
            self._calls[ticket, round_] = call._replace(ending=ending, reply=reply)

    def of(self, proposal: Proposal, round_: int) -> dict[str, int]:
        """Return the texts of a proposal that its call has, by name, each with the number of the
        text that holds it.
        """
        call = self._calls.pop((proposal.ticket, round_), None)
        found: dict[str, int] = {}
        if call is None:
            return found
        if call.request is not None and proposal.prompt == prompt_text(call.messages):
            found["prompt"] = call.request
        if call.ending is not None and proposal.reply and proposal.reply == call.reply:
            found["reply"] = call.ending
        return found


def read_texts(texts: tuple[str, ...], from_call: Sequence[str]) -> tuple[str, str, str]:
    """Return prompt, reply and patch of a proposal, of which some are read from its call."""
    prompt, reply, patch = texts
    if prompt and "prompt" in from_call:
        prompt = prompt_text(list(map(Message.from_list, json.loads(prompt)["messages"])))
    if reply and "reply" in from_call:
        reply = json.loads(reply)["reply"]["text"]
    return prompt, reply, patch

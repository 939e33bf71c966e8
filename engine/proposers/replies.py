"""What a model's reply becomes: a proposal with a patch, or with the reason of having none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cladogen.errors import PatchRefused
from cladogen.models.asking import Models
from cladogen.models.calls import CallLog, CallStatus, ModelCall, Reply, prompt_text
from cladogen.models.endings import ReplyEnding, ending_of
from cladogen.problem import Problem
from cladogen.program import Program
from cladogen.prompts.reading import read_reply
from cladogen.proposal import Proposal
from cladogen.proposers.base import Record
from cladogen.proposers.candidates import Screening, pieces
from cladogen.proposers.likeness import Likeness


@dataclass(frozen=True, slots=True)
class Replies:
    """Reads replies about one problem. ``candidates`` is how many answers one reply may hold."""

    problem: Problem
    models: Models
    log: CallLog
    likeness: Likeness
    screening: Screening
    candidates: int
    reveal: Callable[[str], str]  # the program's own names, where a model sees others

    async def read(self, blank: Proposal, call: ModelCall | str, record: Record) -> Proposal:
        """Make a proposal of a call, or of the words for why there is none."""
        if isinstance(call, str):
            return replace(blank, reason=call)
        reply, request = call.reply, call.request
        assert reply is not None
        asked = replace(
            blank,
            model=request.model,  # a fallback may have answered
            prompt=prompt_text(request.messages),
            cost=self.log.spent(request.ticket, request.round),
            seconds=reply.seconds,
        )
        cut = self._cut(call)
        if not reply.text.strip():
            ended = _why_empty(reply)
            return replace(asked, reply=reply.text, reason=cut or reply.error or ended)
        text = self.reveal(reply.text)
        if request.round:
            return (await self._one(asked, text, record, cut))[0]
        return await self._best_of(asked, text, record, cut)

    async def _best_of(self, asked: Proposal, text: str, record: Record, cut: str) -> Proposal:
        """Return the proposal of a reply; the best on a first look, where it holds several."""
        several = pieces(text, self.candidates)
        if len(several) == 1:
            return (await self._one(asked, text, record, cut))[0]
        cuts = [*[""] * (len(several) - 1), cut]
        made = [
            await self._one(asked, each, record, why)
            for each, why in zip(several, cuts, strict=True)
        ]
        whole = [(proposal, child) for proposal, child in made if child is not None]
        if not whole:
            return replace(made[0][0], reply=text)
        best = await self.screening.best(whole, asked.ticket, record)
        return replace(best, reply=text, cost=self.log.spent(asked.ticket, 0))  # judges' too

    async def _one(
        self, asked: Proposal, text: str, record: Record, cut: str
    ) -> tuple[Proposal, Program | None]:
        """Return the proposal that a reply makes, and its program; None when it is refused."""
        made, child = read_reply(asked, text, self.problem, record, cut)
        if child is None:
            return made, None
        try:
            await self.likeness.check(child, record, asked.ticket)
        except PatchRefused as refusal:
            return replace(made, patch="", code=refusal.code, reason=refusal.reason), None
        return made, child

    def _cut(self, call: ModelCall) -> str:
        """Say why a reply is not whole, "" for one that is."""
        reply, model = call.reply, self.models.models[call.request.model]
        if reply is None or reply.status is not CallStatus.CUT:
            return ""
        came = "before any answer came"
        if reply.text.strip():
            came = f"after {reply.text.count(chr(10)) + 1} lines"
        if ending_of(reply.finish) is ReplyEnding.CUT:
            return f"the reply was cut off {came}: {_limit_reached(reply.finish, model.output)}"
        why = reply.finish or reply.error or "without a word why"
        return f"the reply broke off {came} ({why})"


def _why_empty(reply: Reply) -> str:
    if reply.tools:
        names = ", ".join(each.name for each in reply.tools[:3])
        return f"the model called a tool ({names}) in place of an answer"
    return f"the reply is empty (it ended with {reply.finish or 'nothing'!r})"


def _limit_reached(finish: str, output: int) -> str:
    """Say which limit cut a reply: the one that was asked for, or, by the provider's word, that of
    the window.
    """
    word = finish.lower()
    if "context" in word or "window" in word or word == "model_length":
        return f"prompt and reply filled the model's window ({finish})"
    if not any(part in word for part in ("length", "token", "limit", "len")):
        return f"its provider ended it with {finish!r}"
    return f"it reached the limit of {output:,} tokens"

"""Tries: a model may have its change run on a training case or two before it answers.

Where a model has tools it calls one. A plain convention is there for every other: a reply that
begins with the line "Try:" is run and answered with what came of it. A reply with neither is the
answer. The conversation is a call in the record for each of its replies, so that a killed run goes
on in its midst. Each try counts as a trial.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.base import Evaluator
from cladogen.ledger import Ledger
from cladogen.models.calls import CallStatus, Message, ModelCall, Reply, Request, ToolCall
from cladogen.problem import Problem
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figure
from cladogen.prompts.operators import FIRST
from cladogen.prompts.reading import read_reply
from cladogen.prompts.sections import PromptTexts, clip, fenced, plain
from cladogen.proposal import Proposal
from cladogen.proposers.offer import trials_allowed

CASES = 2  # training cases that a try is run on
WORDS = 400  # tokens of what the scorer says, and of what a program printed
RAN = "Case "  # how the result of a try that was run begins
NO_MORE = 2  # replies that call a tool after the last try, until there is no answer
BEGINS = re.compile(r"\s*[#*_`]*\s*try\s*[#*_`]*\s*:?\s*[#*_`]*\s*(\n|$)", re.IGNORECASE)
NAME, ARGUMENT = "try_change", "change"
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": NAME,
        "description": "Run a change on the training cases that the program to be changed does "
        "worst on, two at most, and learn what came of it.",
        "parameters": {
            "type": "object",
            "properties": {
                ARGUMENT: {
                    "type": "string",
                    "description": "The change, in the form in which the task asks for the answer.",
                }
            },
            "required": [ARGUMENT],
        },
    },
}


@dataclass(frozen=True, slots=True)
class Tries:
    """Runs what a model wants to try, at most ``most`` times for one proposal."""

    problem: Problem
    texts: PromptTexts
    trials: Evaluator | None
    budget: Ledger | None
    most: int
    reveal: Callable[[str], str]  # the program's own names, where a model sees others
    worded: set[str] = field(default_factory=set)  # models whose calls of tools led to nothing

    def tools(self, model: str, operator: str) -> tuple[dict[str, Any], ...]:
        """Return the tools that go along with a request for a proposal."""
        offered = self.most and operator != FIRST and model not in self.worded
        return (TOOL,) if offered else ()

    async def answered(
        self,
        call: ModelCall | str,
        blank: Proposal,
        context: Context,
        ask: Callable[[Request], Awaitable[ModelCall | str]],
    ) -> tuple[ModelCall | str, int]:
        """Return the call whose reply is the answer, and how many tries were run on the way, those
        of a session that was killed among them.
        """
        while isinstance(call, ModelCall) and blank.parents:
            request = await self._next(call, blank, context)
            if request is None:
                break
            call = await ask(request)
        talk = _talk(call)
        return call, sum(message.text.startswith(RAN) for message in talk[1:]) if self.most else 0

    async def _next(self, call: ModelCall, blank: Proposal, context: Context) -> Request | None:
        """Return what is asked after a reply, None where it is the answer or there is none."""
        reply, talk = call.reply, call.request.messages
        if not self.most or reply is None:
            return None
        if _failed_with_tools(reply, talk):
            return self._in_words(call.request)
        if reply.status is CallStatus.REPLIED and reply.tools:
            return await self._called(call, reply.text, reply.tools, blank, context)
        if self._is_a_try(talk, reply.text):
            said = await self._came(self.reveal(reply.text), blank, context)
            said += self._over(_made(talk) + 1)
            more = (Message("assistant", reply.text), Message("user", said))
            return replace(call.request, messages=(*talk, *more))
        return None

    def _is_a_try(self, talk: tuple[Message, ...], text: str) -> bool:
        return _made(talk) < self.most and BEGINS.match(text) is not None

    async def _called(
        self,
        call: ModelCall,
        text: str,
        tools: tuple[ToolCall, ...],
        blank: Proposal,
        context: Context,
    ) -> Request | None:
        """Answer each call of a tool; None where a model goes on to call it after the last try."""
        talk = call.request.messages
        made = _made(talk)
        if _refused(talk, self.most) >= NO_MORE:
            self.worded.add(call.request.model)
            return None
        more = [Message("assistant", text, tools=tools)]
        for each in tools:
            made += 1
            if made > self.most:
                said = self.texts.fill("tries_over")
            else:
                said = await self._tool_said(each, blank, context) + self._over(made)
            more.append(Message("tool", said, of=each.id))
        return replace(call.request, messages=(*talk, *more))

    async def _tool_said(self, call: ToolCall, blank: Proposal, context: Context) -> str:
        """Say what comes of one call of a tool."""
        if call.name != NAME:
            return f"There is no tool {plain(call.name)[:60]!r}, only {NAME}."
        change = _change_in(call.arguments)
        if change is None:
            return (
                f'The arguments cannot be read: give an object {{"{ARGUMENT}": TEXT}}, with the '
                "change as text in the form that the task asks for."
            )
        return await self._came(self.reveal(change), blank, context)

    def _in_words(self, request: Request) -> Request:
        """Return a conversation without tools, for a provider that takes none in it: some want
        back thoughts that nobody else may keep.
        """
        self.worded.add(request.model)
        facts = json.loads(request.parameters)
        facts.pop("tools", None)
        talk = tuple(_worded(request.messages))
        return replace(request, messages=talk, parameters=json.dumps(facts))

    def _over(self, made: int) -> str:
        """Say that a try was the last one, where it was."""
        return "" if made < self.most else f"\n\n{self.texts.fill('tries_over')}"

    async def _came(self, text: str, blank: Proposal, context: Context) -> str:
        """Say what comes of a change: why it does not apply, or what each case gives."""
        proposal, child = read_reply(blank, text, self.problem, context.record)
        if child is None:
            return f"It could not be applied: {proposal.reason}"
        if self.trials is None or not trials_allowed(blank.ticket, 1, self.budget, self.trials):
            return "It could not be run: no evaluations are left."
        cases = self._cases(blank.parents[0], context)
        rows = context.seen_frames.of(await self.trials.evaluate(child, cases))
        return "\n\n".join(self._said(row, blank.parents[0], context) for row in rows)

    def _cases(self, parent: int, context: Context) -> tuple[str, ...]:
        """Return the training cases that the parent does worst on."""
        assert self.trials is not None
        reached = context.cases(parent)
        return tuple(
            sorted(self.trials.train, key=lambda case: reached.get(case, float("-inf")))[:CASES]
        )

    def _said(self, row: Evaluation, parent: int, context: Context) -> str:
        """Say what one case gave, beside what the parent has there."""
        parts = [f"{RAN}{row.case}: {self._value(row, context.cases(parent).get(row.case))}"]
        if row.feedback:
            parts.append(f"The scorer says: {clip(plain(row.feedback), WORDS)}")
        if row.log.strip():
            parts.append(f"It printed:\n{fenced(clip(plain(row.log), WORDS))}")
        if not row.usage.elsewhere:
            limit = self.problem.limits.cpu_time_s
            parts.append(f"It used {row.usage.cpu_s:.2g} s of CPU time of {limit:g} s.")
        return "\n".join(parts)

    def _value(self, row: Evaluation, before: float | None) -> str:
        goal = self.problem.objective
        if row.status is not Status.OK or goal.name not in row.metrics:
            return row.status.value
        had = "" if before is None else f" (the parent has {figure(goal.sign * before)})"
        return f"{goal.name} {figure(row.metrics[goal.name])}{had}"


def _talk(call: ModelCall | str) -> tuple[Message, ...]:
    return call.request.messages if isinstance(call, ModelCall) else ()


def _made(talk: tuple[Message, ...]) -> int:
    """Return how many tries a conversation holds: each call of a tool is one."""
    return sum(max(1, len(each.tools)) for each in talk if each.role == "assistant")


def _refused(talk: tuple[Message, ...], most: int) -> int:
    """Return how many replies of a conversation called a tool when no try was left."""
    made = found = 0
    for each in talk:
        if each.role == "assistant":
            found += made >= most
            made += max(1, len(each.tools))
    return found


def _change_in(arguments: str) -> str | None:
    """Return the change that a tool was called with; None where there is none."""
    try:
        given = json.loads(arguments)
    except ValueError:
        return None
    change = given.get(ARGUMENT) if isinstance(given, dict) else None
    return change if isinstance(change, str) and change.strip() else None


def _worded(talk: Iterable[Message]) -> Iterator[Message]:
    """Yield a conversation whose calls of tools are words: each is a message with an answer of its
    own, so that it is one try as before.
    """
    talk = list(talk)
    came = (message.text for message in talk if message.role == "tool")
    for message in talk:
        for each in message.tools:
            yield Message("assistant", f"Try:\n\n{_change_or_all(each.arguments)}")
            yield Message("user", next(came))
        if not message.tools and message.role != "tool":
            yield message


def _change_or_all(arguments: str) -> str:
    return _change_in(arguments) or arguments


def _failed_with_tools(reply: Reply, talk: Iterable[Message]) -> bool:
    """Whether a call failed in whose conversation tools are called, which may be why."""
    return reply.status is CallStatus.FAILED and any(message.tools for message in talk)

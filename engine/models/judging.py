"""Judging a reply: whether it is whole, cut or none, from how it ended and what came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cladogen.models.calls import CallStatus, Reply
from cladogen.models.characters import whole_characters
from cladogen.models.endings import ReplyEnding
from cladogen.models.failures import FailureKind, ProviderFailure
from cladogen.models.redact import redact
from cladogen.models.reply_stream import ReplyStream

IDEA = re.compile(r"^\W*idea\W*:", re.IGNORECASE | re.MULTILINE)
MISPLACED = (
    "its answers come as thoughts (the server's reasoning parser takes all of a reply); they are "
    "read from their last 'Idea:' line on"
)
NO_ENDING = (
    "it says neither how its replies end nor what they cost, so that they cannot be told from cut "
    "ones; none is applied"
)


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """A reply with its status. ``suspect`` says why a reply counts against its model although the
    call itself went well; ``notices`` are (topic, line) to be said once.
    """

    reply: Reply
    failure: ProviderFailure | None = None
    suspect: str = ""
    notices: tuple[tuple[str, str], ...] = ()


def judge(
    stream: ReplyStream, failure: ProviderFailure | None, seconds: float, *, offered: bool = False
) -> JudgedReply:
    """Judge what came; a reply whose ending is not known to be good is cut, or no reply.
    ``offered``: tools were, so that calling one is a reply.
    """
    ending = stream.ending
    failure = failure or _failure_of(stream, ending)
    notices: tuple[tuple[str, str], ...] = ()
    suspect = ""
    if failure is None:
        notices = tuple(_notices(stream, ending))  # before the reply is read: it may move an answer
        suspect = NO_ENDING if ending is ReplyEnding.UNSAID else ""
    reply = _reply(stream, ending, failure, seconds)
    if offered and stream.tools:
        reply = _with_tools(reply, stream, failure)
    return JudgedReply(reply, failure, suspect, notices)


def _with_tools(reply: Reply, stream: ReplyStream, failure: ProviderFailure | None) -> Reply:
    """Return a reply with the tools that it calls, so that it is not empty without words."""
    called = tuple(replace(each, arguments=redact(each.arguments)) for each in stream.tools.whole)
    return replace(reply, tools=called, error=reply.error if failure is not None else "")


def _notices(stream: ReplyStream, ending: ReplyEnding) -> Iterator[tuple[str, str]]:
    """Yield what is to be said of a reply that came, each under a name: it is said once."""
    if ending is ReplyEnding.UNKNOWN:
        word = stream.unmapped or stream.finish
        yield f"ending {word}", (f"a reply ended with {word!r}, which is in no table of endings; "
                                 "such a reply is never applied")  # fmt: skip
    elif ending is ReplyEnding.UNSAID:
        yield "no ending", NO_ENDING
    elif ending is ReplyEnding.WHOLE and _answer_in_thoughts(stream):
        yield "misplaced", MISPLACED


def _failure_of(stream: ReplyStream, ending: ReplyEnding) -> ProviderFailure | None:
    """Return why a reply without an error is none all the same."""
    if ending is ReplyEnding.FAILED:
        text = f"the provider ended the reply with {stream.native_finish or stream.finish!r}"
        return ProviderFailure(FailureKind.BROKEN, text)
    if ending is not ReplyEnding.UNSAID:
        return None
    if not _came(stream):
        return ProviderFailure(FailureKind.BROKEN, "nothing came")
    return None if stream.closed else ProviderFailure(FailureKind.BROKEN, "the reply broke off")


def _came(stream: ReplyStream) -> bool:
    """Whether anything came: text, thoughts, a call of a tool or a refusal."""
    return bool(stream.size or stream.tools or stream.refusal)


def _reply(
    stream: ReplyStream, ending: ReplyEnding, failure: ProviderFailure | None, seconds: float
) -> Reply:
    text, reasoning = redact(stream.text), redact(stream.reasoning)
    error = failure.text if failure is not None else _why_empty(stream, text)
    finish = "length" if stream.too_long else stream.unmapped or stream.finish
    status = _status(ending, text, failed=failure is not None)
    return Reply(status, text, reasoning, finish, redact(whole_characters(error)), seconds)


def _status(ending: ReplyEnding, text: str, *, failed: bool) -> CallStatus:
    if not failed and ending is ReplyEnding.WHOLE:
        return CallStatus.REPLIED
    return CallStatus.FAILED if failed and not text else CallStatus.CUT


def _why_empty(stream: ReplyStream, text: str) -> str:
    if text.strip():
        return ""
    if stream.refusal:
        return f"the model refused: {' '.join(stream.refusal.split())[:500]}"
    if stream.tools:
        return (
            f"the model called a tool ({', '.join(stream.tools.names[:3])}) in place of an answer"
        )
    return ""


def _answer_in_thoughts(stream: ReplyStream) -> bool:
    """Move an answer that came as a thought to where it belongs; False when there is none."""
    thoughts = stream.reasoning
    if stream.text.strip() or "```" not in thoughts:
        return False
    ideas = list(IDEA.finditer(thoughts))
    if not ideas:
        return False
    start = ideas[-1].start()
    if "```" not in thoughts[start:]:
        return False
    stream.replace(thoughts[start:], thoughts[:start])
    return True

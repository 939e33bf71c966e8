"""What a command prints, read: its answer, usage, cost and ending.

Coding agents print JSON when they are asked for it: one object (``claude -p --output-format json``,
``gemini -p … --output-format json``), a list of them (``claude --verbose``), or one a line (``codex
exec --json``, ``opencode run --format json``, ``stream-json``), now and then behind a line or two
of their own; scripts print a provider's whole answer. What is none of these is the answer itself,
without the codes for a terminal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cladogen.models.failures import CallFailed, Complaint
from cladogen.models.reply_stream import ReplyStream, words_of
from cladogen.models.usage import TokenUsage, read_usage, read_usd

TEXTS = ("result", "response", "output_text", "text", "output", "content", "message")
ENVELOPE = frozenset(
    ("type", "usage", "stats", "result", "response", "error", "total_cost_usd", "choices", "done")
)
ANSWERS = ("agent_message", "assistant_message")  # items of codex's events
_EVENTS = ("turn.", "thread.", "item.", "step_", "session")
MOST_LINES_BEFORE = 10  # of an agent's own, before its JSON
_CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_=>]")


@dataclass(slots=True)
class _Read:
    """What was read so far; a later word counts over an earlier one."""

    text: str | None = None
    pieces: list[str] = field(default_factory=list)  # of a stream without a last word
    ending: str = ""
    usd: float | None = None
    usage: TokenUsage | None = None
    failure: Any = None
    complaint: Any = None  # an error that the agent may have got over

    @property
    def answer(self) -> str:
        return "".join(self.pieces) if self.text is None else self.text

    @property
    def says_anything(self) -> bool:
        return bool(self.answer or self.failure or self.complaint)


def read_output(stream: ReplyStream, output: str) -> None:
    """Put the answer in place of what a command printed; raises CallFailed for an error in its
    place. Cost and usage are kept in either case, for they were charged.
    """
    plain = without_codes(output)
    objects = _objects(plain)
    if not objects:
        stream.replace(plain, "")
        return
    read = _read_all(objects)
    stream.reported_usd, stream.usage = read.usd, read.usage
    if _is_answer_itself(read, objects):
        stream.replace(plain, "")
        return
    text = read.answer
    if read.failure or not text:
        stream.replace("", "")
        raise _failed(read.failure or read.complaint or objects[-1], read.text)
    stream.replace(text, "")
    stream.end(read.ending)


def _is_answer_itself(read: _Read, objects: Iterable[Mapping[str, Any]]) -> bool:
    """Whether JSON is not what an agent wrote about its answer, but the answer."""
    return not (read.says_anything or any(map(_is_event, objects)))


def _read_all(objects: Sequence[Mapping[str, Any]]) -> _Read:
    read = _Read()
    for each in objects:
        _take(read, each)
    return read


def _failed(failure: Any, text: str | None) -> CallFailed:
    words = words_of(failure) or text or f"it ended with {_named(failure)}"
    return CallFailed(Complaint(words, body=failure))


def without_codes(output: str) -> str:
    """Return a text without the codes that colour it, and without what was written over."""
    plain = _CODES.sub("", output.removeprefix("\ufeff")).replace("\r\n", "\n")
    return "\n".join(line.rpartition("\r")[2] for line in plain.split("\n"))


def _is_event(each: Mapping[str, Any]) -> bool:
    """Whether an object is one that only an agent writes."""
    kind = str(each.get("type", ""))
    return kind in ("system", "assistant", "result") or kind.startswith(_EVENTS)


def _named(failure: Any) -> str:
    subtype = failure.get("subtype") if isinstance(failure, Mapping) else None
    return f"{subtype}" if subtype else "no answer"


def _objects(output: str) -> list[Mapping[str, Any]]:
    """Return the JSON objects that an output is, maybe behind lines of the agent's own; none where
    it is anything else, or an object that is no envelope: an answer may be JSON itself.
    """
    rows = _rows(_from_first_brace(output))
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return []
    return [] if ENVELOPE.isdisjoint(rows[-1]) else rows


def _rows(text: str) -> list[Any]:
    """Return the values in a JSON list, of lines of JSON, or the one that a text is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = list(_lines(text))
    return found if isinstance(found, list) else [found]


def _from_first_brace(output: str) -> str:
    """Return an output without lines above its first object or list, "" where it has none soon."""
    lines = output.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.lstrip()[:1] in ("{", "[")), None)
    if first is None or first > MOST_LINES_BEFORE or "```" in "".join(lines[:first]):
        return ""
    return "".join(lines[first:])


def _lines(output: str) -> Iterator[Any]:
    """Yield one value a line; None, which no envelope is, where a line is none."""
    for line in output.splitlines():
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _take(read: _Read, each: Mapping[str, Any]) -> None:
    kind, item, part = str(each.get("type", "")), each.get("item"), each.get("part")
    if isinstance(item, Mapping):
        _take_item(read, kind, item)
    elif isinstance(part, Mapping):  # opencode's events
        _take_part(read, part)
    elif _is_answer(each):
        _take_answer(read, each)
    else:
        _take_message(read, kind, each)
    _take_failure(read, kind, each)
    read.ending = str(each.get("stop_reason") or read.ending)
    _take_cost(read, each)


def _take_item(read: _Read, kind: str, item: Mapping[str, Any]) -> None:
    if kind == "item.completed" and item.get("type", item.get("item_type")) in ANSWERS:
        read.text = _text_in(item)


def _is_answer(each: Mapping[str, Any]) -> bool:
    """Whether an object is a whole answer of OpenAI's or Ollama's protocol."""
    message = each.get("message") if each.get("done") else None
    return bool(each.get("choices")) or isinstance(message, Mapping)


def _take_message(read: _Read, kind: str, each: Mapping[str, Any]) -> None:
    """Take what an agent writes of its own: a message, or the result of all of them."""
    if kind == "assistant" and isinstance(each.get("message"), Mapping):  # claude's stream
        read.pieces, read.ending = [_joined(each["message"].get("content"))], "incomplete"
    elif kind == "message":  # gemini's stream, or an answer of Anthropic's
        _take_plain_message(read, each)
    elif kind in ("", "result"):
        read.text = _text_in(each) or read.text
        read.ending = ""


def _take_plain_message(read: _Read, each: Mapping[str, Any]) -> None:
    if each.get("role") != "user":
        read.pieces.append(_text_in(each) or _joined(each.get("content")))


def _take_failure(read: _Read, kind: str, each: Mapping[str, Any]) -> None:
    if kind == "turn.failed" or _is_failure(read, each):
        read.failure = each
    elif kind == "error":
        read.complaint = each


def _is_failure(read: _Read, each: Mapping[str, Any]) -> bool:
    """Whether a line says that all of the work failed."""
    if each.get("is_error") or (each.get("error") and not read.text):
        return True
    return str(each.get("subtype", "")).startswith("error")


def _take_part(read: _Read, part: Mapping[str, Any]) -> None:
    if part.get("type") == "text":
        read.pieces.append(str(part.get("text") or ""))
    usd, tokens = read_usd(part.get("cost")), part.get("tokens")
    if usd is not None:
        read.usd = (read.usd or 0.0) + usd
    step = _usage_of_step(tokens) if isinstance(tokens, Mapping) else None
    if step is not None:
        read.usage = _with_step(read.usage, step, read.usd)


def _with_step(known: TokenUsage | None, step: TokenUsage, usd: float | None) -> TokenUsage:
    before = known or TokenUsage(0, 0)
    return TokenUsage(
        before.prompt + step.prompt,
        before.completion + step.completion,
        before.cached + step.cached,
        before.written + step.written,
        usd,
    )


def _usage_of_step(tokens: Mapping[str, Any]) -> TokenUsage | None:
    cache = tokens.get("cache")
    kept = cache if isinstance(cache, Mapping) else {}
    return read_usage(
        {
            "input_tokens": tokens.get("input"),
            "output_tokens": _sum(tokens, "output", "reasoning"),
            "cache_read_input_tokens": kept.get("read"),
            "cache_creation_input_tokens": kept.get("write"),
        }
    )


def _take_answer(read: _Read, each: Mapping[str, Any]) -> None:
    """Take a whole answer of a provider, as a script prints it."""
    stream = ReplyStream(limit=1 << 30)
    wrapped = each if each.get("choices") else {"choices": [{"message": each.get("message")}]}
    stream.take(wrapped)
    read.text, read.ending = stream.text, stream.finish or str(each.get("done_reason") or "")
    read.usage = stream.usage or read_usage(each)


def _joined(content: Any) -> str:
    """Return the texts of a list of parts, or the text that stands in its place."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, Mapping))


def _take_cost(read: _Read, each: Mapping[str, Any]) -> None:
    usd = read_usd(each.get("total_cost_usd", each.get("cost_usd")))
    read.usd = read.usd if usd is None else usd
    usage, stats = each.get("usage"), each.get("stats")
    if isinstance(stats, Mapping):
        usage = _gemini_usage(stats)
    if isinstance(usage, Mapping):
        read.usage = read_usage(_beside(usage), read.usd) or read.usage


def _text_in(item: Mapping[str, Any]) -> str | None:
    return next((item[name] for name in TEXTS if isinstance(item.get(name), str)), None)


def _sum(row: Mapping[str, Any], *names: str) -> int:
    return sum(row[name] for name in names if isinstance(row.get(name), int))


def _beside(usage: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return Anthropic's usage with its cached tokens in the prompt: it counts them beside it."""
    names = ("cache_read_input_tokens", "cache_creation_input_tokens")
    beside = [usage[name] for name in names if isinstance(usage.get(name), int)]
    if not beside or not isinstance(usage.get("input_tokens"), int):
        cached = usage.get("cached_input_tokens")  # codex: part of the prompt
        return usage if cached is None else {**usage, "cached_tokens": cached}
    return {**usage, "prompt_tokens": usage["input_tokens"] + sum(beside)}


def _gemini_usage(stats: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return gemini's tokens, summed over the models that it asked."""
    tokens = [row for row in _gemini_rows(stats) if isinstance(row, Mapping)]

    def total(*names: str) -> int:
        found = [next((row[n] for n in names if isinstance(row.get(n), int)), 0) for row in tokens]
        return sum(found)

    return {
        "prompt_tokens": total("prompt", "input_tokens", "input"),
        "completion_tokens": total("candidates", "output_tokens"),
        "cached_tokens": total("cached"),
        "total_tokens": total("total", "total_tokens"),
    }


def _gemini_rows(stats: Mapping[str, Any]) -> list[Any]:
    """Return the tokens of each model, or the one row that stands in their place."""
    models = stats.get("models")
    if not isinstance(models, Mapping):
        return [stats]
    return [row.get("tokens") for row in models.values() if isinstance(row, Mapping)]

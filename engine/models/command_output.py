"""What a coding agent's command prints when it is asked for JSON: its answer, usage, cost, ending.

One object (``claude -p --output-format json``, ``gemini -p … --output-format json``), a list of
them (``claude --verbose``), or one a line (``codex exec --json``, ``stream-json``). Text that is
none of these is the answer itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cladogen.models.failures import CallFailed, Complaint
from cladogen.models.reply_stream import ReplyStream, words_of
from cladogen.models.usage import TokenUsage, read_usage, read_usd

TEXTS = ("result", "response", "output_text", "text", "output", "content", "message")
ENVELOPE = ("type", "usage", "stats", "result", "response", "error", "total_cost_usd")
ANSWERS = ("agent_message", "assistant_message")  # items of codex's events


@dataclass(slots=True)
class _Read:
    """What was read so far; a later word counts over an earlier one."""

    text: str | None = None
    pieces: list[str] = field(default_factory=list)  # of a stream without a last word
    ending: str = ""
    usd: float | None = None
    usage: TokenUsage | None = None
    failure: Any = None


def read_output(stream: ReplyStream, output: str) -> None:
    """Put the answer in place of the JSON that ``output`` is; raises CallFailed for an error in its
    place. Cost and usage are kept in either case, for they were charged.
    """
    read = _Read()
    objects = _objects(output)
    for each in objects:
        _take(read, each)
    if not objects:
        return
    stream.reported_usd, stream.usage = read.usd, read.usage
    if read.failure is not None:
        stream.replace("", "")
        text = read.text or words_of(read.failure) or "it failed"
        raise CallFailed(Complaint(text, body=read.failure))
    text = "".join(read.pieces) if read.text is None else read.text
    if text:
        stream.replace(text, "")
    stream.end(read.ending)


def _objects(output: str) -> list[Mapping[str, Any]]:
    """Return the JSON objects that an output is; none where it is anything else, or an object that
    is no envelope: an answer may be JSON itself.
    """
    if output.lstrip()[:1] not in ("{", "["):
        return []
    try:
        found = json.loads(output)
    except (ValueError, RecursionError):
        found = list(_lines(output))
    rows = found if isinstance(found, list) else [found]
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return []
    return rows if any(name in rows[-1] for name in ENVELOPE) else []


def _lines(output: str) -> Iterator[Any]:
    """Yield one value a line; None, which no envelope is, where a line is none."""
    for line in output.splitlines():
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _take(read: _Read, each: Mapping[str, Any]) -> None:
    kind, item = str(each.get("type", "")), each.get("item")
    if isinstance(item, Mapping):
        if item.get("type", item.get("item_type")) in ANSWERS and kind == "item.completed":
            read.text = _text_in(item)
    elif kind == "message":  # gemini's stream
        if each.get("role") != "user":
            read.pieces.append(_text_in(each) or "")
    elif kind in ("", "result"):
        read.text = _text_in(each) or read.text
    if kind == "turn.failed" or each.get("is_error") or (each.get("error") and not read.text):
        read.failure = each
    read.ending = str(each.get("stop_reason") or read.ending)
    _take_cost(read, each)


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
    models = stats.get("models")
    rows = [row.get("tokens") for row in models.values() if isinstance(row, Mapping)] if isinstance(
        models, Mapping
    ) else [stats]  # fmt: skip
    tokens = [row for row in rows if isinstance(row, Mapping)]

    def total(*names: str) -> int:
        found = [next((row[n] for n in names if isinstance(row.get(n), int)), 0) for row in tokens]
        return sum(found)

    return {
        "prompt_tokens": total("prompt", "input_tokens", "input"),
        "completion_tokens": total("candidates", "output_tokens"),
        "cached_tokens": total("cached"),
        "total_tokens": total("total", "total_tokens"),
    }

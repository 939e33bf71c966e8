"""A model's thoughts within its reply, which are no part of the answer.

Most stand in tags such as ``<think>``. Some models have signs of their own (Seed, Kimi, Magistral,
Command, gpt-oss's channels, Gemma's), which a server without a parser for them leaves in the text;
those are read as the tags that they stand for.
"""

from __future__ import annotations

import re
from bisect import bisect

from cladogen.errors import PatchRefused
from cladogen.patching.read.lines import fence_starts
from cladogen.patching.read.tokens import without_tokens

_THINKING = r"think|thinking|thought|thoughts|reasoning|scratchpad"
_OPEN = re.compile(rf"(?mi)^[ \t]*<({_THINKING})(?:\s[^>\n]*)?>")
_CLOSE = re.compile(rf"(?mi)^.*</({_THINKING})>[ \t]*$")
# Signs that stand for <think>, for </think>, and around the answer itself.
_OTHER_OPEN = re.compile(
    r"(?m)^[ \t]*(?:<seed:think>|◁think▷|\[THINK\]|<\|START_THINKING\|>|<\|channel>thought\b|"
    r"(?:<\|start\|>assistant)?<\|channel\|>analysis[^\n<]*<\|message\|>)"
)
_OTHER_CLOSE = re.compile(
    r"</seed:think>|◁/think▷|\[/THINK\]|<\|END_THINKING\|>|<channel\|>|<\|end\|>"
)
_LONE_CLOSE = re.compile(r"</seed:think>|◁/think▷|\[/THINK\]|<\|END_THINKING\|>")
_ANSWER = re.compile(
    r"(?:<\|start\|>assistant)?<\|channel\|>final[^\n<]*<\|message\|>|<\|START_RESPONSE\|>|"
    r"<\|END_RESPONSE\|>|<\|return\|>"
)
_HINTS = ("seed:think", "◁", "THINK]", "<|", "<channel|>")  # without one of these there is no sign


def without_thoughts(text: str) -> str:
    """Return ``text`` without what stands in thinking tags outside fences; an open thought is a
    truncated reply.
    """
    text = without_tokens(_as_tags(text))
    kept = []
    while (thought := _thought(text)) is not None:
        kept.append(text[: thought[0]])
        text = text[thought[1] :]
    return "".join([*kept, text])


def _as_tags(text: str) -> str:
    """Return ``text`` with other signs of thoughts replaced by tags, outside fences."""
    if not any(hint in text for hint in _HINTS):
        return text
    thoughts, answer = _with_tags(text)
    fences = fence_starts(answer)
    rest = _ANSWER.sub(lambda sign: sign[0] if bisect(fences, sign.start()) % 2 else "", answer)
    return "".join([*thoughts, rest])


def _with_tags(text: str) -> tuple[list[str], str]:
    """Return the parts of a text up to its last thought, with tags around each, and the rest."""
    start = _outside(_OTHER_OPEN, text)
    if start is None:
        return _with_last_tag(text)
    found: list[str] = []
    while start is not None:
        end = _OTHER_CLOSE.search(text, start.end())
        found += [text[: start.start()], "<think>"]
        if end is None:
            return [*found, text[start.end() :]], ""
        found += [text[start.end() : end.start()], "</think>\n"]
        text = text[end.end() :]
        start = _outside(_OTHER_OPEN, text)
    return found, text


def _with_last_tag(text: str) -> tuple[list[str], str]:
    """Return a text as a thought that was begun before it and the rest, where a sign ends one."""
    end = _outside(_LONE_CLOSE, text)
    if end is None or not text[end.end() :].strip():
        return [], text
    return [f"{text[: end.start()]}</think>\n"], text[end.end() :]


def _thought(text: str) -> tuple[int, int] | None:
    """Return where the first thought starts and ends; one that was begun before the text starts
    with it.
    """
    end, start = _outside(_CLOSE, text), _outside(_OPEN, text)
    if end is not None and _closes_first(end, start) and not text.lstrip().startswith("<"):
        return 0, end.end()
    if start is None:
        return None
    closing = _closing(text, start)
    if closing is None:
        raise PatchRefused(
            "truncated-reply", f"the reply ends inside <{start.group(1)}>: no answer follows"
        )
    return start.start(), closing


def _closes_first(end: re.Match[str], start: re.Match[str] | None) -> bool:
    return start is None or end.end() < start.start()


def _outside(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the first match that is not between two lines of fences."""
    fences = fence_starts(text)
    found = pattern.finditer(text)
    return next((match for match in found if not bisect(fences, match.start()) % 2), None)


def _closing(text: str, start: re.Match[str]) -> int | None:
    depth = 0
    for tag in re.finditer(rf"(?i)<(/?){start.group(1)}(?:\s[^>\n]*)?>", text[start.start() :]):
        depth += -1 if tag.group(1) else 1
        if depth == 0:
            return start.start() + tag.end()
    last = text.rfind(f"</{start.group(1)}>")
    return last + len(start.group(1)) + 3 if last > start.start() else None

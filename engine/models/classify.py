"""One classifier of what providers say: their words, their status, and what was sent, to a kind.

The words decide before the status, for providers agree on words more than on numbers; the table is
`cladogen.models.messages`. A refusal that names a parameter which was sent is about that parameter,
whatever else it says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from cladogen.models.bounds import most_in, prompt_in
from cladogen.models.characters import whole_characters
from cladogen.models.failures import CallFailed, Complaint, FailureKind, ProviderFailure
from cladogen.models.messages import (
    ALIASES,
    CONCEPTS,
    NO_PICTURES,
    NO_STREAM,
    NO_SYSTEM,
    NO_THOUGHTS,
    NOT_ITS_FAULT,
    table,
)
from cladogen.models.redact import redact, without_logins
from cladogen.models.reply_stream import words_of
from cladogen.models.waits import stated_wait

LIMITS = ("max_tokens", "max_completion_tokens")
SYSTEM = "system"  # the role, named like a parameter
TOOLS = "tools"
PICTURES = "pictures"  # beside the text of a message, named likewise
_NO_PARAMETERS = ("model", "messages", "input")  # a request is nothing without them
_SET_APART = ("stream", PICTURES, *_NO_PARAMETERS)  # are named by patterns of their own, or never
MOST_WORDS = 2_000  # characters of a provider's words that are kept
_BUSY = (408, 409, 423, 424, 425, 499, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 529, 530)
_OF_STATUS = {401: FailureKind.KEY, 402: FailureKind.MONEY, 403: FailureKind.KEY,
              404: FailureKind.MODEL, 410: FailureKind.MODEL, 413: FailureKind.WINDOW,
              429: FailureKind.RATE}  # fmt: skip
_WHEN_LIMITED = (FailureKind.MONEY, FailureKind.QUOTA, FailureKind.WINDOW, FailureKind.RATE)
_NUMBERED = (FailureKind.LIMIT, FailureKind.WINDOW)


def classify(failed: CallFailed, sent: Collection[str]) -> ProviderFailure:
    """Sort a failed call; ``sent`` are the parameters that went with it, by their names; with their
    values, a refusal of a field within one is found to be about that one.
    """
    complaint = failed.complaint
    text = _shown(complaint.text)
    if failed.kind is not None:
        charged = failed.kind is FailureKind.BROKEN
        return ProviderFailure(failed.kind, text, complaint.status, charged=charged)
    if not complaint.sent:
        return ProviderFailure(FailureKind.AWAY, text, charged=False)
    words = f"{complaint.text} | {words_of(complaint.body, codes=True)}".lower()
    wait_s = stated_wait(complaint.headers, complaint.body, words)
    kind, numbers, name = _kind(complaint, words, sent)
    if kind is FailureKind.MONEY and wait_s is not None:
        kind = FailureKind.RATE  # who says how long to wait does not ask for money
    charged = kind is FailureKind.BROKEN and (complaint.status is None)
    return ProviderFailure(kind, text, complaint.status, wait_s, name, charged=charged, **numbers)


_NOT_REFUSING = (401, 402, 408, 429)  # of the statuses of the 400s


def _kind(
    complaint: Complaint, words: str, sent: Collection[str]
) -> tuple[FailureKind, dict[str, int], str]:
    """Return the kind, the numbers in its words, and the parameter that is refused."""
    limit, refusing = {"most": most_in(words)}, _is_refusing(complaint.status, words)
    first, numbers = _stated(complaint, words)
    if first is not None and _is_settled(first, numbers, refusing=refusing):
        return first, numbers, ""
    name = refused_name(complaint.body, words, sent) if refusing else ""
    if _is_limit(first, name, limit):
        return FailureKind.LIMIT, limit, ""
    if name:
        return FailureKind.PARAMETER, {}, name
    if first is not None:
        return first, numbers, ""
    return _unstated(complaint.status, words, sent, limit)


def _unstated(
    status: int | None, words: str, sent: Collection[str], limit: dict[str, int]
) -> tuple[FailureKind, dict[str, int], str]:
    """Return the same where the words are not known, by what else there is."""
    if _is_refusing(status, words) and _is_about_a_limit(words, sent):
        return FailureKind.LIMIT, limit, ""
    return _by_status(status), {}, ""


def _speaks_of_a_limit(status: int | None, words: str, sent: Collection[str]) -> bool:
    return _is_refusing(status, words) and _is_about_a_limit(words, sent)


def _is_limit(kind: FailureKind | None, name: str, limit: Mapping[str, int]) -> bool:
    """Whether a limit is refused, by its kind or by its name, and the words say how much may be."""
    return limit["most"] > 0 and (kind is FailureKind.LIMIT or name in LIMITS)


def _is_settled(kind: FailureKind, numbers: Mapping[str, int], *, refusing: bool) -> bool:
    """Whether nothing beside a kind that comes with numbers is to be looked for."""
    return kind in _NUMBERED and (bool(numbers) or not refusing)


def _stated(complaint: Complaint, words: str) -> tuple[FailureKind | None, dict[str, int]]:
    """Return the kind that words are known for, None for none, and the numbers in them and beside
    them.
    """
    kind, numbers = next(iter(_matches(words, complaint.status)), (None, {}))
    numbers = {**numbers, **_numbers_in(complaint.body)}
    if kind is FailureKind.WINDOW and numbers.get("window") and not numbers.get("prompt"):
        numbers["prompt"] = prompt_in(words, numbers["window"])
    return kind, numbers


def _is_refusing(status: int | None, words: str) -> bool:
    """Whether an answer refuses a request, so that another one may do better."""
    if status == 500:
        return NOT_ITS_FAULT.search(words) is not None
    return status is None or (400 <= status < 500 and status not in _NOT_REFUSING)


def _is_about_a_limit(words: str, sent: Collection[str]) -> bool:
    """Whether a limit was sent, and a refusal speaks of one."""
    names = (*LIMITS, *ALIASES[LIMITS[0]].split())
    spoken = any(re.search(rf"(?a:\b{name}\b)", words) for name in names)
    return spoken and any(limit in sent for limit in LIMITS)


def _by_status(status: int | None) -> FailureKind:
    if status is None:
        return FailureKind.BROKEN
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    if status in _BUSY:
        return FailureKind.BUSY
    return FailureKind.BROKEN if status >= 500 else FailureKind.REFUSED


def _matches(words: str, status: int | None) -> Iterator[tuple[FailureKind, dict[str, int]]]:
    """Yield the rows of the table that match, in its order, with their numbers."""
    for kind, pattern in table():
        found = pattern.search(words) if _may_be(kind, status) else None
        if found is not None:
            yield kind, _read_numbers(found.groupdict())


def _may_be(kind: FailureKind, status: int | None) -> bool:
    """Whether a status leaves room for a kind of failure."""
    if status == 429:
        return kind in _WHEN_LIMITED
    return status != 404 or kind is not FailureKind.KEY


def _read_numbers(groups: Mapping[str, str | None]) -> dict[str, int]:
    numbers = {name: int(re.sub(r"\D", "", text)) for name, text in groups.items()
            if text and re.search(r"\d", text)}  # fmt: skip
    if "above" in numbers:
        numbers["most"] = numbers.pop("above") - 1
    numbers.pop("asked", None)
    numbers.pop("reply", None)
    return numbers


def _numbers_in(body: Any) -> dict[str, int]:
    """Return the numbers that llama.cpp's server puts beside its words."""
    error = body.get("error", body) if isinstance(body, Mapping) else {}
    if not isinstance(error, Mapping):
        return {}
    named = (("window", "n_ctx"), ("prompt", "n_prompt_tokens"))
    return {ours: error[theirs] for ours, theirs in named if isinstance(error.get(theirs), int)}


# What a model or a server cannot do, in words, and the parameter that asks for it.
_NOT_TAKEN = ((PICTURES, NO_PICTURES), ("stream", NO_STREAM), (TOOLS, NO_THOUGHTS))


def refused_name(body: Any, words: str, sent: Collection[str]) -> str:
    """Return the parameter that a refusal is about, "" for none: one that its ``param`` or ``loc``
    names, else one that its words name.
    """
    named = (name for field in _named_in(body) for name in sent if _is_called(name, field))
    ways = (_not_taken, _mentioned, _spoken_of)
    said = (way(words, sent) for way in ways)
    return next(named, "") or next(filter(None, said), "")


def _not_taken(words: str, sent: Collection[str]) -> str:
    """Return what words say that a model or a server cannot do, "" where it is none of that."""
    if NO_SYSTEM.search(words):
        return SYSTEM
    said = (name for name, pattern in _NOT_TAKEN if name in sent and pattern.search(words))
    return next(said, "")


def _mentioned(words: str, sent: Collection[str]) -> str:
    """Return the parameter that words name, what bounds no call first, then as said."""
    names = sorted(set(sent) - set(_SET_APART))
    named = ((name, _mention(name, words, _within(sent, name))) for name in names)
    found = [(name in LIMITS, at, name) for name, at in named if at is not None]
    return min(found, default=(False, 0, ""))[2]


def _spoken_of(words: str, sent: Collection[str]) -> str:
    """Return the parameter that asks for what words speak of, "" for none."""
    spoken = (name for pattern, names in CONCEPTS if pattern.search(words) for name in names)
    asking = (_holder(name, sent) for name in spoken)
    return next(filter(None, asking), "")


def _holder(name: str, sent: Collection[str]) -> str:
    """Return the parameter that is called so, or has a field that is, "" for none."""
    return next((each for each in sent if name in (each, *_within(sent, each))), "")


def _within(sent: Collection[str], name: str) -> tuple[str, ...]:
    """Return the names of the fields within a parameter's value, but limits' and common words."""
    if name in ("tools", *_NO_PARAMETERS) or not isinstance(sent, Mapping):
        return ()
    return tuple(filter(_is_telling, _fields(sent.get(name))))


def _is_telling(field: str) -> bool:
    return field not in LIMITS and ("_" in field or field in ALIASES)


def _fields(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, Mapping) and depth < 4:
        for name, inner in value.items():
            yield str(name)
            yield from _fields(inner, depth + 1)


def _is_called(name: str, field: str) -> bool:
    own = {name, *ALIASES.get(name, "").split()}
    field = field.lower()
    return field in own or field.split(".")[0] in own or field.rpartition(".")[2] in own


def _mention(name: str, words: str, within: Collection[str] = ()) -> int | None:
    """Return where words are about a parameter, None where they are not. A common word must stand
    as a name: in quotes, or beside a word like parameter. ``within`` are fields of its value.
    """
    others = (*ALIASES.get(name, "").split(), *within)
    found = [at for own in (name, *others)
             if (at := _mention_as(own.lower(), words, plain=own != name)) is not None]  # fmt: skip
    return min(found) if found and (name not in LIMITS or _refuses(words)) else None


def _mention_as(own: str, words: str, *, plain: bool) -> int | None:
    quoted = re.escape(own).replace("_", "[_ ]")
    patterns = [
        rf"['\"`\[]{quoted}(?:\.[\w.]+)?['\"`\]]",
        rf"\b(?:param(?:eter)?s?|arguments?|fields?|options?|key|property|name|value):? "
        rf"\W?{quoted}\b",
        rf"\bsupport(?:s|ed on this model)?:? \W?{quoted}\b",
        rf"\b(?:not |un)supported: \W?{quoted}\b",
        rf"\b{quoted}\W{{0,2}} (?:fields?|parameters?|param)\b",
        rf"->\W{{0,2}}{quoted}\b",
        rf"\b{quoted}: (?:extra inputs|input should|value error)|\bstruct field [\w.]+\.{quoted}\b",
        rf"\binvalid {quoted}:|\b(?:body|parameters?|options)\.{quoted}\b",
        rf"\b{quoted} (?:must|should|has to|can ?not|can only|may only|needs to) be\b",
        rf"\b{quoted} (?:is|are) (?:not (?:supported|enabled|allowed|permitted)|unsupported)",
    ]
    if _is_no_common_word(own, plain=plain):
        patterns.append(rf"\b{quoted}\b")
    found = (re.search(f"(?a:{pattern})", words) for pattern in patterns)
    return min((match.start() for match in found if match is not None), default=None)


def _is_no_common_word(own: str, *, plain: bool) -> bool:
    """Whether a name needs no sign around it to be meant as one."""
    if own in LIMITS:
        return False
    return "_" in own or own == "temperature" or (plain and len(own) > 2)


def _refuses(words: str) -> bool:
    """Whether words refuse a parameter as such, not only its value."""
    refusals = r"unsupported|not supported|unrecognized|unknown|not permitted|unexpected|extraneous"
    return re.search(refusals, words) is not None


def _named_in(body: Any, depth: int = 0) -> Iterator[str]:
    """Yield what ``param`` and ``loc`` of an error name."""
    inner: Iterable[Any] = ()
    if isinstance(body, Mapping):
        yield from _named_here(body)
        inner = body.values()
    elif isinstance(body, list):
        inner = body[:20]
    for each in inner if depth < 5 else ():
        yield from _named_in(each, depth + 1)


def _named_here(error: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(error.get("param"), str):
        yield error["param"]
    location = error.get("loc")
    if isinstance(location, list) and location:
        yield ".".join(str(part) for part in location if part != "body")


def _shown(text: str) -> str:
    """Return a provider's words as they may be shown and stored."""
    return without_logins(redact(" ".join(whole_characters(text).split())))[:MOST_WORDS]

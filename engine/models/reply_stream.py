"""What comes back from one call, piece by piece, in the shapes that servers give it.

The shape is OpenAI's chat completion, whole or in pieces; litellm's answers are brought into it.
Content may be a text or a list of parts; thoughts have half a dozen names; an error may come with
status 200, before or after the first words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cladogen.models.characters import whole_characters
from cladogen.models.endings import ReplyEnding, ending_of
from cladogen.models.failures import CallFailed, Complaint
from cladogen.models.tool_calls import ToolCalls
from cladogen.models.usage import TokenUsage, read_usage

BAD_ENDINGS = (ReplyEnding.CUT, ReplyEnding.FILTERED, ReplyEnding.FAILED)
THOUGHTS = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "reasoning_text",
    "thought",
    "reasoning_details",
)


# What a piece, its choice and what is said in it may have besides words that matters here.
_IN_PIECE = frozenset(("error", "base_resp", "x_groq", "usage"))
_IN_CHOICE = frozenset(("text", "finish_reason", "native_finish_reason", "usage"))
_IN_DELTA = frozenset((*THOUGHTS, "refusal", "tool_calls"))


@dataclass(slots=True)
class ReplyStream:
    """What came of one call so far; ``limit`` is the characters after which it is left.

    ``finish`` is the provider's word for the end. ``closed``: the stream's closing mark came, or
    the answer was one whole object.
    """

    limit: int
    finish: str = ""
    native_finish: str = ""  # a gateway's word from the model's own provider
    unmapped: str = ""  # a word that a library took for a good ending without knowing it
    closed: bool = False
    usage: TokenUsage | None = None
    reported_usd: float | None = None  # beside the usage: in a header
    refusal: str = ""
    tools: ToolCalls = field(default_factory=ToolCalls)
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)
    _size: int = 0
    _counted: int = 0  # of the size, when tokens were counted last
    _index: int | None = None  # of the choice that is the reply
    _in_pieces: bool = False

    @property
    def text(self) -> str:
        return whole_characters("".join(self._text))

    @property
    def reasoning(self) -> str:
        return whole_characters("".join(self._reasoning))

    @property
    def size(self) -> int:
        """How many characters came, thoughts and all."""
        return self._size

    @property
    def too_long(self) -> bool:
        return self._size > self.limit

    @property
    def ending(self) -> ReplyEnding:
        """What the end of the reply means. Without a word for it, a reply is whole when the closing
        mark and the usage came: nothing is missing that only a whole reply has.
        """
        if self.too_long:
            return ReplyEnding.CUT
        ending = ending_of(self.unmapped or self.finish)
        if ending is ReplyEnding.UNSAID and self._came_whole:
            return ReplyEnding.WHOLE
        native = ending_of(self.native_finish)
        return native if ending is ReplyEnding.WHOLE and native in BAD_ENDINGS else ending

    @property
    def _came_whole(self) -> bool:
        came = bool(self._text or self.tools)
        return self.closed and self.usage is not None and came

    @property
    def broke_off(self) -> bool:
        """Whether nothing says that it is over, and more came since its tokens were counted, as of
        servers that count the prompt with the first piece.
        """
        over = self.closed or self.ending is not ReplyEnding.UNSAID
        return not over and self._counted < self._size

    def take(self, piece: Any, event: str = "") -> None:
        """Take a piece, or a whole answer. Raises CallFailed for an error in its place."""
        if (said := _only_words(piece)) is not None:
            self._take_words(*said)
            return
        if not isinstance(piece, Mapping):
            piece = _first_object(piece)
        error = error_in(piece, event)
        if error is None:
            self._take_fields(piece)
        elif not self._ended_well:  # else it is of what the server did next: the reply is whole
            raise CallFailed(error)

    def _take_fields(self, piece: Mapping[str, Any]) -> None:
        usage = piece.get("usage") or _grown_in(piece)
        if isinstance(usage, Mapping):
            self._take_usage(usage)
        match piece.get("choices"):
            case [Mapping() as first, *_]:
                self._take_first(first)
        if isinstance(usage, Mapping):
            self._counted = self._size

    def _take_words(self, index: Any, words: str) -> None:
        """Take words of the first choice, as `take` does that reads all of a piece."""
        if isinstance(index, int):
            self._index = index if self._index is None else self._index
        if self._index is None or index in (None, self._index):
            self._in_pieces = True
            self.say(words)

    def _take_usage(self, usage: Mapping[str, Any]) -> None:
        told = read_usage(usage, self.reported_usd)
        self.usage = self.usage if told is None else told.after(self.usage)

    @property
    def _ended_well(self) -> bool:
        return bool(self._text) and ending_of(self.finish) is ReplyEnding.WHOLE

    def say(self, text: str) -> None:
        """Add to the reply's text."""
        self._size += len(text)
        if text:
            self._text.append(text)

    def think(self, text: str) -> None:
        """Add to the reply's thoughts."""
        self._size += len(text)
        if text:
            self._reasoning.append(text)

    def end(self, word: str) -> None:
        """Take the provider's word for the end."""
        self.finish = word or self.finish

    def replace(self, text: str, reasoning: str) -> None:
        """Set text and thoughts anew, where one was found inside the other, or neither is any."""
        self._text, self._reasoning = [text], [reasoning]
        self._size = len(text) + len(reasoning)

    def _take_first(self, choice: Mapping[str, Any]) -> None:
        """Take a choice, unless it is another than the first: one reply was asked for, and some
        servers send several.
        """
        index = choice.get("index")
        if isinstance(index, int):
            self._index = index if self._index is None else self._index
        if self._index is None or index in (None, self._index):
            self._take_choice(choice)

    def _take_choice(self, choice: Mapping[str, Any]) -> None:
        delta = choice.get("delta")
        said = delta or choice.get("message") or {}
        self._in_pieces = self._in_pieces or bool(delta)
        if isinstance(said, Mapping) and (said is delta or not self._repeats(said)):
            self._take_message(said)
        self.say(_text_of(choice.get("text")))
        self._take_ending(choice)

    def _take_ending(self, choice: Mapping[str, Any]) -> None:
        finish = whole_characters(_ending_in(choice.get("finish_reason")))
        native = whole_characters(_ending_in(choice.get("native_finish_reason")))
        self.finish = finish or self.finish
        self.native_finish = native or self.native_finish

    def _repeats(self, message: Mapping[str, Any]) -> bool:
        """Whether a message is the whole of what came in pieces before, said once more."""
        return self._in_pieces and message.get("content") == "".join(self._text)

    def _take_message(self, said: Mapping[str, Any]) -> None:
        self.think(_text_of(next(filter(None, map(said.get, THOUGHTS)), None)))
        content = said.get("content")
        for part in content if isinstance(content, list) else [content]:
            self._take_part(part)
        self.refusal += _text_of(said.get("refusal"))
        called = said.get("tool_calls")
        for call in called if isinstance(called, list) else ():
            self._size += self.tools.take(call)

    def _take_part(self, part: Any) -> None:
        kind = str(part.get("type", "")) if isinstance(part, Mapping) else ""
        if kind.startswith(("thinking", "reasoning", "thought")):
            self.think(_text_of(part))
        elif kind == "refusal":
            self.refusal += _text_of(part)
        else:
            self.say(_text_of(part))


def _only_words(piece: Any) -> tuple[Any, str] | None:
    """Return the index of a choice and what is said of it, where a piece says nothing else, as
    nearly all of a stream do; None for any other.
    """
    choice: Any = _first_choice(piece) if isinstance(piece, dict) else None
    delta = choice.get("delta") if isinstance(choice, dict) else None
    words = delta.get("content") if isinstance(delta, dict) else None
    if not isinstance(words, str) or _says_more(piece, choice, delta):
        return None
    return choice.get("index"), words


def _says_more(piece: Any, choice: Any, delta: Any) -> bool:
    """Tell whether more is said than words."""
    return _says(piece, _IN_PIECE) or _says(choice, _IN_CHOICE) or _says(delta, _IN_DELTA)


def _first_choice(piece: Mapping[str, Any]) -> Any:
    """Return the first of a piece's choices, None for none."""
    choices = piece.get("choices")
    return choices[0] if isinstance(choices, list) and choices else None


def _says(fields: Any, names: frozenset[str]) -> bool:
    """Tell whether any of these fields says something."""
    return not names.isdisjoint(fields) and any(fields.get(name) for name in names)


def error_in(piece: Mapping[str, Any], event: str = "") -> Complaint | None:
    """Return the error that a piece or an answer is, None when it is none."""
    error = piece.get("error")
    if not error and piece.get("choices"):
        return None
    error = _error_of_minimax(piece.get("base_resp")) or error
    if not (error or _is_error(piece, event)):
        return None
    return _complaint_of(error, piece)


def _complaint_of(error: Any, piece: Mapping[str, Any]) -> Complaint:
    """Return what an error says, which may be all of its piece."""
    inner = error if isinstance(error, Mapping) else piece
    words = words_of(error or piece) or "an error without words"
    return Complaint(words, _status_in(inner), body=piece)


def _error_of_minimax(base: Any) -> dict[str, Any]:
    """Return the error in a field that MiniMax sends with good answers, too; {} for none."""
    if isinstance(base, Mapping) and base.get("status_code"):
        return {"message": base.get("status_msg"), "code": base["status_code"]}
    return {}


def _is_error(piece: Mapping[str, Any], event: str) -> bool:
    """Whether a piece is an error by its name, or by the fields it has."""
    if event == "error" or "error" in (piece.get("object"), piece.get("type")):
        return True
    if piece.get("success") is False:
        return True
    return any(name in piece for name in ("message", "detail", "errors"))


def _status_in(error: Mapping[str, Any]) -> int | None:
    """Return the HTTP status that an error names."""
    code = error.get("code", error.get("status", error.get("status_code")))
    return int(code) if str(code).isdigit() and 400 <= int(code) < 600 else None


WORDY = ("message", "msg", "error", "detail", "details", "raw", "reason", "status_msg", "errors",
         "external_model_error", "external_model_message")  # fmt: skip
CODES = ("code", "type", "status", "param", "loc", "quotaId", "error_code")


def words_of(value: Any, *, codes: bool = False) -> str:
    """Return the words of an error's JSON, outermost first, each once; those of a nested provider
    too. With ``codes`` also its codes and the names of what it is about, for a machine to read.
    """
    found: list[str] = []
    _collect(value, found, (*WORDY, "metadata", "violations", *(CODES if codes else ())), 0)
    return " | ".join(dict.fromkeys(found))


def _collect(value: Any, found: list[str], names: tuple[str, ...], depth: int) -> None:
    if depth > 10:
        return
    inner = _inner(value, names)
    if isinstance(value, str) and value.strip() and not inner:
        found.append(" ".join(value.split()))
    for each in inner:
        _collect(each, found, names, depth + 1)


def _inner(value: Any, names: tuple[str, ...]) -> list[Any]:
    """Return what a value holds that may be words: nothing where it is no table, list or JSON."""
    match value:
        case str():
            of_json = _json_inside(value)
            return [] if of_json is None else [of_json]
        case Mapping():
            return list(map(value.get, names))
        case list():
            return value[:20]
    return []


def _json_inside(text: str) -> Any:
    """Return the JSON object that a text is, as a gateway quotes its provider; None otherwise."""
    if not text.lstrip().startswith(("{", "[{")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _first_object(piece: Any) -> Mapping[str, Any]:
    """Return the object in a list of one, as Gemini wraps its errors; {} for what is none."""
    first = piece[0] if isinstance(piece, list) and piece else {}
    return first if isinstance(first, Mapping) else {}


def _grown_in(piece: Mapping[str, Any]) -> Any:
    """Return the usage from where some servers put it."""
    places = (piece.get("x_groq"), _first_choice(piece))
    within = (inner for inner in places if isinstance(inner, Mapping))
    return next((inner["usage"] for inner in within if inner.get("usage")), None)


def _ending_in(value: Any) -> str:
    """Return the word for an ending, "" for none."""
    if isinstance(value, Mapping):  # SGLang's own: {"type": "abort"}
        value = value.get("type") or "unknown"
    return value if isinstance(value, str) else ""


def _text_of(part: Any) -> str:
    """Return the text of a part: a text, or whatever of its fields holds one."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_text_of, part))
    if isinstance(part, Mapping):
        names = ("text", "content", "thinking", "reasoning", "summary", "refusal", "value")
        return next((_text_of(part[name]) for name in names if part.get(name)), "")
    return ""

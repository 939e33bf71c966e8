"""Prompts: sections put together within a token budget.

Instructions are never trimmed: when they alone do not fit, the model is too small for the problem,
and that is said before anything is spent. What is shown beside them shares what is left, the
earlier sections first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from os.path import isdir
from pathlib import Path
from string import Template

from cladogen.errors import ConfigError
from cladogen.models.calls import Message
from cladogen.models.model import Model

BYTES_PER_TOKEN = 3.0  # code has 3 to 4; a low number keeps prompts inside the window
CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)

FENCE = re.compile(r"^`{3,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a prompt. ``share`` is the most of the free budget it may take; None: it is
    never trimmed.
    """

    title: str
    body: str
    share: float | None = None

    def __str__(self) -> str:
        return (
            f"## {self.title}\n\n{self.body.strip()}\n" if self.title else f"{self.body.strip()}\n"
        )


class PromptTexts:
    """The texts of prompts: those of a problem's ``prompts/NAME.md`` over the ones that ship."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder / "prompts" if folder is not None else None
        self._instead: dict[str, str] = {}

    def having(self, name: str, text: str) -> PromptTexts:
        """Return these texts with another one in place of ``name``."""
        texts = PromptTexts()
        texts._folder, texts._instead = self._folder, {**self._instead, name: text}
        return texts

    def wordings(self, name: str) -> list[str]:
        """Return the text ``name`` and those of ``name_2``, ``name_3``, ...: the problem's own
        where it has the first, else those that ship.
        """
        own = self._folder is not None and (self._folder / f"{name}.md").is_file()
        found = [self._template(name).template]
        while (text := self._numbered(f"{name}_{len(found) + 1}", own)) is not None:
            found.append(text)
        return found

    def _numbered(self, name: str, own: bool) -> str | None:
        shipped = resources.files("cladogen.prompts") / f"{name}.md"
        place = self._folder / f"{name}.md" if own and self._folder is not None else shipped
        return place.read_text(encoding="utf-8") if place.is_file() else None

    def fill(self, name: str, **values: object) -> str:
        """Return the text ``name`` with each ``$word`` replaced; raises ConfigError for a text that
        is not there.
        """
        return self._template(name).filled(values).strip()

    def _template(self, name: str) -> PromptTemplate:
        """Return a text: the user's own may be written anew while a run goes on."""
        if name in self._instead:
            return _parsed(self._instead[name])
        # Each text of each prompt comes by: a method of the path would take four times as long.
        if self._folder is not None and isdir(self._folder):  # noqa: PTH112
            own = self._folder / f"{name}.md"
            if own.is_file():
                return _parsed(own.read_text(encoding="utf-8"))
        return _shipped(name)


class PromptTemplate:
    """A text with words to replace, as `string.Template.safe_substitute` reads it, but read once:
    the same texts are filled in prompt after prompt.
    """

    def __init__(self, template: str) -> None:
        self.template = template
        # By turns what stands there, and a word to replace with how it is written.
        self._parts, self._words = [""], list[tuple[str, str]]()
        end = 0
        for found in Template.pattern.finditer(template):
            self._parts[-1] += template[end : found.start()]
            end, word = found.end(), found["named"] or found["braced"]
            if word is not None:
                self._words.append((word, found[0]))
                self._parts.append("")
            else:
                self._parts[-1] += "$" if found["escaped"] is not None else found[0]
        self._parts[-1] += template[end:]

    def filled(self, values: Mapping[str, object]) -> str:
        """Return the text with each word that has a value replaced."""
        parts = self._parts
        if not self._words:
            return parts[0]
        made = [parts[0]]
        for (word, written), after in zip(self._words, parts[1:], strict=True):
            made += str(values[word]) if word in values else written, after
        return "".join(made)


@lru_cache(maxsize=256)
def _parsed(template: str) -> PromptTemplate:
    return PromptTemplate(template)


@lru_cache(maxsize=256)
def _shipped(name: str) -> PromptTemplate:
    text = resources.files("cladogen.prompts") / f"{name}.md"
    if not text.is_file():
        raise ConfigError(f"no prompt text {name!r}; write prompts/{name}.md in the problem folder")
    return _parsed(text.read_text(encoding="utf-8"))


def assemble(sections: Sequence[Section], tokens: int) -> str:
    """Put sections together in their order within ``tokens``; raises ConfigError when the fixed
    ones do not fit.
    """
    left = free = _left_by_fixed(sections, tokens)
    parts = []
    for section in sections:
        if section.share is None:
            parts.append(str(section))
        elif section.body.strip():
            kept = clip(str(section), min(left, int(free * section.share)))
            left -= count_tokens(kept)
            parts.append(kept)
    return "\n".join(filter(None, parts))


def _left_by_fixed(sections: Sequence[Section], tokens: int) -> int:
    """Return the tokens that sections which are never trimmed leave; raises ConfigError where they
    do not fit.
    """
    free = tokens - sum(count_tokens(str(section)) for section in sections if section.share is None)
    if free < 0:
        raise ConfigError(
            f"the instructions alone need {tokens - free:,} tokens, the model's prompt has "
            f"{tokens:,}: "
            "use a model with a larger window, or shorten the statement"
        )
    return free


def count_tokens(text: str) -> int:
    """Estimate tokens from above, without a tokenizer."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return -(-size // int(BYTES_PER_TOKEN))


def as_messages(system: str, sections: Sequence[Section], tokens: int) -> tuple[Message, Message]:
    """Return the instructions, and sections put together within ``tokens``."""
    return Message("system", system), Message("user", assemble(sections, tokens))


def room_beside(system: str, model: Model, most: int) -> int:
    """Return how many tokens of at most ``most`` a model's prompt has beside the instructions."""
    return min(model.prompt_tokens - count_tokens(system), most)


def clip(text: str, tokens: int) -> str:
    """Return ``text`` within ``tokens``: whole, or its head and tail by lines, or nothing if even
    that is too long.
    """
    if count_tokens(text) <= tokens:
        return text
    lines, room = text.splitlines(), int(tokens * BYTES_PER_TOKEN) - 48
    head, tail = _fill(lines, room * 2 // 3), _fill(lines[::-1], room // 3)[::-1]
    if room <= 0 or not head:
        return ""
    return (
        "\n".join(
            [
                *head,
                f"[... {len(lines) - len(head) - len(tail)} lines are left out here ...]",
                *tail,
            ]
        )
        + "\n"
    )


def brief(text: str, characters: int) -> str:
    """Return plain text in one line: whole, or cut after a sentence or a word, with an ellipsis."""
    line = " ".join(plain(text).split())
    if len(line) <= characters:
        return line
    head = line[: characters - 1]
    sentence = max(head.rfind(f"{mark} ") for mark in ".!?;") + 1
    if sentence >= characters // 2:
        return f"{head[:sentence]} …"
    words = head if line[len(head)] == " " else head.rpartition(" ")[0]
    return f"{(words or head).rstrip(' ,;:')}…"


def sentence(text: str) -> str:
    """Return words as a sentence."""
    end = "" if not text or text[-1] in ".!?…" else "."
    return f"{text[:1].upper()}{text[1:]}{end}"


def plain(text: str) -> str:
    """Return text without control characters and marks that hide or reorder it; tabs and line ends
    stay.
    """
    if text.isprintable():
        return text
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return CONTROL.sub("", text.replace("\r\n", "\n"))


def fenced(text: str, language: str = "") -> str:
    """Return text in a code fence longer than any it holds."""
    longest = max(map(len, FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def _fill(lines: Sequence[str], size: int) -> list[str]:
    taken: list[str] = []
    for line in lines:
        size -= len(line.encode("utf-8", "replace")) + 1
        if size < 0:
            break
        taken.append(line)
    return taken

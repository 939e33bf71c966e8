"""Sentences that leave out an edit which stands beside others, or the only edit of a reply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cladogen.errors import PatchRefused
from cladogen.patching.phrases.leaving import (
    ADDS,
    CHANGES_ANOTHER,
    IN_PLACE_OF,
    LEAVES,
    NOT_BOTH,
    OFFERS,
    STAYS,
    TAKEN_BACK,
)
from cladogen.patching.phrases.turning import RETRACTS
from cladogen.patching.read.sentences import Sentence, sentences

Words = frozenset[str]  # of the lines of an edit

_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME = re.compile(r"`([A-Za-z_][\w.]*)`|\b([A-Za-z]\w*_\w+|[A-Z][A-Z0-9_]{2,}|[a-z]+[A-Z]\w*)\b")
_TAGGED = re.compile(r"<(\w+)[^>\n]*>.*?</\1>", re.DOTALL)
_SHORTEST = 4  # letters, of a word that tells two edits apart
_ENDINGS = re.compile(r"(?:ings?|ed|es|s|e|er)$")


def words_of(lines: Sequence[str]) -> Words:
    return frozenset(word for line in lines for word in _WORD.findall(line))


def left_out(gaps: Sequence[Sequence[str]], shown: Sequence[Words]) -> Iterator[tuple[int, str]]:
    """Yield what the prose in ``gaps`` leaves out: (edit, the sentence that says so)."""
    for gap, lines in enumerate(gaps):
        for sentence in sentences(lines, gap, len(gaps) - 1):
            yield from ((edit, sentence.text) for edit in _left_by(sentence, shown))


def _left_by(sentence: Sentence, shown: Sequence[Words]) -> Sequence[int]:
    """Return the edits that a sentence leaves out."""
    if sentence.count == 1:
        return sentence.above() if TAKEN_BACK.search(sentence.text) else []
    if NOT_BOTH.search(sentence.text):
        return range(sentence.count)
    if _offers_next(sentence):
        return [sentence.gap]
    return sentence.above() if _leaves(sentence, shown) else []


def _offers_next(sentence: Sentence) -> bool:
    """Whether a sentence between two edits offers the one below it."""
    return 0 < sentence.gap < sentence.count and OFFERS.search(sentence.text) is not None


def _leaves(sentence: Sentence, shown: Sequence[Words]) -> bool:
    """Whether a sentence below an edit says that it is not to be made beside the next one."""
    text = sentence.text
    if LEAVES.search(text):
        return not ADDS.search(text)
    if sentence.gap in (0, sentence.count) or not shown:
        return False
    above, below = shown[sentence.gap - 1], shown[sentence.gap]
    return _puts_another(text, above, below) or _keeps(text, above - below)


def _puts_another(text: str, above: Words, below: Words) -> bool:
    """Whether a sentence puts the edit below it in the place of what the one above it does, and not
    of what its own lines did.
    """
    match = IN_PLACE_OF.search(text)
    if match is None:
        return False
    said = _stems(_WORD.findall(match[1]))
    if said & _stems(below):
        return False
    return bool(CHANGES_ANOTHER.search(text)) or 2 * len(said & _stems(above)) >= len(said) > 0


def _keeps(text: str, changed: Words) -> bool:
    """Whether a sentence says that something stays which the edit above changes."""
    names = {name for match in _NAME.findall(text) for name in match}
    return bool(names & changed and STAYS.search(text))


def _stems(words: Sequence[str] | Words) -> set[str]:
    parts = (part.lower() for word in words for part in _PART.findall(word))
    return {_ENDINGS.sub("", part) for part in parts if len(part) >= _SHORTEST}


def share_words(text: str, shown: Words) -> bool:
    """Whether prose and the lines of an edit have a word in common that tells edits apart."""
    return bool(_stems(_WORD.findall(text)) & _stems(shown))


def check_around(text: str, count: int) -> None:
    """Raise PatchRefused where words around several edits in tags leave one of them out."""
    prose = _TAGGED.sub("\n", text) if count > 1 else ""
    said = (sentence.text for sentence in sentences(prose.split("\n"), 0, count))
    for sentence in filter(_leaves_one_out, said):
        raise PatchRefused(
            "ambiguous-context",
            f'the reply says "{sentence[:80]}", so it is not clear which of its edits are to be '
            "made; send those alone, without the others",
        )


def _leaves_one_out(text: str) -> bool:
    if NOT_BOTH.search(text) or RETRACTS.search(text):
        return True
    return LEAVES.search(text) is not None and not ADDS.search(text)

"""Sentences beside edits that are of something else: of a program with a number, of a limit, of an
idea that is supposed and left.
"""

from __future__ import annotations

from collections.abc import Sequence

from cladogen.patching.phrases.judgement import (
    AGAINST,
    FIRST_IDEA,
    GOES_ON,
    LEAVES_THAT,
    OF_A_PROGRAM,
    OF_AN_EDIT,
    SETS_A_LIMIT,
    SUPPOSES,
)
from cladogen.patching.phrases.turning import AHEAD, BACK
from cladogen.patching.read.leaving import Words, share_words
from cladogen.patching.read.sentences import Sentence, introduces


def is_of_something_else(
    sentence: Sentence, beside: tuple[str, str], shown: Sequence[Words], near: Sequence[Words]
) -> bool:
    """Whether a sentence is of a program with a number, or supposes what it or the next one leaves:
    "one could anneal; I do not do that". The edit, whose words are ``shown``, does not do what is
    supposed. ``beside`` are the sentences before and after, ``near`` the words of all edits that it
    stands next to.
    """
    text = sentence.text
    if _points_ahead(text):
        return False
    if FIRST_IDEA.search(text) and not _shares_any(text, near):
        return not sentence.last or bool(GOES_ON.search(text))
    if _is_of_a_program(text):
        return True
    return _supposes_another(_supposed(text, *beside), shown)


def _supposes_another(text: str, shown: Sequence[Words]) -> bool:
    """Whether words suppose what the edit does not do, and do not speak of one."""
    if BACK.search(text) or OF_AN_EDIT.search(text) or not SUPPOSES.search(text):
        return False
    return bool(shown) and not share_words(text, shown[0])


def _is_of_a_program(text: str) -> bool:
    """Whether a sentence is of a program with a number, or sets a limit."""
    of_one = OF_A_PROGRAM.search(text) and not AGAINST.search(text)
    return bool(SETS_A_LIMIT.search(text) or of_one)


def _points_ahead(text: str) -> bool:
    """Whether a sentence is of the edit below it, or names one."""
    return introduces(text) or bool(AHEAD.search(text)) or "⟦" in text


def _supposed(text: str, before: str, after: str) -> str:
    """Return a sentence with the one beside it, where one of both may suppose something and the
    other leave it; "" where nothing is left.
    """
    if LEAVES_THAT.search(text):
        return f"{before} {text}"
    left = SUPPOSES.search(text) and LEAVES_THAT.search(after) and not introduces(after)
    return f"{text} {after}" if left else ""


def _shares_any(text: str, shown: Sequence[Words]) -> bool:
    return any(share_words(text, words) for words in shown)

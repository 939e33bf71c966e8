"""What a word that is not known was probably meant to be, in one wording."""

from __future__ import annotations

from collections.abc import Iterable

LEAST_LIKE = 0.6  # of difflib's ratio


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or "; known: ..." when no known word is close."""
    names = list(dict.fromkeys(known))
    all_of_them = f"; known: {', '.join(names)}" if names else ""
    return meant(word, names) or all_of_them


def meant(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or "" when no known word is close."""
    close = closest(word, known)
    return f"; did you mean {close!r}?" if close else ""


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like ``word``, "" when none is."""
    from difflib import get_close_matches  # not needed by a command that is spelt right

    return next(iter(get_close_matches(word, list(known), 1, LEAST_LIKE)), "")

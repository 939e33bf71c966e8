"""Characters of what servers send: JSON may hold the half of one."""

from __future__ import annotations


def whole_characters(text: str) -> str:
    """Return ``text`` with the halves of a character joined that came in two pieces, and a mark in
    place of each that stayed alone: no file and no record can hold it.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text

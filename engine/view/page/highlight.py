"""Source text as coloured tokens. They are sent as data and shown as text, never as markup."""

from __future__ import annotations

from functools import cache, lru_cache

from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_for_filename
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

LONGEST = 400_000  # characters; a longer text is shown plain
KINDS = (
    (Comment, "c"), (String, "s"), (Number, "n"), (Keyword, "k"),
    (Name.Function, "f"), (Name.Class, "f"), (Name.Builtin, "b"), (Name.Decorator, "b"),
    (Operator.Word, "k"),
)  # fmt: skip
Token = tuple[str, str]  # a class, "" for plain text, and the text


@lru_cache(maxsize=256)
def tokens(path: str, text: str) -> tuple[Token, ...]:
    """Return a file's text in pieces that have one colour each."""
    if len(text) > LONGEST:
        return (("", text),)
    lexer = _lexer(path)
    if lexer is None:
        return (("", text),)
    found: list[list[str]] = []
    for kind, piece in lex(text, lexer):
        name = _class(kind)
        if found and found[-1][0] == name:
            found[-1][1] += piece
        else:
            found.append([name, piece])
    return tuple((name, piece) for name, piece in found)


@lru_cache(maxsize=256)
def _lexer(path: str) -> Lexer | None:
    """Return what splits a file of this name; it is searched for among several hundred."""
    try:
        return get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@cache
def _class(kind: _TokenType) -> str:
    return next((name for known, name in KINDS if kind in known), "")

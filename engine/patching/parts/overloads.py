"""What a function takes, in languages where several of one name stand side by side."""

from __future__ import annotations

import re

from cladogen.patching.parts.definitions import Definition
from cladogen.patching.parts.outline import Outline, plain

_ENDINGS = frozenset(["cc", "hh", "h", "cpp", "hpp", "cxx", "hxx", "cu", "cuh", "java", "cs"])
_ASIDE = re.compile(
    r"\b(?:const|volatile|register|final|in|ref|out|__restrict(?:__)?|restrict|std::)\b|std::|[&*\s]+|"
    r"@\w+|\[\[\w+\]\]"
)

_FUNCTION = re.compile(r"(?P<gives>.*?)\(\s*[*&]\s*\w*\s*\)\s*\((?P<takes>.*)\)\s*$", re.DOTALL)


def may_stand_beside(
    path: str, new: Outline, one: Definition, old: Outline, other: Definition
) -> bool:
    """Whether a function may be meant as an overload of the file's: it takes other types, and more
    than new ones with a default behind the old ones.
    """
    if path.rpartition(".")[2].lower() not in _ENDINGS or one.value or other.value:
        return False
    mine, theirs = _parameters(new, one), _parameters(old, other)
    if mine is None or theirs is None:
        return False
    kept = _required(mine) if len(mine) > len(theirs) else []
    return list(map(_kind, theirs)) not in (list(map(_kind, mine)), kept)


def _required(parameters: list[str]) -> list[str]:
    """Return the types of the parameters that have no default."""
    return [_kind(each) for each in parameters if "=" not in each]


def _parameters(outline: Outline, one: Definition) -> list[str] | None:
    """Return the parameters of a function as they are written, None for what is none."""
    code = "\n".join(outline.coded[one.first : one.last + 1])
    match = re.search(rf"\b{re.escape(plain(one.name))}\s*\(", code)
    return None if match is None else _parted(code[match.end() :])


def _parted(code: str) -> list[str] | None:
    """Return what stands between commas up to a closing bracket, None where there is none."""
    found, depth = [""], 0
    for sign in code:
        if sign == ")" and depth == 0:
            return list(filter(str.strip, found))
        depth += (sign in "([{<") - (sign in ")]}>")
        if sign == "," and depth == 0:
            found.append("")
        else:
            found[-1] += sign
    return None


def _kind(parameter: str) -> str:
    """Return the type of a parameter, without its name, what it may do, and how it is passed; of a
    pointer to a function what that gives and takes.
    """
    function = _FUNCTION.match(parameter)
    if function is not None:
        gives = " ".join(_ASIDE.sub(" ", function["gives"]).split())
        return f"{gives}({', '.join(map(_kind, function['takes'].split(',')))})"
    words = _ASIDE.sub(" ", parameter.partition("=")[0].replace("[]", " ")).split()
    return " ".join(words[:-1] if len(words) > 1 else words)

"""What a shell script, or a RUN line of a Dockerfile, installs: packages of Python and of the
system, by name. Nothing is run; what cannot be read is left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

_CUT = re.compile(r"&&|\|\||[;\n|]")
_PACKAGE = re.compile(r"[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?(?:\s*(?:[=<>!~]=|[<>])[\w.*,=<>!~]+)?")
_PYTHON = re.compile(r"(?:\bpip3?(?:\.\d+)?\s+install|\buv\s+add)\b(.*)", re.DOTALL)
_WITH = re.compile(r"\s(?:-w|--with)[ =](\S+)")
_SYSTEM = re.compile(r"\b(?:apt-get|apt|apk)\b.*?\b(?:install|add)\b(.*)", re.DOTALL)
_TAKE_A_VALUE = re.compile(
    r"-[rcfietp]|--(?:index-url|extra-index-url|find-links|python|target|requirement|constraint)"
)
ALWAYS = frozenset(("tmux", "asciinema", "curl", "pip", "setuptools", "wheel", "uv"))


def python_packages(script: str) -> tuple[str, ...]:
    """Return what pip or uv is asked for, with versions, without the tools of the format."""
    found: dict[str, None] = {}
    for part in _parts(script):
        found |= dict.fromkeys(_asked_in(part))
    return tuple(each for each in found if re.split(r"[\[=<>!~]", each)[0].lower() not in ALWAYS)


def _asked_in(part: str) -> list[str]:
    if re.match(r"\s*uvx\b", part):
        return _WITH.findall(part)
    given = _PYTHON.search(part)
    return _named(given[1]) if given else []


def system_packages(script: str) -> tuple[str, ...]:
    """Return what apt or apk is asked for, without the tools of the format."""
    given = list(map(_SYSTEM.search, _parts(script)))
    names = [name for each in given if each for name in _named(each[1])]
    return tuple(name for name in dict.fromkeys(names) if name not in ALWAYS)


def _parts(script: str) -> Iterator[str]:
    bare = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("#"))
    return iter(_CUT.split(bare.replace("\\\n", " ")))


def _named(text: str) -> list[str]:
    """Return the words of a command that are packages' names."""
    try:
        words = iter(shlex.split(text, comments=True))
    except ValueError:
        return []
    found = []
    for word in words:
        if _TAKE_A_VALUE.fullmatch(word):
            next(words, None)
        elif _PACKAGE.fullmatch(word):
            found.append(word)
    return found

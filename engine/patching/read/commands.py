"""Commands and scripts that change files of the program: they are not carried out."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from cladogen.errors import PatchRefused

SHELLS = frozenset(
    ("bash", "sh", "shell", "zsh", "console", "terminal", "powershell", "ps1", "fish")
)

_START = r"^\s*(?:\$\s+|>\s+|sudo\s+)*"
# A command of a shell that changes the files which it names.
_CHANGES = re.compile(
    rf"{_START}(?:git\s+)?(?:mv|rm|unlink|tee|truncate|ed|ex|patch|install|ln)\s|"
    rf"{_START}git\s+(?:checkout|restore)\s|"
    r"\b(?:g?sed|perl|ruby)\b.*?\s-(?:[a-z0-9E]*i[.\w]*|-in-place\S*)(?=\s)|\bawk\b.*\binplace\b|"
    rf"{_START}(?:curl|wget)\b.*\s-[oO]\s|"
    r"\b(?:Set|Add)-Content\b|\b(?:Out-File|(?:Remove|Move|Rename)-Item)\b",
    re.IGNORECASE,
)
_COPIES = re.compile(rf"{_START}cp\s.*\s(\S+)\s*$")
_INTO = re.compile(r"(?<![<>=&-])>>?\s*([^\s;&|<>]+)")
_HERE = re.compile(r"\b(?:git\s+apply|patch|apply_patch)\b.*<<")
_RUNS = re.compile(r"\b(?:python[\d.]*|node|ruby|perl)\s+(?:-c\b|-e\b|-\s*<<|<<)")
_CUT = re.compile(r"&&|\|\||;|\|")
# A script in any language that writes, moves or deletes files.
_WRITES = re.compile(
    r"\bopen\([^)\n]*,\s*(?:mode\s*=\s*)?['\"](?:[wax]|r\+)|\.(?:write_text|write_bytes|unlink|rename)\(|"
    r"\bfileinput\.\w+\(|\bos\.(?:remove|rename|replace|unlink)\(|\bshutil\.(?:move|copy\w*)\(|"
    r"\b(?:writeFile|appendFile|rename|unlink|rm)(?:Sync)?\(|\bfs::(?:write|rename|remove_file)\("
)


def check_no_command(text: str, texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for commands of a shell of which one changes a file of the program."""
    line = next(_changing(text, names_of(texts)), "")
    if line:
        raise PatchRefused(
            "ambiguous-context",
            f'the command "{line.strip()[:80]}" changes a file and is not carried out; give '
            "what it does as an edit",
        )


def check_no_script(text: str, texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for a script that writes a file of the program which it names."""
    name = next((name for name in names_of(texts) if _is_quoted(name, text)), "")
    writes = _WRITES.search(text) if name else None
    if writes:
        line = next(filter(_WRITES.search, text.split("\n")))
        raise PatchRefused(
            "ambiguous-context",
            f'the script with "{line.strip()[:80]}" changes {name} and is not carried out; give '
            "what it does as an edit",
        )


def may_be_a_shell(info: str) -> bool:
    """Whether a fence's info string says that it holds commands of a shell, or nothing."""
    words = info.split()
    return not words or words[0].lower() in SHELLS


def names_of(texts: Collection[str]) -> list[str]:
    """Return the names that commands may use for the program's files."""
    return sorted({name for path in texts for name in (path, PurePosixPath(path).name)})


def _is_quoted(name: str, text: str) -> bool:
    return bool(re.search(rf"['\"`](?:\./)?{re.escape(name)}['\"`]", text))


def _changing(text: str, names: Collection[str]) -> Iterator[str]:
    """Yield the lines of commands that change one of the files."""
    known = frozenset(names)
    if _writes_one(text, names) and (match := _RUNS.search(text)):
        yield match.group()
    if (match := _HERE.search(text)) and not known.isdisjoint(_words(text)):
        yield match.group()
    lines = text.replace("\\\n", " ").split("\n")
    yield from (line for line in lines if _changes_one(line, known))


def _writes_one(script: str, names: Collection[str]) -> bool:
    """Whether a script writes files, and quotes the name of one of the program's."""
    return any(_is_quoted(name, script) for name in names) and bool(_WRITES.search(script))


def _changes_one(line: str, known: frozenset[str]) -> bool:
    return any(_into(part, known) for part in _CUT.split(line))


def _into(command: str, known: frozenset[str]) -> bool:
    written = [match[1] for match in _INTO.finditer(command)]
    if copied := _COPIES.match(command):
        written.append(copied[1])
    if not known.isdisjoint(map(_plain, written)):
        return True
    return bool(_CHANGES.search(command)) and not known.isdisjoint(_words(command))


def _words(text: str) -> list[str]:
    return list(map(_plain, re.split(r"[\s'\"]+", text)))


def _plain(word: str) -> str:
    return re.sub(r"^(?:\./|[ab]/)", "", word.strip("'\"`,"))

"""Edits by commands of a shell that say what goes and what comes: ``sed -i 's/old/new/' file``, and
a here-document that is appended. Nothing is run: one is read where its text stands in one line of
the file, and no sign of it has another meaning.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import chain, starmap

from cladogen.errors import PatchRefused
from cladogen.patching.edits import FileEdit
from cladogen.patching.read.blocks import at_end, block_edit
from cladogen.patching.read.commands import check_no_command, may_be_a_shell
from cladogen.patching.read.heredocs import appended
from cladogen.patching.read.lines import lines_with
from cladogen.patching.read.names import same_file

Texts = Mapping[str, str]

_SED = re.compile(r"[ \t]*(?:\$ )?(?:sed|gsed|perl)\s")
_IN_PLACE = re.compile(r"-(?:i\S*|-in-place\S*|pi|p?i\.\w+|[nrE]+i|pi?e|i?pe)$")
_HARMLESS = ("-e", "-E", "-r")
_SPECIAL = re.compile(r"[*+?()\[\]{}|^$\\]")
_ESCAPED = re.compile(r"\\([./*\[\]^$+?(){}|\\&\"'-])")
_INSERTS = re.compile(r"(?<!\\)&|\\[\dnt]|\$\d")  # what was found, a group, an end of line
_SUBSTITUTION = re.compile(r"s(?P<sign>[/|#@,!~:%])")


def edits_by_commands(lines: Sequence[str], info: str, texts: Texts) -> list[FileEdit]:
    """Return the edits of a fence of commands, [] where it has none.

    Raises PatchRefused where they can be read in another way, or stand beside a command that
    changes a file in any other.
    """
    if not may_be_a_shell(info):
        return []
    added, others = appended(lines, texts)
    edits = [_by_sed(line, texts) for line in others]
    rest = [line for line, made in zip(others, edits, strict=True) if not made]
    found = [*chain.from_iterable(edits), *starmap(at_end, added)]
    if found:
        check_no_command("\n".join(rest), texts)
    return found


def _by_sed(line: str, texts: Texts) -> list[FileEdit]:
    """Return the edits of a command, [] for one that is not plain."""
    given = _given_in_place(line) if _SED.match(line) else []
    if not given:
        return []
    *scripts, file = given
    path = same_file(file.removeprefix("./"), texts)
    parts = list(map(_parted, scripts))
    if not path or None in parts:
        return []
    return [_edit(path, texts[path], *part, line.strip()) for part in filter(None, parts)]


def _given_in_place(line: str) -> list[str]:
    """Return the scripts and the file of a command whose options only say that it edits in place,
    [] for any other.
    """
    words = _words(line)
    options = [word for word in words if word.startswith("-")]
    if not _edit_in_place(options):
        return []
    return [word for word in filter(None, words) if word not in options]


def _edit_in_place(options: Sequence[str]) -> bool:
    """Whether options say that a command edits in place, and nothing more."""
    return any(map(_IN_PLACE.match, options)) and not any(map(_does_more, options))


def _words(line: str) -> list[str]:
    """Return what a command is given, [] where its quotes do not end."""
    try:
        return shlex.split(line.strip().removeprefix("$ "))[1:]
    except ValueError:
        return []


def _does_more(option: str) -> bool:
    """Whether an option says more than that a command edits in place."""
    return option not in _HARMLESS and not _IN_PLACE.match(option)


def _parted(script: str) -> tuple[str, str] | None:
    """Return what a substitution puts in the place of what, where both are plain text."""
    if not (begins := _SUBSTITUTION.match(script.strip())):
        return None
    parts = re.split(rf"(?<!\\){re.escape(begins['sign'])}", script.strip())
    if len(parts) != 4 or parts[3].rstrip(";") not in ("", "g"):
        return None
    old, new = parts[1], parts[2]
    return (_ESCAPED.sub(r"\1", old), _ESCAPED.sub(r"\1", new)) if _are_plain(old, new) else None


def _are_plain(old: str, new: str) -> bool:
    """Whether no sign of both sides of a substitution has another meaning."""
    return not (_SPECIAL.search(_ESCAPED.sub("", old)) or _INSERTS.search(new))


def _edit(path: str, text: str, old: str, new: str, command: str) -> FileEdit:
    lines = lines_with(re.compile(re.escape(old)), text)
    if not lines:
        raise PatchRefused("removed-lines-not-found", f'{path}: no line holds "{old}"')
    number, line = lines[0]
    if len(lines) > 1 or line.count(old) > 1:
        numbers = ", ".join(str(at) for at, _ in lines[:5])
        raise PatchRefused(
            "ambiguous-context",
            f'{path}: "{old}" of the command "{command[:80]}" stands more than once (line '
            f"{numbers}); give a diff",
        )
    line = line.removesuffix("\r")
    return block_edit((line,), (line.replace(old, new),), path, line=number)

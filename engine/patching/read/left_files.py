"""New files that a reply gives in words and a fence below, or by a here-document, and no edit
makes: refused by their names, never left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative
from cladogen.patching.phrases.judgement import NOT_NOW
from cladogen.patching.phrases.turning import IN_A_CASE
from cladogen.patching.read.commands import may_be_a_shell
from cladogen.patching.read.names import same_file
from cladogen.patching.read.regions import Region, regions

_PATH = r"(?<![\w./~$-])(?P<path>[\w-][\w.-]*(?:/[\w.-]+)*\.\w+)"
_HERE = re.compile(rf"(?:\bcat\b|\btee\b)[^\n]*?[\s>'\"]{_PATH}")
_NAME = re.compile(_PATH)
_MAKES = re.compile(
    r"\bnew\b|\b(?:creat|introduc)\w*|\b(?:adds?|added|adding|put|puts|goes|go|lives?|needs?)\b",
    re.IGNORECASE,
)
_NO_PART = re.compile(
    r"\b(?:tests?|testing|usage|examples?|reference|benchmarks?|run|runs|running|try|check|"
    r"optional\w*|original)\b",
    re.IGNORECASE,
)
_OF_TEST = re.compile(r"(?:^|[/_])(?:tests?|bench|check|demo|example|run|smoke)(?=[/_.])|_test\.")
_LONGEST_LINE = 1000  # that is read


def check_no_file_left(reply: str, made: Sequence[Alternative], known: Collection[str]) -> None:
    """Raise PatchRefused where a reply gives a new file of a kind that the program has, and no edit
    makes it; a test or a demonstration is no part of the answer.
    """
    edits = chain.from_iterable(one.edits for one in made)
    names = {*known, *chain.from_iterable((edit.name, edit.new) for edit in edits)}
    for path, line in _given(regions(reply)):
        if _is_left(path, names, known):
            raise PatchRefused(
                "ambiguous-context",
                f'the reply gives a new file, {path}, at "{line.strip()[:80]}", which no edit '
                "makes; write its name on a line of its own above a fence with all of it",
            )


def _is_left(path: str, names: Collection[str], known: Collection[str]) -> bool:
    """Whether a name is of no file known or made, and of the kind of one of the program's."""
    kinds = {name.rpartition(".")[2] for name in known}
    if path.rpartition(".")[2] not in kinds or _OF_TEST.search(path):
        return False
    return not same_file(path, names)


def _given(found: Sequence[Region]) -> Iterator[tuple[str, str]]:
    """Yield the names of files that a reply gives, and the line that says so."""
    above = ""
    for region in found:
        if not region.fenced or may_be_a_shell(region.info):
            yield from _by_commands(region.lines)
        if region.fenced and not may_be_a_shell(region.info):
            yield from _told(above)
        above = "" if region.fenced else _last(region.lines)


def _by_commands(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the files that here-documents write and no later line of the fence runs."""
    for at, line in enumerate(lines):
        match = _HERE.search(line[:_LONGEST_LINE]) if "<<" in line else None
        if match and not any(_runs(match["path"], each) for each in lines[at + 1 :]):
            yield match["path"], line


def _runs(path: str, line: str) -> bool:
    return bool(re.match(rf"\s*(?:\$ )?(?:python[\d.]*|node|bash|sh)\s.*{re.escape(path)}", line))


def _told(line: str) -> Iterator[tuple[str, str]]:
    """Yield the one new file that a line above a fence says it holds."""
    names = [match["path"] for match in _NAME.finditer(line)]
    if len(names) == 1 and _MAKES.search(line) and not _is_no_part(line):
        yield names[0], line


def _is_no_part(line: str) -> bool:
    return any(each.search(line) for each in (_NO_PART, NOT_NOW, IN_A_CASE))


def _last(lines: Sequence[str]) -> str:
    return next((line[:_LONGEST_LINE] for line in reversed(lines) if line.strip()), "")

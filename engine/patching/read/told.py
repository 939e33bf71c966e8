"""What the prose beside edits tells to do and no edit does: a file or a name to rename or delete,
a replacement within a sentence, another part of the reply.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.phrases.judgement import NOT_NOW
from cladogen.patching.phrases.replacing import within
from cladogen.patching.phrases.turning import IN_A_CASE, UNDOES
from cladogen.patching.read.commands import check_no_command
from cladogen.patching.read.names import same_file
from cladogen.patching.read.needed import added_by
from cladogen.patching.read.regions import prose_lines
from cladogen.patching.read.sentences import introduces

_WORD = re.compile(r"[A-Za-z_]\w+")
_FIRST = r"(?:(?:first|then|also|and|next|finally|please|now|lastly|afterwards|you\s+can)\W+)*"
_PATH = r"[`'\"*]*(?P<path>[\w./-]+\.\w+)[`'\"*]*"
_TOLD = (
    re.compile(
        rf"(?:^|[.;:!]\s+|,?\s+and\s+)[\s>#*_-]*(?:\d+[.)]\s+)?{_FIRST}"
        rf"(?:rename|move|delete|remove|drop)\s+(?:the\s+)?(?:(?:now\s+)?(?:unused|old|whole|entire)\s+)?"
        rf"(?:file\s+|module\s+)?{_PATH}(?=\s*(?:[.,;:(]|$|to\b|into\b|as\b|since\b|because\b|from\s+the\s+program))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_PATH}\s+(?:should|must|can|has\s+to|needs\s+to|is\s+to)\s+be\s+"
        r"(?:renamed|moved|deleted|removed|dropped)\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:^|[.;:!]\s+|,?\s+and\s+)\W*{_FIRST}I(?:['’]ve|\s+have)?\s+(?:also\s+|now\s+)?"
        rf"(?:renamed|moved|deleted|removed|dropped)\s+(?:the\s+)?(?:file\s+|module\s+)?{_PATH}"
        r"(?=\s*(?:[.,;:(]|$|to\b|into\b|since\b|because\b))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^[\s>#]*(?:[-+*]\s+)?(?:file\s+)?{_PATH}\W*(?:deleted?|removed?)\W*$|"
        rf"(?<![\w./-]){_PATH.replace('path', 'moved')}\s+(?:gets|is\s+now|was|has\s+been)\s+"
        r"(?:renamed|moved|deleted|removed)\b(?!\s+(?:from|in)\b)",
        re.IGNORECASE,
    ),
    re.compile(rf"(?:^|[.;:!]\s+)\W*{_FIRST}make\s+{_PATH}\s+executable\b", re.IGNORECASE),
)


_CODE_TOLD = re.compile(
    rf"(?:^|[.;:!]\s+)[\s>#*_-]*(?:\d+[.)]\s+)?(?:(?:additionally|in\s+addition)\W+)?{_FIRST}"
    r"(?:rename|delete|remove|drop|get\s+rid\s+of)\s+(?:the\s+)?(?:(?!(?:in|from|of|on|at|with)\b)[\w-]+\s+){0,3}`(?P<code>[^`\n]+)`",
    re.IGNORECASE,
)
_NOT_IN_A_CASE = r"(?![^.;]*\b(?:if|when|should|whenever|later|next|afterwards|eventually)\b)"
# "Also set `STEPS` to 300", and not "you can set ...", nor "... if it is slow"
_VALUE_TOLD = re.compile(
    rf"(?:^|[.;:!]\s+)[\s>#*_-]*(?:\d+[.)]\s+)?(?:(?:additionally|in\s+addition)\W+)?(?!{_FIRST}you\s+can\b){_FIRST}"
    r"(?:set|increase|decrease|raise|lower|reduce|bump|double|halve)\s+(?:the\s+)?(?:constant\s+|value\s+of\s+)?"
    r"(?:`(?P<quoted>[A-Za-z_][\w.]*)`|(?P<plain>[A-Z][A-Z0-9_]{2,}|[a-z]+_\w+))\s+"
    rf"(?:from\s+\S+\s+)?(?:to|by)\s+[`*]*[-\d.]\S*{_NOT_IN_A_CASE}|"
    r"(?:^|[.;:!]\s+)\W*(?:`(?P<other>[A-Za-z_][\w.]*)`|(?P<name>[A-Z][A-Z0-9_]{2,}))\s+"
    rf"(?:should|must|has\s+to|needs\s+to)\s+be\s+[`*]*[-\d.]+[`*]*\s+instead\s+of\b{_NOT_IN_A_CASE}",
    re.IGNORECASE,
)
# "`a = 1` -> `a = 2`", "`a = 1` becomes `a = 2`", a row of a table, one struck out
_PAIR = re.compile(
    r"`(?P<old>[^`\n]+)`\s*(?:→|⟶|➜|⇒|[-=]{1,2}>|\||becomes|is\s+now|should\s+(?:be|become))\s*"
    r"`(?P<new>[^`\n]+)`|~~`?(?P<gone>[^~`\n]+)`?~~\W{1,4}?(?P<come>[^*`\n]+)",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"(?<!`)`(\s*(?:\$ )?(?:sed|gsed|perl|rm|mv|git\s+(?:rm|mv))\s[^`\n]+)`(?!`)")
_TOKEN = re.compile(r"\w+|[^\w\s]+")
_LINES_TOLD = re.compile(
    r"\b(?:delete|remove|drop)\s+lines?\s+\d+(?:\s*(?:-|–|to|and)\s*\d+)?", re.IGNORECASE
)
_GOES_ON = re.compile(
    r"\bpart\s+[1-9]\s+(?:of|/)\s+[2-9]\b|\bcontinued\s+in\s+(?:part|the\s+next)\b|\[\s*(?:to\s+be\s+)?continued|"
    r"\b(?:in|with)\s+(?:my|the|a)\s+next\s+(?:message|reply|response|answer|turn)\b|\bi\s+ran\s+out\s+of\s+(?:space|room|tokens)\b",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:next|further|possible|later)\s+(?:steps?|ideas?|changes?|work)\b|\blater\b",
    re.IGNORECASE,
)
_SHORTEST = 4  # characters of code that a pair shows
_LONGEST_LINE = 1000  # that is read
_OF_FOLDER = re.compile(r"^[\w.~*-]*/[\w./*-]*$|\.(?:pyc|pyo|so|o|a|log|tmp|bak|orig|rej|cache)$")
_ITEM = re.compile(r"\s*(?:[*\-•]|\d+[.)])\s")


def check_told(reply: str, made: Sequence[Alternative], known: Mapping[str, str]) -> None:
    """Raise PatchRefused where the prose tells what no edit does, or that the reply goes on."""
    edits = list(chain.from_iterable(one.edits for one in made))
    moved = {same_file(edit.old or edit.name, known) for edit in edits if _moves(edit)}
    shown = frozenset(chain.from_iterable(map(_words, edits)))
    added = "\n".join(chain.from_iterable(map(added_by, edits)))
    for line in _of_now(reply):
        _check_whole(line)
        _check_code(line, shown, known)
        _check_pairs(line, added, known)
        _check_commands(line, known)
        _check_files(line, known, moved)


def _moves(edit: FileEdit) -> bool:
    """Whether an edit deletes or renames its file, or changes its mode."""
    return edit.deleted or edit.renamed or bool(edit.mode)


def _check_whole(line: str) -> None:
    """Raise PatchRefused where a line of prose says that the reply goes on elsewhere."""
    if match := _GOES_ON.search(line):
        raise PatchRefused(
            "truncated-reply",
            f'the reply says "{match.group()}", so a part of it is missing; send the complete '
            "reply",
        )


def _check_commands(line: str, known: Mapping[str, str]) -> None:
    for command in _COMMAND.findall(line):
        check_no_command(command, known)


def _check_files(line: str, known: Collection[str], moved: Collection[str]) -> None:
    """Raise PatchRefused where a line of prose tells to rename or delete a file, or to change its
    mode, and no edit does: ``moved`` are the files of which one does.
    """
    for match in chain.from_iterable(pattern.finditer(line) for pattern in _TOLD):
        if _is_left(_named_in(match), known, moved) and not _is_put_off(line, match):
            raise PatchRefused(
                "ambiguous-context",
                f'the reply says "{match.group().strip()[:80]}", which no edit does; give it '
                "as a diff with the file's old and new name, or leave it out",
            )


def _is_left(name: str, known: Collection[str], moved: Collection[str]) -> bool:
    """Whether a name is of a file of the program that no edit moves."""
    path = same_file(name, known)
    return path != "" and path not in moved


def _of_now(reply: str) -> Iterator[str]:
    """Yield lines of prose, without the items of a list of what is for later."""
    later = False
    for line in prose_lines(reply):
        item = bool(_ITEM.match(line))
        if line.strip() and not item:
            later = _introduces_later(line)
        if not (item and later):
            yield line[:_LONGEST_LINE]


def _introduces_later(line: str) -> bool:
    return introduces(line) and bool(_LATER.search(line) or NOT_NOW.search(line))


def _is_put_off(line: str, match: re.Match[str]) -> bool:
    """Whether what a line tells is asked, for later, for a case, or the way back."""
    before, after = line[: match.start()], line[match.end() :].lstrip("`'\"* ")
    patterns = (_LATER, NOT_NOW, IN_A_CASE, UNDOES)
    return after.startswith("?") or any(each.search(before) for each in patterns)


def _check_code(line: str, shown: frozenset[str], known: Mapping[str, str]) -> None:
    """Raise PatchRefused where a line of prose tells to delete or rename code that no edit shows,
    or to replace one piece of code by another, and no edit does.
    """
    told = _told_of_code(line, shown, known)
    if told:
        raise PatchRefused(
            "ambiguous-context",
            f'the reply says "{told[0].strip()[:80]}", which no edit does; give it as an edit, too',
        )


def _told_of_code(line: str, shown: frozenset[str], known: Mapping[str, str]) -> list[str]:
    found = _orders(line, shown, known)
    told = [one.group() for one in found if not _is_put_off(line, one)]
    return told + [old for _, old, new in within(line) if not _is_either_shown((old, new), shown)]


def _orders(line: str, shown: frozenset[str], known: Mapping[str, str]) -> Iterator[re.Match[str]]:
    """Yield what a line tells to do with code of the program that no edit shows."""
    told = chain(_CODE_TOLD.finditer(line), _VALUE_TOLD.finditer(line))
    yield from (one for one in told if _is_missing(_named_in(one), shown, known))
    yield from (one for one in _LINES_TOLD.finditer(line) if _starts(line, one))


def _named_in(match: re.Match[str]) -> str:
    return next(str(name) for name in match.groups() if name)


def _check_pairs(line: str, added: str, known: Mapping[str, str]) -> None:
    """Raise PatchRefused where a line of prose shows code of the program and what comes for it, and
    no edit adds anything of the latter.
    """
    for match in _PAIR.finditer(line):
        if _lacks(match, added, known) and not _is_put_off(line, match):
            raise PatchRefused(
                "ambiguous-context",
                f'the reply says "{match.group().strip()[:80]}", which no edit does; give it as an '
                "edit, too",
            )


def _lacks(match: re.Match[str], added: str, known: Mapping[str, str]) -> bool:
    """Whether a pair shows code of the program, and of what comes for it nothing was added."""
    old, new = _side(match, "old", "gone"), _side(match, "new", "come")
    if not _is_code(old) or not _holds(known, old) or _holds(known, new):
        return False
    comes = set(_TOKEN.findall(new)) - set(_TOKEN.findall(old))
    return bool(comes) and not any(token in added for token in comes)


def _is_code(text: str) -> bool:
    """Whether a text is long enough to tell a piece of code, and has a letter."""
    return len(text) >= _SHORTEST and re.search(r"[A-Za-z]", text) is not None


def _side(match: re.Match[str], quoted: str, struck: str) -> str:
    """Return one side of a pair, quoted or beside what is struck out."""
    return str(match[quoted] or match[struck]).strip()


def _holds(known: Mapping[str, str], code: str) -> bool:
    return any(code in text for text in known.values())


def _is_foreign(code: str, known: Mapping[str, str]) -> bool:
    """Whether code names what the program does not have, such as a folder or a cache."""
    texts = list(map(_packed, known.values()))
    if any(_packed(code) in text for text in texts):
        return False
    if any(word in text for word in _WORD.findall(code) for text in (*texts, *known)):
        return bool(_OF_FOLDER.search(code))
    return True


def _packed(text: str) -> str:
    """Return a text without white space."""
    return "".join(text.split())


def _starts(line: str, match: re.Match[str]) -> bool:
    """Whether a sentence begins with what a pattern found, but for "also" and its like."""
    return bool(re.search(rf"(?:^|[.;:!]\s+)\W*{_FIRST}$", line[: match.start()], re.IGNORECASE))


def _is_shown(code: str, shown: frozenset[str]) -> bool:
    words = _WORD.findall(code)
    return not words or bool(shown & set(words))


def _is_missing(code: str, shown: frozenset[str], known: Mapping[str, str]) -> bool:
    """Whether code is the program's, and no edit shows it."""
    return not _is_shown(code, shown) and not _is_foreign(code, known)


def _is_either_shown(codes: Sequence[str], shown: frozenset[str]) -> bool:
    return any(_is_shown(code, shown) for code in codes)


def _words(edit: FileEdit) -> Iterator[str]:
    rows = chain.from_iterable(hunk.rows for hunk in edit.hunks)
    texts = (*(row.text for row in rows), edit.whole or "")
    return chain.from_iterable(map(_WORD.findall, texts))

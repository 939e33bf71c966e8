"""Fences that are no edit, but give what the edits beside them use: a function, a constant, an
import. Without it the reply would be made by half.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import chain
from pathlib import PurePosixPath

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.parts.languages import Language, language_of
from cladogen.patching.parts.outline import Outline, plain
from cladogen.patching.read.commands import SHELLS, check_no_command, check_no_script
from cladogen.patching.read.headers import is_left_out
from cladogen.patching.read.lines import stripped_lines
from cladogen.patching.read.names import same_file
from cladogen.patching.read.whole import Snippet

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_DEFINES = "def|class|fn|func|function|struct|enum|define"
_IMPORTS = "import|from|use|include|require"
_VALUE = re.compile(
    r"(?:(?:export\s+)?(?:const|let|var)\s+)?([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)\s*\S"
)
_SUPPOSES = re.compile(
    r"\b(?:can|could|might|may|would|try|example|e\.g|usage|if|optional\w*|original|currently?|before|was|"
    r"were|result|output|prints?|later|next)\b",
    re.IGNORECASE,
)
_PATH = r"[`'\"*]*[\w./-]+\.\w+[`'\"*]*"
# "Also add this at the end:", "In config.yaml set", "Cargo.toml gets"
LONGEST_LABEL = 400  # characters at the beginning of a label that are looked at
_ADDS = re.compile(
    r"[\s>#*_-]*(?:\d+[.)]\s+)?(?:(?:and|then|also|next|finally|first|now|please|lastly|so|in\s+addition|"
    rf"additionally|(?:in|to|at\s+the\s+\w+\s+of)\s+(?:the\s+)?{_PATH})\W+)*"
    r"(?:add|append|put|insert|include|prepend|place|paste|set)\b|"
    rf"\W*{_PATH}\s+(?:gets|becomes|needs|should\s+(?:get|have|contain))\b",
    re.IGNORECASE,
)


def check_needed(
    left: Sequence[Snippet], made: Sequence[Alternative], texts: Mapping[str, str]
) -> None:
    """Raise PatchRefused where a fence that is left out gives a name which the edits use and
    nothing else has, nothing but imports that the program lacks, lines that are to be added, or
    changes files by commands.
    """
    added = "\n".join(added_lines(made))
    for snippet in left if made else ():
        if snippet.language in SHELLS:
            check_no_command(snippet.text, texts)
        else:
            check_no_script(snippet.text, texts)
        name = next(_missing(snippet, added, texts), "")
        if name:
            raise PatchRefused(
                "ambiguous-context",
                f"one fence of the reply gives {name} and does not say where it goes, and the "
                "others are edits; give it as an edit, too",
            )
        _check_place(snippet, added, texts)
        _check_values(snippet, added, texts)


def _check_values(snippet: Snippet, added: str, texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for a fence that only gives values of the program anew, unless the prose
    offers or shows them.
    """
    line = _first_new(snippet, added, texts) if _only_values(snippet, texts) else ""
    if line:
        raise PatchRefused(
            "ambiguous-context",
            f'one fence of the reply gives "{line[:80]}", which no edit does; give it as an edit, '
            "too",
        )


def _only_values(snippet: Snippet, texts: Mapping[str, str]) -> bool:
    """Whether a fence is meant, and each of its lines gives a name of the program a value."""
    if _is_supposed(snippet):
        return False
    lines = list(filter(str.strip, snippet.text.split("\n")))
    values = list(filter(None, map(_VALUE.match, lines)))
    if not values or len(values) < len(lines):
        return False
    names = {match[1] for match in values}
    return any(_gives(text, names) for text in texts.values())


def _is_supposed(snippet: Snippet) -> bool:
    """Whether the prose shows a fence, or offers it."""
    stance = snippet.stance
    shown = stance.beside or stance.reference or stance.against
    return shown or _SUPPOSES.search(snippet.label) is not None


def _gives(text: str, names: Set[str]) -> bool:
    """Whether a text gives each of some names a value on a line of its own."""
    given = {match[1] for line in text.split("\n") if (match := _VALUE.match(line))}
    return names <= given


def _check_place(snippet: Snippet, added: str, texts: Mapping[str, str]) -> None:
    """Raise PatchRefused for a fence of new lines that the reply gives a file's name, or says are
    to be added.
    """
    line = _first_new(snippet, added, texts) if _is_to_be_added(snippet) else ""
    if line:
        where = snippet.name or snippet.label.strip()
        raise PatchRefused(
            "ambiguous-context",
            f'the fence below "{where[:80]}" gives "{line[:80]}" and does not say where it goes, '
            "and the others are edits; give it as an edit, too",
        )


def _is_to_be_added(snippet: Snippet) -> bool:
    if snippet.language in SHELLS or snippet.stance.reference:
        return False
    return bool(snippet.name) or _ADDS.match(snippet.label[:LONGEST_LABEL]) is not None


def _first_new(snippet: Snippet, added: str, texts: Mapping[str, str]) -> str:
    """Return the first line of a snippet that neither its file nor an edit has, "" for none."""
    path = same_file(snippet.name, texts)
    own = [texts[path]] if path else texts.values()
    known = stripped_lines((*own, added))
    new = (line.strip() for line in snippet.text.split("\n"))
    return next((line for line in new if line not in known and not is_left_out(line)), "")


def _missing(snippet: Snippet, added: str, texts: Mapping[str, str]) -> Iterator[str]:
    known = _words_of(texts)
    languages = map(language_of, filter(snippet.fits, texts))
    for language in dict.fromkeys(filter(None, languages)):
        yield from _missing_in(Outline(snippet.text, language), added, known, language)


def _words_of(texts: Mapping[str, str]) -> set[str]:
    """Return the words of a program, and the names of its modules."""
    words = set(chain.from_iterable(map(_WORD.findall, texts.values())))
    return words | {PurePosixPath(path).stem for path in texts}


def _missing_in(part: Outline, added: str, known: Set[str], language: Language) -> Iterator[str]:
    """Yield what a fence brings, read in a language, and edits use or need without bringing it."""
    defined = set(map(plain, part.bound))
    new = sorted((defined | part.imported) - known)
    if _holds_only_imports(part):
        yield from _imports_of(new, added)
    yield from (name for name in new if _is_needed(name, added, language, name in defined))


def _imports_of(names: Sequence[str], added: str) -> Iterator[str]:
    """Yield imports that edits do not bring."""
    return (f"an import of {name}" for name in names if not _brings(added, name))


def _holds_only_imports(part: Outline) -> bool:
    imports = set(part.imports)
    if not imports or part.bound:
        return False
    return imports <= set(part.outer) and set(part.outside) <= imports


def _is_needed(name: str, added: str, language: Language, defined: bool) -> bool:
    """Whether lines that are added use a name and do not bring it: where the fence defines it, an
    import of it does not.
    """
    lines = Outline(added, language)
    if not lines.uses(name) or name in set(map(plain, lines.bound)):
        return False
    if defined:
        return not _binds(added, name, _DEFINES)
    return name not in lines.imported and not _brings(added, name)


def _brings(added: str, name: str) -> bool:
    return _binds(added, name, _DEFINES) or _binds(added, name, _IMPORTS)


def _binds(added: str, name: str, words: str) -> bool:
    return bool(re.search(rf"\b(?:{words})\b[^\n]*?\b{re.escape(name)}\b", added))


def added_lines(made: Sequence[Alternative]) -> Iterator[str]:
    """Yield the lines that edits add, and the texts that they give whole."""
    for edit in chain.from_iterable(one.edits for one in made):
        yield from added_by(edit)


def added_by(edit: FileEdit) -> Iterator[str]:
    yield from (row.text for hunk in edit.hunks for row in hunk.added)
    yield edit.whole or ""

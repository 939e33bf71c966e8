"""Fences that are no edit, but give what the edits beside them use: a function, a constant, an
import. Without it the reply would be made by half.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative
from cladogen.patching.parts.languages import Language, language_of
from cladogen.patching.parts.outline import Outline, plain
from cladogen.patching.read.whole import Snippet

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_DEFINES = (
    r"\b(?:def|class|fn|func|function|struct|enum|define|import|from|use|include)\b[^\n]*?\b{}\b"
)


def check_needed(
    left: Sequence[Snippet], made: Sequence[Alternative], texts: Mapping[str, str]
) -> None:
    """Raise PatchRefused where a fence that is left out gives a name which the edits use and
    nothing else has, or nothing but imports that the program lacks.
    """
    added = "\n".join(_added(made))
    for snippet in left:
        name = next(_missing(snippet, added, texts), "")
        if name:
            raise PatchRefused(
                "ambiguous-context",
                f"one fence of the reply gives {name} and does not say where it goes, and the "
                "others are edits; give it as an edit, too",
            )


def _missing(snippet: Snippet, added: str, texts: Mapping[str, str]) -> Iterator[str]:
    known = {word for text in texts.values() for word in _WORD.findall(text)}
    known |= {PurePosixPath(path).stem for path in texts}
    languages = [language_of(path) for path in texts if snippet.fits(path)]
    for language in dict.fromkeys(one for one in languages if one is not None):
        part = Outline(snippet.text, language)
        new = sorted(({plain(name) for name in part.bound} | part.imported) - known)
        only_imports = bool(part.imports) and set(part.outer) >= set(part.imports)
        if only_imports and not part.bound and set(part.outside) <= set(part.imports):
            yield from (f"an import of {name}" for name in new if not _brings(added, name))
        yield from (name for name in new if _is_needed(name, added, language))


def _is_needed(name: str, added: str, language: Language) -> bool:
    """Whether lines that are added use a name and do not define it."""
    lines = Outline(added, language)
    defined = name in {plain(one) for one in lines.bound} | lines.imported
    return lines.uses(name) and not defined and not _brings(added, name)


def _brings(added: str, name: str) -> bool:
    return bool(re.search(_DEFINES.format(re.escape(name)), added))


def _added(made: Sequence[Alternative]) -> Iterator[str]:
    for edit in (edit for one in made for edit in one.edits):
        yield from (row.text for hunk in edit.hunks for row in hunk.added)
        yield edit.whole or ""

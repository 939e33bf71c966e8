"""Fences that hold code: which of them are edits, and which only show something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import filterfalse

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.parts.completeness import solid_lines, why_part
from cladogen.patching.parts.languages import Language, language_of
from cladogen.patching.parts.outline import Outline, plain
from cladogen.patching.phrases.showing import CHANGED, ORIGINAL
from cladogen.patching.read.commands import SHELLS, check_no_command, check_no_script
from cladogen.patching.read.headers import is_left_out, is_unwritten_body, stands_for_a_body
from cladogen.patching.read.line_numbers import numbered_either_way
from cladogen.patching.read.names import only, same_file
from cladogen.patching.read.needed import added_lines, check_needed
from cladogen.patching.read.whole import Snippet

Texts = Mapping[str, str]
Piece = Alternative | Snippet

_TELLING = 6  # characters of a line that tells a file from others
_MOST = 0.9  # of a fence's lines are the file's, where the prose says that it shows the original


def chosen(pieces: Sequence[Piece], texts: Texts) -> list[Alternative]:
    """Return the alternatives of a reply, its fences of code as whole files where they are edits.

    Raises PatchRefused for a file that a fence without an end breaks off.
    """
    return _Choice(texts).among(pieces)


def defines(text: str, path: str, texts: Texts) -> bool:
    """Whether a text defines something, and only what a file of the program has."""
    language = language_of(path)
    if language is None or path not in texts:
        return False
    part, whole = Outline(text, language), Outline(texts[path], language)
    known = set(map(plain, whole.names | whole.members))
    mine = set(map(plain, part.names))
    return bool(mine) and mine <= known


def defines_some(text: str, path: str, texts: Texts) -> bool:
    """Whether a text defines a function or a class that a file of the program has."""
    language = language_of(path)
    if language is None or path not in texts:
        return False
    part, whole = (_functions_and_classes(one, language) for one in (text, texts[path]))
    return not part.isdisjoint(whole)


def _functions_and_classes(text: str, language: Language) -> set[str]:
    """Return the names of what a text defines, values apart."""
    return {plain(one.name) for one in Outline(text, language).definitions if not one.value}


def gives_whole(text: str, path: str, texts: Texts, of_lines: int | None) -> bool:
    """Whether a text gives definitions of a file whole, as far as a number of lines that it is said
    to replace can tell.
    """
    language = language_of(path)
    if language is None or not defines(text, path, texts):
        return False
    return of_lines is None or _size_in(texts[path], text, language) <= of_lines


def _size_in(base: str, text: str, language: Language) -> int:
    """Return how many lines the definitions of ``text`` have in ``base``."""
    names = set(map(plain, Outline(text, language).names))
    known = (one for one in Outline(base, language).definitions if plain(one.name) in names)
    return sum(one.last - one.first + 1 for one in known)


def concerns(text: str, path: str, texts: Texts) -> bool:
    """Whether a text has anything of a file: a name that both define, a line that is no import, or
    definitions where the file has some (then `why_part` says what is missing).
    """
    base, language = texts.get(path, ""), language_of(path)
    lines, known = solid_lines(text), set(filter(_is_telling, solid_lines(base)))
    if language is None:
        return not known or not known.isdisjoint(lines)
    mine, whole = Outline(text, language), Outline(base, language)
    if _share_definitions(mine, whole):
        return True
    imports = {whole.lines[at].strip() for at in whole.imports}
    return not (known - imports).isdisjoint(lines)


def _is_telling(line: str) -> bool:
    return len(line) >= _TELLING


def _share_definitions(mine: Outline, whole: Outline) -> bool:
    """Whether both have definitions, or a name that both give a value."""
    if mine.names and whole.names:
        return True
    return bool((mine.bound | mine.members) & (whole.bound | whole.members))


def left_out(text: str, base: str) -> str:
    """Return the line of a text that stands for code which is not given, "" when there is none."""
    lines = text.split("\n")
    found = (line for at, line in enumerate(lines) if _stands_for_code(lines, at, base))
    return next((line.strip() for line in found if line not in base), "")


def _stands_for_code(lines: Sequence[str], at: int, base: str) -> bool:
    if is_left_out(lines[at]) or stands_for_a_body(lines, at, base):
        return True
    return is_unwritten_body(lines, at)


def end_alike(text: str, base: str) -> bool:
    """Whether two texts end in the same line."""
    return solid_lines(text)[-1:] == solid_lines(base)[-1:]


def check_numbers(path: str, text: str) -> None:
    """Raise PatchRefused for a new file all of whose lines are numbered, where the numbers may be
    its own.
    """
    if language_of(path) is None and numbered_either_way(path, text):
        raise PatchRefused(
            "ambiguous-context",
            f"{path}: every line of the new file has a number, which may be its own or count the "
            "lines; give the file in JSON, or without numbers",
        )


@dataclass(frozen=True)
class _Choice:
    texts: Texts

    def among(self, pieces: Sequence[Piece]) -> list[Alternative]:
        """Return the edits of the answer itself; where it has none, those that stand beside it, in
        a quotation or a folded part.
        """
        own = list(filterfalse(_is_beside, pieces))
        made = self._made(own) if len(own) < len(pieces) else []
        if not made:
            return self._made(pieces)
        check_needed(list(map(_as_shown, filter(_is_beside, pieces))), made, self.texts)
        return made

    def _made(self, pieces: Sequence[Piece]) -> list[Alternative]:
        meant = list(filterfalse(self._is_only_shown, pieces))
        taken = self._taken(meant)
        made = list(map(self._edit, taken))
        out = [one for one in _snippets(meant) if one not in taken]
        folded = [one for one in _alternatives(pieces) if one.stance.reference]
        check_needed([*out, *map(_as_shown, folded)], made, self.texts)
        return made

    def _taken(self, meant: Sequence[Piece]) -> Sequence[Piece]:
        """Return the pieces that are edits."""
        snippets, edits = _snippets(meant), _alternatives(meant)
        if not edits and not any(piece.name for piece in snippets):
            return self._unnamed(snippets)
        return [piece for piece in meant if self._is_edit(piece, edits)]

    # -- what is only shown

    def _is_only_shown(self, piece: Piece) -> bool:
        """Whether a piece is a warning, for reference, or code that the program has."""
        if isinstance(piece, Alternative):
            return piece.stance.against or piece.stance.reference
        return piece.stance.against or self._is_original(piece)

    @cached_property
    def _bases(self) -> list[tuple[str, frozenset[str]]]:
        """The files as text without indentation and blank lines, and as sets of lines."""
        files = list(map(solid_lines, self.texts.values()))
        return [(_joined(lines), frozenset(lines)) for lines in files]

    def _is_original(self, snippet: Snippet) -> bool:
        """Whether a fence repeats code of the program, or most of it under a word that says so."""
        lines = solid_lines(snippet.text)
        shown = list(filterfalse(is_left_out, lines))
        if not shown:
            return False
        if shown == lines and self._is_repeated(snippet):
            return True
        labelled = snippet.stance.reference or _says_original(snippet.label)
        return labelled and any(_share(shown, known) >= _MOST for _, known in self._bases)

    def _is_repeated(self, snippet: Snippet) -> bool:
        """Whether all lines of a fence stand together in a file."""
        shown = _joined(solid_lines(snippet.text))
        return any(shown in base for base in self._shown_of(snippet))

    def _shown_of(self, snippet: Snippet) -> Iterator[str]:
        """Yield the files that a fence may repeat code of: where it is named, only that one."""
        path = same_file(snippet.name, self.texts) or snippet.name
        files = zip(self.texts, self._bases, strict=True)
        return (base for name, (base, _) in files if path in ("", name))

    # -- what is an edit

    def _is_edit(self, piece: Piece, edits: Sequence[Alternative]) -> bool:
        """Whether a piece is an edit, beside others or alone."""
        if isinstance(piece, Alternative):
            return True
        if piece.name:
            return not edits or not self._is_example(piece, edits)
        path = same_file(piece.hint, self.texts) or self._owner(piece)
        known = defines(piece.text, path, self.texts)
        return known and not left_out(piece.text, self.texts[path])

    def _owner(self, snippet: Snippet) -> str:
        """Return the one file that has all definitions of a fence which names none."""
        fitting = filter(snippet.fits, self.texts)
        owners = [path for path in fitting if defines(snippet.text, path, self.texts)]
        return "" if snippet.hint else only(owners)

    def _is_example(self, snippet: Snippet, edits: Sequence[Alternative]) -> bool:
        """Whether a named fence next to real edits merely shows a part of its file."""
        path = same_file(snippet.name, self.texts)
        if not self.texts.get(path) or not why_part(snippet.text, path, self.texts):
            return False
        also = path in self._changed(edits) and left_out(snippet.text, self.texts[path]) != ""
        return also or not defines(snippet.text, path, self.texts)

    def _changed(self, edits: Sequence[Alternative]) -> set[str]:
        """Return the files of the program that edits change."""
        return {same_file(edit.name, self.texts) for one in edits for edit in one.edits}

    def _unnamed(self, snippets: Sequence[Snippet]) -> list[Snippet]:
        """Return fences without a name that can be a file of the program, complete ones if any."""
        solid = [one for one in snippets if one.text.strip()]
        self._check_none_is_run(solid)
        possible = list(filter(self._fits_one, solid))
        about = list(filter(self._concerns_one, possible)) or possible
        return list(filter(self._is_complete, about)) or about

    def _check_none_is_run(self, snippets: Sequence[Snippet]) -> None:
        """Raise PatchRefused for commands or a script that change a file of the program: where the
        reply has no other edit, they were to be its answer.
        """
        for one in snippets:
            if one.language in SHELLS or not self._concerns_one(one):
                check_no_command(one.text, self.texts)
                check_no_script(one.text, self.texts)

    def _fits_one(self, snippet: Snippet) -> bool:
        return any(map(snippet.fits, self.texts))

    def _concerns_one(self, snippet: Snippet) -> bool:
        fitting = filter(snippet.fits, self.texts)
        return any(concerns(snippet.text, path, self.texts) for path in fitting)

    def _is_complete(self, snippet: Snippet) -> bool:
        fitting = filter(snippet.fits, self.texts)
        return any(not why_part(snippet.text, path, self.texts) for path in fitting)

    def _edit(self, piece: Piece) -> Alternative:
        return piece if isinstance(piece, Alternative) else self._whole(piece)

    def _whole(self, snippet: Snippet) -> Alternative:
        if not snippet.closed:
            self._check_end(snippet)
        if snippet.name and not same_file(snippet.name, self.texts):
            check_numbers(snippet.name, snippet.text)
        edit = FileEdit(
            new=snippet.name, whole=snippet.text, hint=snippet.hint, language=snippet.language
        )
        return Alternative((edit,), snippet.stance)

    def _check_end(self, snippet: Snippet) -> None:
        """Raise PatchRefused unless a file in a fence that is never closed ends as it must."""
        path = same_file(snippet.name or snippet.hint, self.texts)
        if not path or not end_alike(snippet.text, self.texts[path]):
            raise PatchRefused(
                "truncated-reply",
                f"{snippet.name or 'the last fence'}: the fence is never closed, and does not end "
                "as the file does; send the complete file again",
            )


def _snippets(pieces: Sequence[Piece]) -> list[Snippet]:
    return [piece for piece in pieces if isinstance(piece, Snippet)]


def _alternatives(pieces: Sequence[Piece]) -> list[Alternative]:
    return [piece for piece in pieces if isinstance(piece, Alternative)]


def _is_beside(piece: Piece) -> bool:
    """Whether a piece stands beside the answer."""
    return piece.stance.beside


def _as_shown(piece: Piece) -> Snippet:
    """Return the lines that an edit would add, as a fence that only shows them."""
    if isinstance(piece, Snippet):
        return piece
    return Snippet("\n".join(added_lines([piece])), "", stance=replace(piece.stance, beside=True))


def _says_original(label: str) -> bool:
    return bool(ORIGINAL.search(label)) and not CHANGED.search(label)


def _joined(lines: list[str]) -> str:
    return "\n" + "\n".join(lines) + "\n"


def _share(lines: list[str], known: frozenset[str]) -> float:
    return sum(line in known for line in lines) / len(lines)

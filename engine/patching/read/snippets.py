"""Fences that hold code: which of them are edits, and which only show something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.parts.completeness import why_part
from cladogen.patching.parts.languages import language_of
from cladogen.patching.parts.outline import Outline, plain
from cladogen.patching.phrases.showing import CHANGED, ORIGINAL
from cladogen.patching.read.headers import is_left_out
from cladogen.patching.read.names import same_file
from cladogen.patching.read.whole import Snippet

Texts = Mapping[str, str]
Piece = Alternative | Snippet


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
    known = {plain(name) for name in whole.names | whole.members}
    mine = {plain(name) for name in part.names}
    return bool(mine) and mine <= known


@dataclass(frozen=True)
class _Choice:
    texts: Texts

    def among(self, pieces: Sequence[Piece]) -> list[Alternative]:
        meant = [piece for piece in pieces if not self._is_only_shown(piece)]
        edits = [piece for piece in meant if isinstance(piece, Alternative)]
        named = any(isinstance(piece, Snippet) and piece.name for piece in meant)
        found: list[Alternative] = []
        for piece in meant:
            if isinstance(piece, Alternative):
                found.append(piece)
            elif self._is_edit(piece, edits, named):
                found.append(self._whole(piece))
        if found or edits or named:
            return found
        return [self._whole(piece) for piece in self._unnamed(meant)]

    # -- what is only shown

    def _is_only_shown(self, piece: Piece) -> bool:
        """Whether a piece is a warning, for reference, or code that the program has."""
        if isinstance(piece, Alternative):
            return piece.stance.against or piece.stance.reference
        return piece.stance.against or self._is_original(piece)

    @cached_property
    def _bases(self) -> list[tuple[str, frozenset[str]]]:
        """The files as text without indentation and blank lines, and as sets of lines."""
        solid = [_solid(text) for text in self.texts.values()]
        return [(_joined(lines), frozenset(lines)) for lines in solid]

    def _is_original(self, snippet: Snippet) -> bool:
        """Whether a fence repeats code of the program, or most of it under a word that says so."""
        solid = _solid(snippet.text)
        shown = [line for line in solid if not is_left_out(line)]
        if not shown:
            return False
        if len(shown) == len(solid) and any(_joined(solid) in base for base, _ in self._bases):
            return True
        labelled = snippet.stance.reference or _says_original(snippet.label)
        return labelled and any(_share(shown, known) >= 0.9 for _, known in self._bases)

    # -- what is an edit

    def _is_edit(self, snippet: Snippet, edits: Sequence[Alternative], named: bool) -> bool:
        """Whether a fence of code is an edit, beside others or alone."""
        if snippet.name:
            return not edits or not self._is_example(snippet, edits)
        path = same_file(snippet.hint, self.texts) if snippet.hint and (edits or named) else ""
        return (
            bool(path)
            and defines(snippet.text, path, self.texts)
            and not self._leaves_out(snippet.text, path)
        )

    def _is_example(self, snippet: Snippet, edits: Sequence[Alternative]) -> bool:
        """Whether a named fence next to real edits merely shows a part of its file."""
        path = same_file(snippet.name, self.texts)
        if not self.texts.get(path) or not why_part(snippet.text, path, self.texts):
            return False
        changed = {same_file(edit.name, self.texts) for one in edits for edit in one.edits}
        also = path in changed and self._leaves_out(snippet.text, path)
        return also or not defines(snippet.text, path, self.texts)

    def _leaves_out(self, text: str, path: str) -> bool:
        base = self.texts[path]
        return any(is_left_out(line) and line not in base for line in text.split("\n"))

    def _unnamed(self, pieces: Sequence[Piece]) -> list[Snippet]:
        """Return fences without a name that can be a file of the program, complete ones if any."""
        snippets = [piece for piece in pieces if isinstance(piece, Snippet)]
        possible = [one for one in snippets if one.text.strip() and any(map(one.fits, self.texts))]
        return [one for one in possible if self._is_complete(one)] or possible

    def _is_complete(self, snippet: Snippet) -> bool:
        fitting = (path for path in self.texts if snippet.fits(path))
        return any(not why_part(snippet.text, path, self.texts) for path in fitting)

    def _whole(self, snippet: Snippet) -> Alternative:
        if not snippet.closed:
            self._check_end(snippet)
        edit = FileEdit(
            new=snippet.name, whole=snippet.text, hint=snippet.hint, language=snippet.language
        )
        return Alternative((edit,), snippet.stance)

    def _check_end(self, snippet: Snippet) -> None:
        """Raise PatchRefused unless a file in a fence that is never closed ends as it must."""
        path = same_file(snippet.name or snippet.hint, self.texts)
        ends = [_solid(text)[-1:] for text in (snippet.text, self.texts.get(path, ""))]
        if not path or ends[0] != ends[1]:
            raise PatchRefused(
                "truncated-reply",
                f"{snippet.name or 'the last fence'}: the fence is never closed, and does not end "
                "as the file does; send the complete file again",
            )


def _says_original(label: str) -> bool:
    return bool(ORIGINAL.search(label)) and not CHANGED.search(label)


def _solid(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _joined(lines: list[str]) -> str:
    return "\n" + "\n".join(lines) + "\n"


def _share(lines: list[str], known: frozenset[str]) -> float:
    return sum(line in known for line in lines) / len(lines)

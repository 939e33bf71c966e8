"""Read a reply: which edits it proposes, in which alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, filterfalse

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.phrases.replacing import REPLACE
from cladogen.patching.read.beside_blocks import check_beside
from cladogen.patching.read.blocks import (
    Block,
    block_edit,
    block_edits,
    looks_like_blocks,
    read_blocks,
)
from cladogen.patching.read.calls import cut_short, ends_in_a_call, tool_calls
from cladogen.patching.read.commands import check_no_command
from cladogen.patching.read.headers import first_header, looks_like_diff, unglued, unindented
from cladogen.patching.read.heredocs import written_files
from cladogen.patching.read.indented import with_fences
from cladogen.patching.read.items import Item, items
from cladogen.patching.read.json_edits import (
    as_json,
    from_json,
    looks_like_json,
    with_fences_of_json,
)
from cladogen.patching.read.leaving import check_around
from cladogen.patching.read.left_files import check_no_file_left
from cladogen.patching.read.line_ranges import Span, replaced, told_above
from cladogen.patching.read.lines import is_blank
from cladogen.patching.read.names import hinted, only
from cladogen.patching.read.old_forms import as_unified
from cladogen.patching.read.prose import edits_within, paired, parted
from cladogen.patching.read.raw import spread
from cladogen.patching.read.regions import (
    Region,
    clean,
    comment_end,
    cut,
    visible,
    without_extra_line,
)
from cladogen.patching.read.shell_edits import edits_by_commands
from cladogen.patching.read.signs import check_form, has_signs
from cladogen.patching.read.snippets import Piece, chosen, gives_whole
from cladogen.patching.read.stance import NOTHING
from cladogen.patching.read.substrings import edits_of_text
from cladogen.patching.read.tags import read_tagged
from cladogen.patching.read.told import check_told
from cladogen.patching.read.unfenced import file_alone
from cladogen.patching.read.unified import DiffReader
from cladogen.patching.read.whole import Snippet, name_above, read_snippet, sections

Texts = Mapping[str, str]  # the program's files

_CODE_IN_PROSE = re.compile(r"(?<!`)`([^`\n]{3,300})`(?!`)")
_DOCUMENTS = (".md", ".rst", ".txt", ".patch", ".diff")


def read(reply: str, texts: Texts, ended: bool = False) -> list[Alternative]:
    """Return what ``reply`` proposes, in its order; raises PatchRefused for a reply that is cut
    short or proposes nothing.

    ``ended``: the provider said that the reply ended by itself, so that a fence which is never
    closed breaks nothing off.
    """
    pieces = list(Reader(texts, ended).pieces(reply))
    found = chosen(pieces, texts) or edits_within(reply, texts)
    if not found and not pieces:
        found = file_alone(reply, texts, ended)
    if not any(one.edits for one in found):
        raise _nothing(pieces, reply, texts)
    check_told(reply, found, texts)
    check_no_file_left(reply, found, texts)
    return found


def _nothing(pieces: list[Piece], reply: str, texts: Texts) -> PatchRefused:
    """Return the refusal of a reply without an edit, with its cause."""
    if ends_in_a_call(reply):
        return cut_short()
    if any(map(_is_turned_down, pieces)):
        return PatchRefused(
            "no-op",
            "the reply says of its only edit that it is not to be made; send the one that is",
        )
    for code in _CODE_IN_PROSE.findall(reply):
        check_no_command(code, texts)
    return PatchRefused("no-op", _what_it_holds(pieces, reply))


def _what_it_holds(pieces: list[Piece], reply: str) -> str:
    """Return what a reply has in place of an edit."""
    if not pieces and _has_a_hidden_edit(reply):
        return (
            "the reply's only edit stands in a comment, <!-- -->, so nobody is to see it; send it "
            "outside of one"
        )
    if any(map(_holds_something, pieces)):
        return (
            "no fence of the reply is an edit: it shows what the program has, or is of no file of "
            "it; send a diff, a SEARCH/REPLACE block, or a whole file under its name"
        )
    return "the reply proposes no edit: no diff, no SEARCH/REPLACE block, no whole file"


def _has_a_hidden_edit(reply: str) -> bool:
    lines = clean(reply).split("\n")
    return any(comment_end(lines, at) > at for at in range(len(lines)))


def _is_an_empty_fence(region: Region) -> bool:
    return region.fenced and is_blank(region.lines)


def _holder(part: str, texts: Texts) -> str:
    """Return the one file that holds a part of a line, "" for none or several."""
    return only([path for path, text in texts.items() if part in text])


def _is_turned_down(piece: Piece) -> bool:
    """Whether the prose says of a piece that it is not to be made."""
    shown = isinstance(piece, Alternative) and piece.stance.reference
    return piece.stance.against or shown


def _holds_something(piece: Piece) -> bool:
    return isinstance(piece, Alternative) or bool(piece.text.strip())


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one reply to a program."""

    texts: Texts
    ended: bool

    def pieces(self, text: str) -> Iterator[Piece]:
        """Yield the edits of a text, and fences that may be files, in order."""
        data = as_json(text)
        if data is not None:
            yield from from_json(data, self.texts, self.pieces)
            return
        if looks_like_json(text):
            raise PatchRefused(
                "truncated-reply",
                "the reply starts as JSON but is none; send the complete reply again",
            )
        yield from self._of_text(visible(text))

    def _of_text(self, text: str) -> Iterator[Piece]:
        """Yield what a text gives in calls of tools, in tags, and in any other way beside them."""
        calls, text = tool_calls(text)
        yield from from_json(calls, self.texts, self.pieces)
        tagged = read_tagged(text)
        count = len(tagged.files) + len(tagged.blocks)
        found = without_extra_line(cut(with_fences_of_json(with_fences(tagged.rest.split("\n")))))
        if count:
            found = list(filterfalse(_is_an_empty_fence, found))
        pieces = list(self._of_regions(found))
        if count:
            check_around(text, count + sum(isinstance(each, Alternative) for each in pieces))
        yield from (Alternative((FileEdit(new=name, whole=one),)) for name, one in tagged.files)
        yield from map(self._of_tags, tagged.blocks)
        yield from pieces

    def _of_tags(self, block: Block) -> Alternative:
        """Return the edit of a block in tags; the text of one that is a line may be a part of
        one.
        """
        if len(block.search) == 1 and block.search[0].strip():
            name = block.name or _holder(block.search[0], self.texts)
            return Alternative(
                edits_of_text(block.search[0], "\n".join(block.replace), name, self.texts)
            )
        return Alternative((block_edit(block.search, block.replace, block.name),))

    def _of_regions(self, found: list[Region]) -> Iterator[Piece]:
        row = items(list(chain.from_iterable(map(self._spread, found))))
        at = 0
        while at < len(row):
            pair = paired(row[at : at + 2], self.texts)
            edit = pair or parted(row[at], self.texts)
            if edit is not None:
                yield edit
            else:
                yield from self._of_item(row[at])
            at += 1 if pair is None else 2

    def _spread(self, region: Region) -> Iterator[Region]:
        """Yield a region, with the diffs and blocks that lie in prose apart."""
        if region.fenced and region.closed:
            yield region
        elif not region.fenced:
            yield from spread(region, self.texts)
        elif not self.ended:
            raise self._truncated(region)
        elif looks_like_diff(region.lines, region.info):
            yield from spread(replace(region, fenced=False), self.texts, broken=True)
        else:
            yield region

    def _of_item(self, item: Item) -> Iterator[Piece]:
        if item.region.edits:
            yield Alternative(item.region.edits, item.stance)
            return
        for piece in self._of_fence(item):
            yield piece if piece.stance != NOTHING else replace(piece, stance=item.stance)

    # -- fences

    def _of_fence(self, item: Item) -> Iterator[Piece]:
        lines = as_unified(unindented(item.region.lines))
        item = replace(item, region=replace(item.region, lines=lines))
        from_data = self._of_data(lines)
        by_commands = self._of_commands(item.region)
        yield from from_data or by_commands or self._of_lines(item)

    def _of_commands(self, region: Region) -> list[Piece]:
        """Return what a fence of a shell's commands does to files, nothing for any other fence."""
        written = written_files(region.lines, region.info, self.texts)
        commanded = edits_by_commands(region.lines, region.info, self.texts)
        if written:
            return [Snippet(text, "", name) for name, text in written]
        return [Alternative((edit,)) for edit in commanded]

    def _of_lines(self, item: Item) -> Iterator[Piece]:
        """Yield what the lines of a fence are: blocks, a document, a diff, or files."""
        lines = item.region.lines
        if looks_like_blocks(lines):
            yield from self._of_blocks(item)
        elif _is_document(item, self.texts):
            yield read_snippet(item, self.texts)
        elif looks_like_diff(lines, item.region.info):
            check_form(lines)
            yield from self._of_diff(item)
        elif has_signs(lines, self.texts):
            yield self._of_signs(item)
        elif _holds_fences(item.region):
            yield from self._of_regions(cut(list(lines)))
        else:
            check_form(lines, alone=True)
            yield from self._of_files(item)

    def _of_files(self, item: Item) -> Iterator[Piece]:
        """Yield the file that a fence holds, or each of several that it names in comments."""
        told = told_above(item.region.info, item.before, self.texts)
        if told is not None and item.region.closed:
            yield from self._of_range(item, *told)
            return
        for lines in sections(item.region.lines, self.texts):
            part = replace(item, region=replace(item.region, lines=lines))
            if self._may_be_a_file(part):
                yield read_snippet(part, self.texts)

    def _may_be_a_file(self, item: Item) -> bool:
        """Whether a fence holds anything, or names the file that it leaves empty."""
        if not is_blank(item.region.lines):
            return True
        return item.region.closed and bool(name_above(item, self.texts))

    def _of_range(self, item: Item, path: str, span: Span) -> Iterator[Piece]:
        """Yield what a fence puts in the place of lines told by their numbers; one that gives a
        definition, and is not said to replace fewer lines than that has, says by itself where it
        goes.
        """
        snippet = replace(read_snippet(item, self.texts), name=path)
        lines = tuple(snippet.text.removesuffix("\n").split("\n"))
        try:
            yield Alternative((replaced(path, span, lines, self.texts),), item.stance)
        except PatchRefused:
            of_lines = span[1] - span[0] + 1 if REPLACE.search(snippet.label) else None
            if not gives_whole(snippet.text, path, self.texts, of_lines):
                raise
            yield snippet

    def _of_data(self, lines: tuple[str, ...]) -> list[Piece]:
        """Return what lines say as JSON, nothing where they are none."""
        if not lines or lines[0][:1] not in "{[":
            return []
        data = as_json("\n".join(lines))
        return [] if data is None else list(from_json(data, self.texts, self.pieces))

    def _of_blocks(self, item: Item) -> Iterator[Piece]:
        name = read_snippet(item, self.texts).name
        blocks = read_blocks(item.region.lines, self.texts, self.texts.values(), name)
        check_beside(item.region.lines, blocks, self.texts)
        for edits in block_edits(blocks, hinted(item.before, self.texts)):
            yield Alternative(edits)

    def _of_diff(self, item: Item) -> Iterator[Piece]:
        lines = unglued(item.region.lines)
        reader = DiffReader(lines, self.texts, fenced=True)
        reader.read(first_header(lines))
        hint = hinted(item.before, self.texts)
        if reader.edits:
            yield Alternative(tuple(edit.with_hint(hint) for edit in reader.edits))

    def _of_signs(self, item: Item) -> Alternative:
        """Return the edit that lines with signs are; a first line may name their file."""
        snippet = read_snippet(item, self.texts)
        lines = ("@@", *snippet.text.rstrip("\n").split("\n"))
        reader = DiffReader(lines, self.texts, fenced=True)
        reader.read()
        name = snippet.name or snippet.hint or hinted(item.before, self.texts)
        return Alternative(tuple(edit.with_hint(name) for edit in reader.edits))

    def _truncated(self, region: Region) -> PatchRefused:
        """Say where a fence that is never closed breaks off."""
        where = "the last fence"
        if looks_like_diff(region.lines, region.info):
            reader = DiffReader(region.lines, self.texts, fenced=True)
            reader.read()
            last = reader.edits[-1] if reader.edits else FileEdit()
            where = f"{last.name}: the reply ends in hunk {len(last.hunks)}; the fence"
        return PatchRefused(
            "truncated-reply", f"{where} is never closed; send the complete reply again"
        )


def _is_document(item: Item, texts: Texts) -> bool:
    """Whether a fence is a document (with fences or diffs of its own), told by the name it is
    given.
    """
    snippet = read_snippet(item, texts)
    is_prose = snippet.language in ("markdown", "md", "rst", "text", "txt")
    name = snippet.name or (snippet.hint if is_prose else "")
    return name.endswith(_DOCUMENTS) and not item.region.info.startswith(("diff", "patch"))


def _holds_fences(region: Region) -> bool:
    return any(re.match(r"\s*(```|~~~)\S", line) for line in region.lines)

"""Edits in prose, without a fence around them: diffs and SEARCH/REPLACE blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cladogen.errors import PatchRefused
from cladogen.patching.edits import FileEdit
from cladogen.patching.read.blocks import block_edit, looks_like_blocks, read_blocks
from cladogen.patching.read.headers import is_header, unglued, unindented
from cladogen.patching.read.names import hinted, named_by
from cladogen.patching.read.old_forms import as_unified
from cladogen.patching.read.regions import Region
from cladogen.patching.read.unified import DiffReader

_NEAR = 3  # lines between blocks that still belong together


def spread(region: Region, texts: Mapping[str, str], broken: bool = False) -> Iterator[Region]:
    """Yield the prose of a region and the edits in it, in order.

    ``broken``: the lines are those of a fence that is never closed, so the last hunk must show
    everything that its header promises.
    """
    lines = unglued(as_unified(unindented(region.lines)))
    if looks_like_blocks(lines):
        yield from _blocks(lines, texts)
        return
    at = done = 0
    while at < len(lines):
        if not _starts_diff(lines, at):
            at += 1
            continue
        yield Region(lines[done:at])
        reader = DiffReader(lines, texts, fenced=False)
        end = max(reader.read(at), at + 1)
        _check_complete(reader, lines, broken)
        hint = hinted(tuple(filter(str.strip, lines[:at])), texts)
        yield Region((), edits=tuple(edit.with_hint(hint) for edit in reader.edits))
        at = done = end
    yield Region(lines[done:])


def _blocks(lines: tuple[str, ...], texts: Mapping[str, str]) -> Iterator[Region]:
    """Yield runs of blocks, and the prose between them."""
    run: list[FileEdit] = []
    done = 0
    for block in read_blocks(lines, texts, texts.values()):
        if run and _part(lines[done : block.start], texts):
            yield Region((), edits=tuple(run))
            run = []
        if not run:
            yield Region(lines[done : block.start])
        run.append(block_edit(block.search, block.replace, block.name, line=block.line))
        done = block.end
    yield Region((), edits=tuple(run))
    yield Region(lines[done:])


def _part(lines: tuple[str, ...], texts: Mapping[str, str]) -> bool:
    """Whether lines between two blocks part them: there are many, or words among them."""
    return len(lines) > _NEAR or _are_words(lines, texts)


def _are_words(lines: tuple[str, ...], texts: Mapping[str, str]) -> bool:
    """Whether lines between two blocks are words, and not just a file's name."""
    return any(" " in line.strip() and not named_by(line, texts) for line in lines)


def _starts_diff(lines: tuple[str, ...], at: int) -> bool:
    line = lines[at]
    opening = ("diff --git ", "*** Begin Patch", "*** Update File:", "*** Add File:")
    if line.startswith(opening) or is_header(lines, at):
        return True
    return bool(re.match(r"@@ (-\d|@@|\.\.\.)|@@$", line))


def _check_complete(reader: DiffReader, lines: tuple[str, ...], broken: bool) -> None:
    """Raise PatchRefused for a diff that the end of the reply breaks off."""
    if reader.open_envelope:
        raise PatchRefused(
            "truncated-reply", "the reply ends before *** End Patch; send the complete reply again"
        )
    old, new = reader.missing
    if (broken and max(old, new) > 0) or _breaks_off(old, new, lines[-1]):
        raise PatchRefused(
            "truncated-reply", "the reply ends inside a hunk; send the complete reply again"
        )


def _breaks_off(old: int, new: int, last_line: str) -> bool:
    """Whether so many lines of both sides are missing that a hunk is not merely miscounted."""
    return min(old, new) > 0 and (bool(last_line.strip()) or old + new > 9)

"""Edits told in prose: "In x.py, replace: ... with: ...", in two fences or within a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from cladogen.errors import PatchRefused
from cladogen.patching.edits import Alternative, FileEdit
from cladogen.patching.parts.completeness import solid_lines, why_part
from cladogen.patching.parts.languages import language_of
from cladogen.patching.phrases.replacing import WITH, lone, within
from cladogen.patching.phrases.showing import CHANGED, ORIGINAL
from cladogen.patching.read.blocks import block_edit, looks_like_blocks
from cladogen.patching.read.headers import looks_like_diff
from cladogen.patching.read.items import Item
from cladogen.patching.read.lines import is_blank, lines_with, solid_span
from cladogen.patching.read.names import mentioned, named_by, only, same_file
from cladogen.patching.read.regions import prose_lines

Texts = Mapping[str, str]

_SEARCH_WORDS = frozenset(
    [
        "search",
        "find",
        "before",
        "old",
        "original",
        "from",
        "replace-this",
        "current",
        "existing",
        "previous",
        "was",
    ]
)
_REPLACE_WORDS = frozenset(
    [
        "replace",
        "replacement",
        "replace-with",
        "with",
        "after",
        "new",
        "updated",
        "to",
        "proposed",
        "modified",
        "suggested",
        "changed",
        "improved",
        "optimized",
        "optimised",
        "fixed",
        "revised",
        "becomes",
        "now",
    ]
)
_LONGEST_LABEL = 60  # characters of prose that says which of two versions follows
_COMMENT = re.compile(r"\s*(?:#|//|--|;|%|/\*|<!--)")
_CODE_WORDS = re.compile(r"-(?:code|version|block|lines?|snippet|implementation|file)$")


def paired(row: Sequence[Item], texts: Texts) -> Alternative | None:
    """Return the edit that two fences are together: what goes, and what takes its place."""
    if len(row) < 2 or not all(map(_is_code, row)):
        return None
    first, second = row
    if not _are_a_pair(first, second, texts):
        return None
    _check_shows_a_line(first)
    edit = block_edit(first.region.lines, second.region.lines, *_name_above(first, texts))
    return Alternative((edit,), second.stance if first.stance.reference else first.stance)


def _are_a_pair(first: Item, second: Item, texts: Texts) -> bool:
    """Whether the second of two fences takes the place of the first, and not of all its file."""
    if not (_are_headed(first, second) or _are_labelled(first, second, texts)):
        return False
    return _says_with(second) or not _is_all(second.region.lines, first.region.lines, texts)


def _check_shows_a_line(item: Item) -> None:
    """Raise PatchRefused for a fence that shows nothing of what is to be replaced."""
    if is_blank(item.region.lines):
        raise PatchRefused(
            "ambiguous-context",
            f'"{item.label or item.region.info}" shows no line that is to be replaced; give one, '
            "or a diff",
        )


def _name_above(item: Item, texts: Texts) -> tuple[str, str]:
    """Return the file that the prose above a fence names, and the one it mentions; "" for none."""
    above = item.before[::-1]
    names = (named_by(line, texts) for line in above)
    hints = (mentioned(line, texts) for line in above)
    return next(filter(None, names), ""), next(filter(None, hints), "")


def parted(item: Item, texts: Texts) -> Alternative | None:
    """Return the edit that one fence tells with the comments "Before" and "After"."""
    versions = _versions(item.region.lines) if _is_code(item) else None
    if versions is None or not _is_shown(versions[0], texts):
        return None
    old, new = map(_solid, versions)
    edit = block_edit(old, new, *_name_above(item, texts))
    return Alternative((edit,), item.stance)


def _versions(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[str]] | None:
    """Return the lines below a comment "Before" on top of all, and those below "After"."""
    words = list(map(_word_of_a_comment, lines))
    olds, news = _lines_of(words, _SEARCH_WORDS), _lines_of(words, _REPLACE_WORDS)
    if len(olds) != 1 or len(news) != 1:
        return None
    old, new = olds[0], news[0]
    if old > new or not is_blank(lines[:old]):
        return None
    return lines[old + 1 : new], lines[new + 1 :]


def _word_of_a_comment(line: str) -> str:
    return _word(line) if _COMMENT.match(line) else ""


def _lines_of(words: Sequence[str], wanted: Collection[str]) -> list[int]:
    return [at for at, word in enumerate(words) if word in wanted]


def _solid(lines: Sequence[str]) -> tuple[str, ...]:
    """Return lines without the blank ones at both ends."""
    span = solid_span(lines)
    return tuple(lines[span.start : span.stop])


def _is_code(item: Item) -> bool:
    region = item.region
    if not (region.fenced and region.closed):
        return False
    return not (looks_like_diff(region.lines, region.info) or looks_like_blocks(region.lines))


def _are_headed(first: Item, second: Item) -> bool:
    """Whether the words right above two fences are SEARCH and REPLACE, or their like."""
    return bool(_heads(first) & _SEARCH_WORDS) and bool(_heads(second) & _REPLACE_WORDS)


def _heads(item: Item) -> set[str]:
    """Return the words that a fence stands under: right above it, and behind its signs."""
    return set(map(_word, (*item.before[-1:], item.region.info)))


def _word(line: str) -> str:
    return _CODE_WORDS.sub("", lone(line).removeprefix("the-"))


def _says_with(item: Item) -> bool:
    """Whether the prose above a fence says that it takes the place of the one before."""
    return bool(WITH.match(_only_line(item.above)))


def _only_line(prose: Sequence[str]) -> str:
    """Return the one line of prose that is not blank, "" for none or several."""
    return only(list(filter(str.strip, prose)))


def _are_labelled(first: Item, second: Item, texts: Texts) -> bool:
    """Whether the prose says of two fences that one takes the place of the other."""
    between = _only_line(second.above)
    if not between or not first.label:
        return False
    if WITH.match(between):
        return True
    if not ORIGINAL.search(first.label) or not _says_changed(between):
        return False
    return _is_shown(first.region.lines, texts) or is_blank(first.region.lines)


def _says_changed(label: str) -> bool:
    return CHANGED.search(label) is not None and len(label) < _LONGEST_LABEL


def _is_all(lines: Sequence[str], shown: Sequence[str], texts: Texts) -> bool:
    """Whether lines are all of a file of which others show a small part."""
    new, old = len(_solid(lines)), len(_solid(shown))
    if old >= new:
        return False
    sizes = {path: len(solid_lines(text)) for path, text in texts.items()}
    likely = [path for path, size in sizes.items() if 2 * old < size <= 2 * new]
    return any(_is_whole_of(path, lines, shown, texts) for path in likely)


def _is_whole_of(path: str, lines: Sequence[str], shown: Sequence[str], texts: Texts) -> bool:
    if language_of(path) is None or not _is_shown(shown, {path: texts[path]}):
        return False
    return not why_part("\n".join(lines), path, texts)


def _is_shown(lines: Sequence[str], texts: Texts) -> bool:
    """Whether lines stand together in one file."""
    wanted = _joined(lines)
    bases = (_joined(text.split("\n")) for text in texts.values())
    return bool(wanted) and sum(wanted in base for base in bases) == 1


def _joined(lines: Sequence[str]) -> str:
    """Return lines as a text, without blank ones and indentation."""
    return "\n".join(filter(None, map(str.strip, lines)))


# -- within a sentence


# "change `a` to `b` and `c` to `d`"
_ANOTHER = re.compile(
    r"`[^`\n]+`[^`\n]{0,20}\b(?:to|with|by|into)\b[^`\n]{0,10}`[^`\n]+`[^`.;:\n]{0,12}(?:,|\b(?:and|or)\b)"
    r"(?:\s+(?:also|then|either))*\s+`[^`\n]+`\s+(?:to|with|by|into)\s+`"
)


_IN_FILE = re.compile(r"\b(?:in|of|within|inside)\s+(?:the\s+)?(?:file\s+)?[`'\"*]*([\w./-]+\.\w+)")


def edits_within(reply: str, texts: Texts) -> list[Alternative]:
    """Return the replacements that the prose of a reply tells in inline code.

    Raises PatchRefused for one whose code stands in no line of the file, or in several.
    """
    if "`" not in reply:
        return []
    found = tuple(_edits("\n".join(prose_lines(reply)), texts))
    return [Alternative(found)] if found else []


def _edits(prose: str, texts: Texts) -> Iterator[FileEdit]:
    if match := _ANOTHER.search(prose):
        raise PatchRefused(
            "ambiguous-context",
            f'a sentence tells more than one replacement ("{match.group().strip()[:80]}"); give '
            "each as an edit",
        )
    for at, old, new in within(prose):
        path = _file(prose[:at], texts) or _file_behind(prose[at:], old, texts)
        if path:
            yield _edit(path, texts[path], old, new)


def _file(prose: str, texts: Texts) -> str:
    """Return the file that was named last, or the only one."""
    named = (_last_named(line, texts) for line in reversed(prose.split("\n")))
    return next(filter(None, named), "") or only(texts)


def _file_behind(prose: str, old: str, texts: Texts) -> str:
    """Return the file that the rest of a line says a replacement is in ("... in `x.py`"), or else
    the one that holds what goes.
    """
    match = _IN_FILE.search(prose.partition("\n")[0])
    return (same_file(match[1], texts) if match else "") or _holder(old, texts)


def _holder(old: str, texts: Texts) -> str:
    """Return the one file of which a line holds ``old``, "" for none or several."""
    return only([path for path, text in texts.items() if _spot(old).search(text)])


def _last_named(line: str, texts: Texts) -> str:
    spots = {path: line.rfind(path) for path in texts if path in line}
    return max(spots, key=lambda path: spots[path]) if spots else mentioned(line, texts)


def _spot(old: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")


def _edit(path: str, text: str, old: str, new: str) -> FileEdit:
    """Return the edit of the one line that holds ``old``."""
    spot = _spot(old)
    lines = lines_with(spot, text)
    if not lines:
        raise PatchRefused("removed-lines-not-found", f'{path}: no line holds "{old}"')
    if len(lines) > 1 or len(spot.findall(lines[0][1])) > 1:
        raise _several(path, old, [number for number, _ in lines])
    line = lines[0][1].rstrip("\r")
    return block_edit((line,), (spot.sub(lambda _: new, line),), path)


def _several(path: str, old: str, numbers: Sequence[int]) -> PatchRefused:
    shown = ", ".join(map(str, numbers[:5]))
    return PatchRefused(
        "ambiguous-context",
        f'{path}: "{old}" stands more than once (line {shown}); give a diff with context',
    )

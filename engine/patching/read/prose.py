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
from cladogen.patching.read.names import mentioned, named_by, same_file
from cladogen.patching.read.regions import regions

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
_COMMENT = re.compile(r"\s*(?:#|//|--|;|%|/\*|<!--)")
_CODE_WORDS = re.compile(r"-(?:code|version|block|lines?|snippet|implementation|file)$")


def paired(row: Sequence[Item], texts: Texts) -> Alternative | None:
    """Return the edit that two fences are together: what goes, and what takes its place."""
    if len(row) < 2 or not all(map(_is_code, row)):
        return None
    first, second = row
    if not (_are_headed(first, second) or _are_labelled(first, second, texts)):
        return None
    if not _says_with(second) and _is_all(second.region.lines, first.region.lines, texts):
        return None
    if not any(map(str.strip, first.region.lines)):
        head = first.before[-1] if first.before else first.region.info
        raise PatchRefused(
            "ambiguous-context",
            f'"{head}" shows no line that is to be replaced; give one, or a diff',
        )
    edit = block_edit(first.region.lines, second.region.lines, *_name_above(first, texts))
    return Alternative((edit,), second.stance if first.stance.reference else first.stance)


def _name_above(item: Item, texts: Texts) -> tuple[str, str]:
    """Return the file that the prose above a fence names, and the one it mentions; "" for none."""
    above = item.before[::-1]
    names = (named_by(line, texts) for line in above)
    hints = (mentioned(line, texts) for line in above)
    return next(filter(None, names), ""), next(filter(None, hints), "")


def parted(item: Item, texts: Texts) -> Alternative | None:
    """Return the edit that one fence tells with the comments "Before" and "After"."""
    if not _is_code(item):
        return None
    lines = item.region.lines
    words = [_word(line) if _COMMENT.match(line) else "" for line in lines]
    olds, news = _lines_of(words, _SEARCH_WORDS), _lines_of(words, _REPLACE_WORDS)
    if len(olds) != 1 or len(news) != 1 or olds[0] > news[0]:
        return None
    above, old, new = lines[: olds[0]], lines[olds[0] + 1 : news[0]], lines[news[0] + 1 :]
    if any(map(str.strip, above)) or not _is_shown(old, texts):
        return None
    edit = block_edit(_solid(old), _solid(new), *_name_above(item, texts))
    return Alternative((edit,), item.stance)


def _lines_of(words: Sequence[str], wanted: Collection[str]) -> list[int]:
    return [at for at, word in enumerate(words) if word in wanted]


def _solid(lines: Sequence[str]) -> tuple[str, ...]:
    """Return lines without the blank ones at both ends."""
    solid = [at for at, line in enumerate(lines) if line.strip()]
    return tuple(lines[solid[0] : solid[-1] + 1]) if solid else ()


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
    between = [line for line in item.above if line.strip()]
    return len(between) == 1 and bool(WITH.match(between[0]))


def _are_labelled(first: Item, second: Item, texts: Texts) -> bool:
    """Whether the prose says of two fences that one takes the place of the other."""
    between = [line for line in second.above if line.strip()]
    if len(between) != 1 or not first.before:
        return False
    above = first.before[-1]
    if WITH.match(between[0]):
        return True
    labels = ORIGINAL.search(above) and CHANGED.search(between[0])
    lines = first.region.lines
    known = _is_shown(lines, texts) or not any(map(str.strip, lines))
    return bool(labels) and len(between[0]) < 60 and known


def _is_all(lines: Sequence[str], shown: Sequence[str], texts: Texts) -> bool:
    """Whether lines are all of a file of which others show a small part."""
    new, old = len(_solid(lines)), len(_solid(shown))
    for path, text in texts.items():
        size = len(solid_lines(text))
        if language_of(path) is None or not (2 * old < size <= 2 * new) or not old < new:
            continue
        if _is_shown(shown, {path: text}) and not why_part("\n".join(lines), path, texts):
            return True
    return False


def _is_shown(lines: Sequence[str], texts: Texts) -> bool:
    """Whether lines stand together in one file."""
    wanted = "\n".join(line.strip() for line in lines if line.strip())
    bases = (
        "\n".join(line.strip() for line in text.split("\n") if line.strip())
        for text in texts.values()
    )
    return bool(wanted) and sum(wanted in base for base in bases) == 1


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
    lines = [line for region in regions(reply) if not region.fenced for line in region.lines]
    found = tuple(_edits("\n".join(lines), texts))
    return [Alternative(found)] if found else []


def _edits(prose: str, texts: Texts) -> Iterator[FileEdit]:
    if match := _ANOTHER.search(prose):
        raise PatchRefused(
            "ambiguous-context",
            f'a sentence tells more than one replacement ("{match.group().strip()[:80]}"); give '
            "each as an edit",
        )
    for at, old, new in within(prose):
        path = _file(prose[:at], texts) or _named_behind(prose[at:], texts) or _holder(old, texts)
        if path:
            yield _edit(path, texts[path], old, new)


def _file(prose: str, texts: Texts) -> str:
    """Return the file that was named last, or the only one."""
    named = (file for line in reversed(prose.split("\n")) if (file := _last_named(line, texts)))
    return next(named, next(iter(texts)) if len(texts) == 1 else "")


def _named_behind(prose: str, texts: Texts) -> str:
    """Return the file that the rest of a line says a replacement is in: "... in `x.py`"."""
    match = _IN_FILE.search(prose.partition("\n")[0])
    return same_file(match[1], texts) if match else ""


def _holder(old: str, texts: Texts) -> str:
    """Return the one file of which a line holds ``old``, "" for none or several."""
    found = [path for path, text in texts.items() if _spot(old).search(text)]
    return found[0] if len(found) == 1 else ""


def _last_named(line: str, texts: Texts) -> str:
    spots = {path: line.rfind(path) for path in texts if path in line}
    return max(spots, key=lambda path: spots[path]) if spots else mentioned(line, texts)


def _spot(old: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")


def _edit(path: str, text: str, old: str, new: str) -> FileEdit:
    """Return the edit of the one line that holds ``old``."""
    spot = _spot(old)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if spot.search(line)]
    if not lines:
        raise PatchRefused("removed-lines-not-found", f'{path}: no line holds "{old}"')
    if len(lines) > 1 or len(spot.findall(lines[0][1])) > 1:
        numbers = ", ".join(str(number) for number, _ in lines[:5])
        raise PatchRefused(
            "ambiguous-context",
            f'{path}: "{old}" stands more than once (line {numbers}); give a diff with context',
        )
    line = lines[0][1].rstrip("\r")
    return block_edit((line,), (spot.sub(lambda _: new, line),), path)

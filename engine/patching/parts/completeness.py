"""Whether a text can stand for the whole of a file, or must be a part of it.

A text that loses definitions which its own code, other files or the entry use is a part. So is a
lone definition, and one that ends where the file goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import basename

from cladogen.patching.difference import opcodes
from cladogen.patching.parts.definitions import Definition
from cladogen.patching.parts.languages import Blocks, language_of
from cladogen.patching.parts.outline import Outline, plain


def why_part(text: str, path: str, texts: Mapping[str, str], entry: str = "") -> str:
    """Return why ``text`` cannot be the whole of a file of ``texts``, "" when it can.

    ``entry`` is "file:function", what is called from outside, or "" when that is not known.
    """
    language = language_of(path)
    base = texts[path]
    if language is None or not Outline(base, language).names:
        return _cut_off(text, base)
    whole, part = Outline(base, language), Outline(text, language)
    others = {name: _outline(name, one) for name, one in texts.items() if name != path}
    needed = dict(_needed(whole, path, others, entry))
    reasons = [
        *_lost(needed, part),
        *_used_by_itself(whole, part),
        *_roots_lost(whole, part, bool(needed)),
        *_lone(whole, part),
        *_without_the_rest(whole, part),
    ]
    return next(iter(reasons), "")


def _outline(path: str, text: str) -> Outline | None:
    language = language_of(path)
    return Outline(text, language) if language else None


def _needed(
    whole: Outline, path: str, others: Mapping[str, Outline | None], entry: str
) -> Iterator[tuple[str, str]]:
    """Yield what of a file others need, and who they are."""
    file, _, function = entry.partition(":")
    if file == path and function in whole.names:
        yield function, "the program's entry"
    stem = re.compile(rf"\b{re.escape(basename(path).partition('.')[0])}\b")
    users = {name: one for name, one in others.items() if one and stem.search(one.text)}
    for name, user in users.items():
        called = user.words - {plain(own) for own in user.names}
        yield from ((word, name) for word in sorted(whole.names) if plain(word) in called)
        yield from (
            (word, name)
            for word in sorted(whole.members)
            if word in user.attributes and word not in user.members
        )


def _lost(needed: Mapping[str, str], part: Outline) -> Iterator[str]:
    for name, user in needed.items():
        if name not in part.names | part.members:
            yield f"{name}, which {user} uses, is not in it"


def _used_by_itself(whole: Outline, part: Outline) -> Iterator[str]:
    """Yield names of the file that the text uses and lacks."""
    values = {one.name for one in whole.definitions if one.value}
    bound = part.names | {one.name for one in part.definitions if one.value}
    for name in sorted((whole.names | values) - bound):
        if part.uses(name):
            yield f"it uses {plain(name)}, which is not in it"
    for name in sorted(whole.imported - part.imported - bound):
        if part.uses(name):
            yield f"it uses {name} without its import"
    for name in sorted(whole.members - part.members - part.names):
        if name in part.attributes:
            yield f"it uses {name}, which is not in it"


def _roots_lost(whole: Outline, part: Outline, known: bool) -> Iterator[str]:
    """What nothing in the file uses may be what is used from outside, where that is not known."""
    roots = (one.name for one in whole.definitions if _is_root(one, whole))
    bound = {one.name for one in part.definitions}
    lost = [] if known else [name for name in roots if name not in bound]
    if lost:
        yield f"{_listed(lost)} of the file {'is' if len(lost) == 1 else 'are'} not in it"


def _is_root(one: Definition, whole: Outline) -> bool:
    """Whether no other definition uses this one; of values, those that use definitions count."""
    own = Outline(whole.of([one]), whole.language)
    if one.value and not own.words & {plain(name) for name in whole.names}:
        return False
    rest = Outline(whole.of(other for other in whole.definitions if other != one), whole.language)
    return plain(one.name) not in rest.words


def _lone(whole: Outline, part: Outline) -> Iterator[str]:
    """One definition and nothing else is a part of a file with more."""
    rest = [one for one in whole.definitions if one.name not in part.names]
    if len(part.definitions) == 1 and not part.outside and rest:
        name = part.definitions[0].name
        yield f"it holds {plain(name)} alone, and the file {len(whole.definitions)} definitions"


def _without_the_rest(whole: Outline, part: Outline) -> Iterator[str]:
    """Definitions without what the file has around them are a part."""
    if whole.statements and not part.statements:
        yield f'the file\'s line "{whole.lines[whole.statements[0]].strip()}" is not in it'
    if not part.outside and not part.imports and (whole.outside or whole.imports):
        first = min([*whole.outside, *whole.imports])
        yield f'the file\'s line "{whole.lines[first].strip()}" is not in it'
    if whole.imports and not part.imports and whole.language.blocks is Blocks.BRACES:
        yield "none of the file's imports is in it"


def _cut_off(text: str, base: str) -> str:
    """Say where a text without definitions stops short of its file."""
    new, old = ([line.strip() for line in one.split("\n") if line.strip()] for one in (text, base))
    if 3 * len(new) < len(old) and (new[:1] != old[:1] or new[-1:] != old[-1:]):
        return f"it has {len(new)} lines, and the file {len(old)}"
    shared = [code for code in opcodes(old, new) if code[0] == "equal"]
    if not shared:
        return ""
    _, start, _, new_start, _ = shared[0]
    _, _, end, _, new_end = shared[-1]
    if new_end == len(new) and 3 * (len(old) - end) >= len(old):
        return f'it stops where the file goes on with "{old[end]}"'
    if new_start == 0 and 3 * start >= len(old):
        return f"it starts after the first {start} lines of the file"
    return ""


def _listed(names: list[str]) -> str:
    shown = [plain(name) for name in names[:4]]
    return ", ".join(shown) + (f" and {len(names) - 4} more" if len(names) > 4 else "")

"""Whether a text can stand for the whole of a file, or must be a part of it.

A text that loses definitions which its own code, other files or the entry use is a part. So is a
lone definition, and one that ends where the file goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename

from cladogen.patching.difference import Code, opcodes
from cladogen.patching.parts.definitions import Definition
from cladogen.patching.parts.languages import Blocks, language_of
from cladogen.patching.parts.outline import Outline, plain


def why_part(text: str, path: str, texts: Mapping[str, str], entry: str = "") -> str:
    """Return why ``text`` cannot be the whole of a file of ``texts``, "" when it can.

    ``entry`` is "file:function", what is called from outside, or "" when that is not known.
    """
    language = language_of(path)
    if language is None or not Outline(texts[path], language).names:
        return _cut_off(solid_lines(text), solid_lines(texts[path]))
    whole, part = Outline(texts[path], language), Outline(text, language)
    users = dict(_users(whole, path, texts, entry))
    reasons = _Comparison(whole, part, users, _words_of_users(path, texts)).reasons()
    return next(reasons, "") or _beginning(part, whole)


def solid_lines(text: str) -> list[str]:
    """Return the lines that are not blank, without their indentation."""
    return [line.strip() for line in text.split("\n") if line.strip()]


# -- who uses what


def _users(
    whole: Outline, path: str, texts: Mapping[str, str], entry: str
) -> Iterator[tuple[str, str]]:
    """Yield the names of a file that others use, with who they are."""
    file, _, function = entry.partition(":")
    if file == path and function in whole.names:
        yield function, "the program's entry"
    for name, user in _naming(path, texts):
        words = _words_from(path, user)
        yield from ((used, name) for used in _used(whole, user, words))


def _naming(path: str, texts: Mapping[str, str]) -> Iterator[tuple[str, Outline]]:
    """Yield the other files that name a file, with what they hold."""
    stem = re.compile(rf"\b{_stem(path)}\b")
    for name in [name for name in texts if name != path and stem.search(texts[name])]:
        language = language_of(name)
        if language is not None:
            yield name, Outline(texts[name], language)


def _stem(path: str) -> str:
    """Return a pattern of the name by which other files know one."""
    return re.escape(basename(path).partition(".")[0])


def _words_of_users(path: str, texts: Mapping[str, str]) -> frozenset[str] | None:
    """Return the words of the files that name a file, None where no file does; what such a file
    gives a value itself is its own.
    """
    found = [_words_from(path, user) - _own(user) for _, user in _naming(path, texts)]
    return frozenset().union(*found) if found else None


def _own(user: Outline) -> frozenset[str]:
    """Return the names that a file gives values itself, one by one or several in a line."""
    several = " ".join(re.findall(r"^(\w+(?:\s*,\s*\w+)*)\s*=(?!=)", user.code, re.M))
    return user.bound | frozenset(re.findall(r"\w+", several))


def _words_from(path: str, user: Outline) -> frozenset[str]:
    """Return the words of ``user`` that may be names of a file: those it imports from it, where it
    is Python and takes the file in no other way, else all.
    """
    stem = _stem(path)
    named = re.findall(rf"^\s*from\s+[\w.]*\b{stem}\s+import\s+(\([^)]*\)|.*)", user.code, re.M)
    other = len(re.findall(rf"\b{stem}\b", user.code)) > len(named)
    if not path.endswith(".py") or not named or other or "*" in "".join(named):
        return user.words
    return frozenset(re.findall(r"\w+", " ".join(named)))


def _used(whole: Outline, user: Outline, words: frozenset[str]) -> Iterator[str]:
    called = words - set(map(plain, user.names))
    yield from (name for name in sorted(whole.names) if plain(name) in called)
    yield from sorted(whole.members & user.attributes - user.members)


# -- the reasons


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A file, a text that may stand for it, who uses which names of the file, and the words of all
    that name it (None: nobody does).
    """

    whole: Outline
    part: Outline
    users: Mapping[str, str]
    words: frozenset[str] | None

    def reasons(self) -> Iterator[str]:
        yield from self._lost()
        yield from self._used_by_itself()
        yield from self._roots_lost()
        yield from self._lone()
        yield from self._without_the_rest()

    def _lost(self) -> Iterator[str]:
        there = self.part.names | self.part.members
        lost = {name: user for name, user in self.users.items() if name not in there}
        yield from (f"{name}, which {user} uses, is not in it" for name, user in lost.items())

    def _used_by_itself(self) -> Iterator[str]:
        """Yield names of the file that the text uses and lacks."""
        whole, part = self.whole, self.part
        given = part.bound | part.imported  # a module that is not there shows when it is run
        lost = sorted(filter(part.uses, whole.bound - given))
        yield from (f"it uses {plain(name)}, which is not in it" for name in lost)
        imported = whole.imported - part.imported - part.bound
        missing = sorted(filter(part.uses, imported))
        yield from (f"it uses {name} without its import" for name in missing)
        members = (whole.members - part.members - part.names) & part.attributes
        yield from (f"it uses {name}, which is not in it" for name in sorted(members))

    def _roots_lost(self) -> Iterator[str]:
        """What nothing in the file uses may be what is used from outside, if that is not known;
        where other files name this one, only what they speak of.
        """
        lost = [plain(one.name) for one in self._roots() if one.name not in self.part.bound]
        if lost:
            yield f"{_listed(lost)} of the file {'is' if len(lost) == 1 else 'are'} not in it"

    def _roots(self) -> list[Definition]:
        if self.users:
            return []
        roots = list(filter(self._is_root, self.whole.definitions))
        if self.words is None:
            return roots
        return [one for one in roots if plain(one.name) in self.words]

    def _is_root(self, one: Definition) -> bool:
        """Whether no other definition uses this one; a value counts if it uses some itself."""
        rest = [other for other in self.whole.definitions if other != one]
        names = set(map(plain, self.whole.names))
        if one.value and self.whole.words_of([one]).isdisjoint(names):
            return False
        return plain(one.name) not in self.whole.words_of(rest)

    def _lone(self) -> Iterator[str]:
        """One definition and nothing else is a part of a file with more."""
        if len(self.part.definitions) > 1 or self.part.outside:
            return
        if not self.part.names.issuperset(one.name for one in self.whole.definitions):
            names = ", ".join(plain(one.name) for one in self.part.definitions) or "nothing"
            yield f"it defines {names} alone, and the file {len(self.whole.definitions)} names"

    def _without_the_rest(self) -> Iterator[str]:
        """Definitions without what the file has around them are a part."""
        whole, part = self.whole, self.part
        lines = [whole.lines[at].strip() for at in self._missing()]
        yield from (f'the file\'s line "{line}" is not in it' for line in lines)
        if whole.imports and not part.imports and whole.language.blocks is Blocks.BRACES:
            yield "none of the file's imports is in it"

    def _missing(self) -> list[int]:
        """Return the lines around the file's definitions, where the text has nothing like them."""
        whole, part = self.whole, self.part
        around = [] if part.outside or part.imports else sorted([*whole.outside, *whole.imports])
        return [*([] if part.statements else whole.statements), *around]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    return ", ".join(names[:4]) + more


# -- texts that are the beginning of a file


def _beginning(part: Outline, whole: Outline) -> str:
    """Say where a text that is the changed beginning of a file stops short of definitions: of
    several, or of a third of the file.
    """
    new, old = solid_lines(part.text), solid_lines(whole.text)
    end, lost = _end_of_beginning(new, old), _lost_names(part, whole)
    rest = set(map(plain, Outline("\n".join(old[end:]), whole.language).words))
    if end == len(old) or not lost or not rest.issuperset(lost):
        return ""
    if len(lost) < 2 and 3 * (len(old) - end) < len(old):
        return ""
    return f'it stops where the file goes on with "{old[end]}"'


def _lost_names(part: Outline, whole: Outline) -> list[str]:
    """Return the names of a file's definitions that a text does not bind."""
    return [plain(one.name) for one in whole.definitions if one.name not in part.bound]


def _end_of_beginning(new: list[str], old: list[str]) -> int:
    """Return how many lines of a file a text is the changed beginning of, all of them where it is
    none: it ends as that part does, and has nothing of what follows.
    """
    ends = [at for at, line in enumerate(old, 1) if line == new[-1]]
    if not ends:
        return len(old)
    end = min(ends, key=lambda at: abs(at - len(new)))
    return end if _is_the_beginning(new, old, end) else len(old)


def _is_the_beginning(new: list[str], old: list[str], end: int) -> bool:
    """Whether most lines of a text are of the beginning of a file, and none of the rest."""
    kept = _shared_lines(old[:end], new)
    return 2 * kept > len(new) and kept >= _shared_lines(old, new)


def _shared_lines(old: list[str], new: list[str]) -> int:
    return sum(code[2] - code[1] for code in opcodes(old, new) if code[0] == "equal")


# -- texts without definitions


def _cut_off(new: list[str], old: list[str]) -> str:
    """Say where a text without definitions stops short of its file."""
    if _is_much_shorter(new, old):
        return f"it has {len(new)} lines, and the file {len(old)}"
    shared = [code for code in opcodes(old, new) if code[0] == "equal"]
    if not shared:
        return ""
    return _stops_early(new, old, shared[-1]) or _starts_late(new, old, shared[0])


def _stops_early(new: list[str], old: list[str], last: Code) -> str:
    """Say where a text ends within its file; ``last`` is the last stretch that both share."""
    end = min(last[2], _end_of_beginning(new, old))
    if last[4] != len(new) or 3 * (len(old) - end) < len(old):
        return ""
    return f'it stops where the file goes on with "{old[end]}"'


def _starts_late(new: list[str], old: list[str], first: Code) -> str:
    """Say where a text begins within its file; ``first`` is the first stretch that both share."""
    start = first[1]
    short = start > 0 and 2 * len(new) < len(old)
    if first[3] == 0 and (short or 3 * start >= len(old)):
        return f"it starts after the first {start} lines of the file"
    return ""


def _is_much_shorter(new: list[str], old: list[str]) -> bool:
    """Whether a text has less than a third of a file's lines, and not both its ends."""
    ends = (new[:1], new[-1:]) == (old[:1], old[-1:])
    return 3 * len(new) < len(old) and not ends

"""What the prose says of each edit: that it is recommended, not to be made, one of several, or old.

Each clause is about the edits that it names ("option B"), else about one that it stands next to.
What is said in words that are not understood casts a doubt on an edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress, count

from cladogen.patching.phrases import options
from cladogen.patching.phrases.judgement import (
    AGAINST,
    BEGINS_WITH_IT,
    DOUBT,
    FOR,
    LEAVES_THAT,
    NOT_NOW,
    OF_AN_EDIT,
    TAKES,
)
from cladogen.patching.phrases.showing import REFERENCE
from cladogen.patching.phrases.turning import (
    CORRECTS,
    FAILS,
    IF_IT_FAILS,
    IN_A_CASE,
    INSTEAD,
    ON_CONDITION,
    ONLY,
    OTHERWISE,
    PREFERS,
    RETRACTS,
    UNDOES,
    WHERE,
)
from cladogen.patching.read.leaving import Words, left_out
from cladogen.patching.read.lines import last_solid
from cladogen.patching.read.sentences import Sentence, heading, introduces, sentences
from cladogen.patching.read.supposing import is_of_something_else

_CODE = re.compile(r"`[^`\n]*`")
_TAG = re.compile(r"</?(?:summary|details|b|i|em|strong|p|h[1-6]|li|ul|ol|br)\s*/?>")
_LONGEST_LINE = 1000
_MOST_LINES = 60  # of a stretch of prose, at both its ends
_FEW_WORDS = 2  # of a sentence that can only be of what it stands beside: "Not applied."
_LABEL = 8  # words, of one that is no sentence: "Old version, superseded"
_NEAREST = 4  # lines of prose that still speak of the edit below them
# What a form of answer asks for: what a change is for, and no verdict on an edit.
_FIELD = re.compile(r"[\s>#*_\-]*(?:idea|expect)[\s*_]*[:：]", re.IGNORECASE)

Said = tuple[int, Mapping[str, object]]  # the number of an edit, and fields of its stance


@dataclass(frozen=True, slots=True)
class Stance:
    """What is said of one edit.

    ``corrects``: it takes back what stands above; ``instead``: it offers a choice, and
    ``preferred``: in words that say which one is meant. ``option`` numbers the option it is part
    of, 0 for none; ``exclusive``: it is one of several of which one is to be made; ``undoes``: it
    is the way back from another one; ``beside``: it stands in a quotation, or folded away beside
    the answer. ``unclear`` quotes words that cast a doubt on it, or that may mean another one;
    ``doubted`` those that may be of the program as well, and ``left_out`` those that may leave it
    out beside the others.
    """

    against: bool = False
    beside: bool = False
    recommended: bool = False
    reference: bool = False
    on_condition: bool = False
    corrects: bool = False
    instead: bool = False
    preferred: bool = False
    exclusive: bool = False
    undoes: bool = False
    option: int = 0
    unclear: str = ""
    doubted: str = ""
    left_out: str = ""


NOTHING = Stance()


def stances(gaps: Sequence[Sequence[str]], shown: Sequence[Words] = ()) -> list[Stance]:
    """Return the stance of each edit; ``gaps`` are the lines of prose around them, one gap more,
    ``shown`` the words of each edit's lines.
    """
    gaps = [list(_without_fields(lines)) for lines in gaps]
    left = list(left_out(list(map(_ends, gaps)), shown))
    if not left and _says_nothing(gaps):
        return [NOTHING] * (len(gaps) - 1)
    marked, numbers = _marked(gaps)
    found = [_nearest(lines, number) for lines, number in zip(marked, numbers, strict=False)]
    for edit, changes in _said_in_all(marked, numbers, shown):
        found[edit] = replace(found[edit], **changes)  # type: ignore[arg-type]
    return _exclusive(_with_left_out(found, left))


def _with_left_out(found: Sequence[Stance], left: Iterable[tuple[int, str]]) -> list[Stance]:
    """Return stances with the sentences that leave edits out; one that leaves out the only edit is
    against it.
    """
    changed = list(found)
    for edit, text in left:
        against = changed[edit].against or len(changed) == 1
        changed[edit] = replace(changed[edit], against=against, left_out=text)
    return changed


def _says_nothing(gaps: Sequence[Sequence[str]]) -> bool:
    """Whether a reply has one edit at most, and prose that cannot be of it."""
    return len(gaps) <= 2 and not _may_matter("\n".join(gaps[0][-_MOST_LINES:]))


def _said_in_all(
    marked: Sequence[Sequence[str]], numbers: Sequence[int], shown: Sequence[Words]
) -> Iterator[Said]:
    """Yield what the sentences of all gaps say of edits, but for those of something else."""
    labels = [last_solid(lines).lower() for lines in marked[:-1]]
    for gap, lines in enumerate(marked):
        row = list(sentences(lines, gap, len(numbers)))
        yield from _said_in_a_gap(row, numbers, labels, shown)


def _said_in_a_gap(
    row: Sequence[Sentence], numbers: Sequence[int], labels: Sequence[str], shown: Sequence[Words]
) -> Iterator[Said]:
    texts = ["", *(sentence.text for sentence in row), ""]
    for at, sentence in enumerate(row):
        beside = texts[at], texts[at + 2]
        said = _said(sentence, numbers, labels)
        yield from (one for one in said if _is_of_the_edit(sentence, beside, one[0], shown))


def _is_of_the_edit(
    sentence: Sentence, beside: tuple[str, str], edit: int, shown: Sequence[Words]
) -> bool:
    """Whether a sentence that is said of an edit is of it, and not of something else."""
    near = [shown[at] for at in {*sentence.around(), edit} if at < len(shown)]
    return not is_of_something_else(sentence, beside, shown[edit : edit + 1], near)


def _marked(gaps: Sequence[Sequence[str]]) -> tuple[list[list[str]], list[int]]:
    """Return prose with the options that it names as ⟦number⟧, and the option of each edit."""
    marked = _each_line(_plain, map(_ends, gaps))
    if any(map(options.chosen_number, chain.from_iterable(marked))):
        marked = _each_line(options.with_items, marked)
    numbers = _options(marked)
    if any(numbers):
        marked = _each_line(options.with_letters, marked)
    return marked, numbers


def _each_line(change: Callable[[str], str], gaps: Iterable[Iterable[str]]) -> list[list[str]]:
    return [list(map(change, lines)) for lines in gaps]


def _without_fields(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines, those of an idea or an expectation as blank ones: its sentences are of the
    program and of what was tried. A line that names an option, or introduces what follows, counts.
    """
    inside = False
    for line in lines:
        inside = bool(line.strip()) and (inside or bool(_FIELD.match(line)))
        yield "" if inside and not _counts(line) else line
        # a sentence of its own begins below a full stop
        inside = inside and not line.rstrip(" *_").endswith((".", "!", "?", "。"))


def _counts(line: str) -> bool:
    return introduces(line) or "⟦" in options.with_numbers(line)


def _may_matter(prose: str) -> bool:
    """Whether prose above the only edit of a reply may say that it is none."""
    return bool(AGAINST.search(prose) or REFERENCE.search(prose))


def _ends(lines: Sequence[str]) -> list[str]:
    """Return the lines of a stretch of prose, without the middle of a very long one."""
    if len(lines) <= 2 * _MOST_LINES:
        return list(lines)
    return [*lines[:_MOST_LINES], "", *lines[-_MOST_LINES:]]


def _plain(line: str) -> str:
    """Return a line of prose without inline code, the options that it names as ⟦number⟧."""
    text = _TAG.sub(" ", _CODE.sub(" ", line[:_LONGEST_LINE]))
    return options.with_numbers(text)


def _options(gaps: Sequence[Sequence[str]]) -> list[int]:
    """Return which option each edit is part of: that of the last heading above it."""
    found: list[int] = []
    option = 0
    for lines in gaps[:-1]:
        option = next((n for line in reversed(lines) if (n := heading(line))), option)
        found.append(option)
    several = len(set(filter(None, found))) > 1
    return found if several else [0] * len(found)


def _nearest(lines: Sequence[str], option: int) -> Stance:
    """Return what the lines right above an edit say of it."""
    text = "\n".join([line for line in lines if line.strip()][-_NEAREST:])
    return Stance(
        corrects=bool(CORRECTS.search(text)),
        instead=bool(INSTEAD.search(text)),
        preferred=bool(PREFERS.search(text)),
        exclusive=bool(OTHERWISE.search(text) and not LEAVES_THAT.search(text)),
        undoes=bool(UNDOES.search(text)),
        on_condition=bool(ON_CONDITION.search(text) or _is_for_another_case(text)),
        reference=bool(REFERENCE.search(text.rpartition("\n")[2])),
        option=option,
    )


def _is_for_another_case(text: str) -> bool:
    """Whether prose offers something else "if speed matters more"."""
    return bool(OTHERWISE.search(text) and WHERE.search(text))


def _exclusive(found: list[Stance]) -> list[Stance]:
    """Mark the edits of every option but the first as exclusive."""
    first = next((one.option for one in found if one.option), 0)
    return [replace(one, exclusive=one.exclusive or one.option not in (0, first)) for one in found]


# -- what a sentence says


def _said(sentence: Sentence, numbers: Sequence[int], labels: Sequence[str]) -> Iterator[Said]:
    """Yield the edits that a sentence is about, and what it says of them."""
    yield from _each(_made_unclear(sentence), "unclear", sentence.text)
    clauses = list(_heard(sentence, numbers, labels))
    verdicts = [each for each in clauses if each[1]]
    for clause, word, named in verdicts:
        yield from _judged(sentence, clause, word, named)
    if not verdicts:
        last = clauses[-1][2] if clauses else []
        yield from _unheard(sentence, last or list(_named(sentence.text, numbers)), numbers)


def _each(edits: Iterable[int], field: str, value: object) -> Iterator[Said]:
    """Yield edits, each with the same field of its stance."""
    return ((edit, {field: value}) for edit in edits)


def _made_unclear(sentence: Sentence) -> Sequence[int]:
    """Return the edits that a sentence takes back, or lets only one of be made."""
    if _lets_one_only(sentence):
        return range(sentence.count)
    return sentence.above() if _takes_back(sentence.text) else []


def _heard(
    sentence: Sentence, numbers: Sequence[int], labels: Sequence[str]
) -> Iterator[tuple[str, str, list[tuple[int, bool]]]]:
    """Yield each clause with its verdict ("" for none) and the edits that it names, or else the
    clause before it.
    """
    named: list[tuple[int, bool]] = []
    for clause in [] if IF_IT_FAILS.search(sentence.text) else sentence.clauses():
        described = options.described(clause, labels)
        named = list(_named(clause, numbers)) or described or named
        yield clause, _verdict(clause, bool(described)), named


def _lets_one_only(sentence: Sentence) -> bool:
    """Whether a sentence above or below several edits says that one of them is to be made."""
    at_an_end = sentence.gap in (0, sentence.count)
    return at_an_end and sentence.count > 1 and bool(ONLY.search(sentence.text))


def _takes_back(text: str) -> bool:
    """Whether a sentence takes back what stands above it; what is done in a case ("revert that
    if it is worse") is the program's.
    """
    return bool(FAILS.search(text) or (RETRACTS.search(text) and not IN_A_CASE.search(text)))


def _verdict(clause: str, described: bool) -> str:
    """Return the verdict of a clause, "" for none; ``described``: it describes an edit."""
    if AGAINST.search(clause):
        return "against"
    if FOR.search(clause) and not ON_CONDITION.search(clause):
        return "recommended"
    return _said_of_one(clause) if described else ""


def _said_of_one(clause: str) -> str:
    """Return the verdict of a clause on an edit that it describes: "use the careful version"."""
    match = TAKES.search(clause)
    if match is None or ON_CONDITION.search(clause):
        return ""
    return "against" if match[1] else "recommended"


def _judged(
    sentence: Sentence, clause: str, word: str, named: Sequence[tuple[int, bool]]
) -> Iterator[Said]:
    if named:
        return _each((edit for edit, more in named if more), word, True)
    if word == "against" and sentence.is_open(clause):
        return _each(sentence.around(), "unclear", sentence.text)
    return _each(sentence.edit(clause), word, True)


def _unheard(
    sentence: Sentence, named: Sequence[tuple[int, bool]], numbers: Sequence[int]
) -> Iterator[Said]:
    """Yield edits of which a sentence says something that is not understood: a verdict, a doubt."""
    of_options = list(compress(count(), numbers))
    if named and of_options and not _opens_an_option(sentence):
        yield from _each(of_options, "unclear", sentence.text)
    elif _puts_off(sentence):
        yield sentence.gap, {"unclear": sentence.text}
    elif DOUBT.search(sentence.text):
        yield from _doubted(sentence, named)


def _opens_an_option(sentence: Sentence) -> bool:
    return sentence.gap < sentence.count and heading(sentence.text) > 0


def _puts_off(sentence: Sentence) -> bool:
    """Whether the last sentence above an edit introduces it as one for later."""
    above = sentence.gap < sentence.count and sentence.last and introduces(sentence.text)
    return above and bool(NOT_NOW.search(sentence.text))


def _doubted(sentence: Sentence, named: Sequence[tuple[int, bool]]) -> Iterator[Said]:
    kind = "unclear" if _is_of_an_edit(sentence) else "doubted"
    return _each([edit for edit, _ in named] or sentence.edit(sentence.text), kind, sentence.text)


def _is_of_an_edit(sentence: Sentence) -> bool:
    """Whether a sentence speaks of an edit, and not of the program: it introduces one, is a label
    of one, names one, or passes a judgement on "it".
    """
    text = sentence.text.rstrip(" *_)")
    ends = _ends_as_a_sentence(text, sentence.last)
    if introduces(text) or (sentence.last and not ends):
        return True
    if len(text.split()) <= (_FEW_WORDS if ends else _LABEL):
        return True
    return bool(OF_AN_EDIT.search(sentence.text) or BEGINS_WITH_IT.search(sentence.text))


def _ends_as_a_sentence(text: str, last: bool) -> bool:
    """Whether words end in a full stop, or in a semicolon above more words."""
    goes_on = text.endswith((";", "；")) and not last and "(" not in text
    return goes_on or text.endswith((".", "!", "?", "。"))


def _named(clause: str, numbers: Sequence[int]) -> Iterator[tuple[int, bool]]:
    """Yield the edits whose options a clause names; without options they count from 1."""
    counted = list(numbers) if any(numbers) else list(range(1, len(numbers) + 1))
    for number, more in options.named(clause):
        yield from ((edit, more) for edit, option in enumerate(counted) if option == number)

"""Names of options: option B, the second version, 方案二, вариант 1, "B." as a heading."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cladogen.patching.phrases import any_of

_NOUNS = (
    r"options?|alternatives?|approach|variants?|versions?|attempt|candidate|solutions?|proposal|"
    r"plan|way|variante[ns]?|version(?:en|es)?|lösung(?:en)?|möglichkeit(?:en)?|ansatz|vorschlag|"
    r"approche|proposition|opci(?:ón|ones)|alternativas?|versión|propuesta|enfoque|"
    r"opç(?:ão|ões)|versão|proposta|abordagem|opzion[ei]|versione|soluzione|"
    r"вариант[а-я]*|способ[а-я]*|верси[яию]|решение|опци[яюи]|"
    r"optie|voorstel|opcja|opcję|wariant|seçenek"
)
_WIDE_NOUNS = r"方案|选项|方法|做法|版本|案|パターン|バージョン|옵션|방안|방법"


def _numbered(*rows: str) -> dict[str, int]:
    return {word: number for number, row in enumerate(rows, 1) for word in row.split()}


_NUMBERS = _numbered(
    "1 a one eins один одна 一 甲",
    "2 b two zwei deux dos due dois duas два две 二 乙",
    "3 c three drei trois tres três tre три 三 丙",
    "4 d four vier quatre cuatro quatro quattro четыре 四 丁",
)
_ORDINALS = _numbered(
    "first 1st erste[rsn]? première premier primera primer primeira prima перв(?:ый|ая|ое)",
    "second 2nd zweite[rsn]? deuxième segunda segundo seconda втор(?:ой|ая|ое)",
    "third 3rd dritte[rsn]? troisième tercera tercer terceira terza трет(?:ий|ья|ье)",
)
_NUMBER = "|".join(sorted(_NUMBERS.keys() - set("abcd"), key=len, reverse=True))
_NAME = re.compile(
    rf"(?i:\b(?:{_NOUNS})\s*[#№:]?\s*({_NUMBER})\b)|\b(?i:{_NOUNS})\s*[#:]?\s*([A-D])\b|"
    rf"(?:{_WIDE_NOUNS})\s*([A-D1-4一二三四甲乙丙丁])|"
    rf"(?i:\b({'|'.join(_ORDINALS)})\s+(?:{_NOUNS})\b)"
)
_VERBS = (
    r"is|was|are|should|would|will|can|could|may|might|must|has|had|does|did|wins|won|seems|looks|"
    r"needs|gives|gave|works|worked|scores|scored|runs|ran|beats|uses|fails|failed|remains|stays"
)
_LETTER = re.compile(
    rf"(?<![\w'’⟦])([B-D]|A(?=\s+(?:{_VERBS})\b)|A(?!\s+[a-z])|(?<=\s)A)(?![\w'’⟧])"
)
# "go with 1", "my pick: #2", and not "use 4 bits"
_CHOSEN = re.compile(
    r"(?i:(?:^\W*|[.,;:!]\s+|\b(?:please|so|i|we|my|let['’]s|would|['’]d)\s+)"
    r"(?:go(?:ing)?\s+with|pick|picked|choose|chose|choice|select|prefer|recommend|apply|use|take|"
    r"ship|adopt)(?:\s+(?:is|be))?\s*:?\s+(?:number\s+|no\.\s*|nr\.\s*|#\s*|\()?)([1-4])\)?"
    r"(?=\s*(?:[.,;:!)]\s|[.,;:!)]?\s*$|(?:because|as|since|for|here)\b))"
)
_ITEM = re.compile(r"^([\s#>*_]*)\(?([1-4])[.)]\s+")
_THE_FIRST = any_of(
    r"\b(?:the|la|le|el|il|o|a|die|der|den|das|de)\s+(?:first|former|second|latter|third|"
    r"première|premier|deuxième|seconde|erste[nrs]?|zweite[nrs]?|primer[oa]?|segund[oa]|"
    r"primeir[oa]|prim[oa]|second[oa]|eerste|tweede)\b(?!\s+(?:line|loop|case|step|hunk|file|row))",
    r"(?:перв(?:ый|ую|ая|ое|ого)|втор(?:ой|ую|ая|ое|ого))\b",
    r"第[一二三](?:种|个|案|の)|前者|后者|後者|[一二1-3１-３]つ目",
)
_SECOND = any_of("sec|lat|zwei|deux|segu|twee|втор|2nd|二|2|２|后|後")
_THIRD = any_of("thi|3rd|dritt|troi|terc|terz|трет|三|3|３")
_HEADING = re.compile(
    r"^(?:and|und|et|y|e|the|a|my|и)?\s*(?:⟦(\d)⟧|([A-D])\s*(?:[.):：]|[—–-]\s|$))", re.IGNORECASE
)
_LESS = any_of(
    r"\b(?:over|instead of|rather than|not|statt|anstatt|anstelle von|plutôt que|au lieu de|"
    r"en lugar de|en vez de|em vez de|invece di|вместо|а не|in plaats van)\b",
    r"而不是|ではなく|보다",
)


def with_numbers(line: str) -> str:
    """Return a line with the names of options as ⟦number⟧."""
    return _NAME.sub(_token, line)


def with_letters(line: str) -> str:
    """Return a line with letters that stand alone as ⟦number⟧, where options are known to be."""
    return _LETTER.sub(_token, line)


def chosen_number(line: str) -> bool:
    """Whether a line chooses an item of a numbered list: "go with 1"."""
    return bool(_CHOSEN.search(line))


def with_items(line: str) -> str:
    """Return a line with the number of an item, and one that is chosen, as ⟦number⟧."""
    line = _ITEM.sub(lambda match: f"{match[1]}⟦{match[2]}⟧ ", line)
    return _CHOSEN.sub(
        lambda match: f"{match[0][: match.start(1) - match.start()]}⟦{match[1]}⟧", line
    )


def _token(match: re.Match[str]) -> str:
    word = next(filter(None, match.groups())).lower()
    attempt = " attempt" if "attempt" in match.group().lower() else ""
    return f"⟦{_NUMBERS.get(word) or _ordinal(word)}⟧{attempt}"


def _ordinal(text: str) -> int:
    if _THIRD.search(text):
        return 3
    return 2 if _SECOND.search(text) else 1


def heading(text: str) -> int:
    """Return the option that a heading opens, 0 for none."""
    match = _HEADING.match(text)
    if match is None:
        return 0
    return int(match[1]) if match[1] else _NUMBERS[match[2].lower()]


_DESCRIBED = any_of(
    rf"\b(?:the|my)\s+((?:[\w-]+\s+)?[\w-]{{3,}})\s+(?:one|{_NOUNS}|change|edit|patch|diff|fix)\b"
)

_SAY_NOTHING = re.compile(  # words that describe no edit
    r"wrong|right|good|better|best|worse|worst|correct|corrected|final|same|other|whole|complete|"
    r"next|last|previous|following|above|below|entire|only|proper|preferred|recommended|the|and|for|"
    r"new|old|one|two|all|any|this|that|first|second|third"
)


def described(clause: str, labels: Sequence[str]) -> list[tuple[int, bool]]:
    """Return the edits that a clause names by a word of the line above them ("the bold version"),
    where no other edit's line has it; False for those named as the lesser. A line that the clause
    is part of names nothing.
    """
    own = clause.strip().lower()
    less = _LESS.search(clause)
    border = less.start() if less else len(clause)
    found = []
    for match in _DESCRIBED.every(clause):
        having = _labels_with(match[1], labels, own)
        if len(having) == 1:
            found.append((having[0], match.start() < border))
    return found


def _labels_with(phrase: str, labels: Sequence[str], own: str) -> list[int]:
    """Return which lines have a word of a phrase, and do not hold the clause that it stands in."""
    return [
        at for at, label in enumerate(labels) if own not in label and _has_a_word(label, phrase)
    ]


def _has_a_word(label: str, phrase: str) -> bool:
    """Whether a line has one of the telling words of a phrase."""
    said = [word for word in phrase.split() if len(word) > 2]
    words = {word for word in said if not _SAY_NOTHING.fullmatch(word)}
    return not words.isdisjoint(re.findall(r"[\w-]+", label))


def named(clause: str) -> list[tuple[int, bool]]:
    """Return the options that a clause names, in order; False for those named as the lesser."""
    found = {(match.start(), int(match[1])) for match in re.finditer(r"⟦(\d)⟧", clause)}
    found |= {(match.start(), _ordinal(match.group())) for match in _THE_FIRST.every(clause)}
    first = min((at for at, _ in found), default=0)
    less = _LESS.search(clause[first:])
    border = first + less.start() if less else len(clause)
    return [(number, at < border) for at, number in sorted(found)]

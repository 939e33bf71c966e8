"""Words that tell an edit: "In x.py, replace: ... with: ..."."""

from __future__ import annotations

import re

from cladogen.patching.phrases import any_of

_REPLACE = (
    r"replac(?:e|ing)|chang(?:e|ing)|swap|substitute|ersetze\w*|ändere|tausche|remplace[zr]?|changez|"
    r"modifiez|reempla(?:za|ce|zar)|sustituy[ea]|cambi[ae]|substitu[ai]|troque|altere|mude|"
    r"sostitui\w+|замени(?:те|ть)?|поменяйте|vervang|zamień|zastąp|ersätt|byt ut"
)
_WITH = (
    r"with|by|to|into|for|durch|mit|zu|gegen|in|par|en|avec|por|con|com|на|door|na|przez|med|till"
)
_WIDE_WITH = (
    r"替换为|替換為|换成|改为|改成|变为|に置き換え\w*|に変更\w*|となります|"
    r"으로\s*바꾸\w*|로\s*바꾸\w*"
)
_IT = r"it|them|this|that|these|sie|es|le|la|lo|los|las|o|a|его|их"
_THAT = (
    r"this|these|the|that|following|new|lines?|code|one|version|block|text|esto|este|isto|ceci|"
    r"questo|folgende\w*|dies\w*|следующ\w*|это|dit|suivant\w*|siguiente|seguinte|seguente"
)
_BECOMES = (
    r"should\s+(?:become|be|read)|becomes|is\s+replaced\s+(?:with|by)|wird(?:\s+zu)?|devient|"
    r"se\s+convierte\s+en|torna-se|diventa|становится"
)

# A line that says what is to go, and the line that says what comes for it, and nothing else.
REPLACE = any_of(rf"\b(?:{_REPLACE})\b", r"将|把|次の|以下の|を\s*$|다음")
WITH = any_of(
    rf"^\W*(?:(?:(?:of|in|from)\s+[\w./`-]+\s+)?(?:and\s+|und\s+|et\s+|y\s+|e\s+)?"
    rf"(?:(?:{_REPLACE})\s+(?:{_IT})\s+)?(?:{_WITH}|{_BECOMES})(?:\s+(?:{_THAT})){{0,4}}|"
    rf"(?:以下|次|这|如下)?\w{{0,4}}(?:{_WIDE_WITH})\w*|为)\W*$"
)
_WITHIN = re.compile(
    rf"\b(?:{_REPLACE})\b[^`\n]{{0,60}}`([^`\n]+)`[^`\n]{{0,30}}?\b(?:{_WITH})\b[^`\n]{{0,20}}"
    rf"`([^`\n]*)`|(?:将|把)[^`\n]{{0,10}}`([^`\n]+)`\s*(?:{_WIDE_WITH})\s*`([^`\n]*)`|"
    r"`([^`\n]+)`\s*(?:を|을|를)\s*`([^`\n]*)`\s*(?:に|へ|으?로)",
    re.IGNORECASE,
)
_NOT_THAT = any_of(
    r"(?:\bnot|n['’]t|\bnever|\bnicht|\bne|\bno|\bnão|\bnon|\bне|不要?|别|勿)\s*(?:\w+\s+){0,2}$"
)


def within(prose: str) -> list[tuple[int, str, str]]:
    """Return where sentences tell a replacement in inline code: (offset, what goes, what comes)."""
    found: list[tuple[int, str, str]] = []
    for match in _WITHIN.finditer(prose):
        old, new = (group for group in match.groups() if group is not None)
        if not _NOT_THAT.search(prose[: match.start()][-60:]):
            found.append((match.start(), old, new))
    return found


def lone(line: str) -> str:
    """Return a line of words as one: "Replace this:" is replace-this."""
    return re.sub(r"[^a-z]+", "-", line.lower()).strip("-")

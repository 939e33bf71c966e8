"""Words for code that is only shown: for reference, as it was, folded away; and for what has
changed.
"""

from __future__ import annotations

from cladogen.patching.phrases import any_of

REFERENCE = any_of(
    r"\bfor\s+reference\b|\b(?:tried|applied|rejected)\s+(?:before|earlier|already)\b",
    r"\balready\s+(?:applied|in\s+place)\b|\bzur\s+(?:referenz|erinnerung)\b|\bzum\s+vergleich\b",
    r"\bpour\s+(?:référence|mémoire)\b|\b(?:como|de)\s+referencia\b|\b(?:como|para)\s+referência\b",
    r"\bper\s+riferimento\b|для\s+справки",
    r"供参考|仅供参考|作为参考|参考のため|参考までに|참고용|참고로",
)
# In the summary of a folded part: what it holds is not to be made; or is older than the answer, or
# beside it.
UNUSED = any_of(
    r"\b(?:not|never|no\s+longer)\s+(?:used?|applied|needed|part|included|chosen|taken|recommended)\b",
    r"\b(?:unused|rejected|discarded|abandoned|dropped|superseded|obsolete|ignored?|failed)\b",
    r"\b(?:verworfen\w*|ungenutzt|nicht\s+verwendet|abandonnée?|non\s+utilisée?|descartad[oa]|no\s+usad[oa]|"
    r"não\s+usad[oa])\b",
    r"未(?:使用|采用)|不采用|不使用|废弃",
)
OLDER = any_of(
    r"\b(?:previous|earlier|older|old|first|original)\s+(?:version|attempt|draft|patch|answer|edit|diff|idea|try|code)\b|"
    r"\b(?:i|we)\s+(?:\w+\s+)?tried\b"
)
BESIDE = any_of(
    r"\b(?:considered|previous|earlier|older|old|original|alternatives?|drafts?|scratch|brainstorm\w*|"
    r"thoughts?|thinking|reasoning|optional|comparison|first\s+(?:try|attempt|idea|version))\b|"
    r"\bfor\s+(?:reference|context)\b",
    r"\b(?:entwurf|zum\s+vergleich|brouillon|borrador|rascunho)\b|草稿|备选|旧|下書き",
)
ORIGINAL = any_of(
    r"\b(?:original|current|existing|old|before|present|currently|previous)\b",
    r"\b(?:bisherige\w*|aktuelle\w*|ursprüngliche\w*|vorher|alte\w*)\b",
    r"\b(?:actuel(?:le)?|originale?|ancien(?:ne)?|avant|actual|antiguo|antes|atual|antig[oa]|"
    r"attuale|vecchi[oa]|prima)\b",
    r"\b(?:исходн\w*|текущ\w*|стар\w+|было|до)\b",
    r"原始|原来|原(?:代码|文件)|当前|旧|変更前|現在の|元の|修正前|修改前|기존|원본",
)
CHANGED = any_of(
    r"\b(?:new|updated|modified|changed|fixed|improved|rewrit\w*|rewrote|replac\w*|after|revised|"
    r"proposed|suggested|optimi[sz]ed|corrected|refactored|replacement|version\s+of|against|compared|based\s+on|better|faster|instead|complete)\b",
    r"\b(?:neue\w*|geänderte\w*|nachher|danach|nouve(?:au|lle)|modifi\w*|après)\b",
    r"\b(?:nuev[oa]|modificad[oa]|después|nov[oa]|depois|nuov[oa]|modificat[oa]|dopo)\b",
    r"\b(?:нов\w+|измен\w+|стало|после)\b",
    r"修改后|新的?|改(?:后|为|成)|変更後|修正後|新しい|수정|변경",
)

"""Words that turn from one edit to another: corrections, choices, and which way they point."""

from __future__ import annotations

from cladogen.patching.phrases import any_of

THAT = any_of(r"\b(?:do|use|apply|try|recommend)\s+(?:that|those)\b")
BACK = any_of(
    r"\b(?:above|previous|earlier|preceding|oben|obige\w*|vorige\w*|ci-dessus|précédent\w*|anterior|"
    r"arriba|acima|sopra|precedente|выше|предыдущ\w*|hierboven)\b",
    r"上面|前面|以上|上述|上記|위의",
)
AHEAD = any_of(
    r"\b(?:below|following|next|unten|folgend\w*|ci-dessous|suivant\w*|abajo|siguiente\w*|abaixo|"
    r"seguinte\w*|sotto|seguent\w*|ниже|следующ\w*|hieronder|volgende)\b",
    r"下面|以下|如下|下記|次の|아래",
)
UNDOES = any_of(
    r"\b(?:to|can|could|may)\s+(?:be\s+)?(?:undo|undone|revert(?:ed)?|roll(?:ed)?\s+back|go\s+back)\b",
    r"\b(?:undo|revert|roll\s+back|restore)\b[^.!?]*\b(?:with|by|using|like)\b|\brollback\b",
    r"\b(?:rückgängig|zurücknehmen|annuler|revenir|deshacer|revertir|desfazer|reverter|annullare|"
    r"ripristinare)\b|откатить|отменить",
    r"回滚|撤销|还原|元に戻す|되돌리",
)
CORRECTS = any_of(
    r"\b(?:correct(?:ed|ion)|revised|oops|sorry|mistake|wait|actually|scratch|hmm|"
    r"on second thought|final\s+(?:version|answer|patch|diff)|fixed\s+(?:version|diff))\b",
    r"\b(?:korrigiert\w*|korrektur|moment|endgültig\w*|corrigé\w*|correction|version finale)\b",
    r"\b(?:corregid\w*|corrección|versión final|corrigid\w*|correção|corrett\w*|correzione)\b",
    r"\b(?:исправ\w*|окончательн\w*|poprawion\w*|gecorrigeerd)\b",
    r"更正|修正|应该是|最终|訂正|正しくは|最終|정정|수정|최종",
)
INSTEAD = any_of(
    r"\b(?:instead|rather|better|improved|final|fixed|simpler|cleaner|refined|updated|alternativ\w*|"
    r"options?|variant\w*|versions?|either|another\s+way)\b|^\W*(?:or|oder|ou|o|или)\b|⟦",
    r"\b(?:stattdessen|sondern|besser|plutôt|mieux|mejor|en su lugar|melhor|em vez disso|meglio|"
    r"invece|лучше|вместо|beter|i stället|opci(?:ón|ones)|opç(?:ão|ões)|opzion[ei]|вариант\w*)\b",
    r"改为|更好|实际上|代わり|대신|或者|另一种|または|あるいは|방안|또는",
)
PREFERS = any_of(
    r"\b(?:instead|rather|better|improved|final|fixed|simpler|cleaner|refined|updated|newer)\b",
    r"\b(?:stattdessen|sondern|besser|plutôt|mieux|mejor|en su lugar|melhor|em vez disso|meglio|"
    r"invece|лучше|вместо|beter|i stället)\b",
    r"改为|更好|实际上|代わり|대신",
)
OTHERWISE = any_of(
    r"\balternativ(?:ely|(?=[:,]))|\banother\s+(?:way|option|approach)\b|\bor\s+(?:else|you\s+could)\b",
    r"\boder\s+aber\b|\balternativement\b|\bd'une\s+autre\s+manière\b|\bcomo\s+alternativa\b|"
    r"\bin\s+alternativa\b|\bкак\s+вариант\b|\bили\s+же\b",
    r"或者|另一种(?:方法|做法|方案)|あるいは|または",
)
ON_CONDITION = any_of(
    r"\bif\s+you(?:['’]d|\s+would)?\s+(?:prefer|rather|like\b.*\binstead)\b",
    r"\byou\s+(?:could|can|might|may)\s+(?:also\s+)?(?:write|do|use|try)\b.*\binstead\b",
    r"\bwenn\s+(?:du|sie|man)\b.*\blieber\b|\bfalls\b.*\blieber\b|\bsi\s+(?:vous|tu)\s+préf",
    r"\bsi\s+(?:lo\s+)?(?:prefieres?|prefiere)\b|\bse\s+(?:preferir|preferisci|preferite)\b",
    r"如果(?:你|您)?更?(?:喜欢|倾向|愿意)|を好む場合",
    r"если\s+(?:вы\s+)?(?:предпочит|больше нравится)",
)
WHERE = any_of(
    r"\b(?:if|when|where|in case|should|wenn|falls|si|se|если|jeśli|als)\b",
    r"如果|若|場合|만약",
)
IF_IT_FAILS = any_of(
    r"^\W*(?:(?:and|but|otherwise),?\s+)?(?:only\s+)?(?:if|when|should)\s+"
    r"(?:that|this|it|they|those|these|the\s+(?:first|former|second|latter)|⟦\d⟧)\b",
    r"^\W*(?:und\s+)?(?:wenn|falls)\s+(?:das|dies|es|die\s+erste)\b|^\W*si\s+(?:cela|ça|eso|esto)\b|"
    r"^\W*se\s+(?:isso|questo)\b|^\W*если\s+(?:это|он|не)\b",
    r"^\W*如果(?:这|它|不)",
)

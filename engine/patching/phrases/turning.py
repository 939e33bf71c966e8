"""Words that turn from one edit to another: corrections, choices, and which way they point."""

from __future__ import annotations

from cladogen.patching.phrases import any_of

_BEHIND = r"(?:above|previous|earlier|preceding|first|last|former)"
_EDITS = (
    r"(?:one|change|edit|block|diff|patch|hunk|version|approach|attempt|idea|part|code|snippet)s?"
)
_ENDS = r"(?=\s*(?:[.:;,!)—–-]|$|and\b|it\s+(?:is|was)\b))"
_BACK_THERE = (  # "that.", "that change", "the block above", "my first edit"
    rf"(?:(?:that|this|those|these)(?:{_ENDS}|\s+(?:\w+\s+)?{_EDITS}\b)|"
    rf"(?:the|my|that)\s+{_BEHIND}\b|(?:the|my)\s+(?:\w+\s+){{0,2}}{_EDITS}\s+(?:above|before)\b|"
    r"everything\s+(?:above|so\s+far)|all\s+(?:of\s+)?(?:that|the\s+above))"
)
THAT = any_of(r"\b(?:do|use|apply|try|recommend)\s+(?:that|those)\b")
BACK = any_of(
    r"\b(?:above|previous|earlier|preceding|oben|obige\w*|vorige\w*|ci-dessus|précédent\w*|anterior|"
    r"arriba|acima|sopra|precedente|выше|предыдущ\w*|hierboven)\b",
    r"\bthat\s+(?:last\s+|first\s+)?(?:block|edit|change|diff|patch|hunk|snippet)\b",
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
    r"\balternativ(?:ely|(?=[:,]))|\banother\s+(?:way(?!\s+in\s+which)|option|approach)\b|\bor\s+you\s+could\b|"
    r"(?:^|\n)\W*or\s+else\b|\bor\s+else\s*[:：]",
    # "Or, cleaner:" above an edit, "equivalently", "instead of the above"
    r"(?:^|\n)\W*or\b(?:\W*|[,:]?\s+[\w-]+(?:\s+[\w-]+)?\s*[:：]\W*)$|(?:^|\n)\W*(?:or\s+)?equivalently\b",
    rf"\b(?:instead\s+of|rather\s+than)\s+(?:(?:making|doing|applying)\s+)?{_BACK_THERE}|"
    r"(?:^|\n)\W*(?:but\s+)?(?:an?|the)\s+(?:even\s+)?(?:better|simpler|cleaner|safer)\s+(?:idea|approach|way|"
    r"option|fix|solution|alternative|variant)\b",
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
# Words that take back what stands above them: "scrap that", "let me start over".
RETRACTS = any_of(
    rf"\b(?:disregard|ignore|scrap|scratch|forget|discard|drop|undo|revert|withdraw|retract|"
    rf"never\s?mind|cancel|strike|skip)\s+(?:about\s+)?{_BACK_THERE}",
    r"\b(?:disregard|scrap|scratch|forget)\s+it\b|\bnever\s?mind\b",
    r"\bi\s+(?:\w+\s+)?tak(?:e|ing)\s+(?:[\w.⟦⟧-]+\s+){1,5}back\b|\btaking\s+(?:that|it)\s+back\b",
    r"\b(?:let\s+me|let['’]s|let\s+us|i['’]ll|i\s+(?:will|should|must|have\s+to|need\s+to|want\s+to))\s+"
    r"(?:re-?do|re-?think|reconsider|re-?start|start\s+(?:over|again|afresh|from\s+scratch)|back\s+up|"
    rf"(?:undo|revert|drop|scrap|discard)\s+(?:it|{_BACK_THERE}))\b",
    r"\bon\s+(?:second|further)\s+thoughts?\b(?!.*\b(?:also|too|as\s+well|additionally|another|both|more)\b)",
    rf"\b(?:the|my|that)\s+(?:{_BEHIND}\s+{_EDITS}|{_EDITS}\s+above)\s+(?:is|was|are|were)\s+(?:actually\s+|really\s+)?"
    r"(?:(?:not|no\s+longer)\s+(?:needed|necessary|required)|unnecessary|redundant|superfluous)\b",
    r"\bfinal\s+(?:set|version|list|edits?|changes?|patch|diff)\b[^.!?]*\b(?:just|only)\b[^.!?]*[:：]\W*$",
    r"\bstarting\s+over\b|\bon\s+reflection,?\s+no\b|"
    r"^\W*(?:(?:hmm+|wait|oh|actually|well|but|and)\W+){0,3}no\b(?=\s*[,.!:—–-])",
    r"\bmak(?:es?|ing)\s+(?:the\s+(?:above|previous|first|earlier)|it|that)\s+(?:\w+\s+){0,2}"
    r"(?:unnecessary|obsolete|redundant|superfluous|pointless|moot)\b",
    r"\b(?:vergiss|vergessen\s+sie)\s+(?:das|es|die|den)\b|\bdas\s+obige\b.*\b(?:vergessen|ignorieren|streichen|"
    r"verwerfen)\b|\b(?:das|die|der)\s+war(?:en)?\s+(?:leider\s+)?(?:falsch|ein\s+fehler)\b|\bnoch\s?mal\s+von\s+vorn",
    r"\boubli(?:ez|e|ons)\s+(?:cela|ça|ce\s+qui\s+précède)\b|\bignorez\s+ce\s+qui\s+précède\b|"
    r"\bolvid(?:a|e|emos)\s+(?:eso|esto|lo\s+anterior)\b|\bignora\s+lo\s+anterior\b|"
    r"\besqueça\s+(?:isso|o\s+anterior)\b|\bdimentica(?:te)?\s+(?:questo|quanto)\b",
    r"забудь(?:те)?\b|это\s+было\s+(?:неверно|неправильно|ошибкой)|начн(?:у|ём|ем)\s+заново",
    r"(?:上面|前面|以上|上述|刚才|之前)的?[^。，：\n]{0,6}(?:不对|有误|有问题|错了|是错|作废|不行|不可行|撤回|取消)|"
    r"(?:忽略|撤回|撤销|放弃|抛弃|取消)(?:上面|前面|以上|上述|刚才)|^\W*(?:等等|等一下|不)?[，,、]?\s*(?:这|那)?不对|算了|重新来过",
    r"(?:上記|上の|先ほど|さっき)[^。\n]{0,10}(?:取り消|無視|間違|撤回|忘れ)|やり直し|위의?[^.\n]{0,8}(?:무시|취소|잊)",
)
# And words that say that it does not do: "That won't work, since ..."
FAILS = any_of(
    r"^\W*(?:(?:hmm+|wait|oh|actually|no|but|however|unfortunately|ah)\W+){0,3}"
    r"(?:that|which|(?:that|this)\s+" + _EDITS + r"|the\s+above)\s+"
    r"(?:actually\s+|probably\s+|also\s+)?(?:"
    r"(?:won['’]?t|will\s+not|would\s?n['’]?t|would\s+not|does\s?n['’]?t|does\s+not|can['’]?t|cannot)\s+"
    r"(?:actually\s+|really\s+|quite\s+)?(?:work|compile|run|help|apply|do|be\s+(?:right|correct|valid))\b|"
    r"(?:is|was)\s+(?:\w+\s+)?(?:wrong|incorrect|invalid|broken|a\s+(?:bug|mistake|bad\s+idea))\b|"
    r"(?:is|was)\s+not\s+(?:\w+\s+)?(?:right|correct|valid|what|it)\b|"
    r"(?:breaks|would\s+break|will\s+break|contradicts|violates)\b)",
)
# Words that leave one of several edits, or none.
_ONE_OF_THEM = r"the\s+(?:first|second|third|former|latter|last)"
ONLY = any_of(
    rf"\b(?:apply|use|take|make|keep|merge|ship|commit)\s+(?:only|just)\s+(?:{_ONE_OF_THEM}(?:\s+{_EDITS})?\s*"
    r"(?:[.,;:!—–-]|$)|⟦)",
    rf"^\W*(?:so\s+)?(?:only|just)\s+(?:{_ONE_OF_THEM}\s+{_EDITS}|⟦\d⟧)\s+"
    r"(?:should|must|needs?\s+to|is\s+to|has\s+to|shall)\b",
    r"\bneither\s+(?:of\s+(?:them|these|those|the\s+\w+)\s+)?(?:is|was|should|must)\s+(?:\w+\s+){0,2}(?:good|right|"
    rf"correct|applied|made|used|needed|{_EDITS})\b|\bnone\s+of\s+(?:these|those|the)\s+(?:above|edits|changes)\b",
)
IN_A_CASE = any_of(
    r"\b(?:if|when|whenever|unless|where|in\s+case|wenn|falls|si|se|если|jeśli)\b|如果|若|場合|만약"
)
IF_IT_FAILS = any_of(
    r"^\W*(?:(?:and|but|otherwise),?\s+)?(?:only\s+)?(?:if|when|should)\s+"
    r"(?:that|this|it|they|those|these|the\s+(?:first|former|second|latter)|⟦\d⟧)\b",
    r"^\W*(?:und\s+)?(?:wenn|falls)\s+(?:das|dies|es|die\s+erste)\b|^\W*si\s+(?:cela|ça|eso|esto)\b|"
    r"^\W*se\s+(?:isso|questo)\b|^\W*если\s+(?:это|он|не)\b",
    r"^\W*如果(?:这|它|不)",
)

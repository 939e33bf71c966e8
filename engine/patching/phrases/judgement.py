"""Words for and against an edit, and words that cast a doubt on it."""

from __future__ import annotations

from cladogen.patching.phrases import any_of

_DO = (
    r"(?:do|use|apply|copy|take|ship|merge|try|choose|pick|go\s+(?:with|for)|adopt|commit|write|"
    r"recommend|advise|suggest)"
)
_THIS = r"(?:this|that|these|those|the\s+(?:following|above|next|previous|below)|what follows|⟦)"
_NOT = (
    r"(?:do\s+not|don['’]?t|never|should\s*n[o']t|must\s*n[o']t|would\s*n[o']t|wouldn['’]t|"
    r"shouldn['’]t|please\s+not|not\s+to|should\s+not|must\s+not|would\s+not|"
    r"under no circumstances)"
)
_OF_CODE = (  # "avoid this.", "avoid this pattern", and not "avoid this overflow"
    r"(?=\s*(?:[.:;,!)—–-]|$)|\s+(?:one|change|edit|version|variant|option|alternative|approach|way|"
    r"pattern|patch|diff|code|snippet|example|block)s?\b)"
)
_SHALL_NOT_BE = r"(?:must|should|shall|may)\s+not\s+be"
_EDIT = r"(?:change|edit|patch|diff|version|variant|option|alternative|approach|code|block|snippet)"
_AGAINST_IN_ENGLISH = (
    rf"\b{_NOT}\s+(?:(?:ever|also|just|simply|even|actually)\s+)*{_DO}"
    rf"(?:\s+{_THIS}|(?=\s*(?:[.:;,!)—–-]|$)))",
    # "Don't write it like this:"
    rf"\b{_NOT}\s+(?:write|do|code|implement|put)\s+(?:it|them|this|that)\s+(?:like\s+)?"
    r"(?:this|that|so|this\s+way|as\s+follows)\b",
    r"\bnot\s+(?:like\s+)?(?:this|recommended|advisable|applied|"
    r"to be (?:applied|used|done|made))\b",
    # "Wrong way:", "this is a bad idea"; and not "the parent goes the wrong way"
    r"(?:^\W*(?:(?:an?|the|this is|here is|here['’]s|example of)\s+)*|"
    r"\b(?:this|that|it|these|those|following|below|above|⟧)\s+(?:is|was|are|were|would be|as)\s+"
    r"(?:(?:an?|the)\s+)?)"
    r"(?:bad|wrong|incorrect|rejected|discarded|discouraged)\s+"
    r"(?:example|way|variant|version|approach|attempt|patch|diff|edit|idea|option|alternative)\b",
    # "I do not want this one", and not "we do not want overlaps"
    r"\b(?:do\s+not|don['’]?t|would\s+not|wouldn['’]t)\s+(?:(?:recommend|suggest|advise|propose)\b|"
    rf"want\b(?=\s*(?:[.:;,!)]|$)|\s+(?:you|to|it|{_THIS})))",
    rf"\b{_SHALL_NOT_BE}\s+(?:made|applied|done|merged)\b",
    # "this should not be used", and not "items that should not be used"
    rf"(?:^\W*(?:this|that)|\b(?:it|these|those)|⟧|\b{_EDIT}s?(?:\s+(?:that|which))?)\s+{_SHALL_NOT_BE}\s+"
    r"(?:used|taken|included)\b",
    rf"\bplease\s+ignore|\bignore\s+(?:this|the following){_OF_CODE}|\(\s*ignore|"
    r"\bfor\s+contrast\b",
    r"\bleave\s+(?:it|this|that)\s+out\b(?!\s+of\b)|\badvise\s+against\b",
    # "I decided against this", and not "I decided against a second pass over the items"
    rf"\bdecided\s+(?:against|not\s+to(?:\s+\w+)?)(?:\s+(?:it|{_THIS})|(?=\s*(?:[.:;,!)—–-]|$)))",
    rf"\bavoid\s+(?:doing\s+)?(?:this|that|the following){_OF_CODE}|"
    r"\bwhat\s+(?:you\s+should\s+)?not\s+to\s+(?:do|apply)",
    r"\bonly\s+for\s+comparison|\bfor\s+comparison\s+only|counter-?example|anti-?pattern|❌|👎|✗",
    r"\bi\s+(?:have\s+)?(?:rejected|discarded|ruled out)\b",
    rf"\bhypothetical\s+{_EDIT}\b",
)
_AGAINST_AS_A_LABEL = (
    r"^\W*(?:wrong|bad|incorrect|not this|rejected|avoid|falsch|schlecht|faux|mal|incorrecto|"
    r"errado|sbagliato|неправильно|плохо|错误|反例|悪い例|나쁜 예)\s*(?:\(.*\))?\s*[:：]?\s*$"
)
AGAINST = any_of(
    *_AGAINST_IN_ENGLISH,
    _AGAINST_AS_A_LABEL,
    # German
    r"\bso\s+(?:bitte\s+)?(?:lieber\s+)?nicht\b|\bnicht\s+(?:so\b|anwenden|verwenden|übernehmen|"
    r"nehmen|machen|empfohlen|empfehlenswert|zu empfehlen)|\brate\b.*\bab\b|gegenbeispiel|"
    r"schlechtes beispiel|\bvermeide\w*\s+(?:dies|folgende)|nur zum vergleich",
    # French
    r"\bne\s+(?:faites|fais|appliquez|applique|utilisez|utilise|prenez|copiez)\b.*\bpas\b|"
    r"\bn['’](?:appliquez|applique|utilisez|adoptez)\s+pas\b|à ne pas (?:faire|appliquer|suivre)|"
    r"contre-exemple|déconseill|à éviter|ne recommande pas",
    # Spanish
    r"\bno\s+(?:hagas?|hag[áa]is|apliques?|uses?|utilices?|copies?|hacer|aplicar|usar|recomiendo|"
    r"recomendad[oa]|es recomendable|se debe)\b|\bevita(?:r)?\s+esto|\basí\s+no\b|contraejemplo|"
    r"desaconsej",
    # Portuguese, Italian
    r"\bnão\s+(?:faça|fazer|aplique|aplicar|use|usar|recomendo|recomendad[oa]|copie)\b|"
    r"contraexemplo|evite isto|\bnon\s+(?:fare|fate|applicare|applicate|applichi|usare|usate|"
    r"consiglio|raccomando|consigliat\w+|raccomandat\w+)\b|controesempio|da evitare|sconsigli",
    # Russian
    r"так\s+(?:делать\s+)?не\s+(?:надо|нужно|стоит|следует|делай\w*)|"
    r"не\s+(?:надо|нужно|стоит|следует)\s+(?:так|этого|это|применять|использовать|делать)|"
    r"не\s+(?:применяй|используй|делай|бери)\w*|не\s+(?:рекоменду|советую)\w*|контрпример|"
    r"плох(?:ой|ая)\s+(?:пример|вариант|идея)",
    # Polish, Dutch, Swedish, Turkish
    r"\bnie\s+(?:rób|stosuj|używaj|polecam|zalecam)\b|"
    r"\b(?:niet\s+(?:doen|toepassen|gebruiken|aan te raden|aanbevolen)|afgeraden)\b|"
    r"\b(?:gör|använd|tillämpa)\s+inte\b|rekommenderas inte|"
    r"\b(?:yapma|uygulama|kullanma)y?ın\b|önermiyorum",
    # Chinese, Japanese, Korean
    r"不要(?:这样|采用|使用|应用|这么|用这|做)|请勿|切勿|不(?:推荐|建议|可取)|"
    r"不应(?:该)?(?:采用|使用|应用|这样)|反例|错误(?:示例|做法|写法|的做法|示范)|仅供(?:对比|比较)",
    r"しないで|使わないで|適用しない|採用しない|(?:やって|して)はいけ|すべきでは(?:ない|ありません)|"
    r"(?:推奨|おすすめ|お勧め)(?:しない|しません|できません)|悪い例|避けて",
    r"하지\s*마|적용하지|사용하지|(?:권장|추천)하지\s*않|나쁜 예|잘못된 예",
)
# The same, of a line that introduces an edit and says of it that it is not for now.
NOT_NOW = any_of(
    r"^\W*(?:(?:this|that)\s+(?:one\s+)?is\s+)?not\s+(?:needed|necessary|required)\b"
    r"(?!\s+any\s?more|\s+any\s+longer)",
    r"^\W*(?:leave|keep)\b[^.!?]*\b(?:unchanged|untouched|as\s+(?:it|they)\s+(?:is|are))\s*[:：]\W*$",
    r"\bnot\s+(?:for\s+)?(?:now|yet)\b|\bfuture\s+(?:work|steps?|ideas?|changes?|versions?)\b",
    r"\b(?:for|in)\s+(?:a\s+)?(?:later|future)\s+(?:step|change|round|version|patch)\b|\bout\s+of\s+scope\b",
    r"\bfor\s+(?:local\s+)?(?:debugging|testing|profiling|experiments?)\b[^.!?]*\b(?:can|could|may|might|temporarily)\b|"
    r"\btemporarily\b",
    r"\b(?:next|later)\s+(?:thing|step|idea|experiment|round|iteration)s?\b[^.!?]*"
    r"(?:\b(?:would|could|might)\b|['’]d\b)|"
    r"(?:\b(?:would|could|might)|['’]d)\s+(?:try|test|do)\s+(?:this\s+|that\s+)?(?:next|later|afterwards)\b",
)
# What is said of an edit that a clause describes.
TAKES = any_of(
    rf"^\W*(?:(?:so|then|therefore|and|please|but),?\s+)*(?:let['’]s\s+|i['’]?(?:d|ll)?\s+)?({_NOT}\s+)?"
    rf"{_DO}\s+the\b"
)
_IN_VAIN = (
    r"(?:no\s+(?:gain|improvement|benefit)|did(?:n['’]t| not)\s+(?:help|improve|work|pay off)|"
    r"made\s+(?:it|things)\s+(?:worse|slower)|turned out\s+(?:\w+\s+)?(?:worse|slower|wrong))"
)
# "It would be wrong to raise the step", and not "it would be wrong to apply this"
_OF_AN_ACT = (
    rf"(?!\s+(?:that\b|to\s+(?!(?:{_DO}|make|include|keep)\s+"
    rf"(?:{_THIS}|it\b|them\b|both\b|the\s+{_EDIT}))))"
)
_DISAPPROVED = (
    r"(?:(?:must|should|shall|may|would|will|is|are|was|were)\s*(?:not|never|n['’]t)\s+(?:\w+\s+){0,2}?"
    r"(?:made|applied|included|taken|part|merged|shipped|used|done|suggested|recommended)|"
    r"(?:is|was|were|are|would be)\s+(?:\w+\s+)?(?:worse|wrong|slower|a mistake|discarded|"
    rf"superseded|obsolete|tempting|illustrat\w+)\b{_OF_AN_ACT})"
)
# Words that may speak against an edit; as they are said of programs, too ("moves that are worse are
# taken only if it is hot"), they do so in a sentence that speaks of an edit.
DOUBT = any_of(
    r"\b(?:not|never|n['’]t)\s+(?:\w+\s+){0,2}(?:do|make|made|apply|applied|include|included|take|"
    r"taken|want|part|suggest\w*|recommend\w*|ship|merge)\b|\bdon['’]?t\s*[.:!]",
    r"\b(?:avoid|ignored?|drafts?|discarded|superseded|obsolete|fall-?back|illustrat\w+|tempt\w*|"
    r"worse|competing|naive\s+version|only\s+if|one\s+could)\b",
    r"\b(?:i|we)\s+(?:first|initially|briefly|at first)\s+(?:considered|tried|thought of|"
    r"looked at)(?:\s+(?:this|that|the following))?\W*$",
    # "I first considered more moves:", and not "I considered that the list is sorted."
    r"\b(?:i|we)\s+(?:\w+\s+)?(?:considered|thought\s+(?:of|about)|toyed with|played with|"
    r"was tempted to|were tempted to)\b[^.!?]*[:：]\W*$",
    r"\b(?:first|initial|original)\s+(?:idea|thought|plan|instinct|reaction)\s+(?:was|had been)\b",
    rf"\b{_IN_VAIN}\b",
    r"⟦1⟧ attempt|\b(?:earlier|previous|failed|initial|old|abandoned|my|another)\s+attempt\b",
    rf"\b(?:it|this|that)\s+(?:is|was|would be)\s+(?:wrong|a mistake)\b{_OF_AN_ACT}",
    r"\b(?:entwurf|versuch|brouillon|borrador)\b|черновик|попытк|草稿|尝试|下書き",
)
_ONE = rf"(?:one|{_EDIT}|draft|attempt|proposal|suggestion|fix|hunk|rewrite|rest)s?"
# A sentence speaks of an edit where it names one, or points at it.
OF_AN_EDIT = any_of(
    r"\b(?:my|our)\s+(?:first|initial|original)\s+(?:idea|thought|plan|instinct)\b",
    rf"⟦\d⟧|\b(?:this|that|these|those|following|above|below|preceding)\s+{_ONE}\b",
    rf"\b(?:first|second|third|last|next|previous|other|old|new)\s+{_ONE}\b|"
    r"\b(?:former|latter)\b",
    r"\b(?:this|these|those)\s*(?:[.,;:!)—–]|$|(?:instead|too|because|as|for|but|and|here)\b)",
    r"\b(?:the|what)\s+(?:follows|following|above|below)\b|\b(?:above|below)\s*[.,;:!)]",
    r"\b(?:first|second|third)\b(?=\s*(?:[.,;:!)]|$|(?:is|was|as|because|and|but)\b))",
)
# One that begins with a pronoun does so where its verb passes a judgement.
BEGINS_WITH_IT = any_of(
    rf"^\W*(?:(?:but|and|however),?\s+)?(?:which|it|this|that|these|those|they)\b"
    rf"(?:\s+\w+){{0,3}}?\s+(?:{_DISAPPROVED}|{_IN_VAIN})",
    rf"^\W*(?:but|which)\b(?:\s+\w+){{0,3}}\s+{_IN_VAIN}",
)
# Something else that could be done, and words that leave "that" as it is.
SUPPOSES = any_of(
    r"\b(?:could|might|would)\b|\b(?:considered|tempted|toyed\s+with)\b|\bthought\s+(?:of|about)\b|"
    r"\balternativ(?:ely|es?)\b"
)
LEAVES_THAT = any_of(
    rf"\b{_NOT}\s+(?:(?:ever|also|just|simply|even|actually)\s+)*{_DO}\s+(?:that|this|so|it)\b(?!\s+{_EDIT})",
    r"\bleave\s+(?:it|this|that)\s+out\b",
)
# "My first idea was to anneal": of something else, where the edit does nothing of it
FIRST_IDEA = any_of(
    r"\b(?:my|our|the)\s+(?:very\s+)?(?:first|initial|original)\s+(?:idea|thought|plan|instinct|reaction)\s+"
    r"(?:was|had\s+been)\b(?!\s+(?:this|that|the\s+following|these|those)\b)"
)
GOES_ON = any_of(r"[,;]\s*(?:but|though|however|yet|which|only|so)\b")
# "I do not recommend going beyond 40000" sets a limit
SETS_A_LIMIT = any_of(
    r"\b(?:do\s+not|don['’]?t|would\s+not|wouldn['’]t)\s+(?:recommend|suggest|advise|propose)\s+"
    r"(?:going|exceeding|\w+ing\s+(?:[\w`.]+\s+){0,3}(?:beyond|above|past|over|more|further))\b"
)
# "attempt (#3)", "#5 raised it": programs of the run, by their numbers
OF_A_PROGRAM = any_of(
    r"(?<!edit )(?<!change )(?<!patch )(?<!diff )(?<!block )(?<!hunk )(?<!option )"
    r"(?<!version )#\d+\b"
)
FOR = any_of(
    r"\brecommend|\bprefer|\bi\s+(?:suggest|propose)\b|\bgo\s+with\b",
    r"\bi['’]?(?:d|ll| would| will)\s+(?:go|stick|stay)\s+with\b",
    r"\bi['’]?(?:d|ll| would| will)?\s+(?:choose|chose|pick|picked|take)\b",
    r"\bmy\s+(?:choice|pick)\b",
    r"(?<!would )(?<!could )(?<!might )(?<!can )\b(?:use|apply|take|choose|pick|do)\s+this\b",
    r"\b(?:use|apply|take|choose|pick|ship|adopt|merge)\s+⟦|\btry\s+⟦\d⟧\s+first\b",
    r"\b(?:use|apply|take|choose|pick|ship|adopt|merge)\s+the\s+(?:first|former|second|latter|third)"
    r"(?:\s+(?:one|option|version|variant|approach|patch|diff|edit|alternative))?"
    r"\s*(?:[.,;:!)]|$|for\b|because\b|as\b|since\b|here\b)",
    r"\bplease\s+apply\b|\bthe\s+one\s+to\s+(?:apply|use)\b",
    r"⟦\d⟧\s+(?:is|wins|it is)\b.*\b(?:best|better)\b",
    r"\bempfehle|\bempfohlen|\bbevorzug|\bwürde\b.*\b(?:nehmen|wählen)\b",
    r"\bbitte\s+anwenden\b|\bnimm\b",
    r"\brecommand|\bpréfér|\bje\s+(?:choisis|retiens)\b|\bà\s+appliquer\b",
    r"\brecomiend|\bprefier|\belijo\b|\bme\s+quedo\s+con\b",
    r"\brecomend(?:o|ad[ao])\b|\bprefiro\b|\bescolho\b",
    r"\bconsiglio\b|\braccomand|\bpreferisco\b|\bscelgo\b",
    r"рекоменду|предпочита|\bвыбираю\b|советую",
    r"\bpolecam|\bzalecam|\bwybieram\b|\baanbevolen\b|\bvoorkeur\b|\braad\b.*\baan\b",
    r"rekommendera|öner(?:irim|iyorum|ilen)",
    r"推荐|建议(?:采用|使用|用)|首选|请(?:应用|采用)|我选|おすすめ|お勧め|推奨|採用し|추천|권장",
)

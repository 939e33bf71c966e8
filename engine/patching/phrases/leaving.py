"""Words that leave an edit out which could be made beside the others: taken back, one of two, or
shown as an example. They are read in whole sentences; what adds to an edit ("also") leaves nothing.
"""

from __future__ import annotations

from cladogen.patching.phrases import any_of

_EDIT = (
    r"(?:one|change|edit|block|diff|patch|hunk|version|approach|attempt|idea|snippet|suggestion|"
    r"proposal|draft|fix|modification)s?"
)
_BEHIND = r"(?:above|previous|earlier|preceding|first|former|last)"
_THE_ONE = rf"the\s+(?:first|second|third|former|latter|last|next|following)(?:\s+{_EDIT})?"
_STOPS = r"(?=\s*(?:[.,;:!)—–-]|$))"
_COLON = r"[^.!?]*[:：]\W*$"
_BE_LEFT = (
    r"(?:not\s+be\s+\w+|be\s+(?:left\s+out|ignored|dropped|skipped|removed|discarded|reverted|"
    r"undone|disregarded|omitted))"
)
_SHOWN = (
    r"(?:(?:meant\s+)?(?:to\s+(?:show|illustrate|demonstrate|explain)|for\s+(?:comparison|"
    r"illustration|reference|show|context|contrast))|an?\s+(?:\w+\s+)?(?:example|illustration|"
    r"sketch|draft|placeholder)(?!\s+of\s+an?\b))"
)

ADDS = any_of(
    r"\b(?:also|as\s+well|additional(?:ly)?|another|one\s+more|forgot|missed|missing|besides|moreover|"
    r"auch|aussi|también|também|anche|тоже|также)\b|\btoo" + _STOPS,
    r"还|也|同时|また|さらに|도\b",
)
# Of the edit above: it is taken back, was an example, or the next one comes in its place.
LEAVES = any_of(
    # "Hmm, ...", "Oops.", "Hold on: ...", "On reflection, ..."
    r"^\W*(?:(?:no|oh|ah|but|well|and|so)\W+)*(?:hmm+|oops|whoops|argh|nope|hold\s+on|"
    r"wait(?!\s+(?:for|until|till)\b)|(?:actually|sorry|apologies|correction)(?=\s*[,.:;!—–-])|"
    r"my\s+(?:mistake|bad)|i\s+apologi[sz]e|on\s+(?:reflection|closer\s+(?:inspection|look))|"
    r"thinking\s+(?:about\s+it|more|again)|come\s+to\s+think|(?:scratch|strike)\s+(?:that|it|the))\b",
    r"\bi(?:['’]ve|\s+have|\s+hereby)?\s+(?:withdr[ae]w|retract|changed\s+my\s+mind)\b|"
    r"\b(?:withdrawn|retracted)\b" + _STOPS,
    rf"\b(?:supersedes?|overrides?|replaces?)\s+(?:everything\s+(?:above|before)|all\s+of\s+the\s+above|"
    rf"the\s+above\b|(?:the|my)\s+{_BEHIND}\s+{_EDIT}\b)",
    rf"\b(?:(?:disregard|ignore|forget|drop|discard|skip|scrap)\s+(?:the|my|that|this)\s+"
    rf"(?:{_BEHIND}\s+)?{_EDIT})" + _STOPS,
    rf"\b(?:disregard|ignore|forget|discard|scrap)\s+that\s+{_EDIT}\b",
    rf"\b{_BEHIND}\s+{_EDIT}\s+(?:must|should|can|may|has\s+to|is\s+to)\s+{_BE_LEFT}",
    rf"\b(?:this|that|it|these|(?:the\s+)?(?:{_EDIT}\s+)?above|{_THE_ONE})\s+(?:is|was|were)\s+"
    rf"(?:(?:only|just|merely)\s+)?{_SHOWN}\b",
    r"\b(?:example|illustration)\s+of\s+(?:the\s+format|(?:what|how)\s+(?:an?|the|such\s+an?)\s+"
    rf"{_EDIT}\s+(?:look|would|might))",
    r"^\W*not\s+(?:that|this)\s+(?:one|edit|change|block|constant|line|file|function)\b|"
    r"^\W*(?:\w+\W+){0,2}wrong\s+(?:constant|file|line|place|function|block|variable|parameter|name|"
    r"spot|method|class|one|edit|diff)\b|\bi\s+meant\b",
    r"\b(?:that|this|it|which)\s+(?:is|was)\s+(?:what|how)\s+i\s+(?:first|initially|originally)\b",
    r"\bwhat\s+i\s+(?:actually\s+|really\s+)?(?:submit|propose|meant?|end(?:ed)?\s+up\s+with|settled?\s+on|"
    r"would\s+(?:ship|apply|submit))\b",
    # exclusive of what follows: "use only this", "so just:", "this block and nothing else"
    rf"\b(?:use|apply|make|take|keep|submit|commit|merge)\s+(?:only|just|solely)\s+(?:this|that|{_THE_ONE}|the\s+"
    rf"{_EDIT}\s+below)(?:\s+{_EDIT})?{_STOPS}",
    rf"\bonly\s+(?:this|that|these|{_THE_ONE}|the\s+(?:[\w-]+\s+){{0,3}}{_EDIT})\s+(?:\w+\s+)?(?:is|are|was|should|must|shall|"
    r"needs?)\s+(?:\w+\s+){0,3}(?:applied|made|used|taken|merged|included)\b",
    rf"\b(?:this|the\s+following)\s+(?:{_EDIT}\s+)?(?:only|alone){_STOPS}|\band\s+nothing\s+else\b|"
    r"^\W*(?:so\W+)?(?:just|only)\s*[:：]\W*$",
    rf"\b{_EDIT}\s+(?:to\s+(?:make|apply)\s+)?(?:is|are|would\s+be)\s+(?:only|just|simply)\s*[:：]",
    r"\b(?:right|correct|proper)\s+(?:one|version|edit|patch|diff)\b" + _COLON,
    # another way: "in its place you could ...", "a different way to ..."
    r"\b(?:different|other|second|another)\s+(?:way|route|means|path)\s+(?:to|of|for)\b" + _COLON,
    r"\b(?:to|with|achieves?)\s+the\s+same\s+(?:effect|result|outcome|end)\b" + _COLON,
    r"\b(?:should|if)\s+(?:the\s+(?:above|first|former)|that|this)\s+(?:one\s+)?(?:be|is|fails?|does|proves?|"
    r"turns?|not)\b" + _COLON,
    r"^\W*instead\W*(?:\w+\W+){0,2}$",
    # other languages
    r"^\W*(?:stattdessen|oder(?:,?\s+[\w-]+)?\s*[:：]|(?:plutôt\s+que|au\s+lieu\s+de)\s+(?:cela|ça)|"
    r"en\s+(?:lugar|vez)\s+de\s+(?:eso|esto|ello)|em\s+(?:vez|lugar)\s+d(?:isso|isto)|invece\s+di\s+(?:questo|quello)|"
    r"al\s+posto\s+di\s+(?:questo|quello)|вместо\s+(?:этого|того))",
    r"^\W*(?:代わりに|その代わり|そうではなく)|^\W*不[，,]|(?:上面|之前|前面)的?[^。，\n]{0,4}(?:不要|不用|不需|不应)|"
    r"只(?:用|需|应用|采用)(?:下面|以下|这)",
)
# Of the edit below: it is offered, and not made.
OFFERS = any_of(
    r"^\W*optional(?:ly)?\W*$",
    r"\b(?:you|one|we)\s+(?:could|might)\s+(?:also\s+)?(?:do\s+(?:this|that|it)|use|try|write|apply|"
    r"change|make|tune|set)\b" + _COLON,
)
# Of several edits one is to be made, wherever that is said.
NOT_BOTH = any_of(
    r"\bmutually\s+exclusive\b|\bnot\s+both\b|\bone\s+or\s+the\s+other\b|\bwhichever\b",
    r"\beither\s+(?:of\s+(?:them|these|the\s+(?:two|above|edits|changes))|one\b|edit\b|will\s+do|works\b|"
    r"alone\s+(?:is\s+(?:enough|sufficient)|suffices|will\s+do|would\s+do|does|works)\b)",
    r"\b(?:are|as|offers?)\s+(?:\w+\s+)?alternatives\b|\b(?:do\s+not|don['’]?t|never)\s+(?:combine|mix|apply\s+both|"
    r"use\s+both)\b(?=\W*$|\s+(?:them|these|the\s+(?:two|edits|changes)|both))",
    r"\b(?:pick|choose|take|use|apply)\s+(?:just\s+|only\s+)?one(?=\s*(?:[.,;:)]|$|of\s+(?:them|these|the\s+(?:two|above|"
    r"edits|changes))))",
    rf"\b(?:prefer|choose|pick|favou?r)\s+{_THE_ONE}{_STOPS}",
    rf"\b{_THE_ONE}\s+(?:is|was)\s+(?:\w+\s+)?optional\b",
)
# Of the only edit of a reply, below it.
TAKEN_BACK = any_of(
    r"\b(?:do\s+not|don['’]?t|(?:would|should|must)\s*(?:not|n['’]t)|never)\s+(?:\w+\s+)?(?:apply|make|use|merge|ship|take)\s+"
    rf"(?:this|it|that|the\s+(?:above|{_EDIT}))(?:\s+{_EDIT})?(?=\s*(?:[.,;:!)—–-]|$|yet\b|until\b|for\s+now\b|as\b|because\b))",
    r"(?<!which )(?<!that )\bi(?:['’]ve|\s+have|\s+hereby)?\s+(?:withdr[ae]w|retract)\b|"
    r"\bi\s+(?:have\s+)?changed\s+my\s+mind\b",
    rf"\b(?:please\s+)?(?:disregard|ignore|forget|scrap)\s+(?:this|it|that|(?:the|my)\s+(?:{_BEHIND}\s*)?(?:{_EDIT})?){_STOPS}",
    r"\bnever\s?mind\b(?=\s*[,.:;!—–-])|\bon\s+second\s+thoughts?\b",
    rf"\b(?:this|that|it|(?:this|that|the|my)\s+{_EDIT}(?:\s+above)?|the\s+above)\s+(?:is|was)\s+(?:actually\s+)?"
    r"(?:wrong|a\s+mistake|not\s+a\s+good\s+idea|a\s+bad\s+idea|not\s+(?:a\s+proposal|meant\s+to\s+be\s+\w+|to\s+be\s+applied)|"
    rf"only\s+{_SHOWN}|just\s+{_SHOWN}|merely\s+{_SHOWN})",
    r"^\W*(?:\w+\W+){0,2}(?:this|that|it)\s+(?:makes|made)\s+(?:things|it|matters)\s+worse\b",
    r"\bleave\s+the\s+(?:program|code|file)\s+(?:\w+\s+)?(?:as\s+(?:it\s+)?is|unchanged|alone|untouched)\b",
)
# "rather than the step count, change ...": what goes before the comma is left
IN_PLACE_OF = any_of(
    r"^\W*(?:(?:but|so|and|hence)\W+)?(?:rather\s+than|instead\s+of|in\s+place\s+of)\s+([^,:;.]+)"
)
CHANGES_ANOTHER = any_of(
    r",\s*(?:(?:let['’]s|let\s+us|we|i|you|please|now|just|only|better|should|can|could|i['’]d|would)\s+)*"
    r"(?:change|edit|modify|touch|alter|tweak|(?:apply|make|do|use|take)\s+(?:this|the\s+following))\b"
)
# "STEPS should stay as it is", "no change to STEPS"
STAYS = any_of(
    r"\b(?:stays?|keep|keeps|leave|leaving|remains?)\b|\b(?:no|without\s+an?y?)\s+change\b|\bunchanged\b|\buntouched\b|"
    r"\b(?:must|should|need)\s*(?:not|n['’]t)\s+(?:be\s+)?(?:changed?|touched|edited|altered|raised|lowered)\b|"
    r"\bnot\s+\W*\w+\W*\s+but\b"
)

"""The table of providers' messages: which words mean which kind of failure.

Each row is a pattern over the words of an answer with an error status (in lower case, its codes
included). The first row that matches decides. Named groups are numbers: ``most`` tokens of a reply,
``window`` of prompt and reply together, ``prompt`` as the provider counted it, ``reply`` as it was
asked for. The messages themselves, with provider, version and date, are in tests/data/providers/.
"""

from __future__ import annotations

import functools
import re

from cladogen.models.failures import FailureKind as Kind

_N = r"[\d,_]+"  # a number, with separators
_LIMIT_NAMES = (
    r"max_?(?:completion_|output_|new_)?tokens|maxoutputtokens|maxtokens|num_predict|max_length"
)

# kind, patterns. Order matters: what is certain stands first.
_ROWS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (
        Kind.LIMIT,  # before MONEY: the credit that is left pays for a shorter reply
        (rf"can only afford (?P<most>{_N})",),
    ),
    (
        Kind.MEMORY,
        (
            r"requires more (?:system )?memory|cudamalloc failed|unable to allocate \w+ buffer",
            r"failed to allocate .{0,20}(?:cache|buffer|context)|insufficient (?:system|gpu|v?ram) "
            r"?(?:memory|resources)",
        ),
    ),
    (
        Kind.QUOTA,
        (
            r"tokens? per day|requests? per day|per[- _]?day|perday|\b(?:tpd|rpd)\b|"
            r"(?:daily|weekly) (?:(?:token|request|usage|call)s? )?(?:limit|quota|allowance|allotment)|"
            r"monthly (?:(?:token|request|usage|call)s? )?(?:allowance|allotment)",
            r"per week|(?:per|/) ?month|monthly quota|bymodelbyday|per 86,?400 ?s",
            r"(?:hourly|daily|weekly|monthly) usage limit",
            r"specified api usage limits|usage limit (?:has been )?(?:reached|exceeded)|usage_limit",
            r"(?:5|five)[- ]hour limit|hit your (?:session|usage|weekly)? ?limit|limit will reset",
            r"will (?:regain access|reset) (?:on|at)|resets? (?:at|on) \d",
        ),
    ),
    (
        Kind.KEY,
        (
            r"(?:incorrect|invalid|wrong|bad|malformed|expired|revoked|missing) ?(?:x-)?api[- _]?key",
            r"invalid x-api-key",
            r"api[- _]?key (?:not valid|not found|is invalid|expired|is missing|is required)",
            r"no api[- _]?key|api[- _]?key .{0,40}must be set|set the \w*api_key",
            r"your api key: \S+ is invalid|authentication ?fails",
            r"invalid authentication|authentication[_ ]error|authenticationerror",
            r"unauthenticated|no auth credentials|user not found|missing credentials",
            r"invalid (?:bearer )?token|unauthorized|not authorized to|permission[_ ]denied",
            r"security token included in the request is|unable to locate credentials",
            r"organization (?:has been|is) (?:disabled|restricted)|account (?:has been|is) (?:dis"
            r"abled|deactivated)",
            r"country, region, or territory not supported|user location is not supported",
            r"not logged in|please (?:run|use) [`'\"]?/?(?:\w+ )?(?:auth )?login",
            r"don'?t have access to the model with the specified|use case details have not been",
        ),
    ),
    (
        Kind.MONEY,
        (
            r"insufficient[_ ](?:(?:account )?balance|credits?|funds|quota)|insufficient_user_quota",
            r"credit balance is too low|out of credits|no credits (?:left|remaining)|requires (?:at least|more) credit",
            r"requires more credits|used all available credits|doesn'?t have any credits",
            r"(?:over|exceeded ?(?:token|user|team|key)? ?)budget|max budget|budget has been exceeded|free (?:allocated )?quota (?:has been )?(?:exceeded|exhausted|used)",
            r"payment required|billing (?:hard limit|details|not active|account)|arrearage",
            r"not (?:been )?activated.{0,30}billing|check your plan and billing",
            r"exceeded_current_quota|balance (?:is )?(?:not enough|insufficient)|余额不足|欠费",
            r"(?:not|n'?t) (?:have )?enough (?:balance|credits?|funds)|(?:recharge|top up) your (?:account|balance)",
            r"free tier of the model has been exhausted|allocationquota\.freetieronly",
            r"credits? (?:are|is|have been|has been) (?:depleted|exhausted)|spend(?:ing)? (?:limit|cap)|key limit exceeded|overdue|credit limit exceeded|monthly .{0,20}limit (?:reached|exceeded)",
        ),
    ),
    (
        Kind.FILTER,
        (
            r"content[ _-]?(?:management|filter(?:ing)?|moderation) ?(?:policy|result|policies)?",
            r"datainspectionfailed|inappropriate content|considered high risk|content exists risk",
            r"flagged (?:for|by|as)|moderation|safety (?:filter|settings|system)|prohibited_content",
            r"responsible ?ai ?policy|guardrail|violat\w+ .{0,30}(?:usage|content) polic",
            r"prompt was (?:blocked|rejected|flagged)|blocked by|sensitive (?:words|content)",
            r"violat\w+ .{0,20}usage guidelines|safety_check_type",
            r"敏感|content[_ ]policy|contentfilter|cyber_?policy|output blocked",
        ),
    ),
    (
        Kind.WINDOW,  # with both numbers
        (
            rf"(?:passed|have) (?P<prompt>{_N}) input tokens.{{0,120}}context length is (?:only )?"
            rf"(?P<window>{_N})",
            rf"input length \((?P<prompt>{_N}) tokens\) exceeds the maximum allowed length "
            rf"\((?P<window>{_N})",
            rf"prompt is too long: (?P<prompt>{_N}), model maximum context length: (?P<window>{_N})",
            rf"configured limit of (?P<window>{_N}) tokens.{{0,40}}resulted in (?P<prompt>{_N})",
            rf"n_keep \((?P<prompt>{_N})\) >= n_ctx \((?P<window>{_N})",
            rf"prompt_tokens \((?P<prompt>{_N})\) must be .{{0,20}}max_seq_len \((?P<window>{_N})",
            rf"requested token count exceeds .{{0,40}}context length of (?P<window>{_N}) tokens.*?"
            rf"(?P<prompt>{_N}) tokens from the input",
            rf"context (?:length|window|limit|size)[^\d]{{0,20}}(?:is|of|:) ?(?P<window>{_N}) tokens.*?"
            rf"\(?(?P<prompt>{_N}) (?:tokens )?(?:in|of|from) (?:the |your )?(?:messages|prompt|text)",
            rf"context (?:length|window|limit|size)[^\d]{{0,20}}(?:is|of|:) ?(?P<window>{_N}) tokens.*?"
            rf"(?:resulted in|has|contains?(?: at least)?|have) (?P<prompt>{_N}) (?:input )?tokens",
            rf"input length and `?max_tokens`? exceed context limit: (?P<prompt>{_N}) ?\+ ?{_N} ?> ?"
            rf"(?P<window>{_N})",
            rf"prompt is too long: (?P<prompt>{_N}) tokens > (?P<window>{_N})",
            rf"the input \((?P<prompt>{_N}) tokens\) is longer than .{{0,40}}\((?P<window>{_N})",
            rf"request \((?P<prompt>{_N}) tokens\) exceeds the available context size "
            rf"\((?P<window>{_N})",
            rf"`?inputs`? tokens \+ `?max_new_tokens`? must be <= (?P<window>{_N})\. given: "
            rf"(?P<prompt>{_N})",
            rf"`inputs` must have less than (?P<window>{_N}) tokens\. given: (?P<prompt>{_N})",
            rf"input token count (?:is )?\(?(?P<prompt>{_N})\)? (?:but |that )?exceeds the maximum "
            rf"number of (?:input )?tokens allowed \(?(?P<window>{_N})",
            rf"prompt contains (?P<prompt>{_N}) tokens.*?too large for model with (?P<window>{_N})",
            rf"maximum prompt length is (?P<window>{_N}) but the request contains (?P<prompt>{_N})",
            rf"keep the first (?P<prompt>{_N}) tokens when context the overflows.*?only "
            rf"(?P<window>{_N}) tokens",
            rf"current length is (?P<prompt>{_N}) while (?:the )?limit is (?P<window>{_N})",
            rf"n_keep: (?P<prompt>{_N}) >= n_ctx: (?P<window>{_N})",
            rf"tokens in the prompt cannot exceed (?P<window>{_N}) - received (?P<prompt>{_N})",
            rf"(?:prompt|input|message|context)s?\b(?!['\"])(?:(?!max_|output|completion)[^.\d]){{0,40}}?"
            rf"(?:tokens?|count|long|length)\D{{0,25}}"
            rf"(?P<prompt>{_N})(?:(?! per )\D){{0,40}}?(?:exceeds?|>|limit is|supports up to)(?:(?! per )"
            rf"\D){{0,30}}(?P<window>{_N})",
            rf"(?:prompt|input|messages?|sequence)s?\b(?! \w+ limit)(?:(?!max_|output|completion)[^.\d]){{0,30}}?"
            rf"(?P<prompt>{_N}) ?(?:tokens?)?\)?(?: long| in (?:the )?prompt)?,? (?:is|are|does|do) (?:above|over|beyond|"
            rf"(?:larger|longer|greater|more) than|not fit)(?:(?! per )[^\d.]){{0,40}}(?P<window>{_N})",
            rf"(?P<prompt>{_N}) tokens in (?:the |your )?(?:prompt|input|messages)\b[^\d.]{{0,20}}(?:window|context)"
            rf"[^\d.]{{0,12}}(?P<window>{_N})",
            rf"too many tokens\W{{0,3}}(?P<prompt>{_N}) ?> ?(?P<window>{_N})",
            rf"\(input and output\) must be (?:at most|less than|<=) (?P<window>{_N})",
        ),
    ),
    (
        Kind.LIMIT,
        (
            rf"(?:{_LIMIT_NAMES})\W{{0,4}}(?P<reply>{_N}) ?> ?(?P<most>{_N})",
            rf"(?:{_LIMIT_NAMES}) ?> ?(?P<most>{_N}) must",
            rf"valid range of (?:{_LIMIT_NAMES}) is \[\s*\d+\s*,\s*(?P<most>{_N})",
            rf"range of (?:{_LIMIT_NAMES}) should be \[\s*\d+\s*,\s*(?P<most>{_N})",
            rf"(?:{_LIMIT_NAMES}) .{{0,40}}\[\s*\d+\s*,\s*(?P<most>{_N})\s*\]",
            rf"supports at most (?P<most>{_N}) (?:completion|output) tokens",
            rf"tokens value .{{0,60}}range is from \d+ \(?\w*\)? ?to (?P<above>{_N})\s*\(exclusive\)",
            rf"max\w*tokens value of {_N} .{{0,60}}range is from \d+ .{{0,14}}to (?P<most>{_N})",
            rf"(?:{_LIMIT_NAMES})\W{{0,6}}(?:must|should|has to|cannot|can ?not|may not)? ?(?:be )?"
            rf"(?:less than or equal to|at most|no (?:more|larger|greater) than|exceed|lower than or"
            rf" equal to|<=|≤|smaller than or equal to|up to)\W{{0,3}}(?P<most>{_N})",
            rf"exceeds? the (?:model|maximum) ?limit of (?P<most>{_N})",
            rf"is not less or equal to (?P<most>{_N})",
            rf"(?:output|completion|response|reply) (?:length|size)\W{{0,3}}(?:can ?not|may not|must not) be "
            rf"(?:larger|greater|longer|more) than (?P<most>{_N})",
            rf"(?:output|completion|response) tokens?\b\D{{0,40}}\b(?:limit|maximum|max)\b(?! context| model)"
            rf"\D{{0,30}}(?P<most>{_N})",
            rf"(?:maximum|max)(?: allowed)?(?: value| number)?(?: of| for)? ?(?:output|completion) "
            rf"(?:tokens|length)\D{{0,30}}(?P<most>{_N})",
            rf"(?:{_LIMIT_NAMES}).{{0,60}}(?:less than or equal to|maximum(?: value| allowed)?(?: is|"
            rf" of|:)?|limit (?:is|of)|at most|exceeds? (?:the )?(?:limit|maximum)\D{{0,20}}) ?\W?"
            rf"(?P<most>{_N})(?! tokens\. (?:however|please))",
        ),
    ),
    (
        Kind.WINDOW,
        (
            rf"limit (?P<window>{_N}), requested (?P<asked>{_N}).{{0,80}}"
            rf"(?:reduce|too large|must be reduced)",
            rf"range of input length should be \[\s*\d+\s*,\s*(?P<window>{_N})",
            rf"max length exceeded, max length:? ?(?P<window>{_N})",
            rf"tokens in the prompt cannot exceed (?P<window>{_N})",
            rf"request body too large.{{0,60}}max size: (?P<window>{_N}) tokens",
            rf"exceeded model token limit:? ?(?P<window>{_N})?",
            rf"(?:max(?:imum)? (?:context|model)(?: length)?|context length|context window|context size|"
            rf"n_ctx|max_model_len|max_seq_len)"
            rf"\D{{0,40}}(?P<window>{_N})",
            r"context[_ ]length[_ ]exceeded|exceed_context_size|exceeds? the (?:available |model'?s? |"
            r"maximum )?context|exceeds this model'?s context|context[_ ]window[_ ]exceed",
            r"(?:prompt|input|request|messages?)(?: text| tokens?| length)?(?: \([^)]*\))? (?:is|are|was) too (?:long|"
            r"large)|input too large|too many (?:input )?tokens\.? max|input token length too long",
            r"reduce the length of (?:the |your )?(?:messages|prompt|input)|string too long",
            r"(?:prompt|input|context) (?:size |length )?(?:has been )?exceed(?:s|ed)(?: max| the max|$| *\W)",
            r"greater than the context length|longer than the (?:model|maximum|context)",
            rf"max_tokens must be at least 1, got -{_N}",
            r"(?:request body|body length|request)\W{0,3}.{0,20}(?:length limit exceeded|limit exceeded: length)",
            r"request[_ ]too[_ ]large|request exceeds the maximum size|exceed max message tokens|too many total text bytes",
        ),
    ),
    (
        Kind.REFUSED,  # none of a gateway's providers takes all parameters: fewer may help
        (r"no endpoints found that .{0,20}requested parameters",),
    ),
    (
        Kind.MODEL,
        (
            r"model[_ ]not[_ ]found|model ?not ?exist|no such model|(?:unknown|unsupported|invalid) model\b",
            r"only (?:supported|available) (?:in|through|via|on) (?:the )?/?v1/(?:responses|completions)",
            r"model .{0,120}(?:does not exist|not found|is not found|not available|isn'?t available|"
            r"no longer (?:available|supported)|decommissioned|deprecated|retired|not supported "
            r"(?:in|for|by)|is not a valid model)",
            r"model is not supported|model_not_supported|not found the model|the (?:provided )?model identifier is invalid|model (?:is )?disabled|"
            r"model version has reached the end of its life|deployment .{0,60}does not exist",
            r"deploymentnotfound|no endpoints found|no allowed providers|not a chat model",
            r"does not support (?:chat|generate)|doesn'?t support the model|unable to access .{0,20}model",
            r"(?:failed to load|error loading|unable to load) (?:the )?model|model failed to load|"
            r"try pulling it first|no models? (?:is |are )?loaded",
            r"on-demand throughput isn.t supported",
            r"not a valid model id|not_found_error",
        ),
    ),
    (
        Kind.RATE,
        (
            r"rate[- _]?limit|too many (?:requests|tokens)|throttl|resource[_ ]exhausted|"
            r"slow down|(?:requests|tokens) per min|\((?:tpm|rpm)\)|max rpm|quota exceeded",
            r"exceeded .{0,60}(?:quota|rate)|concurrency limit|(?:token|per)[- ]minute",
        ),
    ),
    (
        Kind.BUSY,
        (
            r"overloaded|overload|over capacity|capacity exceeded|temporarily unavailable|"
            r"service unavailable|server is busy|currently unavailable|high demand|"
            r"no (?:available (?:server|worker|channel)|healthy deployments?)|timed out waiting for .{0,20} "
            r"to (?:start|load)|bad gateway|gateway time-?out|upstream "
            r"(?:connect|error|request timeout)|loading model|model is loading|still loading",
            r"model (?:is |was |has been )?unloaded|model has crashed|degraded function cannot be",
            r"(?:model|endpoint|deployment) is not (?:yet )?ready|wait and (?:retry|try again)",
            r"(?:try|retry) (?:your request )?again (?:later|in a (?:few|moment))|is unable to process "
            r"your request",
        ),
    ),
)


@functools.cache
def table() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    """Return the kinds and what their messages look like, compiled when the first one is read."""
    return tuple(
        (kind, re.compile(pattern, re.DOTALL)) for kind, patterns in _ROWS for pattern in patterns
    )


NEWER_NAME = re.compile(r"use ['\"`]?max_completion_tokens['\"`]? instead|max_completion_tokens")
OLDER_NAME = re.compile(r"use ['\"`]?max_tokens['\"`]? instead")
NO_SYSTEM = re.compile(
    r"system role (?:is )?not supported|role['\"`]? does(?:n'?t| not) support ['\"`]?(?:system|developer)|doesn'?t support system messages|system message.{0,30}not "
    r"(?:supported|allowed)|developer instruction is not enabled|roles must alternate|"
    r"only (?:supports )?['\"`]?user['\"`]? and ['\"`]?(?:assistant|model)['\"`]? roles"
)
NO_PICTURES = re.compile(
    r"(?:image|vision|multimodal|picture)\w*(?: \w+)?['\"`]? .{0,40}(?:(?:not|n't) (?:supported|allowed|"
    r"available|enabled)|unsupported|not support)|(?:not|n't|cannot|unable to|only) (?:support|accept|"
    r"process|take|read|handle)\w* .{0,40}(?:image|vision|multimodal|picture|text)|"
    r"not a (?:multimodal|vision) model|unsupported .{0,30}image|invalid content type.{0,30}image|"
    r"(?:support|accept) image input"
)
NO_STREAM = re.compile(
    r"stream(?:ing)?['\"`]? (?:is |are )?(?:not|un)[ -]?(?:supported|available|allowed|enabled)|"
    r"does(?:n'?t| not) support stream|verified to stream|unsupported value: ['\"`]stream|"
    r"stream['\"`]? .{0,30}(?:must|should|has to) be (?:set to )?false"
)

# A conversation with a tool's result must give the model's thoughts back, which are not kept.
NO_THOUGHTS = re.compile(
    r"expected `thinking`.{0,60}but found|must start with a thinking block|"
    r"missing .{0,20}(?:thought_signature|reasoning_content)|"
    r"(?:thought_signature|reasoning_content).{0,80}(?:missing|must be (?:passed|provided|sent))"
)

# A refusal that comes with a status of a server's own failure.
NOT_ITS_FAULT = re.compile(
    r"unsupported param|param(?:eter)?s? (?:is |are )?not supported|param requires|"
    r"only one (?:completion|choice)"
)

# What a refusal may speak of without the name of a parameter, and the parameters that ask for it.
CONCEPTS = (
    (
        re.compile(
            r"(?:thinking|reasoning)(?: \w+)? (?:is|are) (?:mandatory|required|always|(?:not|un) ?"
            r"(?:supported|enabled|available|allowed))|(?:thinking|reasoning)(?: mode)? (?:can'?t|"
            r"cannot|can ?not|may not) be|works? (?:only )?in (?:thinking|reasoning)|(?:not|n't) support"
            r" (?:\w+ )?(?:thinking|reasoning)|(?:disabl|turn)\w+ (?:off )?(?:thinking|reasoning)"
        ),
        ("reasoning_effort", "reasoning", "thinking", "enable_thinking", "thinking_budget"),
    ),
    (
        re.compile(
            r"(?:multiple|several|one|single) (?:completion |response )?"
            r"(?:candidates?|choices?|completions?)"
        ),
        ("n", "candidate_count", "best_of"),
    ),
    (
        re.compile(
            r"json mode|response mime type|json[_ ]schema|structured outputs?|constrained decoding|"
            r"(?:guided|json) (?:decoding|output)"
        ),
        ("response_format",),
    ),
    (re.compile(r"log ?prob(?:s|abilities)"), ("logprobs", "top_logprobs")),
    (re.compile(r"penalt(?:y|ies)"), ("frequency_penalty", "presence_penalty")),
)

# A parameter's other names, in messages of servers that translate it.
ALIASES = {
    "reasoning_effort": "reasoningeffort reasoning.effort effort thinking_level think",
    "thinking": "budget_tokens thinking_budget thinking_config thinkingconfig enable_thinking",
    "thinking_budget": "thinkingbudget budget_tokens",
    "n": "candidatecount candidate_count num_return_sequences",
    "top_p": "topp top-p p",
    "top_k": "topk top-k",
    "stop": "stopsequences stop_sequences stop-sequences",
    "temperature": "",
    "max_tokens": "max_output_tokens max_new_tokens maxoutputtokens maxtokens num_predict",
    "max_completion_tokens": "",
    "presence_penalty": "presencepenalty penalty",
    "frequency_penalty": "frequencypenalty penalty",
    "response_format": "responseformat json_schema",
    "stream_options": "include_usage",
    "seed": "",
    "tools": "tool_choice tool_use function_calling functions",
}

"""Numbers in a refusal whose words are in no table: the most of a reply, the length of a prompt.

The table of `cladogen.models.messages` reads the sentences that are known. Others say the same with
a bound somewhere ("expected a value <= 32768", "Input should be less than or equal to 4096").
"""

from __future__ import annotations

import re

_N = r"(\d[\d,_]*)"
_MOST = re.compile(
    rf"(?:<=|≤|less than or equal to|at most|no (?:more|larger|greater) than|up to|"
    rf"between \d+ and|(?:maximum|max|highest|ceiling)(?: (?:allowed|supported|permitted))?"
    rf"(?: value)?(?: is| of|:)|"
    rf"range (?:is |of )?\W?\d+ ?(?:-|to|\.\.|,) ?|not exceed)\W{{0,3}}{_N}"
)
_BELOW = re.compile(rf"(?:(?<![<=])<(?!=)|less than|lower than|smaller than|below)\W{{0,3}}{_N}")
_PROMPT = re.compile(
    rf"(?:prompt|inputs?|request|messages?|text)\b(?! ?(?:limit|window))[^\d.]{{0,40}}?{_N}"
)


def most_in(words: str) -> int:
    """Return the most tokens of a reply that words allow, 0 where they name none."""
    found = _MOST.search(words)
    if found is not None:
        return _number(found[1])
    below = _BELOW.search(words)
    return 0 if below is None else max(0, _number(below[1]) - 1)


def prompt_in(words: str, window: int) -> int:
    """Return how many tokens words say a prompt has that does not fit into ``window``, else 0."""
    return next((n for each in _PROMPT.findall(words) if (n := _number(each)) > window), 0)


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))

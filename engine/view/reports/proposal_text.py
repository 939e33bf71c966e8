"""A proposal in words: who was asked for what, what it cost, and the patch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cladogen.formatting import duration, named, one_line, plural, printable
from cladogen.proposal import Cost, Proposal
from cladogen.view.paint import Paint
from cladogen.view.reports.detail import Detail

# how a reply begins what it expects
EXPECT = re.compile(r"^[\s*_>#-]*expect\w*[\s*_:]*", re.IGNORECASE)


def proposal_lines(proposal: Proposal, detail: Detail, paint: Paint) -> Iterator[str]:
    """Yield the lines of a proposal."""
    facts = {
        "operator": one_line(proposal.operator),
        "specialist": one_line(proposal.specialist),
        "model": one_line(proposal.model),
        "summary": one_line(proposal.summary, 300),
        "code": " ".join(filter(None, (proposal.code, one_line(proposal.reason)))),
        "expected": expected_words(proposal),
        "took": _took(proposal),
    }
    yield from (named(name, text) for name, text in facts.items() if text)
    yield from _text("prompt", proposal.prompt, detail.prompt, paint)
    yield from _text("reply", proposal.reply, detail.reply, paint)
    if proposal.patch and detail.patch:
        yield from ("", paint.patch(proposal.patch).rstrip("\n"))


def expected_words(proposal: Proposal) -> str:
    """Return what a proposal said that it would do, "" for nothing."""
    expected = proposal.expectation
    if expected is None:
        return ""
    text = one_line(EXPECT.sub("", expected.text))
    change = "" if expected.change is None else f" {expected.change:+g}"
    return text or f"{expected.metric}{change}"


def _took(proposal: Proposal) -> str:
    parts = [duration(proposal.seconds)]
    if proposal.trials:
        parts.append(plural(proposal.trials, "trial"))
    return ", ".join([*parts, *_cost(proposal.cost)])


def _cost(cost: Cost) -> list[str]:
    if not cost.calls and not cost.usd:
        return []
    cached = f" ({cost.cached_tokens} cached)" if cost.cached_tokens else ""
    tokens = f"{cost.prompt_tokens} tokens in{cached}, {cost.completion_tokens} out"
    return [plural(cost.calls, "call"), tokens, dollars(cost.usd)]


def dollars(usd: float | None) -> str:
    return "unpriced" if usd is None else f"${usd:.4f}"


def _text(name: str, text: str, shown: bool, paint: Paint) -> Iterator[str]:
    """Yield a long text whole where it is asked for, else how long it is."""
    lines = printable(text).rstrip()
    if lines and shown:
        yield from (paint(f"--- {name}", "bold"), lines)
    elif lines:
        yield named(name, f"{plural(len(lines.splitlines()), 'line')} (--{name})")

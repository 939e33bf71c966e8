"""What was tried in the whole run: each idea once, with what was expected of it, what came of it
after its repairs, and which programs have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cladogen.prompts.context import NEIGHBOURS, Context
from cladogen.prompts.expectations import compare, mean_metric
from cladogen.prompts.figures import figures, signed
from cladogen.prompts.scores import how_far
from cladogen.prompts.sections import Section, brief
from cladogen.proposal import Outcome, Proposal
from cladogen.result import Result

LOOKED_AT = 400  # of the last proposals
HELPED, IN_VAIN = 8, 12  # of each that are shown
IDEA, REASON = 400, 200  # characters
NOTHING = frozenset((Outcome.NO_REPLY, Outcome.INFRA, Outcome.ABANDONED, Outcome.MEASURED))


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one task: its first proposal, its last one with the result, and how that ended:
    "better", "worse", "no change", or a failure.
    """

    ticket: int
    first: Proposal
    last: Proposal
    result: Result
    verdict: str

    @property
    def parent(self) -> int:
        return self.first.parents[0]

    @property
    def program(self) -> int | None:
        """The program that was made, None when none was."""
        return self.result.program if self.result.outcome is Outcome.ACCEPTED else None

    @property
    def idea(self) -> str:
        return brief(self.first.summary or self.last.summary, IDEA)


def attempts(context: Context, count: int = LOOKED_AT) -> list[Attempt]:
    """Return what was tried lately, oldest first, one entry for each task."""
    by_ticket: dict[int, list[tuple[Proposal, Result]]] = {}
    for proposal, result in context.record.latest(count):
        if result.outcome not in NOTHING and proposal.parents:
            by_ticket.setdefault(proposal.ticket, []).append((proposal, result))
    return [
        Attempt(ticket, rounds[0][0], *rounds[-1], _verdict(context, rounds[0][0], rounds[-1][1]))
        for ticket, rounds in by_ticket.items()
    ]


def tested(context: Context, parent: int) -> list[Attempt]:
    """Return what was tried on ``parent``, without what was refused before it could be tried."""
    return [
        each
        for each in attempts(context)
        if each.parent == parent and each.result.outcome is not Outcome.REFUSED
    ]


def fruitless(context: Context, parent: int) -> list[Attempt]:
    """Return what was tried on ``parent`` and made nothing better."""
    return [each for each in tested(context, parent) if each.verdict != "better"]


def tried(context: Context, number: int, *, whole: bool = True) -> Section:
    """List what helped and what did not, what bears on program ``number`` first; ``whole`` False:
    only what was tried on it.
    """
    every = [each for each in attempts(context) if whole or each.parent == number]
    helped = [each for each in every if each.verdict == "better"]
    vain = [each for each in every if each.verdict != "better"]
    line, best = context.ancestors(number), context.best
    leading = context.ancestors(best) if best is not None else set()
    helped.sort(
        key=lambda each: (
            each.program not in leading,
            _ahead(context, each) is not None,
            -each.ticket,
        )
    )
    vain.sort(key=lambda each: (each.parent != number, each.parent not in line, -each.ticket))
    parts = [
        _listed("These changes made their program better:", context, number, helped, HELPED),
        _listed("These did not:", context, number, vain, IN_VAIN),
        calibration(context, every),
    ]
    body = "\n\n".join(part for part in parts if part)
    where = "in this search" if whole else f"on #{number}"
    return Section(f"What was tried {where}", body, 0.25)


def described(context: Context, each: Attempt, number: int | None = None) -> str:
    """Say in one line what was tried, what was expected, what came of it, and whether the best
    program and program ``number`` have it.
    """
    expected = each.first.expectation
    words = [f"({each.first.operator} on #{each.parent})", _sentence(each.idea)]
    if each.program is not None:
        words.insert(0, f"#{each.program}")
    came = _came_to(context, each)
    if expected is not None and expected.change is not None:
        cases = f" on {', '.join(expected.cases)}" if expected.cases else ""
        words.append(f"Expected {expected.metric} {signed(expected.change)}{cases}; {came}.")
    else:
        words.append(f"{came[:1].upper()}{came[1:]}.")
    if each.verdict == "better":
        words += [_overtaken(context, each), _held(context, each, number)]
    return " ".join(word for word in words if word)


def calibration(context: Context, every: Sequence[Attempt]) -> str:
    """Say how the expectations that were stated came out, "" while there are few."""
    compared = []
    for each in every:
        expected = each.first.expectation
        if expected is None or each.program is None or expected.before is None:
            continue
        after = mean_metric(
            context.record.evaluations(each.program), expected.metric, expected.cases
        )
        compared.append(compare(expected, expected.before, after))
    if len(compared) < 3:
        return ""
    return (
        f"Of {len(compared)} expectations, {sum(one.right for one in compared)} had the right "
        f"direction and {sum(one.held for one in compared)} came to at least half of what was said."
    )


def _sentence(text: str) -> str:
    """Return words as a sentence."""
    end = "" if not text or text[-1] in ".!?…" else "."
    return f"{text[:1].upper()}{text[1:]}{end}"


def _listed(head: str, context: Context, number: int, every: Sequence[Attempt], most: int) -> str:
    lines = [f"- {described(context, each, number)}" for each in every[:most]]
    left = Counter(each.verdict for each in every[most:])
    if left:
        kinds = ", ".join(f"{count} {verdict}" for verdict, count in left.most_common())
        lines.append(f"- (not shown: {kinds})")
    return "\n".join([head, *lines]) if lines else ""


def _verdict(context: Context, first: Proposal, result: Result) -> str:
    """Return how a task ended, measured against its parent; noise is no change."""
    if result.outcome is not Outcome.ACCEPTED or result.program is None:
        return result.outcome.value
    after, before = context.fitness(result.program), context.fitness(first.parents[0])
    if after is None:
        score = context.record.score(result.program)
        return score.status.value if score is not None else "no score"
    if before is None or after - before > context.noise:
        return "better"
    return "worse" if before - after > context.noise else "no change"


def _came_to(context: Context, each: Attempt) -> str:
    """Say what came of a task: the objective before and after, or how it failed and how far it
    came.
    """
    repaired = f" after {each.last.repairs} repair{'s' * (each.last.repairs > 1)}"
    after = repaired if each.last.repairs else ""
    if each.program is None:
        return f"{_refusal(each)}{after}"
    if context.fitness(each.program) is not None:
        name = context.problem.objective.name
        before, now = context.shown(each.parent, each.program)
        return f"got {name} {before} -> {now}{_beside(context, each)}{after}: {each.verdict}"
    failed = context.failed(each.program)
    why = brief(failed.feedback, REASON).rstrip(".") if failed is not None else ""
    far = how_far(context, each.program)
    return f"failed with {each.verdict}{after}: {why}. {far}".rstrip(" .:")


def _beside(context: Context, each: Attempt) -> str:
    """Say what became of the metric that was expected to change, where that is not the objective
    over all cases.
    """
    expected = each.first.expectation
    assert each.program is not None
    if expected is None or expected.before is None:
        return ""
    if expected.metric == context.problem.objective.name and not expected.cases:
        return ""
    rows = context.record.evaluations(each.program)
    after = mean_metric(rows, expected.metric, expected.cases)
    if after is None:
        return ""
    was, now = figures([expected.before, after])
    where = f" on {', '.join(expected.cases)}" if expected.cases else ""
    return f", {expected.metric}{where} {was} -> {now}"


def _refusal(each: Attempt) -> str:
    reason = brief(each.result.reason, REASON).rstrip(".")
    if each.result.outcome is Outcome.DUPLICATE:
        return f"made nothing new: {reason}"
    return f"was refused, so the idea is untested: {reason}"


def _ahead(context: Context, each: Attempt) -> int | None:
    """Return a program that was there before and is as good as the one made here, None where none
    of the best is.
    """
    made = each.program
    assert made is not None
    mine = context.fitness(made)
    return next(
        (
            one
            for one in context.record.best(NEIGHBOURS)
            if one < made and (context.fitness(one) or 0.0) >= (mine or 0.0)
        ),
        None,
    )


def _overtaken(context: Context, each: Attempt) -> str:
    """Say which program was as good before this one was made, "" where none of the best was."""
    ahead = _ahead(context, each)
    if ahead is None or context.alone:
        return ""
    (value,) = context.shown(ahead)
    return f"#{ahead}, known before, has {value}."


def _held(context: Context, each: Attempt, number: int | None) -> str:
    """Say whether the best program and the one to be changed have what was made here."""
    assert each.program is not None
    best = context.best
    names = [
        f"#{one}"
        for one in dict.fromkeys((best, number))
        if one is not None and one != each.program and each.program in context.ancestors(one)
    ]
    return f"It is in {' and in '.join(names)}." if names else ""

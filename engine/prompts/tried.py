"""What was tried in the whole run: each idea once, with what was expected of it, what came of it
after its repairs, and which programs have it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import islice
from operator import attrgetter

from cladogen.expectation import ExpectationOutcome
from cladogen.prompts.attempts import LOOKED_AT, Attempt, idea_of, latest_attempts
from cladogen.prompts.context import Context
from cladogen.prompts.figures import signed
from cladogen.prompts.scores import how_far
from cladogen.prompts.sections import Section, brief, sentence
from cladogen.prompts.side_effects import expected_change, other_metrics, said_of_it
from cladogen.proposal import Outcome

HELPED, IN_VAIN = 8, 12  # of each that are shown with what was expected and what came of it
MORE_HELPED, MORE_IN_VAIN = 12, 40  # of each that are named besides, so that none is tried twice
REASON = 200  # characters
NAMED = 120  # characters of an idea that is only named
_VERDICT = attrgetter("verdict")


def tried(context: Context, number: int, *, whole: bool = True) -> Section:
    """List what helped and what did not, what bears on program ``number`` first; ``whole`` False:
    only what was tried on it.
    """
    kept = latest_attempts(context)
    helped, vain, expected = kept.better[::-1], kept.vain[::-1], kept.expected
    if not whole:
        helped, vain = _tried_on(number, helped), _tried_on(number, vain)
        expected = _expected(kept.of_parent.get(number, ()))
    if context.failed(number) is not None:
        # What is under repair failed as another section says; it is not given up yet.
        vain = [each for each in vain if each.program != number]
        expected = _expected([*helped, *vain])
    helped, vain = _helped_first(context, helped), _near_first(context, vain, number)
    parts = [
        _listed("These changes made their program better:", context, number, helped[:HELPED]),
        _named("So did these, in short:", helped[HELPED:], MORE_HELPED),
        _listed("These did not:", context, number, vain[:IN_VAIN]),
        _named("Nor did these, in short:", vain[IN_VAIN:], MORE_IN_VAIN),
        calibration(expected),
    ]
    body = "\n\n".join(filter(None, parts))
    where = "in this search" if whole else f"on #{number}"
    return Section(f"What was tried {where}", body, 0.25)


def _tried_on(number: int, every: Iterable[Attempt]) -> list[Attempt]:
    return [each for each in every if each.parent == number]


def _helped_first(context: Context, newest: list[Attempt]) -> list[Attempt]:
    """Sort what the best program has before the rest, and of that what nothing as good was known
    before; the latest first. What is not shown needs no order.
    """
    leading = context.ancestors(context.best).bits if context.best is not None else 0
    inherited = _descended_from(newest, leading)
    held, rest = _parted(newest, inherited, HELPED)
    if len(held) >= HELPED:
        return held + rest
    fresh = (at for at, each in enumerate(rest) if not context.known_before(each.program or 0))
    known, rest = _parted(rest, fresh, HELPED - len(held))
    return held + known + rest


def _descended_from(newest: list[Attempt], line: int) -> Iterator[int]:
    """Yield where the programs stand that are in a line. Of a long run's line only the end is
    looked at again and again.
    """
    lowest = newest[-1].program or 0 if newest else 0
    end = f"{line >> lowest:b}"[::-1]  # a digit for each program from the lowest on
    for at, each in enumerate(newest):
        program = each.program or 0
        if program < lowest:
            found = bool(line >> program & 1)
        else:
            found = end[program - lowest : program - lowest + 1] == "1"
        if found:
            yield at


def _near_first(context: Context, newest: list[Attempt], number: int) -> list[Attempt]:
    """Sort what was tried on a program first, then what was on its ancestors; the latest first."""
    line, most = context.ancestors(number).bits, IN_VAIN + MORE_IN_VAIN
    mine, others = _parted(newest, _on(newest, {number}), most)
    close = {each.parent for each in others if line >> each.parent & 1}
    near, rest = _parted(others, _on(others, close), most - len(mine))
    return mine + near + rest


def _on(every: Sequence[Attempt], parents: AbstractSet[int]) -> Iterator[int]:
    """Yield where the attempts on some programs stand."""
    return (at for at, each in enumerate(every) if each.parent in parents)


def _parted(
    every: Sequence[Attempt], first: Iterator[int], most: int
) -> tuple[list[Attempt], list[Attempt]]:
    """Return those that come first, by where they stand, up to so many, and the others: what is
    not shown needs no order.
    """
    places = list(islice(first, most))
    others = list(every)
    for at in reversed(places):
        del others[at]
    return [every[at] for at in places], others


def described(context: Context, each: Attempt, number: int | None = None) -> str:
    """Say in one line what was tried, what was expected, what came of it, and whether the best
    program and program ``number`` descend from it.
    """
    first = each.first
    expected = first.expectation
    head = _head(each.program, first.operator, first.parents, first.summary, each.last.summary)
    words, came = [head], _came_to(context, each)
    if expected is not None and expected.change is not None:
        cases = f" on {', '.join(expected.cases)}" if expected.cases else ""
        words.append(f"Expected {expected.metric} {signed(expected.change)}{cases}; {came}.")
    else:
        words.append(f"{came[:1].upper()}{came[1:]}.")
    if each.verdict == "better":
        words += [_overtaken(context, each), _held(context, each, number)]
    return " ".join(filter(None, words))


@lru_cache(maxsize=4 * LOOKED_AT)  # prompt after prompt shows the same
def _head(
    program: int | None, operator: str, parents: tuple[int, ...], first: str, last: str
) -> str:
    """Say which program came of what, and by which idea."""
    words = [_asked_for(operator, parents), sentence(idea_of(first, last))]
    if program is not None:
        words.insert(0, f"#{program}")
    return " ".join(filter(None, words))


def _expected(every: Iterable[Attempt]) -> list[ExpectationOutcome]:
    """Return how the expectations of attempts came out."""
    return [each.expected for each in every if each.expected is not None]


def calibration(compared: Sequence[ExpectationOutcome]) -> str:
    """Say how the expectations that were stated came out, "" while there are few."""
    if len(compared) < 3:
        return ""
    return (
        f"Of {len(compared)} expectations, {sum(one.right for one in compared)} had the right "
        f"direction and {sum(one.held for one in compared)} came to at least half of what was said."
    )


def _listed(head: str, context: Context, number: int, every: Sequence[Attempt]) -> str:
    lines = [f"- {described(context, each, number)}" for each in every]
    return "\n".join([head, *lines]) if lines else ""


def _named(head: str, every: Sequence[Attempt], most: int) -> str:
    """Return a line for each of what is left, with how it ended; of what is more their number."""
    lines = list(map(_in_short, every[:most]))
    if len(every) > most:
        left = Counter(map(_VERDICT, every[most:]))
        kinds = ", ".join(f"{count} {verdict}" for verdict, count in left.most_common())
        lines.append(f"- (not shown: {kinds})")
    return "\n".join([head, *lines]) if lines else ""


def _in_short(each: Attempt) -> str:
    first = each.first
    idea = first.summary, each.last.summary
    return _short(each.program, first.operator, first.parents, *idea, each.verdict)


@lru_cache(maxsize=4 * LOOKED_AT)
def _short(
    program: int | None,
    operator: str,
    parents: tuple[int, ...],
    first: str,
    last: str,
    verdict: str,
) -> str:
    made = "" if program is None else f"#{program} "
    idea = sentence(brief(idea_of(first, last), NAMED))
    return f"- {made}{_asked_for(operator, parents)} {idea} ({verdict})"


def _asked_for(operator: str, parents: Sequence[int]) -> str:
    """Say which operator was asked for on which program, and with which partner."""
    partners = "".join(f" with #{one}" for one in parents[1:])
    return f"({operator} on #{parents[0]}{partners})"


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
        beside = expected_change(context, each) or other_metrics(context, each)
        came = f"got {name} {before} -> {now}{beside}{after}: {each.verdict}"
        return f"{came}{said_of_it(context, each)}"
    failed = context.failed(each.program)
    why = brief(failed.feedback, REASON).rstrip(".") if failed is not None else ""
    far = how_far(context, each.program)
    return f"failed with {each.verdict}{after}: {why}. {far}".rstrip(" .:")


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
    if not context.known_before(made):
        return None
    return next((number for number in context.as_good(made) if number < made), None)


def _overtaken(context: Context, each: Attempt) -> str:
    """Say which program was as good before this one was made, "" where none of the best was."""
    ahead = _ahead(context, each)
    if ahead is None or context.alone:
        return ""
    (value,) = context.shown(ahead)
    return f"#{ahead}, known before, has {value}."


def _held(context: Context, each: Attempt, number: int | None) -> str:
    """Say whether the best program and the one to be changed descend from what was made here."""
    assert each.program is not None
    names = _descendants(context, each.program, number)
    if not names:
        return ""
    return f"{' and '.join(names)} {'descends' if len(names) == 1 else 'descend'} from it."


def _descendants(context: Context, program: int, number: int | None) -> list[str]:
    """Name the best program and the one to be changed, as far as they descend from another."""
    lines = context.once(f"lines of {context.best} and {number}", lambda: _lines(context, number))
    return [f"#{one}" for one, line in lines if one != program and line >> program & 1]


def _lines(context: Context, number: int | None) -> list[tuple[int, int]]:
    """Return the best program and the one to be changed, each with what it descends from."""
    shown = dict.fromkeys((context.best, number))
    return [(one, context.ancestors(one).bits) for one in shown if one is not None]

"""Others: which programs stand beside the one to be changed, and what speaks for each.

The best program is always one of them, and so is the best of another kind: a search that does not
look at what it has is a blind one. Any other has to be better on the objective, better on some
case, or to do something else at the same score; being shorter is no reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from cladogen.prompts.context import Context
from cladogen.prompts.figures import figures

AMONG = 24  # of the best programs, where another kind is looked for
ALIKE = 0.85  # programs that share more of their lines are of one kind
OTHERWISE = 0.6  # and that share less of them are approaches of their own
ANEW = 0.3  # one that shares less of them with what it came of is written anew
NAMED = 6  # cases named in a sentence
MOST = 4


@dataclass(frozen=True, slots=True)
class Other:
    """A program to be shown: a title, and one sentence on why."""

    number: int
    title: str
    why: str


def others(context: Context, parent: int, wanted: Sequence[int]) -> list[Other]:
    """Return the programs to show beside ``parent``: the best, the best of another kind, then
    what is ``wanted`` as far as it has something to give.
    """
    found = _always_shown(context, parent)
    for number in wanted:
        shown = (parent, *found)
        if number not in shown and _adds_something(context, parent, number, shown):
            why = _compared(context, parent, number)
            found[number] = Other(number, f"Another program, #{number}", why)
    return list(found.values())[:MOST]


def _always_shown(context: Context, parent: int) -> dict[int, Other]:
    """Return the best program and the best of another line, as far as the parent is neither."""
    best, kind = context.best, another_kind(context)
    found: dict[int, Other] = {}
    if best is not None and best != parent:
        found[best] = Other(best, f"The best program, #{best}", _compared(context, parent, best))
    if kind is not None and kind not in (parent, best):
        found[kind] = Other(
            kind,
            f"The best program of another line, #{kind}",
            f"{_apart(context, kind, best)} {_compared(context, parent, kind)}",
        )
    return found


def _adds_something(context: Context, parent: int, number: int, shown: Sequence[int]) -> bool:
    """Tell whether a program gives something to a parent that no program that is shown gives."""
    return not _is_held(context, number, shown) and gives(context, parent, number)


def _apart(context: Context, kind: int, best: int | None) -> str:
    """Say how a program of another line is to the best."""
    if best is None or not context.related(kind, best):
        return f"It is neither an ancestor nor a descendant of the best, #{best}."
    if kind < best:
        return f"The best, #{best}, came of it, but is written anew."
    return f"It came of the best, #{best}, but is written anew."


def one_line(context: Context, one: int, other: int) -> bool:
    """Tell whether one of two programs came of the other, and not by being written anew."""
    if not context.related(one, other):
        return False
    return likeness(context.facts.lines(one), context.facts.lines(other)) >= ANEW


def _is_held(context: Context, number: int, shown: Sequence[int]) -> bool:
    """Tell whether a program that is shown came of this one, or is written nearly the same, and is
    as good on every case.
    """
    return any(
        (number < one and context.related(number, one)) or _alike(context, number, one)
        for one in shown
        if not _better_on_some(context, one, number)
    )


def _alike(context: Context, one: int, other: int) -> bool:
    if context.fitness(other) is None:
        return False
    return likeness(context.facts.lines(one), context.facts.lines(other)) >= ALIKE


def gives(context: Context, parent: int, other: int) -> bool:
    """Tell whether another program has something that ``parent`` has not: a better score, a better
    case, or another behaviour at a score within noise and another text. A seed program that is
    beaten has nothing, nor has one that fell behind its own parent.
    """
    return _goes_on(context, other) and _has_more(context, parent, other)


def _goes_on(context: Context, number: int) -> bool:
    """Tell whether a program has a score, is no beaten seed, and did not fall behind its parent."""
    if context.fitness(number) is None:
        return False
    return not beaten(context, number) and not fell_back(context, number)


def _has_more(context: Context, parent: int, other: int) -> bool:
    """Tell whether a program that goes on has what ``parent`` has not."""
    return does_better(context, parent, other) or _is_equal_otherwise(context, parent, other)


def _is_equal_otherwise(context: Context, parent: int, other: int) -> bool:
    """Tell whether two programs are as good, within noise, and do it in different ways."""
    mine, its = context.fitness(parent), context.fitness(other)
    if mine is None or its is None or abs(its - mine) > context.noise:
        return False
    if _signature(context, parent) == _signature(context, other):
        return False
    return likeness(context.facts.lines(parent), context.facts.lines(other)) < ALIKE


def fell_back(context: Context, number: int) -> bool:
    """Tell whether a program is worse than a parent of its own, and better on no case: what was
    changed gave nothing, and all else is the parent's.
    """
    its = context.fitness(number)
    if its is None:
        return False
    known = context.facts.fell_back(context.noise)
    if number not in known:
        known[number] = _fell_back(context, number, its)
    return known[number]


def _fell_back(context: Context, number: int, its: float) -> bool:
    for parent in context.record.node(number).parents:
        before = context.fitness(parent)
        worse = before is not None and before - its > context.noise
        if worse and not _better_on_some(context, parent, number):
            return True
    return False


def does_better(context: Context, parent: int, other: int) -> bool:
    """Tell whether another program is better than ``parent``, on the objective or on some case."""
    mine, its = context.fitness(parent), context.fitness(other)
    if its is None:
        return False
    return mine is None or its > mine or _better_on_some(context, parent, other)


def partners(context: Context, parent: int, wanted: Sequence[int]) -> list[int]:
    """Return programs to cross ``parent`` with: of other lines, each has something to give and
    lacks something that the parent has, for else there is nothing to join. First come those with
    which it would be best if each case went to the better of both.
    """
    found = list(_partners(context, parent, wanted))
    return sorted(found, key=lambda number: -_together(context, parent, number))


def has_partners(context: Context, parent: int, wanted: Sequence[int]) -> bool:
    """Tell whether there is any program to cross ``parent`` with."""
    return next(_partners(context, parent, wanted), None) is not None


def _partners(context: Context, parent: int, wanted: Sequence[int]) -> Iterator[int]:
    mine = context.fitness(parent)
    if mine is None or not _goes_on(context, parent):
        return  # it gives nothing to anybody
    for number in dict.fromkeys([*wanted, *context.record.best(AMONG)]):
        its = context.fitness(number)
        if its is not None and _fit_together(context, parent, mine, number, its):
            yield number


def _fit_together(context: Context, parent: int, mine: float, number: int, its: float) -> bool:
    """Tell whether a program has something to give to a parent and lacks something of it."""
    # Most have nothing, or lack nothing: that is seen from their values, without their lines.
    if not _each_gives_some(context, parent, mine, number, its):
        near = abs(its - mine) <= context.noise
        if not near or not _is_equal_otherwise(context, parent, number):
            return False
    return _goes_on(context, number) and not one_line(context, parent, number)


def _each_gives_some(context: Context, parent: int, mine: float, number: int, its: float) -> bool:
    """Tell whether each of two programs is better than the other, on the whole or on some case."""
    reached, values = context.cases(parent), context.cases(number)
    gives_some = its > mine or _exceeds(values, reached, context.noise)
    return gives_some and (mine > its or _exceeds(reached, values, context.noise))


def _together(context: Context, one: int, other: int) -> float:
    """Return the mean over cases of what the better of two programs reached, higher is better."""
    mine, its = context.cases(one), context.cases(other)
    best = [max(value, mine.get(case, value)) for case, value in its.items()]
    return sum(best) / max(1, len(best))


def another_kind(context: Context) -> int | None:
    """Return the fittest program of another line than the best's, which behaves otherwise, did not
    fall behind its own parent and is written otherwise, by much if there is one; failing that one
    without the last, or the last but one. A small change in vain of what the best came from is no
    other line.
    """
    ranked = context.record.best(AMONG)
    if not ranked:
        return None
    # It follows from the best and their scores, whichever program is to be changed.
    now = tuple(ranked), context.record.rescored, context.noise, context.alone
    kept = context.facts.kept.get("another kind")
    if kept is None or kept[0] != now:
        kept = context.facts.kept["another kind"] = now, _another_kind(context, ranked)
    found: int | None = kept[1]
    return found


def _another_kind(context: Context, ranked: Sequence[int]) -> int | None:
    lines = context.facts.lines(ranked[0])
    near: list[int] = []
    forward: list[int] = []
    apart: list[int] = []
    for number in _of_other_lines(context, ranked[0], ranked[1:]):
        goes_on = not fell_back(context, number)
        share = likeness(lines, context.facts.lines(number))
        if goes_on and share < OTHERWISE:
            return number
        near += [number] * (goes_on and share < ALIKE)
        forward += [number] * goes_on
        apart += [number] * (share < ALIKE)
    return next(iter([*near, *forward, *apart]), None)


def _of_other_lines(context: Context, best: int, others: Iterable[int]) -> Iterator[int]:
    """Yield the programs that behave otherwise than the best, are not of its line, nor beaten
    seeds or as far as these.
    """
    behaviour = _signature(context, best)
    for number in others:
        if (
            not beaten(context, number)
            and _signature(context, number) != behaviour
            and not _is_no_gain(context, best, number)
            and not one_line(context, best, number)
        ):
            yield number


def _is_no_gain(context: Context, best: int, number: int) -> bool:
    """Tell whether a program is no better than a beaten seed, and better than the best on no case:
    its code is no approach that is worth its tokens.
    """
    top, its = context.fitness(best), context.fitness(number)
    start = min(_seeds(context), default=None)
    if top is None or its is None or start is None:
        return False
    if its - start > context.noise or top - start <= context.noise:
        return False
    return not _better_on_some(context, best, number)


def _seeds(context: Context) -> Iterator[float]:
    """Yield the scores of the seed programs, which are the first of all."""
    for number in range(context.record.size()):
        if context.record.node(number).parents:
            return
        score = context.fitness(number)
        if score is not None:
            yield score


def beaten(context: Context, number: int) -> bool:
    """Tell whether a program is a seed that some other beats by more than noise."""
    if context.record.node(number).parents:
        return False
    best, its = context.best, context.fitness(number)
    if best is None or its is None:
        return False
    top = context.fitness(best)
    return top is not None and top - its > context.noise


def better_cases(context: Context, parent: int, other: int) -> list[str]:
    """Return the cases on which another program is better than ``parent``, by more than noise."""
    mine, noise = context.cases(parent), context.noise
    return [
        case
        for case, value in context.cases(other).items()
        if case in mine and value - mine[case] > noise
    ]


def _better_on_some(context: Context, parent: int, other: int) -> bool:
    """Tell whether there are any `better_cases`."""
    return _exceeds(context.cases(other), context.cases(parent), context.noise)


def _exceeds(values: Mapping[str, float], known: Mapping[str, float], noise: float) -> bool:
    """Tell whether any value of a case is better than a known one by more than noise."""
    for case, value in values.items():
        before = known.get(case)
        if before is not None and value - before > noise:
            return True
    return False


def done_better(context: Context, number: int) -> dict[str, tuple[int, float]]:
    """Return the cases on which one of the best programs does better than a program and than the
    best of all, each with the one that does best there: what can be reached on a case.
    """
    best = context.best
    if best is None:
        return {}
    mine, its = context.cases(number), context.cases(best)
    known = {case: max(value, its.get(case, value)) for case, value in mine.items()}
    found: dict[str, tuple[int, float]] = {}
    for _, other in context.top:
        for case, value in _above(context, other, known):
            found[case], known[case] = (other, value), value
    return found


def _above(
    context: Context, number: int, known: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """Yield the cases on which a program does better than what is known, and how well."""
    for case, value in context.cases(number).items():
        before = known.get(case)
        if before is not None and value > before and context.apart(value, before):
            yield case, value


def likeness(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """Return the share of lines that two programs have in common."""
    return len(one & other) / max(1, len(one | other))


def _signature(context: Context, number: int) -> str:
    score = context.record.score(number)
    return "" if score is None else score.signature


def _compared(context: Context, parent: int, other: int) -> str:
    """Say how a program does beside ``parent``: by the objective, then by cases."""
    name = context.problem.objective.name
    its, mine = context.shown(other, parent)
    words = [f"{name} {its}, #{parent} has {mine}."]
    better = better_cases(context, parent, other)
    if better and len(context.cases(other)) > 1:
        words.append(f"Better than #{parent} on {_cases(context, parent, other, better)}.")
    return " ".join(words)


def _cases(context: Context, parent: int, other: int, names: Sequence[str]) -> str:
    """Name cases with both values, the largest differences first."""
    sign, here, there = (
        context.problem.objective.sign,
        context.cases(parent),
        context.cases(other),
    )
    largest = sorted(names, key=lambda case: here[case] - there[case])[:NAMED]
    parts = []
    for case in largest:
        its, mine = figures([sign * there[case], sign * here[case]])
        parts.append(f"{case} ({its} against {mine})")
    more = len(names) - len(largest)
    return ", ".join(parts) + (f" and {more} more cases" if more else "")

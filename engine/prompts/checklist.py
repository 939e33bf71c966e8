"""A checklist of requirements along a program's line: what is met, what is not, what was lost.

As in RAISE, requirements are checked one by one and what is unmet is worked on. What counts as a
requirement is what the record can decide, never what a model says of itself: that a case succeeds,
that a case reaches what another program reached on it, that a bound is kept, that no limit is
nearly used up. A requirement that some ancestor met and the program does not is lost, and says
since when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cladogen.evaluation import Status
from cladogen.problem import Constraint
from cladogen.prompts.context import Context
from cladogen.prompts.figures import figures

GENERATIONS = 12  # of ancestors that are looked at
SHOWN = 8  # unmet requirements
NEARLY = 0.8  # of a limit


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the list. ``lost`` is the last ancestor that met what the program does not."""

    text: str
    met: bool
    lost: int | None = None


def checklist(context: Context, number: int) -> list[Requirement]:
    """Return the requirements, the lost ones first, then the other unmet ones, then those that are
    met.
    """
    line = _line(context, number)
    found = [
        *_successes(context, line),
        *_values(context, line),
        *_bounds(context, number),
        *_limits(context, number),
    ]
    return sorted(found, key=lambda each: (each.met, each.lost is None))


def checklist_words(context: Context, number: int) -> dict[str, object]:
    """Return the words of the operator: the list, met requirements only counted."""
    every = checklist(context, number)
    unmet = [each for each in every if not each.met]
    lines = [f"[ ] {each.text}{_since(each)}" for each in unmet[:SHOWN]]
    more, met = len(unmet) - SHOWN, len(every) - len(unmet)
    lines += [f"[ ] and {more} more that are unmet"] if more > 0 else []
    lines.append(f"[x] {met} requirement{'s' * (met != 1)} met, to be kept")
    return {"checklist": "\n".join(lines)}


def has_unmet(context: Context, number: int) -> bool:
    """Tell whether there is anything to work on."""
    return any(not each.met for each in checklist(context, number))


def _since(each: Requirement) -> str:
    return "" if each.lost is None else f" (#{each.lost} of this line met it)"


def _line(context: Context, number: int) -> list[int]:
    line = [number]
    while len(line) < GENERATIONS and (parents := context.record.node(line[-1]).parents):
        line.append(parents[0])
    return line


def _successes(context: Context, line: Sequence[int]) -> list[Requirement]:
    """Return a requirement for each case that was tried and failed."""
    return [
        Requirement(
            f"case {case} gives a result, not {row.status.value}",
            met=False,
            lost=_last_with_result(context, line[1:], case),
        )
        for case, row in context.by_case(line[0]).items()
        if row.status is not Status.OK
    ]


def _last_with_result(context: Context, ancestors: Sequence[int], case: str) -> int | None:
    return next((number for number in ancestors if _ran(context, number, case)), None)


def _ran(context: Context, number: int, case: str) -> bool:
    row = context.by_case(number).get(case)
    return row is not None and row.status is Status.OK


def _values(context: Context, line: Sequence[int]) -> list[Requirement]:
    """Return, for each case, that it reaches the best of its line and of the best programs."""
    others = [] if context.alone else [number for _, number in context.top]
    reached = context.cases(line[0]).items()
    return [_value_of(context, line, others, case, value) for case, value in reached]


def _value_of(
    context: Context, line: Sequence[int], others: Sequence[int], case: str, value: float
) -> Requirement:
    """Return that a case reaches the best of its line and of others."""
    goal, noise = context.problem.objective, context.noise
    ahead = {n: context.cases(n).get(case, value) for n in (*line[1:], *others)}
    best = max(ahead.values(), default=value)
    met_by = (n for n in line[1:] if ahead[n] - value > noise and best - ahead[n] <= noise)
    whose = next((n for n, reached in ahead.items() if reached == best), line[0])
    has, wanted = figures([goal.sign * value, goal.sign * best])
    text = f"case {case}: {goal.name} {wanted}, as #{whose} has (now {has})"
    return Requirement(text, best - value <= noise, next(met_by, None))


def _bounds(context: Context, number: int) -> list[Requirement]:
    score = context.record.score(number)
    metrics = {} if score is None else score.metrics
    return [
        Requirement(f"{_wanted(bound)} (now {value:g})", _is_kept(bound, value))
        for bound in context.problem.constraints
        if (value := metrics.get(bound.metric)) is not None
    ]


def _wanted(bound: Constraint) -> str:
    low = f"at least {bound.low:g}" if bound.low is not None else ""
    high = f"at most {bound.high:g}" if bound.high is not None else ""
    return f"{bound.metric} {' and '.join(filter(None, (low, high)))}"


def _is_kept(bound: Constraint, value: float) -> bool:
    above = bound.low is None or value >= bound.low
    return above and (bound.high is None or value <= bound.high)


def _limits(context: Context, number: int) -> list[Requirement]:
    limits, rows = context.problem.limits, list(context.by_case(number).values())
    if not any(row.usage.cpu_s for row in rows):
        return []
    seconds = max(row.usage.cpu_s for row in rows)
    memory = max(row.usage.peak_memory_mb for row in rows)
    cpu_text = f"CPU time well below {limits.cpu_time_s:g} s (now {seconds:.2g} s)"
    memory_text = f"memory well below {limits.memory_mb} MiB (now {memory:.0f} MiB)"
    return [
        Requirement(cpu_text, seconds <= NEARLY * limits.cpu_time_s),
        Requirement(memory_text, memory <= NEARLY * limits.memory_mb),
    ]

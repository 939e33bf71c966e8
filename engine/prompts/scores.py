"""What a program scores: its metrics beside the best program's, what each case gave and what the
scorer said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cladogen.evaluation import Evaluation, Status
from cladogen.problem.coevolution import REFERENCE
from cladogen.prompts.context import Context, label
from cladogen.prompts.figures import OBJECTIVE, digits_for, figure, figures
from cladogen.prompts.in_full import (
    EXAMPLES,
    TABLE,
    in_a_line,
    is_perfect,
    shown_in_full,
    words_below,
    words_of,
    worst_first,
)
from cladogen.prompts.others import done_better
from cladogen.prompts.resource_use import ran, used_on
from cladogen.prompts.sections import Section, clip, fenced, plain

NAMES = 10  # cases named in a group
LOG = 1500  # tokens of a failed program's own output


def scores(context: Context, number: int, others: Sequence[int]) -> Section:
    """Show the metrics of a program, of the best and of ``others``."""
    shown = _scored(context, [number, *others])
    if number not in shown:
        return Section("What it scores", "", 0.2)
    metrics = list(context.record.score(number).metrics)  # type: ignore[union-attr]
    columns = [_column(context, shown, metric) for metric in metrics]
    lines = ["| | " + " | ".join(metrics) + " |", "|---|" + "---|" * len(metrics)]
    for row, each in enumerate(shown):
        cells = " | ".join(column[row] for column in columns)
        lines.append(f"| {label(each, context.best)} | {cells} |")
    return Section("What it scores", "\n".join([*lines, *_noise_line(context)]), 0.2)


def _noise_line(context: Context) -> list[str]:
    """Return what is said of noise, nothing where there is none."""
    if not context.noise:
        return []
    digits = digits_for([context.noise])
    return [
        f"\nMeasured again and again, the seed's {context.problem.objective.name} has a "
        f"standard deviation of {figure(context.noise, min(digits, 3))}."
    ]


def cases(context: Context, number: int, *, in_full: bool = True) -> Section:
    """Show what each case gave, worst first, and what the scorer said of which; ``in_full``: some
    of them are shown in full, too, where what was said of them stands if it is long.
    """
    rows, ordered = context.by_case(number), worst_first(context, number)
    if not ordered:
        return Section("What each case gave", "", 0.25)
    below = words_below(context, number) if in_full else {}
    if len(ordered) > TABLE:
        lines = _groups(context, number, ordered, below)
    elif len(ordered) > 1:
        lines = _table(context, number, ordered, below)
    else:
        shown = shown_in_full(context, number) if in_full else {}
        lines = [] if shown else _alone(ordered[0])
    return Section("What each case gave", "\n".join([*lines, *_evolved(context, rows)]), 0.25)


def _alone(row: Evaluation) -> list[str]:
    """Return the line for the only case; what is shown in full below is not said twice."""
    return [f"{row.case}: {words_of(row)}"] if row.feedback else []


def _evolved(context: Context, rows: Mapping[str, Evaluation]) -> list[str]:
    """Return a line for each case that evolved to tell programs apart, worst first."""
    name, sign = context.problem.objective.name, context.problem.objective.sign
    found = [row for row in rows.values() if REFERENCE in row.metrics]
    found.sort(key=lambda row: sign * (row.metrics[name] - row.metrics[REFERENCE]))
    return [
        f"{row.case}, made to tell programs apart: {name} {figure(row.metrics[name])}, the seed "
        f"program has {figure(row.metrics[REFERENCE])}"
        for row in found[:EXAMPLES]
    ]


def failure(context: Context, number: int) -> Section:
    """Say how a program failed, how far it came, what it used, and what it wrote."""
    failed = context.failed(number)
    if failed is None:
        return Section("How it failed", "", 0.25)
    parts = [f"Case {failed.case}: {failed.status.value}. {words_of(failed)}".strip()]
    if len(context.surroundings.train) > 1:  # of one case another section says what was used
        parts.append(how_far(context, number))
    if failed.log.strip():
        parts.append(fenced(clip(plain(failed.log), LOG)))
    return Section("How it failed", "\n\n".join(filter(None, parts)), 0.25)


def how_far(context: Context, number: int) -> str:
    """Say how many cases a failed program did, and what it used on the one it failed at."""
    failed = context.failed(number)
    if failed is None:
        return ""
    rows = context.by_case(number)
    done = sum(row.status is Status.OK for row in rows.values())
    total = max(len(context.surroundings.train), len(rows))
    came = f"{done} of {total} cases gave a result" if total > 1 else ""
    spent = f"on {failed.case} it used {used_on(context, failed)}" if ran(failed) else ""
    said = "; ".join(filter(None, (came, spent)))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _scored(context: Context, numbers: Sequence[int]) -> list[int]:
    """Return the programs that have a score, the best among them in any case."""
    best = [context.best] if context.best is not None else []
    every = dict.fromkeys([*numbers[:1], *best, *numbers[1:]])
    return [number for number in every if context.fitness(number) is not None]


def _column(context: Context, numbers: Sequence[int], metric: str) -> list[str]:
    """Return one metric of some programs, told apart; of the objective also from what stands near
    in the ranking.
    """
    scores = map(context.record.score, numbers)
    values = [None if score is None else score.metrics.get(metric) for score in scores]
    digits = _digits_of(context, metric, values)
    return ["-" if value is None else figure(value, digits) for value in values]


def _digits_of(context: Context, metric: str, values: Iterable[float | None]) -> int:
    known = [value for value in values if value is not None]
    if metric == context.problem.objective.name:
        return digits_for(known, context.beside, OBJECTIVE)
    return digits_for((), known)


def _table(
    context: Context, number: int, ordered: Sequence[Evaluation], below: Mapping[str, str]
) -> list[str]:
    """Return a line for each case: its value, the best program's, the best one of others where that
    is better still, and what the scorer said, if it said anything.
    """
    mine, beside = context.cases(number), _of_the_best(context, number)
    further = done_better(context, number)
    head = ["case, worst first", f"{context.problem.objective.name} of #{number}"]
    head += [f"of #{context.best}"] * bool(beside) + ["better still"] * bool(further)
    reached = [value for _, value in further.values()]
    digits = digits_for((), [*mine.values(), *beside.values(), *reached])  # told apart, too
    columns = [
        [row.case for row in ordered],
        *_value_columns(context, ordered, [mine, beside], digits),
        *_better_column(context, ordered, further, digits),
    ]
    if any(row.feedback.strip() for row in ordered):
        head.append("the scorer says")
        columns.append([_listed(row, below).replace("|", "\\|") for row in ordered])
    lines = [f"| {' | '.join(cells)} |" for cells in zip(*columns, strict=True)]
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines]


def _of_the_best(context: Context, number: int) -> Mapping[str, float]:
    """Return what the best program reached on each case, nothing where it is this one."""
    if context.best is None or context.best == number:
        return {}
    return context.cases(context.best)


def _value_columns(
    context: Context,
    ordered: Sequence[Evaluation],
    every: Sequence[Mapping[str, float]],
    digits: int,
) -> list[list[str]]:
    """Return a column for each program that has values; a value that is lacking is the first's."""
    sign, first = context.problem.objective.sign, every[0]
    return [
        [figure(sign * values.get(row.case, first[row.case]), digits) for row in ordered]
        for values in every
        if values
    ]


def _better_column(
    context: Context,
    ordered: Sequence[Evaluation],
    further: Mapping[str, tuple[int, float]],
    digits: int,
) -> list[list[str]]:
    """Return the column of what others reached, where any of them is better still."""
    sign = context.problem.objective.sign
    shown = {
        case: f"{figure(sign * value, digits)} (#{other})"
        for case, (other, value) in further.items()
    }
    return [[shown.get(row.case, "-") for row in ordered]] if shown else []


def _groups(
    context: Context, number: int, ordered: Sequence[Evaluation], below: Mapping[str, str]
) -> list[str]:
    """Return a line for each value and word of the scorer, with the cases that have it; of cases
    that cannot be better there is one line, whatever was said.
    """
    objective, reached = context.problem.objective, context.cases(number)
    values = figures([objective.sign * reached[row.case] for row in ordered])
    groups: dict[tuple[str, str], list[str]] = {}
    for row, value in zip(ordered, values, strict=True):
        said = "" if is_perfect(context, reached[row.case]) else _listed(row, below)
        groups.setdefault((value, said), []).append(row.case)
    lines = [f"{objective.name} by case, worst first:", ""]
    lines += [_group_line(value, said, names) for (value, said), names in groups.items()]
    return [*lines, *_done_better(context, number)]


def _group_line(value: str, said: str, names: Sequence[str]) -> str:
    count = f"{len(names)} case{'s' * (len(names) > 1)}"
    listed = ", ".join(names[:NAMES]) + (", ..." if len(names) > NAMES else "")
    return f"- {value} ({count}: {listed})" + (f": {said}" if said else "")


def _done_better(context: Context, number: int) -> list[str]:
    """Say on which cases of many some other program does better, those with the most first."""
    objective, mine = context.problem.objective, context.cases(number)
    found = done_better(context, number)
    if not found:
        return []
    names = sorted(found, key=lambda case: mine[case] - found[case][1])
    shown = [
        f"{case} ({figure(objective.sign * found[case][1])}, #{found[case][0]})"
        for case in names[:NAMES]
    ]
    more = len(names) - len(shown)
    rest = f" and {more} more case{'s' * (more > 1)}" if more else ""
    return ["", f"Done better by other programs: {', '.join(shown)}{rest}."]


def _listed(row: Evaluation, below: Mapping[str, str]) -> str:
    """Return what the list of cases says of one: the scorer's words, or where they stand."""
    case = below.get(said := in_a_line(row))
    return said if case is None else f"(below, at {case})"

"""What a program scores: its metrics beside the best program's, what each case gave and what the
scorer said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.preview import shortened
from cladogen.expectation import NEAR
from cladogen.problem.aggregate import MEASURED
from cladogen.problem.coevolution import REFERENCE
from cladogen.prompts.context import Context, label
from cladogen.prompts.figures import OBJECTIVE, digits_for, figure, figures
from cladogen.prompts.others import done_better
from cladogen.prompts.reported import besides
from cladogen.prompts.resource_use import ran, unbuilt, used_on
from cladogen.prompts.sections import Section, brief, clip, fenced, plain

TABLE = 12  # cases up to which each has a line; more are put in groups
NAMES = 10  # cases named in a group
LOG = 1500  # tokens of a failed program's own output
PRINTED = 300  # tokens of what a program printed on one case
WORDS = 400  # tokens of the scorer's words on one case
LINE = 300  # characters of them that stand in the list of cases
EXAMPLES = 3
FURTHER = 160  # characters of a line that does not fit, in examples after the first
NO_INPUT = "null"  # a case that gives the program nothing, as for an evaluator of its own


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
    rows, ordered = context.by_case(number), _worst_first(context, number)
    if not ordered:
        return Section("What each case gave", "", 0.25)
    below = _words_below(context, number) if in_full else {}
    if len(ordered) > TABLE:
        lines = _groups(context, number, ordered, below)
    elif len(ordered) > 1:
        lines = _table(context, number, ordered, below)
    else:
        shown = _examples(context, number) if in_full else {}
        lines = [] if shown else _alone(ordered[0])
    return Section("What each case gave", "\n".join([*lines, *_evolved(context, rows)]), 0.25)


def _worst_first(context: Context, number: int) -> list[Evaluation]:
    """Return the rows of the cases that gave a program a value, worst first."""
    reached = context.cases(number)
    rows = (row for row in context.by_case(number).values() if row.case in reached)
    return sorted(rows, key=lambda row: reached[row.case])


def _alone(row: Evaluation) -> list[str]:
    """Return the line for the only case; what is shown in full below is not said twice."""
    return [f"{row.case}: {_words(row)}"] if row.feedback else []


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


def examples(context: Context, number: int) -> Section:
    """Show the worst training cases in full: what the program got, what it returned, and what the
    scorer said, where the list of cases has not all of it.
    """
    parts = _examples(context, number)
    title = _title(context, number, len(context.by_case(number)), len(parts))
    return Section(title, "\n\n".join(parts.values()), 0.2)


def _examples(context: Context, number: int) -> Mapping[str, str]:
    """Return the cases that are shown in full, by name. Of cases of which the same was said only
    one is.
    """
    return context.once(f"examples of {number}", lambda: _made_examples(context, number))


def _made_examples(context: Context, number: int) -> dict[str, str]:
    told: dict[str, Evaluation] = {}
    for row in _worst(context, number):
        told.setdefault(_said(row), row)
    shown = list(told.values())[:EXAMPLES]
    parts = {row.case: _example(context, number, row, first=row is shown[0]) for row in shown}
    return {case: part for case, part in parts.items() if part}


def _words_below(context: Context, number: int) -> dict[str, str]:
    """Return the scorer's words that stand with a case shown in full, for they do not fit in the
    list of cases, each with that case.
    """
    rows = context.by_case(number)
    shown = [rows[case] for case in _examples(context, number)]
    return {_said(row): row.case for row in shown if not _fits(row)}


def _fits(row: Evaluation) -> bool:
    """Tell whether the scorer's words stand whole in the list of cases."""
    said = plain(row.feedback).strip()
    return len(said) <= LINE and "\n" not in said


def _is_listed(context: Context, number: int, row: Evaluation) -> bool:
    """Tell whether the list of cases has all that the scorer said of one."""
    cases = len(context.cases(number))
    grouped = cases > TABLE and _perfect(context, context.cases(number)[row.case])
    return cases > 1 and not grouped and _fits(row)


def _worst(context: Context, number: int) -> list[Evaluation]:
    """Return the row that failed, else those of cases on which there is more to reach, the worst
    first; where there is none, the worst.
    """
    failed = context.failed(number)
    if failed is not None and not unbuilt(failed):
        return [failed]
    reached, ordered = context.cases(number), _worst_first(context, number)
    return [row for row in ordered if not _perfect(context, reached[row.case])] or ordered[:1]


def _title(context: Context, number: int, cases: int, shown: int) -> str:
    """Return what a section is called that shows some of a program's cases."""
    several = len(context.surroundings.train) > 1
    if context.failed(number) is not None and several:
        return "The case that it failed at, in full"
    if cases <= 1:
        return "The case in full"
    if cannot_be_better(context, number):
        return "One of the cases, in full"
    return "The worst cases, in full" if shown > 1 else "The worst case, in full"


def cannot_be_better(context: Context, number: int) -> bool:
    """Tell whether a program has the best value that the objective can have, on every case."""
    reached = context.cases(number)
    return bool(reached) and all(_perfect(context, value) for value in reached.values())


def example_input(context: Context) -> Section:
    """Show what the program gets on a training case, where it is known."""
    for case in context.surroundings.train:
        if given := context.surroundings.inputs.get(case, ""):
            shown = f"Case {case}\n\nThe program gets:\n{fenced(plain(given))}"
            return Section("An example case", shown, 0.2)
    return Section("An example case", "", 0.2)


def _perfect(context: Context, value: float) -> bool:
    """Tell whether a case's value, higher is better, is the best that the objective can have. What
    is beyond it shows that the range given is no bound.
    """
    goal = context.problem.objective
    limit = goal.high if goal.direction == "maximize" else goal.low
    return limit is not None and 0.0 <= value - goal.sign * limit <= NEAR * abs(limit)


def _example(context: Context, number: int, row: Evaluation, *, first: bool = True) -> str:
    """Show one case: input, output, what the program printed, and the scorer's words; "" where none
    of the first three is known. A case that is no training case is never shown.
    """
    if row.case not in context.surroundings.train:
        return ""
    given, returned = _given(context, row), _returned(context, row)
    printed, said = _beside(row)
    said = "" if _is_listed(context, number, row) else said
    if not (given or returned or printed):
        return ""
    if not first:
        given, returned = shortened(given, FURTHER), shortened(returned, FURTHER)
    parts = [
        f"Case {row.case}",
        _block("The program gets", given),
        _block(f"It returns{_one_of(context, number, row)}", returned),
        _block("It prints", printed, PRINTED),
        said and f"The scorer says: {_words(row)}",
    ]
    return "\n\n".join(filter(None, parts))


def _block(head: str, text: str, most: int | None = None) -> str:
    """Return a text in a fence, of at most so many tokens, "" for none."""
    body = plain(text) if most is None else clip(plain(text), most)
    return f"{head}:\n{fenced(body)}" if text else ""


def _beside(row: Evaluation) -> tuple[str, str]:
    """Return log and feedback, "" for white space; of a failure they stand elsewhere."""
    if row.status is not Status.OK:
        return "", ""
    return row.log if row.log.strip() else "", row.feedback.strip()


def _given(context: Context, row: Evaluation) -> str:
    """Return what the program gets on a case, "" where that is nothing."""
    given = context.surroundings.inputs.get(row.case, "")
    return "" if given.strip() == NO_INPUT else given


def _returned(context: Context, row: Evaluation) -> str:
    """Return what the program returned, "" where that tells nothing."""
    if not row.output or _is_report(context, row) or _is_right(context, row):
        return ""
    returned = context.seen_frames.seen(context.record.returned(row.output))
    return besides(context.problem, returned, row)


def _is_report(context: Context, row: Evaluation) -> bool:
    """Tell whether what came back is the report of an evaluator beside the program, of which the
    numbers and the words stand in the table and below it.
    """
    problem = context.problem
    return problem.reported and not problem.tasks and row.status is Status.OK


def _is_right(context: Context, row: Evaluation) -> bool:
    """Tell whether what came back passed, and what decides is measured by the sandbox: then it says
    nothing of how to come to a better score.
    """
    return row.status is Status.OK and context.problem.objective.name in MEASURED


def _one_of(context: Context, number: int, row: Evaluation) -> str:
    """Say of what differs from one measurement to the next that others were made."""
    rows = [each for each in context.evaluations(number) if each.case == row.case]
    return f", in one of {len(rows)} measurements" if context.noise and len(rows) > 1 else ""


def failure(context: Context, number: int) -> Section:
    """Say how a program failed, how far it came, what it used, and what it wrote."""
    failed = context.failed(number)
    if failed is None:
        return Section("How it failed", "", 0.25)
    parts = [f"Case {failed.case}: {failed.status.value}. {_words(failed)}".strip()]
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
        said = "" if _perfect(context, reached[row.case]) else _listed(row, below)
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


def _said(row: Evaluation) -> str:
    """Return the scorer's words in one line."""
    return brief(row.feedback, LINE)


def _listed(row: Evaluation, below: Mapping[str, str]) -> str:
    """Return what the list of cases says of one: the scorer's words, or where they stand."""
    case = below.get(said := _said(row))
    return said if case is None else f"(below, at {case})"


def _words(row: Evaluation) -> str:
    """Return the scorer's words, whole while they are short."""
    return clip(plain(row.feedback), WORDS).strip()

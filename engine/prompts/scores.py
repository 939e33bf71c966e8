"""What a program scores: its metrics beside the best program's, what each case gave and what the
scorer said of it, and what it used of what it may use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.preview import shortened
from cladogen.expectation import NEAR
from cladogen.problem import Problem
from cladogen.problem.aggregate import MEASURED
from cladogen.problem.coevolution import REFERENCE
from cladogen.prompts.context import Context, label
from cladogen.prompts.figures import OBJECTIVE, digits_for, figure, figures
from cladogen.prompts.others import done_better
from cladogen.prompts.reported import besides
from cladogen.prompts.sections import Section, brief, clip, fenced, plain

TABLE = 12  # cases up to which each has a line; more are put in groups
NAMES = 10  # cases named in a group
LOG = 1500  # tokens of a failed program's own output
PRINTED = 300  # tokens of what a program printed on one case
WORDS = 400  # tokens of the scorer's words on one case
EXAMPLES = 3
FURTHER = 160  # characters of a line that does not fit, in examples after the first
NO_INPUT = "null"  # a case that gives the program nothing, as for an evaluator of its own
BUILD = "build failed"  # how a failure begins at which no case was run


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
    if context.noise:
        digits = digits_for([context.noise])
        lines.append(
            f"\nMeasured again and again, the seed's {context.problem.objective.name} has a "
            f"standard deviation of {figure(context.noise, min(digits, 3))}."
        )
    return Section("What it scores", "\n".join(lines), 0.2)


def cases(context: Context, number: int) -> Section:
    """Show what each case gave, worst first, and what the scorer said of which."""
    rows, reached = context.by_case(number), context.cases(number)
    ordered = sorted((row for row in rows.values() if row.case in reached), key=_by(reached))
    if not ordered:
        return Section("What each case gave", "", 0.25)
    if len(ordered) > TABLE:
        lines = _groups(context, number, ordered)
    elif len(ordered) > 1:
        lines = _table(context, number, ordered)
    else:
        alone = ordered[0]  # what is shown in full below is not said twice
        said = alone.feedback and not _example(context, number, alone)
        lines = [f"{alone.case}: {_words(alone)}"] if said else []
    return Section("What each case gave", "\n".join([*lines, *_evolved(context, rows)]), 0.25)


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
    scorer said. Of cases of which the same was said only one is shown.
    """
    told: dict[str, Evaluation] = {}
    for row in _worst(context, number):
        told.setdefault(_said(row), row)
    shown = list(told.values())[:EXAMPLES]
    parts = [_example(context, number, row, first=row is shown[0]) for row in shown]
    parts = list(filter(None, parts))
    title = _title(context, number, len(context.by_case(number)), len(parts))
    return Section(title, "\n\n".join(parts), 0.2)


def _worst(context: Context, number: int) -> list[Evaluation]:
    """Return the row that failed, else those of cases on which there is more to reach, the worst
    first; where there is none, the worst.
    """
    failed = context.failed(number)
    if failed is not None and not _unbuilt(failed):
        return [failed]
    rows, reached = context.by_case(number), context.cases(number)
    ordered = sorted((row for row in rows.values() if row.case in reached), key=_by(reached))
    return [row for row in ordered if not _perfect(context, reached[row.case])] or ordered[:1]


def _title(context: Context, number: int, cases: int, shown: int) -> str:
    """Return what a section is called that shows some of a program's cases."""
    if cases <= 1:
        return "The case in full"
    if context.failed(number) is None and cannot_be_better(context, number):
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


def _unbuilt(row: Evaluation) -> bool:
    """Tell whether a program was not built: no case had a part in that, and the compiler used what
    was used.
    """
    return row.status is not Status.OK and row.feedback.startswith(BUILD)


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
    if not (given or returned or printed):
        return ""
    if not first:
        given, returned = shortened(given, FURTHER), shortened(returned, FURTHER)
    parts = [
        f"Case {row.case}",
        given and f"The program gets:\n{fenced(plain(given))}",
        returned and f"It returns{_one_of(context, number, row)}:\n{fenced(plain(returned))}",
        printed and f"It prints:\n{fenced(clip(plain(printed), PRINTED))}",
        said and f"The scorer says: {_words(row)}",
    ]
    return "\n\n".join(filter(None, parts))


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
    return besides(context.problem, context.record.returned(row.output), row)


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
    spent = f"on {failed.case} it used {_used(context, failed)}" if _ran(failed) else ""
    said = "; ".join(filter(None, (came, spent)))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _ran(row: Evaluation) -> bool:
    return bool(row.usage.wall_s) and not row.usage.elsewhere and not _unbuilt(row)


def _used(context: Context, row: Evaluation) -> str:
    """Say what a program used on a case."""
    used = row.usage
    clock = _clock(context, used.wall_s, used.cpu_s)
    return f"CPU time {used.cpu_s:.2g} s{clock}, memory {used.peak_memory_mb:.0f} MiB"


def _clock(context: Context, wall_s: float, cpu_s: float) -> str:
    """Say how long a program took by the clock, where that is its own doing: of one that computes
    alone, on one CPU, what is more than its CPU time is a busy machine's, and so it is of one that
    has several and computed less than half of the time. More than its time is the machine's, too,
    and would read as a limit that is passed; less than its CPU time is what was begun before.
    """
    limits = context.problem.limits
    computed = limits.cpus > 1 and wall_s / 2 <= cpu_s
    its_own = computed or may_wait(context.problem)
    tells = its_own and cpu_s <= wall_s * limits.cpus and wall_s <= limits.time_s
    return f", by the clock {wall_s:.2g} s" if tells else ""


def may_wait(problem: Problem) -> bool:
    """Tell whether programs of a problem wait for something by themselves: a GPU, hosts or models
    that they ask, tasks, an evaluator of its own.
    """
    needs = problem.sandbox
    asks = problem.models is not None or bool(needs.gpus or needs.network)
    return asks or bool(problem.tasks) or not problem.entry


def resources(context: Context, numbers: Iterable[int]) -> Section:
    """Say what programs used of what they may use, at the most over their cases."""
    limits = context.problem.limits
    lines = []
    for number in dict.fromkeys(numbers):
        rows = [row for row in context.by_case(number).values() if not _unbuilt(row)]
        if all(row.usage.elsewhere or not row.usage.wall_s for row in rows):
            continue
        slowest = max(rows, key=lambda row: row.usage.cpu_s)
        wall = max(row.usage.wall_s for row in rows)
        clock = _clock(context, wall, slowest.usage.cpu_s)
        memory = max(row.usage.peak_memory_mb for row in rows)
        which = f" on {slowest.case}" if len(rows) > 1 else ""
        lines.append(
            f"- {label(number, context.best)}: CPU time {slowest.usage.cpu_s:.2g} s of "
            f"{limits.cpu_time_s:g} s{which}{clock}, memory {memory:.0f} of "
            f"{limits.memory_mb} MiB"
        )
    return Section("What it uses", "\n".join(lines), 0.05)


def _scored(context: Context, numbers: Sequence[int]) -> list[int]:
    """Return the programs that have a score, the best among them in any case."""
    best = [context.best] if context.best is not None else []
    every = dict.fromkeys([*numbers[:1], *best, *numbers[1:]])
    return [number for number in every if context.fitness(number) is not None]


def _column(context: Context, numbers: Sequence[int], metric: str) -> list[str]:
    """Return one metric of some programs, told apart; of the objective also from what stands near
    in the ranking.
    """
    scores = list(map(context.record.score, numbers))
    values = [None if score is None else score.metrics.get(metric) for score in scores]
    known = [value for value in values if value is not None]
    decides = metric == context.problem.objective.name
    digits = digits_for(known, context.beside, OBJECTIVE) if decides else digits_for((), known)
    return ["-" if value is None else figure(value, digits) for value in values]


def _table(context: Context, number: int, ordered: Sequence[Evaluation]) -> list[str]:
    """Return a line for each case: its value, the best program's, the best one of others where that
    is better still, and what the scorer said, if it said anything.
    """
    objective, best = context.problem.objective, context.best
    mine = context.cases(number)
    beside = context.cases(best) if best is not None and best != number else {}
    further = done_better(context, number)
    spoken = any(row.feedback.strip() for row in ordered)
    head = ["case, worst first", f"{objective.name} of #{number}"]
    head += [f"of #{best}"] * bool(beside) + ["better still"] * bool(further)
    head += ["the scorer says"] * spoken
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    reached = [value for _, value in further.values()]
    digits = digits_for((), [*mine.values(), *beside.values(), *reached])  # told apart, too
    for row in ordered:
        both = [mine[row.case], beside.get(row.case, mine[row.case])]
        shown = [figure(objective.sign * value, digits) for value in both]
        cells = shown[: 2 if beside else 1]
        if further:
            other, value = further.get(row.case, (None, 0.0))
            better = f"{figure(objective.sign * value, digits)} (#{other})"
            cells.append("-" if other is None else better)
        said = [_said(row).replace("|", "\\|")] if spoken else []
        lines.append(f"| {' | '.join([row.case, *cells, *said])} |")
    return lines


def _groups(context: Context, number: int, ordered: Sequence[Evaluation]) -> list[str]:
    """Return a line for each value and word of the scorer, with the cases that have it; of cases
    that cannot be better there is one line, whatever was said.
    """
    objective, reached = context.problem.objective, context.cases(number)
    values = figures([objective.sign * reached[row.case] for row in ordered])
    groups: dict[tuple[str, str], list[str]] = {}
    for row, value in zip(ordered, values, strict=True):
        said = "" if _perfect(context, reached[row.case]) else _said(row)
        groups.setdefault((value, said), []).append(row.case)
    lines = [f"{objective.name} by case, worst first:", ""]
    for (value, said), names in groups.items():
        count = f"{len(names)} case{'s' * (len(names) > 1)}"
        listed = ", ".join(names[:NAMES]) + (", ..." if len(names) > NAMES else "")
        lines.append(f"- {value} ({count}: {listed})" + (f": {said}" if said else ""))
    return [*lines, *_done_better(context, number)]


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


def _by(reached: Mapping[str, float]) -> Callable[[Evaluation], float]:
    return lambda row: reached[row.case]


def _said(row: Evaluation) -> str:
    """Return the scorer's words in one line."""
    return brief(row.feedback, 300)


def _words(row: Evaluation) -> str:
    """Return the scorer's words, whole while they are short."""
    return clip(plain(row.feedback), WORDS).strip()

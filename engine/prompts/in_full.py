"""Cases in full: of the worst training cases what a program got, what it returned and printed, and
what the scorer said where the list of cases has not all of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from cladogen.evaluation import Evaluation, Status
from cladogen.evaluators.preview import shortened
from cladogen.expectation import NEAR
from cladogen.problem.aggregate import MEASURED
from cladogen.prompts.context import Context
from cladogen.prompts.reported import besides
from cladogen.prompts.resource_use import unbuilt
from cladogen.prompts.sections import Section, brief, clip, fenced, plain

TABLE = 12  # cases up to which each has a line in the list of cases; more are put in groups
PRINTED = 300  # tokens of what a program printed on one case
WORDS = 400  # tokens of the scorer's words on one case
LINE = 300  # characters of them that stand in the list of cases
EXAMPLES = 3
FURTHER = 160  # characters of a line that does not fit, in examples after the first
NO_INPUT = "null"  # a case that gives the program nothing, as for an evaluator of its own


def examples(context: Context, number: int) -> Section:
    """Show the worst training cases in full: what the program got, what it returned, and what the
    scorer said, where the list of cases has not all of it.
    """
    parts = shown_in_full(context, number)
    title = _title(context, number, len(context.by_case(number)), len(parts))
    return Section(title, "\n\n".join(parts.values()), 0.2)


def shown_in_full(context: Context, number: int) -> Mapping[str, str]:
    """Return the cases that are shown in full, by name. Of cases of which the same was said only
    one is.
    """
    return context.once(f"examples of {number}", lambda: _made(context, number))


def _made(context: Context, number: int) -> dict[str, str]:
    told: dict[str, Evaluation] = {}
    for row in _worst(context, number):
        told.setdefault(in_a_line(row), row)
    shown = list(told.values())[:EXAMPLES]
    parts = {row.case: _example(context, number, row, first=row is shown[0]) for row in shown}
    return {case: part for case, part in parts.items() if part}


def words_below(context: Context, number: int) -> dict[str, str]:
    """Return the scorer's words that stand with a case shown in full, for they do not fit in the
    list of cases, each with that case.
    """
    rows = context.by_case(number)
    shown = [rows[case] for case in shown_in_full(context, number)]
    return {in_a_line(row): row.case for row in shown if not _fits(row)}


def _fits(row: Evaluation) -> bool:
    """Tell whether the scorer's words stand whole in the list of cases."""
    said = plain(row.feedback).strip()
    return len(said) <= LINE and "\n" not in said


def _is_listed(context: Context, number: int, row: Evaluation) -> bool:
    """Tell whether the list of cases has all that the scorer said of one."""
    cases = len(context.cases(number))
    grouped = cases > TABLE and is_perfect(context, context.cases(number)[row.case])
    return cases > 1 and not grouped and _fits(row)


def _worst(context: Context, number: int) -> list[Evaluation]:
    """Return the row that failed, else those of cases on which there is more to reach, the worst
    first; where there is none, the worst.
    """
    failed = context.failed(number)
    if failed is not None and not unbuilt(failed):
        return [failed]
    reached, ordered = context.cases(number), worst_first(context, number)
    return [row for row in ordered if not is_perfect(context, reached[row.case])] or ordered[:1]


def worst_first(context: Context, number: int) -> list[Evaluation]:
    """Return the rows of the cases that gave a program a value, worst first."""
    reached = context.cases(number)
    rows = (row for row in context.by_case(number).values() if row.case in reached)
    return sorted(rows, key=lambda row: reached[row.case])


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
    return bool(reached) and all(is_perfect(context, value) for value in reached.values())


def is_perfect(context: Context, value: float) -> bool:
    """Tell whether a case's value, higher is better, is the best that the objective can have. What
    is beyond it shows that the range given is no bound.
    """
    goal = context.problem.objective
    limit = goal.high if goal.direction == "maximize" else goal.low
    return limit is not None and 0.0 <= value - goal.sign * limit <= NEAR * abs(limit)


def example_input(context: Context) -> Section:
    """Show what the program gets on a training case, where it is known."""
    for case in context.surroundings.train:
        if given := context.surroundings.inputs.get(case, ""):
            shown = f"Case {case}\n\nThe program gets:\n{fenced(plain(given))}"
            return Section("An example case", shown, 0.2)
    return Section("An example case", "", 0.2)


def _example(context: Context, number: int, row: Evaluation, *, first: bool = True) -> str:
    """Show one case: input, output, what the program printed, and the scorer's words; "" where none
    of the first three is known. A case that is no training case is never shown.
    """
    if row.case not in context.surroundings.train:
        return ""
    given, returned, printed = _given(context, row), _returned(context, row), _printed(row)
    if not (given or returned or printed):
        return ""
    if not first:
        given, returned = shortened(given, FURTHER), shortened(returned, FURTHER)
    parts = [
        f"Case {row.case}",
        _block("The program gets", given),
        _block(f"It returns{_one_of(context, number, row)}", returned),
        _block("It prints", printed, PRINTED),
        _scorer_says(context, number, row),
    ]
    return "\n\n".join(filter(None, parts))


def _block(head: str, text: str, most: int | None = None) -> str:
    """Return a text in a fence, of at most so many tokens, "" for none."""
    body = plain(text) if most is None else clip(plain(text), most)
    return f"{head}:\n{fenced(body)}" if text else ""


def _printed(row: Evaluation) -> str:
    """Return what a program printed, "" for white space; of a failure it stands elsewhere."""
    return row.log if row.status is Status.OK and row.log.strip() else ""


def _scorer_says(context: Context, number: int, row: Evaluation) -> str:
    """Say what the scorer said, "" where it stands elsewhere: of a failure, and of what is
    listed.
    """
    if row.status is not Status.OK or not row.feedback.strip():
        return ""
    return "" if _is_listed(context, number, row) else f"The scorer says: {words_of(row)}"


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


def in_a_line(row: Evaluation) -> str:
    """Return the scorer's words in one line."""
    return brief(row.feedback, LINE)


def words_of(row: Evaluation) -> str:
    """Return the scorer's words, whole while they are short."""
    return clip(plain(row.feedback), WORDS).strip()

"""What a program used of what it may use: CPU time, time by the clock where that is its own doing,
and memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cladogen.evaluation import Evaluation, Status
from cladogen.problem import Problem
from cladogen.prompts.context import Context, label
from cladogen.prompts.sections import Section

BUILD = "build failed"  # how a failure begins at which no case was run


def resources(context: Context, numbers: Iterable[int]) -> Section:
    """Say what programs used of what they may use, at the most over their cases; of one that
    failed at one of several another section says it.
    """
    lines, several = [], len(context.surroundings.train) > 1
    for number in dict.fromkeys(numbers):
        if several and context.failed(number) is not None:
            continue
        rows = [row for row in context.by_case(number).values() if not unbuilt(row)]
        if any(map(_is_measured, rows)):
            lines.append(f"- {label(number, context.best)}: {_at_most(context, rows)}")
    return Section("What it uses", "\n".join(lines), 0.05)


def _is_measured(row: Evaluation) -> bool:
    """Whether it is known what a program used, and that it was the program."""
    return bool(row.usage.wall_s) and not row.usage.elsewhere


def _at_most(context: Context, rows: Sequence[Evaluation]) -> str:
    """Say what a program used at the most over its cases."""
    limits = context.problem.limits
    slowest = max(rows, key=lambda row: row.usage.cpu_s)
    wall = max(row.usage.wall_s for row in rows)
    clock = _clock(context, wall, slowest.usage.cpu_s)
    memory = max(row.usage.peak_memory_mb for row in rows)
    which = f" on {slowest.case}" if len(rows) > 1 else ""
    return (
        f"CPU time {slowest.usage.cpu_s:.2g} s of {limits.cpu_time_s:g} s{which}{clock}, "
        f"memory {memory:.0f} of {limits.memory_mb} MiB"
    )


def used_on(context: Context, row: Evaluation) -> str:
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


def ran(row: Evaluation) -> bool:
    """Tell whether a program ran, and what it used is known."""
    return _is_measured(row) and not unbuilt(row)


def unbuilt(row: Evaluation) -> bool:
    """Tell whether a program was not built: no case had a part in that, and the compiler used what
    was used.
    """
    return row.status is not Status.OK and row.feedback.startswith(BUILD)

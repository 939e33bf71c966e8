"""The part of a prompt that stays the same through a run: the rules, what the program finds where
it runs, what counts, and the files that never change.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from cladogen.patching.evolve_blocks import has_markers
from cladogen.problem import Metric, Problem
from cladogen.problem.space import Axis
from cladogen.program import Program, matches, without
from cladogen.prompts import code
from cladogen.prompts.figures import figure
from cladogen.prompts.judged import names_used
from cladogen.prompts.reached import BRIDGE, BRIDGED, imported, kept_back, reached
from cladogen.prompts.sections import Section
from cladogen.prompts.surroundings import Surroundings
from cladogen.sandboxes.base import Limits

NAMED = 12  # files named in a sentence
NO_MODULE = re.compile(r"No module named '(\w+)")


def rules(problem: Problem, program: Program, surroundings: Surroundings) -> Section:
    """Say what may change, how the program is called, what counts, and within which limits."""
    goal = problem.objective
    lines = [
        f"- Goal: {goal.direction} {goal.name}{_unit(goal)}, {_averaged(problem, surroundings)}.",
        f"- You may change: {_editable(problem)}. Everything else is read-only.",
        _call(problem),
        *_judged(problem, program),
        *_installed(surroundings),
        *_prints(problem),
        *_blocks(problem, program),
    ]
    lines += [
        f"- Constraint: {_bound(bound.metric, bound.low, bound.high)}."
        for bound in problem.constraints
    ]
    if problem.best_known is not None:
        lines.append(
            f"- The best value of {goal.name} known elsewhere is {figure(problem.best_known, 12)}."
        )
    return Section("Rules", "\n".join(lines) + "\n\n" + metrics(problem))


def _editable(problem: Problem) -> str:
    named = ", ".join(problem.editable)
    return f"{named}, but never {', '.join(problem.protected)}" if problem.protected else named


def metrics(problem: Problem) -> str:
    """Say of every metric what it means, which way is better, and whether it decides."""
    lines = [_metric_line(metric, problem.objective) for metric in problem.metrics]
    named = {metric.name for metric in problem.metrics}
    lines += [_axis_line(axis) for axis in problem.axes if axis.metric not in named]
    end = "What else stands in a table of scores does not decide."
    return "\n".join(["Metrics:", "", *lines, "", end])


def _metric_line(metric: Metric, objective: Metric) -> str:
    decides = "decides" if metric == objective else "does not decide"
    about = f": {metric.about}" if metric.about else ""
    way = "more" if metric.direction == "maximize" else "less"
    return f"- {metric.name}{_unit(metric)}, {way} is better, {decides}{about}"


def _axis_line(axis: Axis) -> str:
    about = f": {axis.about}" if axis.about else ""
    return f"- {axis.metric}, does not decide; programs that differ in it are kept{about}"


def read_only(problem: Problem, program: Program, tokens: int) -> Section:
    """Show the files that may not change and that the program or the statement uses, the smallest
    first, as far as they fit; name the others.
    """
    locked = [path for path in program if not problem.may_change(path)]
    hidden = set(_without_bridge(kept_back(program, problem)))
    own = imported(program, problem) if problem.hidden else frozenset[str]()
    paths = [path for path in _without_bridge(locked) if path not in hidden]
    used = reached(without(program, hidden), problem) | own
    shown = sorted(used.intersection(paths), key=lambda path: (len(program.files[path].data), path))
    bridged = len(paths) < len(locked)
    parts = [
        code.files(program, shown, tokens, " (read-only)"),
        _unused(paths, used),
        _never_shown(problem, own, bridged=bridged, hidden=bool(hidden)),
    ]
    return Section("Read-only files", "\n\n".join(filter(None, parts)), 0.45)


def _without_bridge(paths: Iterable[str]) -> list[str]:
    """Return paths without those of what runs the evaluator of an imported problem."""
    return [path for path in paths if not BRIDGE.fullmatch(path)]


def _never_shown(
    problem: Problem, imported: Collection[str], *, bridged: bool, hidden: bool
) -> str:
    """Say what of the program is never shown, "" where all of it may be."""
    if hidden:
        return _kept_back(problem, imported)
    return "evolve_bridge/ runs the evaluator on the program; it is not shown." if bridged else ""


def _kept_back(problem: Problem, imported: Collection[str]) -> str:
    """Name the files that are kept back, without those that the program imports."""
    named = [pattern for pattern in problem.hidden if not pattern.startswith(f"{BRIDGED}/")]
    if not named:
        return ""
    but = any(matches(path, named) for path in imported)
    return f"Never shown: {'the other files of ' if but else ''}{', '.join(named)}."


def _unused(paths: Sequence[str], used: Collection[str]) -> str:
    """Name the files that nothing uses, "" where there are none."""
    others = [path for path in paths if path not in used]
    if not others:
        return ""
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    return f"Not shown, as nothing that is called names them: {', '.join(others[:NAMED])}{more}."


def _averaged(problem: Problem, surroundings: Surroundings) -> str:
    train, heldout = len(surroundings.train), surroundings.heldout
    if not train:
        return "averaged over the training cases"
    over = "on one training case" if train == 1 else f"averaged over {train} training cases"
    over += f", each measured {problem.repeats} times" if problem.repeats > 1 else ""
    if heldout:
        held = "one other case" if heldout == 1 else f"{heldout} other cases"
        over += f". What ships is judged on {held} that no program of the search is run on"
    return over


def _call(problem: Problem) -> str:
    """Say how the program is built and called, and within which limits."""
    entry = problem.entry if isinstance(problem.entry, str) else " ".join(problem.entry)
    if not entry:
        return "- The program is judged by the problem's own evaluator."
    built = f"built with {' '.join(problem.build)}, then " if problem.build else ""
    once = "for each case" if problem.repeats == 1 else "for each measurement"
    called = f"called as {entry} {once}"
    if entry.startswith(f"{BRIDGED}/"):  # whose name tells nothing: it is not shown
        called = f"run by its evaluator {once}"
    return (
        f"- The program is {built}{called}, with {_limits(problem.limits)}. Time that it waits for "
        "a busy machine does not count."
    )


def _limits(limits: Limits) -> str:
    cpus = "one CPU" if limits.cpus == 1 else f"{limits.cpus:g} CPUs"
    cpu = f" ({limits.cpu_time_s:g} s of CPU time)" if limits.cpu_time_s != limits.time_s else ""
    return f"{limits.time_s:g} s{cpu}, {cpus} and {limits.memory_mb} MiB"


def _judged(problem: Problem, program: Program) -> list[str]:
    """Say what of the program an evaluator uses that is not shown."""
    judges = [path for path in kept_back(program, problem) if not BRIDGE.fullmatch(path)]
    names = names_used(program, filter(problem.may_change, program), judges)
    if not names:
        return []
    more = f" and {len(names) - NAMED} more names" if len(names) > NAMED else ""
    listed = ", ".join(names[:NAMED])
    return [f"- Its evaluator, which is not shown, uses {listed}{more} of the program."]


def _prints(problem: Problem) -> list[str]:
    """Say how a program may tell something beside its answer."""
    if not problem.entry:
        return []
    way = "prints" if isinstance(problem.entry, str) else "writes to standard error"
    return [f"- What it {way} on a training case is shown, clipped, to whoever changes it next."]


def missing_package(reason: str, program: Program) -> str:
    """Return the package without which a program failed, "" for none; a file of the program's own
    whose name is the same was only not found.
    """
    found = NO_MODULE.search(reason)
    own = {part.removesuffix(".py") for path in program for part in path.split("/")}
    return "" if found is None or found[1] in own else found[1]


def _installed(surroundings: Surroundings) -> list[str]:
    return [f"- There it finds {surroundings.installed}."] if surroundings.installed else []


def _blocks(problem: Problem, program: Program) -> list[str]:
    """Say in which files only what lies between markers may change."""
    blocks = [
        path for path in program if problem.may_change(path) and has_markers(program.text(path))
    ]
    if not blocks:
        return []
    return [
        f"- In {', '.join(blocks[:NAMED])} only what lies between the lines EVOLVE-BLOCK-START "
        "and EVOLVE-BLOCK-END may change; these lines stay, and everything outside them. A change "
        "elsewhere is refused as a whole."
    ]


def _unit(metric: Metric) -> str:
    return f" ({metric.unit})" if metric.unit and metric.unit != metric.name else ""


def _bound(metric: str, low: float | None, high: float | None) -> str:
    ends = (("at least", low), ("at most", high))
    bounds = [f"{word} {end:g}" for word, end in ends if end is not None]
    return f"{metric} {' and '.join(bounds)}"

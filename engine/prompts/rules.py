"""The part of a prompt that stays the same through a run: the rules, what the program finds where
it runs, what counts, and the files that never change.
"""

from __future__ import annotations

from cladogen.patching.evolve_blocks import marked
from cladogen.problem import Metric, Problem
from cladogen.program import Program, matches
from cladogen.prompts import code
from cladogen.prompts.figures import figure
from cladogen.prompts.sections import Section
from cladogen.prompts.surroundings import Surroundings

NAMED = 12  # files named in a sentence


def rules(problem: Problem, program: Program, surroundings: Surroundings) -> Section:
    """Say what may change, how the program is called, what counts, and within which limits."""
    goal = problem.objective
    lines = [
        f"- Goal: {goal.direction} {goal.name}{_unit(goal)}, {_averaged(problem, surroundings)}.",
        f"- You may change: {', '.join(problem.editable)}. Everything else is read-only.",
        _call(problem),
        *_installed(surroundings),
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


def metrics(problem: Problem) -> str:
    """Say of every metric what it means, which way is better, and whether it decides."""
    lines = ["Metrics:", ""]
    for metric in problem.metrics:
        decides = "decides" if metric == problem.objective else "does not decide"
        about = f": {metric.about}" if metric.about else ""
        way = "more" if metric.direction == "maximize" else "less"
        lines.append(f"- {metric.name}{_unit(metric)}, {way} is better, {decides}{about}")
    named = {metric.name for metric in problem.metrics}
    kinds = [axis.metric for axis in problem.axes if axis.metric not in named]
    if kinds:
        lines.append(f"- {', '.join(kinds)}: does not decide; programs that differ in it are kept")
    return "\n".join([*lines, "", "What else stands in a table of scores does not decide."])


def read_only(problem: Problem, program: Program, tokens: int) -> Section:
    """Show the files that may not change, the smallest first, as far as they fit."""
    paths = [path for path in program if not matches(path, problem.editable)]
    paths.sort(key=lambda path: (len(program.files[path].data), path))
    return Section("Read-only files", code.files(program, paths, tokens, " (read-only)"), 0.45)


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
    limits = problem.limits
    entry = problem.entry if isinstance(problem.entry, str) else " ".join(problem.entry)
    if not entry:
        return "- The program is judged by the problem's own evaluator."
    built = f"built with {' '.join(problem.build)}, then " if problem.build else ""
    cpus = "one CPU" if limits.cpus == 1 else f"{limits.cpus:g} CPUs"
    cpu = f" ({limits.cpu_time_s:g} s of CPU time)" if limits.cpu_time_s != limits.time_s else ""
    once = "for each case" if problem.repeats == 1 else "for each measurement"
    return (
        f"- The program is {built}called as {entry} {once}, with {limits.time_s:g} s{cpu}, {cpus} "
        f"and {limits.memory_mb} MiB. Time that it waits for a busy machine does not count."
    )


def _installed(surroundings: Surroundings) -> list[str]:
    return [f"- There it finds {surroundings.installed}."] if surroundings.installed else []


def _blocks(problem: Problem, program: Program) -> list[str]:
    """Say in which files only what lies between markers may change."""
    blocks = [
        path for path in program if matches(path, problem.editable) and marked(program.text(path))
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
    bounds = [
        f"at least {low:g}" if low is not None else "",
        f"at most {high:g}" if high is not None else "",
    ]
    return f"{metric} {' and '.join(bound for bound in bounds if bound)}"

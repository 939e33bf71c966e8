"""What a prompt shows of the run: the program, what it scored, how it failed, others, what was
tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cladogen.archives.base import Result
from cladogen.evaluation import Score, Status
from cladogen.patch import make_diff
from cladogen.patching.evolve_blocks import marked, stretches
from cladogen.problem import Problem
from cladogen.program import Program, matches
from cladogen.prompts.sections import Section, brief, clip, count_tokens, fenced, plain
from cladogen.proposal import Outcome, Proposal
from cladogen.record.base import Record

FENCES = {
    ".py": "python",
    ".c": "c",
    ".h": "c",
    ".cpp": "cpp",
    ".hpp": "cpp",
    ".rs": "rust",
    ".go": "go",
    ".js": "js",
    ".ts": "ts",
    ".sh": "sh",
    ".toml": "toml",
    ".json": "json",
    ".md": "markdown",
}
MOST_TRIED = 12


@dataclass(frozen=True, slots=True)
class Context:
    """Reads the record of a run for prompts about one problem."""

    problem: Problem
    record: Record

    def files(self, program: Program, title: str, tokens: int, focus: str = "") -> Section:
        """Show the files, editable ones first and whole while they fit; then those that ``focus``
        speaks of.
        """
        shown, left = [], tokens
        for path in self._ordered(program, focus):
            note = "" if matches(path, self.problem.editable) else " (read-only)"
            text = program.text(path)
            if "\0" in text:
                continue
            block = f"{path}{note}\n{fenced(plain(text), FENCES.get(path[path.rfind('.') :], ''))}"
            if count_tokens(block) > left:
                block = self._part(path, note, text, left)
            if block:
                shown.append(block)
                left -= count_tokens(block)
        return Section(title, "\n\n".join(shown), 1.0)

    def scores(self, number: int) -> Section:
        """Show a program's metrics, per case where there are several, next to the best
        program's.
        """
        score, best = self.record.score(number), self.record.best(1)
        if score is None or score.status is not Status.OK:
            return Section("What it scores", "", 0.2)
        lines = ["| | " + " | ".join(score.metrics) + " |", "|---|" + "---|" * len(score.metrics)]
        lines.append(_row(f"#{number}", score))
        top = self.record.score(best[0]) if best else None
        if top is not None and best[0] != number:
            lines.append(_row(f"#{best[0]}, the best", top))
        sign, name = self.problem.objective.sign, self.problem.objective.name
        if len(score.cases) > 1:
            worst = sorted(score.cases.items(), key=lambda item: item[1])
            lines.append("")
            lines.append(
                f"{name} by case, worst first: "
                + ", ".join(f"{case} {sign * v:.6g}" for case, v in worst[:40])
            )
        if self.problem.best_known is not None:
            lines.append(f"\nThe best value known elsewhere is {self.problem.best_known:g}.")
        return Section("What it scores", "\n".join(lines), 0.2)

    def feedback(self, number: int) -> Section:
        """Show what the scorer said of a program and, when it failed, how."""
        parts = []
        score = self.record.score(number)
        if score is not None and score.feedback and score.status is Status.OK:
            parts.append(plain(score.feedback))
        for row in self.record.evaluations(number):
            if row.status not in (Status.OK, Status.INFRA):
                parts.append(f"Case {row.case}: {row.status.value}. {plain(row.feedback)}")
                if row.log.strip():
                    parts.append(fenced(clip(plain(row.log), 1500)))
                break
        return Section("What the scorer says", "\n\n".join(dict.fromkeys(parts)), 0.2)

    def others(self, number: int, others: Sequence[int], tokens: int) -> Section:
        """Show other programs: what each is better at than ``number``, and its difference or its
        text.
        """
        base, parts = self.record.program(number), []
        for other in dict.fromkeys(others):
            if other == number or not tokens:
                continue
            program = self.record.program(other)
            difference, whole = make_diff(base, program), self._editable_text(program)
            body = (
                fenced(plain(difference), "diff") if len(difference) <= len(whole) else plain(whole)
            )
            body = clip(body, tokens // 2)
            how = "as a difference from" if len(difference) <= len(whole) else "whole; compare with"
            parts.append(
                f"Program #{other} {self._better(number, other)} ({how} #{number}):\n\n{body}"
            )
            tokens = max(0, tokens - count_tokens(parts[-1]))
        return Section("Other programs of this search", "\n\n".join(parts), 0.35)

    def tried(self, number: int) -> Section:
        """List what was tried on a program and what it did, the latest last, so that nothing is
        repeated.
        """
        lines = []
        tried = [
            (p, r) for p, r in self.record.proposals(number) if r.outcome is not Outcome.NO_REPLY
        ]
        for proposal, result in tried[-MOST_TRIED:]:
            lines.append(f"- {describe(proposal)}: {self._came_to(number, result)}")
        if len(tried) > MOST_TRIED:
            lines.insert(0, f"- ({len(tried) - MOST_TRIED} earlier ones are not shown)")
        return Section(f"What was tried on #{number}", "\n".join(lines), 0.15)

    def ancestry(self, number: int) -> Section:
        """Tell how the program came to be: the changes that led to it, oldest first, with what each
        did.
        """
        lines: list[str] = []
        while len(lines) < 8:
            node = self.record.node(number)
            if not node.parents:
                break
            parent = node.parents[0]
            made = [p for p, r in self.record.proposals(parent) if r.program == number]
            if made:
                lines.append(
                    f"- #{parent} -> #{number}, {describe(made[0])}: {self._change(parent, number)}"
                )
            number = parent
        return Section("How it came to be", "\n".join(reversed(lines)), 0.1)

    # -- small pieces

    def _ordered(self, program: Program, focus: str) -> list[str]:
        def rank(path: str) -> tuple[bool, bool, int]:
            named = bool(focus) and path.rsplit("/", 1)[-1] in focus
            return (
                not matches(path, self.problem.editable),
                not named,
                len(program.files[path].data),
            )

        return sorted(program, key=rank)

    def _part(self, path: str, note: str, text: str, left: int) -> str:
        """Show the evolve blocks of a file that is too long, else its head and tail."""
        body = clip(plain(_blocks(text) if marked(text) else text), max(0, left - 40))
        return f"{path}{note}, in part\n{fenced(body)}" if body else ""

    def _editable_text(self, program: Program) -> str:
        return "\n\n".join(
            f"{path}\n{fenced(program.text(path))}"
            for path in program
            if matches(path, self.problem.editable)
        )

    def _better(self, number: int, other: int) -> str:
        mine, its = self.record.score(number), self.record.score(other)
        if mine is None or its is None or its.fitness is None or mine.fitness is None:
            return "is shown for comparison"
        words = []
        for metric in self.problem.metrics:
            here, there = mine.metrics.get(metric.name), its.metrics.get(metric.name)
            if here is not None and there is not None and metric.sign * (there - here) > 0:
                words.append(f"{metric.name} {there:.6g} against {here:.6g}")
        cases = [
            case for case, value in its.cases.items() if value > mine.cases.get(case, float("-inf"))
        ]
        if cases and len(its.cases) > 1:
            words.append(f"better on {', '.join(cases[:6])}")
        return "is better at " + "; ".join(words) if words else "is not better, but different"

    def _came_to(self, number: int, result: Result) -> str:
        if result.outcome is Outcome.ACCEPTED and result.program is not None:
            return self._change(number, result.program)
        reason = brief(result.reason, 160)
        return f"{result.outcome.value}{f' ({reason})' if reason else ''}"

    def _change(self, before: int, after: int) -> str:
        old, new, objective = (
            self.record.score(before),
            self.record.score(after),
            self.problem.objective,
        )
        if new is None or new.fitness is None:
            status = new.status.value if new is not None else "no score"
            return f"{status} {brief(new.feedback, 160) if new is not None else ''}".strip()
        if old is None or old.fitness is None:
            return f"{objective.name} {new.metrics[objective.name]:.6g}"
        better = (
            "better"
            if new.fitness > old.fitness
            else "worse"
            if new.fitness < old.fitness
            else "no change"
        )
        return (
            f"{objective.name} {old.metrics[objective.name]:.6g} -> "
            f"{new.metrics[objective.name]:.6g}, {better}"
        )


def _blocks(text: str) -> str:
    """Return the evolve blocks of a file with their marks, and signs of what lies between them."""
    parts = [*stretches(text.split("\n")), []]
    shown = [
        [parts[at - 1][-1], *parts[at], *parts[at + 1][:1]] for at in range(1, len(parts) - 1, 2)
    ]
    return "\n[...]\n".join("\n".join(lines) for lines in shown)


def describe(proposal: Proposal) -> str:
    """Say in a few words what a proposal was."""
    summary = brief(proposal.summary, 200)
    return f"{proposal.operator}: {summary}" if summary else proposal.operator


def _row(name: str, score: Score) -> str:
    return f"| {name} | " + " | ".join(f"{value:.6g}" for value in score.metrics.values()) + " |"


def rules(problem: Problem, program: Program) -> Section:
    """Say what may change, how the program is called, and within which limits."""
    limits, goal = problem.limits, problem.objective
    fixed = [path for path in program if not matches(path, problem.editable)]
    entry = problem.entry if isinstance(problem.entry, str) else " ".join(problem.entry)
    unit = f" ({goal.unit})" if goal.unit else ""
    lines = [
        f"- Goal: {goal.direction} {goal.name}{unit}.",
        f"- You may change: {', '.join(problem.editable)}. Everything else is read-only"
        + (f" ({', '.join(fixed[:12])})." if fixed else "."),
        f"- The program is called as {entry}, with {limits.time_s:g} s and {limits.memory_mb} MiB "
        "for each call.",
    ]
    blocks = [
        path for path in program if matches(path, problem.editable) and marked(program.text(path))
    ]
    if blocks:
        lines.append(
            f"- In {', '.join(blocks[:12])} only what lies between the lines EVOLVE-BLOCK-START "
            "and EVOLVE-BLOCK-END "
            "may change; these lines stay, and everything outside them. A change elsewhere is "
            "refused as a whole."
        )
    lines += [
        f"- Constraint: {_bound(bound.metric, bound.low, bound.high)}."
        for bound in problem.constraints
    ]
    return Section("Rules", "\n".join(lines))


def _bound(metric: str, low: float | None, high: float | None) -> str:
    bounds = [
        f"at least {low:g}" if low is not None else "",
        f"at most {high:g}" if high is not None else "",
    ]
    return f"{metric} {' and '.join(bound for bound in bounds if bound)}"

"""One program and one task, as the page shows them: everything that is known, on request only."""

from __future__ import annotations

import itertools
from typing import Any

from cladogen.formatting import one_line
from cladogen.patching.array_files import shown
from cladogen.proposal import Proposal
from cladogen.view.page.highlight import tokens
from cladogen.view.readable_difference import readable_difference
from cladogen.view.reports.commands import commands
from cladogen.view.reports.pictures import pictures
from cladogen.view.reports.plain import plain
from cladogen.view.reports.program import ProgramReport, program_report
from cladogen.view.reports.program_text import heldout_line, score_line
from cladogen.view.reports.run import own_value
from cladogen.view.reports.task import outcome_line, task_report
from cladogen.view.run_reader import RunReader

LONGEST = 200_000  # characters of one text that are sent
MOST_ROWS = 400  # evaluations that are sent


def program(run: RunReader, number: int) -> dict[str, Any]:
    """Return a program without its files: scores, lineage, proposal, evaluations, commands."""
    report = program_report(run, number, drifted=False)
    metric = report.yardstick.objective
    return {
        "number": number,
        "tree": report.program,
        "commit": report.commit,
        "parents": report.parents,
        "children": report.children[:200],
        "asked": report.asked,
        "rounds": report.rounds,
        "operator": report.operator,
        "summary": report.summary,
        "status": report.status,
        "standing": report.standing,
        "reason": report.reason,
        "value": own_value(metric, report.fitness),
        "marks": [name for name in ("best", "ships", "elite") if getattr(report, name)],
        "metrics": _metrics(report),
        "cases": _cases(report),
        "heldout": heldout_line(report),
        "verdict": report.verdict,
        "feedback": cut(report.feedback),
        "flags": report.flags,
        "lineage": _lineage(run, report),
        "evaluations": list(map(_evaluation, report.evaluations[:MOST_ROWS])),
        "proposal": proposal(report.proposal),
        "ticket": report.ticket,
        "pictures": [{"case": case} for case in pictures(run, number)],
        "paths": list(report.files),
        "commands": commands(run, number),
    }


def files(run: RunReader, number: int) -> list[dict[str, Any]]:
    """Return a program's files, in pieces of one colour each."""
    found = []
    for path, file in run.program(number).files.items():
        text = cut(shown(path, file.data))
        found.append({"path": path, "tokens": tokens(path, text)})
    return found


def difference(run: RunReader, before: int, after: int) -> dict[str, Any]:
    """Return the git diff of two programs."""
    diff = readable_difference(run.program(before), run.program(after))
    return {"before": before, "after": after, "diff": cut(diff)}


def steps(run: RunReader, number: int) -> list[dict[str, Any]]:
    """Return the line of first parents down to a program: the diff and the gain of each link."""
    line = run.descent(number)
    found = []
    for before, after in itertools.pairwise(line):
        one, other = run.fitness(before), run.fitness(after)
        gain = None if one is None or other is None else other - one
        row = run.entries[after]
        found.append(
            {**difference(run, before, after), "gain": gain, "operator": row.operator,
             "summary": one_line(row.summary, 200)}
        )  # fmt: skip
    return found


def task(run: RunReader, ticket: int) -> dict[str, Any]:
    """Return a task with its proposals and what came of each."""
    report = task_report(run, ticket)
    return {
        "ticket": ticket,
        "kind": report.kind,
        "asked": outcome_line(report),
        "results": plain(report.results),
        "proposals": list(map(proposal, report.proposals)),
    }


def proposal(made: Proposal | None) -> dict[str, Any] | None:
    """Return a proposal with its prompt, reply and patch."""
    if made is None:
        return None
    values: dict[str, Any] = plain(made)
    return values | {name: cut(values[name]) for name in ("prompt", "reply", "patch")}


def cut(text: str) -> str:
    """Return a text that a browser can show."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n… {len(text) - LONGEST} more characters"


def _metrics(report: ProgramReport) -> list[dict[str, str]]:
    known = [each for each in report.yardstick.metrics if each.name in report.metrics]
    return [
        {"name": each.name, "text": score_line(report, each), "about": each.about} for each in known
    ]


def _cases(report: ProgramReport) -> list[dict[str, Any]]:
    """Return the objective by case, beside the seed program's."""
    metric, seed = report.yardstick.objective, report.yardstick.seed_cases
    return [
        {"case": case, "value": own_value(metric, fitness),
         "seed": own_value(metric, seed.get(case)),
         "gain": None if case not in seed else fitness - seed[case]}
        for case, fitness in report.cases.items()
    ]  # fmt: skip


def _lineage(run: RunReader, report: ProgramReport) -> list[dict[str, Any]]:
    metric = report.yardstick.objective
    pairs = zip(report.lineage, report.lineage_fitness, strict=True)
    return [
        {"number": number, "value": own_value(metric, fitness),
         "operator": run.entries[number].operator}
        for number, fitness in pairs
    ]  # fmt: skip


def _evaluation(row: Any) -> dict[str, Any]:
    values: dict[str, Any] = plain(row)
    return values | {"log": cut(values["log"]), "feedback": cut(values["feedback"])}

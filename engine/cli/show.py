"""``evolve show``: one program or proposal: scores and their cause, prompt and reply, patch,
cost.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import Paint, add_words, open_run, write_json
from cladogen.errors import RunError

if TYPE_CHECKING:
    from cladogen.evaluation import Evaluation
    from cladogen.proposal import Proposal
    from cladogen.view.run_reader import ProgramRow, RunReader

LONGEST_LOG = 40  # lines
LONGEST_CASES = 12


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "show",
        help="one program or proposal: scores, patch, cause, cost",
        description="Show a program (default: the best), or a proposal by ticket:N, also one that "
        "failed.",
    )
    add_words(parser, "[PROGRAM | ticket:N]")
    parser.add_argument("--prompt", action="store_true", help="with the prompt")
    parser.add_argument("--reply", action="store_true", help="with the model's reply")
    parser.add_argument("--cases", action="store_true", help="with every case")
    parser.add_argument("--files", action="store_true", help="with the whole files")
    parser.add_argument("--no-patch", action="store_true", help="without the patch")


def run(args: argparse.Namespace) -> int:
    past, names = open_run(args.words, most=1)
    name = names[0] if names else "best"
    with past:
        if name.startswith("ticket:"):
            found = ticket_report(past, _ticket(name))
            shown = ticket_lines(past, found, args)
        else:
            found = program_report(past, past.find(name))
            shown = program_lines(past, found, args)
        if args.json:
            write_json(found)
        else:
            print("\n".join(shown))
    return 0


def _ticket(name: str) -> int:
    number = name.removeprefix("ticket:")
    if not number.isdecimal():
        raise RunError(
            f"{name!r}: write ticket:41, with a number that evolve list --proposals shows"
        )
    return int(number)


# -- a program


def program_report(past: RunReader, number: int) -> dict[str, Any]:
    """Return everything known of a program as plain data."""
    entry = past.entries[number]
    proposal = past.store.proposal(entry.node.ticket, entry.round)
    heldout = past.heldout(number)
    rows = [(made, fresh, row) for _, _, made, fresh, row in past.store.evaluations(number)]
    return {
        "number": number,
        "program": entry.node.program,
        "commit": past.commits.get(number),
        "parents": list(entry.node.parents),
        "children": past.children.get(number, []),
        "status": entry.score.status.value,
        "fitness": entry.score.fitness,
        "metrics": dict(entry.score.metrics),
        "feedback": entry.score.feedback,
        "standing": entry.standing,
        "reason": entry.reason,
        "best": number == past.best,
        "elite": number in past.elites,
        "heldout": None
        if heldout is None
        else {"status": heldout.status.value, "metrics": dict(heldout.metrics)},
        "lineage": lineage(past, number),
        "proposal": None if proposal is None else _proposal(proposal),
        "ticket": entry.node.ticket,
        "evaluations": [_evaluation(made, fresh, row) for made, fresh, row in rows],
        "flags": [text for text in past.flags if f"#{number} " in text],
        "files": {
            path: file.data.decode(errors="replace")
            for path, file in past.program(number).files.items()
        },
    }


def lineage(past: RunReader, number: int) -> list[int]:
    """Return the line of first parents from the seed down to the program."""
    line = [number]
    while parents := past.entries[line[-1]].node.parents:
        line.append(parents[0])
    return line[::-1]


def program_lines(
    past: RunReader, report: dict[str, Any], args: argparse.Namespace
) -> Iterator[str]:
    from cladogen.display.words import one_line, printable

    paint, entry = Paint(), past.entries[report["number"]]
    title = f"#{entry.number} {one_line(entry.operator)}" + (
        f": {one_line(entry.summary)}" if entry.summary else ""
    )
    marks = ", ".join(
        word for word, on in (("best", report["best"]), ("elite", report["elite"])) if on
    )
    yield paint(title, "bold") + (f"  [{marks}]" if marks else "")
    commit = f", commit {report['commit']}" if report["commit"] else ""
    yield from _named("tree", f"{entry.node.program}{commit}")
    yield from _named("parents", " ".join(f"#{parent}" for parent in report["parents"]))
    yield from _named("children", " ".join(f"#{child}" for child in report["children"][:20]))
    yield from _named("lineage", _line_of_scores(past, report["lineage"]))
    good = report["status"] == "ok"
    yield from _named(
        "status", paint(report["status"], "bold", "green" if good else "red") + _standing(entry)
    )
    yield from _named("cause", one_line(report["reason"], 300) if not good else "")
    yield from _scores(past, entry)
    yield from _named("held-out", _heldout(past, report["number"]))
    yield from _cases(past, report["number"], most=10**9 if args.cases else LONGEST_CASES)
    for text in report["flags"]:
        yield from _named("flagged", paint(one_line(text), "yellow"))
    yield from _named("used", _used(report["evaluations"]))
    if report["proposal"] is not None:
        yield from proposal_lines(past, report["proposal"], args, paint)
    if good:
        yield from _named("feedback", printable(report["feedback"]))
    yield from _log(report["evaluations"])
    if args.files or report["proposal"] is None:
        for path, text in report["files"].items():
            yield paint(f"--- {one_line(path)}", "bold")
            yield printable(text).rstrip("\n")


def _named(name: str, text: str) -> Iterator[str]:
    if text:
        yield f"{name:<9} {text}"


def _line_of_scores(past: RunReader, line: list[int]) -> str:
    from cladogen.display.words import amount

    shown = line if len(line) <= 8 else [*line[:2], -1, *line[-5:]]
    metric = past.problem.objective
    texts = [
        "…" if n < 0 else f"#{n} {amount(metric, past.entries[n].score.fitness, 5)}" for n in shown
    ]  # fmt: skip
    return " -> ".join(texts) if len(line) > 1 else ""


def _standing(entry: ProgramRow) -> str:
    words = {
        "new": "kept, in a new place",
        "improved": "kept, in place of a worse one",
        "rejected": "not kept",
    }
    return f", {words.get(entry.standing, entry.standing)}" if entry.standing else ", in flight"


def _scores(past: RunReader, entry: ProgramRow) -> Iterator[str]:
    """Yield each metric with its difference from the seed's."""
    from cladogen.display.words import amount, gain, number

    seed = past.entries[0].score.metrics
    for metric in past.problem.metrics:
        if metric.name not in entry.score.metrics:
            continue
        fitness = metric.sign * entry.score.metrics[metric.name]
        text = amount(metric, fitness, 9)
        if metric.name in seed and entry.number != 0:
            noise = past.noise if metric.name == past.problem.objective.name else 0.0
            change = fitness - metric.sign * seed[metric.name]
            text += f", seed {number(seed[metric.name], 9)}; {gain(metric, change, noise)}"
        yield from _named(metric.name, text)


def _heldout(past: RunReader, program: int) -> str:
    from cladogen.display.words import amount

    mine, seeds = past.heldout(program), past.heldout(0)
    if mine is None:
        return ""
    metric = past.problem.objective
    text = amount(metric, mine.fitness, 9) if mine.fitness is not None else mine.status.value
    if seeds is not None and program != 0:
        text += f", seed {amount(metric, seeds.fitness, 9)}"
    return text + (
        f"; {past.final['sentence']}" if past.final and past.final["number"] == program else ""
    )


def _cases(past: RunReader, program: int, most: int) -> Iterator[str]:
    """Yield the objective for each case, with the difference from the seed's; at most ``most`` of
    them.
    """
    from cladogen.display.words import amount, gain, one_line

    score, seed, metric = past.entries[program].score, past.entries[0].score, past.problem.objective
    for case, fitness in list(score.cases.items())[:most]:
        change = (
            f", {gain(metric, fitness - seed.cases[case], 0.0)}"
            if case in seed.cases and program != 0
            else ""
        )
        yield from _named("case", f"{case}: {amount(metric, fitness)}{change}")
    if len(score.cases) > most:
        yield from _named("case", f"{len(score.cases) - most} more cases (--cases)")
    if not score.cases:
        for row in past.evaluations("train", program).get(program, [])[:most]:
            why = f": {one_line(row.feedback, 200)}" if row.feedback else ""
            yield from _named("case", f"{row.case}: {row.status.value}{why}")


def _used(evaluations: list[dict[str, Any]]) -> str:
    from cladogen.display.words import duration, plural

    if not evaluations:
        return ""
    wall, cpu = (sum(row["usage"][clock] for row in evaluations) for clock in ("wall_s", "cpu_s"))
    memory = max(row["usage"]["peak_memory_mb"] for row in evaluations)
    fresh = sum(row["fresh"] for row in evaluations)
    again = f", {fresh} of them again in a fresh sandbox" if fresh else ""
    took = f"{duration(wall)}, {duration(cpu)} of CPU, at most {memory:.0f} MiB"
    return f"{plural(len(evaluations), 'evaluation')}, {took}{again}"


def _log(evaluations: list[dict[str, Any]]) -> Iterator[str]:
    from cladogen.display.words import printable

    log = next((row["log"] for row in evaluations if row["log"]), "")
    shown = printable(log).rstrip().splitlines()
    if shown:
        yield "log"
        yield from (f"  {line}" for line in shown[:LONGEST_LOG])
        if len(shown) > LONGEST_LOG:
            yield f"  … {len(shown) - LONGEST_LOG} more lines (--json has them)"


def _evaluation(ticket: int, fresh: bool, row: Evaluation) -> dict[str, Any]:
    return {
        "case": row.case,
        "seed": row.seed,
        "status": row.status.value,
        "metrics": dict(row.metrics),
        "fresh": fresh,
        "feedback": row.feedback,
        "log": row.log,
        "usage": asdict(row.usage),
        "cost_usd": row.cost_usd,
        "ticket": ticket,
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return asdict(proposal)


# -- a proposal


def ticket_report(past: RunReader, ticket: int) -> dict[str, Any]:
    """Return a task, its proposals and what came of each, as plain data."""
    task = past.store.task(ticket)
    if task is None:
        raise RunError(
            f"{past.folder}: no ticket {ticket}; see: evolve list --proposals {past.folder}"
        )
    rows = past.store.database.execute(
        "SELECT round, outcome, program, standing, reason FROM results WHERE ticket = ? ORDER BY "
        "round",
        (ticket,),
    )
    names = ("round", "outcome", "program", "standing", "reason")
    return {
        "ticket": ticket, "kind": type(task).__name__.lower(), "task": asdict(task),
        "results": [dict(zip(names, row, strict=True)) for row in rows],
        "proposals": [_proposal(proposal) for proposal in past.store.proposals_of(ticket)],
    }  # fmt: skip


def ticket_lines(
    past: RunReader, report: dict[str, Any], args: argparse.Namespace
) -> Iterator[str]:
    from cladogen.display.words import one_line

    paint, task = Paint(), report["task"]
    if report["kind"] == "measure":
        yield paint(f"ticket {report['ticket']}: measure #{task['program']} again", "bold")
        yield from _named("cases", ", ".join(task["cases"]))
    else:
        yield paint(f"ticket {report['ticket']}: a child of " + _parents(task["parents"]), "bold")
    yield from _named(
        "note", " ".join(part for part in (task["note"], task.get("hint", "")) if part)
    )
    if not report["results"]:
        yield from _named("outcome", "in flight")
    for place, result in enumerate(report["results"]):
        title = f"round {place}: " if place else ""
        program = f", program #{result['program']}" if result["program"] is not None else ""
        good = result["outcome"] in ("accepted", "measured")
        yield from _named(
            "outcome", title + paint(result["outcome"], "green" if good else "red") + program
        )
        yield from _named("cause", one_line(result["reason"], 500))
        if place < len(report["proposals"]):
            yield from proposal_lines(past, report["proposals"][place], args, paint)


def _parents(parents: list[int]) -> str:
    return " and ".join(f"#{parent}" for parent in parents) or "nobody (a seed program)"


def proposal_lines(
    past: RunReader, proposal: dict[str, Any], args: argparse.Namespace, paint: Paint
) -> Iterator[str]:
    """Yield who was asked for what, what it cost, and the patch."""
    from cladogen.display.words import duration, one_line, plural, printable

    yield from _named("operator", one_line(proposal["operator"]))
    yield from _named("model", one_line(proposal["model"]))
    yield from _named("summary", one_line(proposal["summary"], 300))
    yield from _named(
        "code", " ".join(part for part in (proposal["code"], one_line(proposal["reason"])) if part)
    )
    expected = proposal["expectation"]
    if expected:
        change = "" if expected["change"] is None else f" {expected['change']:+g}"
        yield from _named("expected", one_line(f"{expected['metric']}{change} {expected['text']}"))
    trials = f", {plural(proposal['trials'], 'trial')}" if proposal["trials"] else ""
    yield from _named("took", f"{duration(proposal['seconds'])}{trials}{_cost(proposal['cost'])}")
    for name in ("prompt", "reply"):
        text = printable(proposal[name]).rstrip()
        if getattr(args, name) and text:
            yield from (paint(f"--- {name}", "bold"), text)
        elif text:
            yield from _named(name, f"{plural(len(text.splitlines()), 'line')} (--{name})")
    if proposal["patch"] and not args.no_patch:
        yield from ("", paint.patch(proposal["patch"]).rstrip("\n"))


def _cost(cost: dict[str, Any]) -> str:
    from cladogen.display.words import plural

    if not cost["calls"] and not cost["usd"]:
        return ""
    usd = "unpriced" if cost["usd"] is None else f"${cost['usd']:.4f}"
    cached = f" ({cost['cached_tokens']} cached)" if cost["cached_tokens"] else ""
    tokens = f"{cost['prompt_tokens']} tokens in{cached}, {cost['completion_tokens']} out"
    return f", {plural(cost['calls'], 'call')}, {tokens}, {usd}"

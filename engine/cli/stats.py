"""``evolve stats``: what each operator and model has done in a run: rates, gain, money."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import add_words, open_run, print_table, write_json

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "stats",
        help="what each operator and model has done: rates, gain, money",
        description="Count, for each operator and model: proposals; replies; of these, how many "
        "applied and how many made a program with a score; how many were kept, better than their "
        "parent, or new records; how far they raised the best; trials; how many expectations "
        "held; tokens and cost. A proposal that combines operators counts in the row of each.",
    )
    add_words(parser)
    parser.add_argument(
        "--by",
        choices=("both", "operator", "model", "specialist"),
        default="both",
        help="what makes a row",
    )
    parser.add_argument(
        "--notes", action="store_true", help="instead: the notes that a model wrote of the run"
    )
    parser.add_argument(
        "--evolution",
        action="store_true",
        help="instead: what selection and what changes gave (Price's equation) by generation and "
        "operator, how many parents are in effect, and lines that came back",
    )
    parser.add_argument(
        "--improvers",
        action="store_true",
        help="instead: what programs' own improvers gained, by generation, and whether they get "
        "better at it",
    )
    parser.add_argument(
        "--proxy",
        action="store_true",
        help="instead: how many programs [proxy] stopped, and how well it ranks them",
    )
    parser.add_argument(
        "--cases",
        action="store_true",
        help="instead: the cases that evolved (--coevolve), champions first: how much they tell",
    )
    parser.add_argument(
        "--failures",
        action="store_true",
        help="instead: how proposals failed, by kind, with the latest of each",
    )
    parser.add_argument(
        "--time",
        action="store_true",
        help="instead: how many results came when, and the latest tasks, worker by worker",
    )


def _proxy(reader: RunReader, as_json: bool) -> int:
    from cladogen.errors import ConfigError
    from cladogen.search.proxy import agreement
    from cladogen.view.reports.plain import plain

    problem = reader.problem
    if not problem.proxy.cases:
        raise ConfigError(f"{problem.name}: problem.toml has no [proxy]")
    found = agreement(problem, reader.evaluations("train").values())
    if as_json:
        write_json(plain(found))
    else:
        print(found.sentence or "no program has run on the proxy's cases")
    return 0


def _cases(reader: RunReader, as_json: bool) -> int:
    from cladogen.errors import ConfigError
    from cladogen.view.reports.cases import case_rows, case_table
    from cladogen.view.reports.plain import plain

    if not reader.settings.coevolve:
        raise ConfigError(f"{reader.folder}: no cases evolved in this run (evolve run --coevolve)")
    rows = case_rows(reader)
    if as_json:
        write_json(plain(rows))
    elif rows:
        print_table(case_table(rows))
    else:
        print("no generation of cases has passed")
    return 0


def _failures(reader: RunReader, as_json: bool) -> int:
    from cladogen.view.reports.failures import failure_rows, failure_table
    from cladogen.view.reports.plain import plain

    rows = failure_rows(reader)
    if as_json:
        write_json(plain(rows))
    elif rows:
        print_table(failure_table(rows))
    else:
        print("no proposal has failed")
    return 0


def _time(reader: RunReader, as_json: bool) -> int:
    from cladogen.view.reports.busy import tasks_table, throughput_table
    from cladogen.view.timeline import timeline_of

    found = timeline_of(reader)
    if as_json:
        write_json(found)
        return 0
    print_table(throughput_table(found["results"]))
    print()
    print_table(tasks_table(found["spans"], found["results"]["begin"]))
    return 0


def _improvers(reader: RunReader, as_json: bool) -> int:
    from cladogen.view.reports.improvers import improvers_lines, improvers_report
    from cladogen.view.reports.plain import plain

    report = improvers_report(reader)
    if as_json:
        write_json(plain(report))
    else:
        print(*improvers_lines(report), sep="\n")
    return 0


def run(args: argparse.Namespace) -> int:
    shown = {
        "notes": _notes,
        "improvers": _improvers,
        "proxy": _proxy,
        "cases": _cases,
        "failures": _failures,
        "time": _time,
        "evolution": _evolution,
    }
    reader, _ = open_run(args.words, most=0)
    with reader:
        for name, show in shown.items():
            if getattr(args, name):
                return show(reader, args.json)
        return _credit(reader, args)


def _notes(reader: RunReader, as_json: bool) -> int:
    from cladogen.formatting import printable
    from cladogen.view.reports.notes import run_notes
    from cladogen.view.reports.plain import plain

    found = run_notes(reader.store)
    if as_json:
        write_json(plain(found))
    elif not found:
        print("this run has no notes")
    for note in () if as_json else found[-1:]:
        print(f"notes after task {note.ticket}, by {note.model}\n\n{printable(note.text)}")
    return 0


def _credit(reader: RunReader, args: argparse.Namespace) -> int:
    from cladogen.view.recorded_events import tally_of
    from cladogen.view.reports.credit import credit_rows, credit_table, tuning_line
    from cladogen.view.reports.plain import plain

    tally, unit = tally_of(reader), reader.problem.objective.unit
    rows = credit_rows(tally, args.by, reader.settings.specialists)
    if args.json:
        of = {"specialist", "only"} if args.by == "specialist" else {"operator", "model"}
        authors = [{name: getattr(row, name) for name in sorted(of, reverse=True)} for row in rows]
        counts = [plain(row.credit) for row in rows]
        write_json([author | count for author, count in zip(authors, counts, strict=True)])
    else:
        print_table(credit_table(rows, tally.total(), unit))
        if tuning := tuning_line(tally, reader.store.seconds()):
            print(f"tuning: {tuning}")
    return 0


def _evolution(reader: RunReader, as_json: bool) -> int:
    from cladogen.view.reports import evolution
    from cladogen.view.reports.plain import plain

    report = evolution.evolution_report(reader)
    if as_json:
        write_json(plain(report))
        return 0
    shown = evolution.generations_shown(report.generations)
    print_table(evolution.price_table("generation", shown))
    if left := len(report.generations) - len(shown):
        print(f"({left} generations between are not shown; --json has all)")
    print()
    print_table(evolution.price_table("operator", report.operators))
    print()
    for line in evolution.evolution_lines(report):
        print(line)
    return 0

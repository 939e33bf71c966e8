"""``evolve stats``: what each operator and model has done in a run: rates, gain, money."""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import add_words, open_run, print_table, write_json


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
        "--by", choices=("both", "operator", "model"), default="both", help="what makes a row"
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.view.reports.credit import credit_rows, credit_table
    from cladogen.view.reports.plain import plain
    from cladogen.view.told_again import tally_of

    reader, _ = open_run(args.words, most=0)
    with reader:
        tally, unit = tally_of(reader), reader.problem.objective.unit
    rows = credit_rows(tally, args.by)
    if args.json:
        authors = [{"operator": row.operator, "model": row.model} for row in rows]
        counts = [plain(row.credit) for row in rows]
        write_json([author | count for author, count in zip(authors, counts, strict=True)])
    else:
        print_table(credit_table(rows, tally.total(), unit))
    return 0

"""``evolve stats``: what each operator and model has done in a run: proposals, rates, gain,
money.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import add_words, open_run, print_table, write_json

if TYPE_CHECKING:
    from cladogen.view.credit import Credit

HEADINGS = (
    "operator",
    "model",
    "proposals",
    "applied",
    "scored",
    "kept",
    "better",
    "records",
    "gain",
    "expected",
    "tokens",
    "cost",
)


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "stats",
        help="what each operator and model has done: rates, gain, money",
        description="Count, for each operator and model: proposals, how many applied, were "
        "scored, kept, better than "
        "their parent, new records; how far they raised the best; how many expectations held; "
        "tokens and cost.",
    )
    add_words(parser)
    parser.add_argument(
        "--by", choices=("both", "operator", "model"), default="both", help="what makes a row"
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.view.credit import Credit, credits_of

    past, _ = open_run(args.words, most=0)
    with past:
        found = credits_of(past)
        unit = past.problem.objective.unit
    merged: dict[tuple[str, str], Credit] = {}
    for (operator, model), credit in found.items():
        key = (operator if args.by != "model" else "", model if args.by != "operator" else "")
        merged[key] = merged.get(key, Credit()) + credit
    rows = sorted(
        merged.items(), key=lambda item: (-item[1].gain, -item[1].records, -item[1].proposals)
    )
    if args.json:
        write_json(
            [
                {"operator": operator, "model": model, **asdict(credit)}
                for (operator, model), credit in rows
            ]
        )
    else:
        print_table(
            [
                HEADINGS,
                *(_cells(operator, model, credit, unit) for (operator, model), credit in rows),
            ]
        )
    return 0


def _cells(operator: str, model: str, credit: Credit, unit: str) -> tuple[str, ...]:
    from cladogen.display.words import number, one_line

    gain = f"{number(credit.gain, 4)}{f' {unit}' if unit else ''}" if credit.gain else "-"
    expected = f"{credit.expected_held} of {credit.expected}" if credit.expected else "-"
    unpriced = f" +{credit.unpriced} unpriced" if credit.unpriced else ""
    cost = f"${credit.usd:.4f}{unpriced}" if credit.calls else "-"
    return (
        one_line(operator, 24) or "all",
        one_line(model, 40) or "-",
        str(credit.proposals),
        _share(credit.applied, credit.proposals),
        _share(credit.scored, credit.proposals),
        str(credit.kept),
        str(credit.better),
        str(credit.records),
        gain,
        expected,
        str(credit.tokens) if credit.tokens else "-",
        cost,
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"

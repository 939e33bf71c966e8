"""``evolve sign``: write a small signed report of what a run found, which others can check."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from cladogen.cli.choosing import add_words, open_run


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "sign",
        help="write a signed report of what a run found",
        description="Write a report of a program (default: what ships, else the best): program, "
        "problem and scorer by hash, versions, what each case gave, the verdict, the budget. The "
        "key is made on first use, in the user's settings and never in a run folder.",
    )
    add_words(parser, "[PROGRAM]")
    parser.add_argument("--out", default="", metavar="FILE", help="default: RUN-NUMBER.signed.json")


def run(args: argparse.Namespace) -> int:
    from cladogen.signing.keys import key_file
    from cladogen.signing.report import run_report_to_sign, signed

    reader, names = open_run(args.words, most=1)
    with reader:
        number = reader.find(names[0]) if names else reader.chosen
        content = signed(run_report_to_sign(reader, number))
        out = Path(args.out or f"{reader.folder.resolve().name}-{number}.signed.json")
    out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    if args.json:
        print(json.dumps({"file": str(out), "number": number, "public_key": content["public_key"]}))
    else:
        print(f"#{number} signed: {out}")
        print(f"key {content['public_key']} ({key_file()})")
    return 0

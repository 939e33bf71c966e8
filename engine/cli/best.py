"""``evolve best``: the best program itself, what it scored against the seed, and where it is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import Paint, add_words, open_run, write_json

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "best",
        help="the best program, what it scored and where it is",
        description="Print the files that the best program changed, then its score against the "
        "seed.",
    )
    add_words(parser)
    parser.add_argument("--files", action="store_true", help="all files, also those as in the seed")


def run(args: argparse.Namespace) -> int:
    past, _ = open_run(args.words, most=0)
    with past:
        if args.json:
            from cladogen.cli.show import program_report

            write_json(
                program_report(past, past.find("best"))
                | {"run": str(past.folder), "ending": past.ending}
            )
            return 0
        show(past, all_files=args.files)
    return 0


def show(past: RunReader, *, all_files: bool) -> None:
    from cladogen.display.words import amount, changed_files, gain, one_line, printable

    paint, number = Paint(), past.find("best")
    best, seed, metric = past.program(number), past.program(0), past.problem.objective
    for path in (
        list(best)
        if all_files
        else [path for path in changed_files(seed, best) if path in best.files]
    ):
        print(paint(f"--- {one_line(path)}", "bold"))
        print(printable(best.text(path)).rstrip("\n"))
    gone = [path for path in seed if path not in best.files]
    for path in gone:
        print(paint(f"--- {one_line(path)}: removed", "bold"))
    entry, first = past.entries[number], past.entries[0]
    change = None
    if entry.score.fitness is not None and first.score.fitness is not None:
        change = entry.score.fitness - first.score.fitness
    print(paint("---", "bold"))
    values = (
        f"{amount(metric, entry.score.fitness, 9)}, seed {amount(metric, first.score.fitness, 9)}"
    )
    print(f"{'best':<9} #{number} of {len(past.entries)} programs ({past.ending})")
    print(f"{'score':<9} {metric.name} {values}; {gain(metric, change, past.noise)}")
    print(f"{'noise':<9} {past.noise:.3g}" if past.noise else f"{'noise':<9} none measured")
    heldout, seeds = past.heldout(number), past.heldout(0)
    if heldout is not None:
        against = (
            f", seed {amount(metric, seeds.fitness, 9)}" if seeds is not None and number else ""
        )
        print(f"{'held-out':<9} {metric.name} {amount(metric, heldout.fitness, 9)}{against}")
    if past.final is not None:
        print(f"{'verdict':<9} {one_line(past.final['sentence'])}")
    commit = past.commits.get(number)
    where = f"tree {entry.node.program}" + (
        f", commit {commit} in {past.folder / 'programs.git'}" if commit else ""
    )
    print(f"{'where':<9} {where}")
    print(f"{'next':<9} evolve checkout {past.folder} best --to DIR · evolve diff {past.folder}")

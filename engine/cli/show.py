"""``evolve show``: a program or a task: scores and their cause, prompt and reply, patch, cost."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_target, add_words, open_run, paint, write_json
from cladogen.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from cladogen.view.paint import Paint
    from cladogen.view.reports.detail import Detail
    from cladogen.view.reports.program import ProgramReport
    from cladogen.view.reports.task import TaskReport
    from cladogen.view.run_reader import RunReader

PREFIXES = ("task:", "ticket:")


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "show",
        help="a program or a task: scores, patch, cause, cost",
        description="Show a program (default: what ships, else the best) or a task with its "
        "proposals, also those that failed. 12 is program #12 and, where there is one, task 12; "
        "#12 is the program only, task:12 the task only.",
    )
    add_words(parser, "[PROGRAM | TASK]")
    parser.add_argument("--prompt", action="store_true", help="with the prompt")
    parser.add_argument("--reply", action="store_true", help="with the model's reply")
    parser.add_argument("--cases", action="store_true", help="with every case")
    parser.add_argument("--files", action="store_true", help="with the whole files")
    parser.add_argument(
        "--again", action="store_true", help="with the commands that make and judge it again"
    )
    parser.add_argument(
        "--picture", type=a_target, metavar="FILE",
        help="write what the scorer drew of the program's first case with a picture to a file",
    )  # fmt: skip
    parser.add_argument("--no-patch", action="store_true", help="without the patch")


def run(args: argparse.Namespace) -> int:
    reader, names = open_run(args.words, most=1)
    with reader:
        program, task = find(reader, names[0] if names else None)
        if args.picture is not None:
            write_picture(reader, program, args.picture)
        if args.json:
            write_json(as_json(program, task), args.output)
        else:
            text = lines(reader, program, task, detail(args), paint(args.output))
            print("\n".join(text), file=args.output)
            for line in again_lines(reader, program) if args.again else ():
                print(line, file=args.output)
    return 0


def write_picture(reader: RunReader, program: ProgramReport | None, path: Path) -> None:
    """Write a program's picture; raises RunError where there is none."""
    from cladogen.view.reports.pictures import picture

    if program is None:
        raise RunError("--picture: name a program, such as #12; a task has no picture")
    _, data = picture(reader, program.number)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror})") from None


def again_lines(reader: RunReader, program: ProgramReport | None) -> Iterator[str]:
    """Yield the commands that make and judge a program again, each below what it does."""
    from cladogen.view.reports.commands import commands

    for each in () if program is None else commands(reader, program.number):
        yield f"to {each['what']}:"
        yield f"  {each['command']}"


def detail(args: argparse.Namespace) -> Detail:
    """Return how much was asked for."""
    from cladogen.view.reports.detail import Detail

    return Detail(args.prompt, args.reply, args.cases, args.files, patch=not args.no_patch)


def find(reader: RunReader, name: str | None) -> tuple[ProgramReport | None, TaskReport | None]:
    """Return the reports of the program and of the task that ``name`` means; a bare number is
    both.
    """
    from cladogen.view.reports.program import program_report
    from cladogen.view.reports.task import task_report

    if name is None:
        return program_report(reader, reader.chosen), None
    prefix = next(filter(name.startswith, PREFIXES), "")
    if prefix:
        return None, task_report(reader, _number(name, prefix))
    if not name.isdecimal():
        return program_report(reader, reader.find(name)), None
    number = int(name)
    task = task_report(reader, number) if reader.store.task(number) is not None else None
    if task is not None and number >= reader.size:
        return None, task
    return program_report(reader, reader.find(name)), task


def _number(name: str, prefix: str) -> int:
    number = name.removeprefix(prefix)
    if not number.isdecimal():
        raise RunError(f"{name!r}: write task:41, a number that evolve list --proposals shows")
    return int(number)


def as_json(program: ProgramReport | None, task: TaskReport | None) -> Any:
    """Return the program with the task beside it, or whichever of them there is."""
    from cladogen.view.reports.plain import plain

    return plain(task) if program is None else plain(program) | {"task": plain(task)}


def lines(
    reader: RunReader,
    program: ProgramReport | None,
    task: TaskReport | None,
    shown: Detail,
    colours: Paint,
) -> Iterator[str]:
    """Yield the program, and the task of the same number in one line; or the task alone."""
    from cladogen.formatting import named
    from cladogen.view.reports.program_text import program_lines
    from cladogen.view.reports.task import outcome_line, task_lines

    if program is None and task is not None:
        yield from task_lines(task, shown, colours)
        return
    assert program is not None
    yield from program_lines(program, shown, colours)
    if task is not None:
        where = f"evolve show {reader.folder} task:{task.ticket}"
        yield named(f"task {task.ticket}", f"{outcome_line(task, colours)} ({where})")

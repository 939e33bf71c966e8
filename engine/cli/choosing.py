"""What the commands that look at runs share: the arguments RUN and PROGRAM, JSON, colours."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cladogen.errors import ConfigError, RunError

if TYPE_CHECKING:
    from cladogen.view.paint import Paint
    from cladogen.view.run_reader import RunReader

PROGRAMS = "best, ships, seed, #12, 12, or the start of a tree's or a commit's id"
RUNS = "a run folder (default: the one written to last under ./runs)"
WIDTH = 200  # columns where no terminal is


def a_path(text: str) -> Path:
    """Read a path from the command line; an empty word would be the folder we are in."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty; is a variable of the shell unset?")
    return Path(text)


def a_target(text: str) -> Path:
    """Read where to write a file from the command line: not a folder, and in one that is there, so
    that this is said before the work and not after it.
    """
    path = a_path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{path}: there is no folder {path.parent}; make it first")
    return path


def a_problem(text: str) -> Path:
    """Read a problem (or a run) from the command line: a path, or the name of a shipped problem
    where nothing of that name is.
    """
    if a_path(text).exists():
        return Path(text)
    from cladogen.problem.shipped import named  # a path that is there needs no look at these

    return named(text)


def add_words(parser: argparse.ArgumentParser, *names: str) -> None:
    """Let a command take [RUN] and then ``names``, in one list: whether the first is a run, only
    the disk knows.
    """
    what = f"[RUN] {' '.join(names)}".strip()
    helps = f"RUN: {RUNS}"
    if any("PROGRAM" in name for name in names):
        helps += f"; PROGRAM: {PROGRAMS}"
    parser.add_argument("words", nargs="*", metavar=what, help=helps)
    parser.add_argument("--json", action="store_true", help="print JSON")


def open_run(words: Sequence[str], most: int) -> tuple[RunReader, list[str]]:
    """Return the run that ``words`` name first, or else the latest one, and the words after it,
    ``most`` at most.
    """
    from cladogen.view.run_folders import is_run
    from cladogen.view.run_reader import RunReader

    rest = list(words)
    folder = Path(rest.pop(0)) if rest and is_run(Path(rest[0])) else None
    if rest and folder is None and (most == 0 or (looks_like_path(rest[0]) and most < 2)):
        raise RunError(_no_run(rest[0]))
    if len(rest) > most:
        raise ConfigError(f"{rest[most]!r}: one word too many; {RUNS} comes first")
    return RunReader(folder or _latest_run(rest), warn=warn), rest


def _latest_run(rest: Sequence[str]) -> Path:
    """Return the run written to last; where there is none, the first word was to be one."""
    from cladogen.view.run_folders import latest_run

    try:
        return latest_run()
    except RunError as error:
        named = bool(rest) and not rest[0].lstrip("#").isdecimal()
        raise RunError(f"{_no_run(rest[0])}, and {error}" if named else str(error)) from None


def _no_run(word: str) -> str:
    from cladogen.view.run_folders import RUNS as FOLDER
    from cladogen.view.run_folders import is_run

    meant = f"; did you mean {FOLDER / word}?" if is_run(FOLDER / word) else ""
    return f"{word}: no run here (no run.db){meant}"


def warn(text: str) -> None:
    """Say on standard error what to know of the answers."""
    print(f"note: {text}", file=sys.stderr)


def looks_like_path(word: str) -> bool:
    return "/" in word or word in (".", "..") or Path(word).is_dir()


def write_json(value: Any, output: TextIO | None = None) -> None:
    """Print one JSON object at once, on standard output unless another stream is given; a number
    that is not finite becomes null.
    """
    import json

    from cladogen.view.reports.plain import plain

    print(json.dumps(plain(value), ensure_ascii=False), file=output, flush=True)


def paint(output: TextIO | None = None) -> Paint:
    """Return the colours of a terminal, standard output unless another stream is given; none
    elsewhere, nor where NO_COLOR is set.
    """
    from cladogen.view.paint import Paint

    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Paint(on=(output or sys.stdout).isatty() and not plain)


def print_table(rows: list[tuple[str, ...]], output: TextIO | None = None) -> None:
    """Print rows in columns; the first is the heading."""
    colours = paint(output)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
        print(line if number else colours(line, "bold"), file=output)


def width(output: TextIO | None = None) -> int:
    """Return how many columns a line may take."""
    import shutil

    terminal = shutil.get_terminal_size((WIDTH, 24)).columns
    return terminal if (output or sys.stdout).isatty() else WIDTH


def empty_folder(path: Path, *, force: bool) -> Path:
    """Return ``path`` when files may be written there; raises ConfigError when it holds some
    already.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())) and not force:
        raise ConfigError(
            f"{path}: exists already; name another folder, or add --force to write into it"
        )
    return path

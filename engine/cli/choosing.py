"""What the commands that look at runs share: the arguments RUN and PROGRAM, JSON, colours."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.errors import ConfigError, RunError

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader

PROGRAMS = "best, seed, #12, 12, or the start of a tree's or a commit's id"
CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
RUNS = "a run folder (default: the one written to last under ./runs)"


def a_path(text: str) -> Path:
    """Read a path from the command line; an empty word would be the folder we are in."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty; is a variable of the shell unset?")
    return Path(text)


def add_words(parser: argparse.ArgumentParser, *names: str) -> None:
    """Let a command take [RUN] and then ``names``, in one list: whether the first is a run, only
    the disk knows.
    """
    what = f"[RUN] {' '.join(names)}".strip()
    helps = f"RUN: {RUNS}" + (
        f"; PROGRAM: {PROGRAMS}" if any("PROGRAM" in name for name in names) else ""
    )
    parser.add_argument("words", nargs="*", metavar=what, help=helps)
    parser.add_argument("--json", action="store_true", help="print JSON")


def open_run(words: Sequence[str], most: int) -> tuple[RunReader, list[str]]:
    """Return the run that ``words`` name first, or else the latest one, and the words after it,
    ``most`` at most.
    """
    from cladogen.view.run_reader import RunReader

    rest = list(words)
    named = bool(rest) and (Path(rest[0]) / "run.db").is_file()
    folder = Path(rest.pop(0)) if named else None
    if rest and folder is None and looks_like_path(rest[0]) and most < 2:
        raise RunError(f"{rest[0]}: no run here (no run.db)")
    if len(rest) > most:
        raise ConfigError(f"{rest[most]!r}: one word too many; {RUNS} comes first")
    return RunReader(latest_run() if folder is None else folder), rest


def latest_run() -> Path:
    """Return the run written to last: the folder we are in, or under ``runs``."""
    from cladogen.view.run_reader import find_runs

    for place in (Path(), Path("runs")):
        found = (
            [Path()] if place == Path() and Path("run.db").is_file() else find_runs(Path("runs"))
        )
        if found:
            return found[0]
    raise RunError("no run in ./runs: name a run folder, or start one with: evolve run PROBLEM")


def looks_like_path(word: str) -> bool:
    return "/" in word or word in (".", "..") or Path(word).is_dir()


def write_json(value: Any) -> None:
    """Print one JSON object; a number that is not finite becomes null."""
    print(json.dumps(finite(value), indent=None, ensure_ascii=False))


def finite(value: Any) -> Any:
    """Return plain data without NaN and infinity, which JSON does not have."""
    if isinstance(value, dict):
        return {key: finite(inside) for key, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(inside) for inside in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Paint:
    """Colours for a terminal; plain text elsewhere, and where NO_COLOR is set."""

    def __init__(self, *, on: bool | None = None) -> None:
        usable = (
            sys.stdout.isatty()
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )
        self.on = usable if on is None else on

    def __call__(self, text: str, *styles: str) -> str:
        if not self.on or not text or not styles:
            return text
        return f"\x1b[{';'.join(CODES[style] for style in styles)}m{text}\x1b[0m"

    def patch(self, text: str) -> str:
        """Return a diff with its lines coloured, and nothing in it that could steer the
        terminal.
        """
        from cladogen.display.words import printable

        return "\n".join(self(line, *_patch_style(line)) for line in printable(text).split("\n"))


def _patch_style(line: str) -> tuple[str, ...]:
    if line.startswith(("+++", "---", "diff ", "index ")):
        return ("bold",)
    return {"+": ("green",), "-": ("red",), "@": ("cyan",)}.get(line[:1], ())


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows in columns; the first is the heading."""
    paint = Paint()
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for place, row in enumerate(rows):
        line = "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
        print(paint(line, "bold") if place == 0 else line)


def width() -> int:
    """Return how many columns a line may take; unlimited (as 200) where nobody's terminal is."""
    import shutil

    return shutil.get_terminal_size((200, 24)).columns if sys.stdout.isatty() else 200


def empty_folder(path: Path, *, force: bool) -> Path:
    """Return ``path`` when files may be written there; raises ConfigError when it holds some
    already.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())) and not force:
        raise ConfigError(
            f"{path}: exists already; name another place, or add --force to write into it"
        )
    return path

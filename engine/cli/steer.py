"""``evolve steer``: ask something of a run while it goes on: a wish for later prompts, another cap,
which lineages are followed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import write_json
from cladogen.errors import ConfigError, RunError
from cladogen.view.run_folders import is_run, latest_run

if TYPE_CHECKING:
    from cladogen.record.steering import Steer

PROGRAMS = {
    "pin": "every later child is one of PROGRAM",
    "favour": "every second child is one of PROGRAM or of what descends from it",
    "ban": "no later child is one of PROGRAM or of what descends from it",
    "free": "end what was said of PROGRAM",
    "measure": "measure PROGRAM once more, on every training case",
}


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "steer",
        help="ask something of a run while it goes on",
        description="Ask something of a run; it is recorded, and heeded before the next task. A "
        "WISH, in a sentence, is shown by every later prompt (proposers without a model do not "
        "read it). See also: evolve pause, resume, stop.",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="[RUN] [WISH]",
        help="a run folder (default: the run written to last under ./runs), and a wish in quotes",
    )
    for name, text in PROGRAMS.items():
        parser.add_argument(f"--{name}", metavar="PROGRAM", help=text)
    parser.add_argument(
        "--cap",
        metavar="NAME=N",
        help="hold another cap from now on: usd, tokens, calls, evaluations, proposals, seconds or "
        "patience",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from cladogen.record.steering import give

    folder, wish = _read(args.words, alone=not _options(args))
    steers = _steers(args, folder, wish)
    for steer in steers:
        give(folder, steer)
    if args.json:
        said = {"wish": wish} if wish else {}
        write_json({"run": str(folder), **said, "said": list(map(str, steers))})
    else:
        for steer in steers:
            print(f"{folder}: {steer}")
    return 0


def _options(args: argparse.Namespace) -> dict[str, str]:
    given = {name: getattr(args, name) for name in (*PROGRAMS, "cap")}
    return {name: value for name, value in given.items() if value is not None}


def _steers(args: argparse.Namespace, folder: Path, wish: str) -> list[Steer]:
    """Return what is asked for, each checked against the run."""
    from cladogen.record.steering import checked
    from cladogen.view.run_reader import RunReader

    asked: list[dict[str, Any]] = [{"do": "wish", "text": wish}] if wish else []
    with RunReader(folder) as reader:
        for name, value in _options(args).items():
            if name == "cap":
                asked.append({"do": "cap", **_cap(value)})
            else:
                asked.append({"do": name, "program": reader.find(value)})
        return [checked(values, reader.size) for values in asked]


def _cap(text: str) -> dict[str, Any]:
    name, _, value = text.partition("=")
    try:
        return {"cap": name, "value": float(value)}
    except ValueError:
        raise ConfigError(f"--cap {text}: write NAME=N, as in --cap usd=5") from None


def _is_path(word: str) -> bool:
    """Whether a word alone names a folder, and is no wish."""
    return is_run(Path(word)) or ("/" in word and not any(each.isspace() for each in word))


def _read(words: list[str], *, alone: bool) -> tuple[Path, str]:
    """Return the run, and the wish; ``alone``: nothing else is asked for, so there must be one."""
    if len(words) > 2:
        raise ConfigError(f"{words[1]!r}: put the wish in quotes, as one word: [RUN] WISH")
    if len(words) == 1 and _is_path(words[0]):
        folder, wish, hint = Path(words[0]), "", "; a wish is a sentence, in quotes"
    else:
        folder = Path(words[0]) if len(words) == 2 else latest_run()
        wish, hint = words[-1].strip() if words else "", ""
    if not is_run(folder):
        raise RunError(f"{folder}: no run here (no run.db){hint}")
    if alone and not wish:
        raise ConfigError("the wish is empty; write what later prompts should ask for")
    return folder, wish

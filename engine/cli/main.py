"""The command ``evolve``: find the command's module, import only that, run it, turn what happens
into an exit code.

A module of this folder has ``add_parser(subparsers)``, which adds the parser of each of its
commands, and ``run(args) -> int``; ``args.command`` is the command's name. Exit codes: 0 done, 2 a
mistake of the user or the world (one line), 70 a defect (a traceback), 130 interrupted; other codes
are the command's own.
"""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TextIO

from cladogen import __version__
from cladogen.cli.outlets import (
    BROKEN_PIPE,
    EndedBySignal,
    OutputLost,
    ending_by_signals,
    outlets,
    say,
)
from cladogen.errors import NO_MORE_THREADS, CladogenError, ConfigError, in_words, is_of_threads
from cladogen.problem.spelling import meant

DEFECT, INTERRUPTED = 70, 130
NEW_OBJECTS = 10_000  # before Python looks for rings among them; 700 unless it is told
HELP, VERSION = ("-h", "--help", "help"), ("-V", "--version")
UNREADABLE = tuple(
    f"SQLITE_{name}"
    for name in ("CORRUPT", "NOTADB", "IOERR", "FULL", "BUSY", "READONLY", "CANTOPEN")
)
WORLD = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOTDIR,
    errno.ENAMETOOLONG,
}

# heading -> command -> (module, one line of help)
COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "start": {
        "init": ("init", "make a problem folder that works, from a template"),
        "import": ("import_", "make a problem of a folder in another project's layout"),
        "problems": ("problems", "the problems that come with this package"),
        "check": ("check", "measure a problem before anything is spent"),
        "run": ("run", "evolve a problem's program, or continue a run"),
        "evaluate": ("evaluate", "judge one program by hand"),
    },
    "look": {
        "view": ("view", "runs in a browser, live: score, lineage, programs, failures, cost"),
        "status": ("status", "how a run stands, what is still to come, and what to do next"),
        "watch": ("watch", "follow a run that goes on, a line for each result"),
        "list": ("list_runs", "the runs here, or the proposals of one"),
        "tree": ("tree", "the lineage of a run's programs, drawn"),
        "show": ("show", "a program or a task: scores, patch, cause, cost"),
        "stats": ("stats", "what each operator and model has done: rates, gain, money"),
        "best": ("best", "the best program, what it scored and where it is"),
        "diff": ("diff", "the difference of two programs; by default of what ships from the seed"),
        "blame": ("blame", "for each line of a program, the ancestor that brought it"),
    },
    "take": {
        "report": ("report", "a run in one document, to read or to print"),
        "plot": ("plot", "the best so far of some runs, as a picture"),
        "checkout": ("checkout", "write a program's files into a folder"),
        "git": ("git_folder", "the run as a git repository, brought up to date"),
        "export": ("export", "a run as files, or a program on a branch of your own repository"),
    },
    "take part": {
        "ask": ("ask", "take a task of a run, with its full prompt"),
        "tell": ("tell", "hand in the reply to a task"),
        "steer": ("steer", "ask something of a run: a wish, another cap, which lineages to follow"),
        "approve": ("approve", "let children that wait for a person be run, or refuse them"),
        "pause": ("going", "let a search start nothing new"),
        "resume": ("going", "let a paused search go on"),
        "stop": ("going", "end a search as if its budget were used up"),
        "mcp": ("mcp", "serve runs to a coding agent over the Model Context Protocol"),
    },
    "tools": {
        "certify": ("certify", "score a solution from anywhere with a problem's scorer"),
        "sign": ("sign", "write a signed report of what a run found"),
        "verify": ("verify", "check a signed report, or open the sealed cases of a run"),
        "replay": ("replay", "run a recorded run again, without a model"),
        "patch": ("patch", "apply one model's reply to a folder, by hand"),
        "sandbox": ("sandbox", "build the sandbox's image, say what works here"),
        "transfer": ("transfer", "what a run's best programs are worth on another problem"),
        "meta": ("meta", "evolve the engine's own choices over several problems"),
        "bench": ("bench", "compare archives on problems at equal budgets"),
    },
}
TABLE = {
    name: (f"cladogen.cli.{module}", text)
    for group in COMMANDS.values()
    for name, (module, text) in group.items()
}


class Parser(argparse.ArgumentParser):
    """An argument parser that knows no abbreviations and whose errors are one line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{self.prog}: {message} (see: {self.prog} --help)")


def main(argv: Sequence[str] | None = None, table: Mapping[str, tuple[str, str]] = TABLE) -> int:
    """Run one command and return its exit code; prints a traceback only for a defect of cladogen
    itself.
    """
    gc.set_threshold(NEW_OBJECTS)  # what a command loads stays: no use in searching it often
    with outlets():
        try:
            with ending_by_signals():
                code = dispatch(list(sys.argv[1:] if argv is None else argv), table)
                sys.stdout.flush()
            return code
        except OutputLost as lost:
            return _lost(lost)
        except CladogenError as error:
            text = str(error)
            say(text if text.startswith("evolve") else f"evolve: {text}")
            return error.exit_code
        except KeyboardInterrupt:
            say("evolve: interrupted")
            return INTERRUPTED
        except EndedBySignal as ended:
            return ended.exit_code
        except Exception as error:  # noqa: BLE001  (the border: a defect arrives here, and is shown whole)
            return defect(error)


def _lost(lost: OutputLost) -> int:
    """End as Unix tools do whose reader has gone; a full disk is the world's and gets one line."""
    if lost.by_reader:
        return BROKEN_PIPE
    say(f"evolve: cannot write the output: {lost}")
    return CladogenError.exit_code


def defect(error: Exception) -> int:
    """Print the traceback of a defect; a full disk, a forbidden or a damaged file is the world's
    and gets one line.
    """
    if getattr(error, "sqlite_errorname", "").startswith(UNREADABLE):
        say(f"evolve: the run's record: {error}")
        return CladogenError.exit_code
    if isinstance(error, OSError) and error.errno in WORLD:
        say(f"evolve: {in_words(error)}")
        return CladogenError.exit_code
    if is_of_threads(error):
        say(f"evolve: {NO_MORE_THREADS}")
        return CladogenError.exit_code
    import traceback

    say("".join(traceback.format_exception(error)).rstrip())
    say(f"evolve {__version__}: this is a defect; please report the lines above")
    return DEFECT


def dispatch(
    argv: list[str],
    table: Mapping[str, tuple[str, str]] = TABLE,
    output: TextIO | None = None,
) -> int:
    """Parse the arguments with the parser of the command they name, and run it. ``output`` is what
    a command that only looks prints to, standard output unless it is given.
    """
    if output is None:
        _escape_what_cannot_be_printed()
    if not argv or argv[0] in HELP:
        print(overview())
        return 0 if argv else CladogenError.exit_code
    name, *rest = argv
    if name in VERSION:
        print(f"evolve {__version__}")
        return 0
    module = importlib.import_module(_module_of(name, table))
    try:
        args = parse(module, name, rest)
    except SystemExit as done:  # --help
        return int(done.code or 0)
    args.output = output or sys.stdout
    return int(module.run(args))


def _module_of(name: str, table: Mapping[str, tuple[str, str]]) -> str:
    """Return the module of a command; raises ConfigError where there is none of this name."""
    if name not in table:
        kind = "option" if name.startswith("-") else "command"
        raise ConfigError(f"evolve: no {kind} {name!r}{meant(name, table)} (see: evolve --help)")
    return table[name][0]


def _escape_what_cannot_be_printed() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def parse(module: Any, name: str, argv: list[str]) -> argparse.Namespace:
    """Parse a command's arguments; options may stand between and after its positional ones."""
    subparsers = Parser(prog="evolve").add_subparsers(parser_class=Parser)
    module.add_parser(subparsers)
    parser = subparsers.choices[name]
    known = parser.parse_known_intermixed_args if argv else parser.parse_known_args
    args, rest = known(argv)
    if rest:
        word = rest[0].split("=")[0]
        kind = "option" if word.startswith("-") else "argument"
        close = meant(word, parser._option_string_actions)
        raise ConfigError(
            f"{parser.prog}: no such {kind}: {rest[0]}{close} (see: {parser.prog} --help)"
        )
    args.command = name
    return args


def overview() -> str:
    """Return the help of ``evolve`` itself."""
    lines = [
        "usage: evolve COMMAND [ARGUMENT ...]",
        "",
        "Evolve programs against a scorer that can be trusted.",
        "",
    ]
    for heading, commands in COMMANDS.items():
        lines.append(f"{heading}:")
        lines += [f"  {name:<10} {text}" for name, (_, text) in commands.items()]
        lines.append("")
    lines += ["Each command says more by: evolve COMMAND --help", "Version: evolve --version"]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

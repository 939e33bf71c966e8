"""``evolve run``: start a search, or go on with one; the same command does both."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path
from cladogen.errors import ConfigError
from cladogen.problem.defaults import ISOLATIONS, SANDBOXES

if TYPE_CHECKING:
    from cladogen.events import Observer
    from cladogen.settings import Settings

MODEL_WORKERS = 8  # a call takes seconds of waiting, not of work
EXIT_FAILING = 4
EXIT_INTERRUPTED = 130


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "run",
        help="search for better programs; the same command resumes",
        description="Search for programs that score better than the seed. The same command "
        "continues a stopped run.",
    )
    parser.add_argument("problem", nargs="?", type=a_path, help="a problem folder")
    parser.add_argument(
        "--resume", type=a_path, metavar="RUN", help="continue the run in this folder"
    )
    parser.add_argument(
        "--run",
        type=a_path,
        metavar="DIR",
        help="the run folder (default: runs/PROBLEM[-VARIANT][-sSEED])",
    )
    parser.add_argument(
        "--new", action="store_true", help="start another run beside an earlier one"
    )
    parser.add_argument("--variant", help="a variant of the problem")
    _add_search(parser.add_argument_group("search"))
    add_budget(parser.add_argument_group("budget (the run ends at the first that is reached)"))
    add_model(parser.add_argument_group("model (keys come from the environment only)"))
    add_sandbox(parser.add_argument_group("sandbox"))
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line instead of the display"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, as without a terminal")


def _add_search(group: Any) -> None:
    group.add_argument("--seed", type=int, help="seed of every random choice (default 0)")
    group.add_argument("--workers", type=int, help="tasks in flight at once")
    group.add_argument("--archive", help="selection rule, by name or import path module:Class")
    group.add_argument("--archive-option", action="append", default=[], metavar="KEY=VALUE")
    group.add_argument("--proposer", help="offline, model, mutate, tune, agent, or an import path")
    group.add_argument("--proposer-option", action="append", default=[], metavar="KEY=VALUE")


def add_budget(group: Any) -> None:
    group.add_argument(
        "--max-evaluations", type=int, metavar="N", help="program x case evaluations"
    )
    group.add_argument("--max-proposals", type=int, metavar="N")
    group.add_argument(
        "--max-seconds", type=float, metavar="S", help="wall clock, all sittings together"
    )
    group.add_argument(
        "--max-usd",
        type=float,
        metavar="D",
        help="hard: the most a call can cost is reserved first",
    )
    group.add_argument("--max-tokens", type=int, metavar="N")
    group.add_argument("--max-calls", type=int, metavar="N")
    group.add_argument(
        "--max-failing",
        type=int,
        metavar="N",
        help="failures in a row that end the run (default 40)",
    )
    group.add_argument(
        "--target", type=float, metavar="X", help="stop when the objective reaches X"
    )
    group.add_argument(
        "--patience", type=int, metavar="N", help="stop after N proposals without a better program"
    )


def add_model(group: Any) -> None:
    group.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME[=WEIGHT]",
        help="may be given several times",
    )
    group.add_argument(
        "--fallback",
        action="append",
        default=[],
        metavar="NAME",
        help="asked for what a model cannot answer; several: in their order",
    )
    group.add_argument("--api-base", metavar="URL", help="an OpenAI-compatible server")
    price = (
        "dollars per million tokens of prompt, reply and cached prompt; over the prices that "
        "litellm knows"
    )
    group.add_argument("--price", action="append", default=[], metavar="NAME=P,R[,C]", help=price)
    group.add_argument(
        "--key", metavar="VARIABLE", help="the environment variable that holds the key"
    )
    group.add_argument(
        "--usd-per-hour", type=float, metavar="D", help="the price of an hour of evaluation"
    )


def add_sandbox(group: Any) -> None:
    group.add_argument("--sandbox", choices=SANDBOXES)
    group.add_argument(
        "--isolation", choices=ISOLATIONS, help="container: a fresh one for each candidate"
    )
    group.add_argument("--runtime", help="another OCI runtime for Docker, such as runsc")


def run(args: argparse.Namespace) -> int:
    """Run the search; return the exit code: 0 ended as asked, 4 nothing worked, 130 interrupted."""
    from cladogen.cli.until_done import until_done
    from cladogen.session import open_run, reopen_run

    settings = settings_from(args)
    if args.resume is not None:
        store, settings = reopen_run(args.resume, settings if _asked(args) else None)
    else:
        folder = args.run or default_folder(args.problem, settings, new=args.new)
        store, settings = open_run(folder, args.problem, settings)
    return until_done(search(store, settings, observer_for(args)))


async def search(store: Any, settings: Settings, observer: Observer) -> int:
    """Open a session on the store, search, and return the exit code."""
    from cladogen.session import open_session

    async with open_session(store, settings, observer) as run_:
        ending = await run_.search()
    return {"failing": EXIT_FAILING, "interrupted": EXIT_INTERRUPTED}.get(ending.stop.kind, 0)


def settings_from(args: argparse.Namespace) -> Settings:
    """Return what the problem's ``[defaults]`` say, under what the command line says."""
    from cladogen.problem import load
    from cladogen.settings import Settings

    if args.problem is None:
        if args.resume is None:
            raise ConfigError(
                "evolve run: name a problem folder, or a run to continue with --resume RUN"
            )
        if not _asked(args):
            return Settings()
        from cladogen.record.store import Store

        store = Store.open(args.resume)
        settings = Settings.from_json(store.meta()["settings"])
        store.close()
    else:
        defaults = load(args.problem, args.variant or "").defaults
        settings = Settings().over(defaults, str(args.problem / "problem.toml [defaults]"))
    return settings.over(given_by(args), "evolve run").bounded()


def given_by(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that a command line names; a command without one of these options leaves
    it out.
    """
    from cladogen.settings import CAP_NAMES

    names = (
        "variant",
        "seed",
        "workers",
        "archive",
        "proposer",
        "api_base",
        "sandbox",
        "isolation",
        "runtime",
        "usd_per_hour",
    )
    given = {
        name: value
        for name in (*names, *CAP_NAMES)
        if (value := getattr(args, name, None)) is not None
    }
    for option in ("archive_option", "proposer_option"):
        if getattr(args, option, None):
            given[f"{option}s"] = pairs(getattr(args, option), "--" + option.replace("_", "-"))
    if args.model:
        from cladogen.models.model import split_weight

        given["models"] = tuple(split_weight(text) for text in args.model)
        given.setdefault("workers", MODEL_WORKERS)
    about = {
        "price": ";".join(getattr(args, "price", [])),
        "key": getattr(args, "key", None),
        "fallback": ";".join(getattr(args, "fallback", [])),
    }
    if any(about.values()):
        about = {name: value for name, value in about.items() if value}
        given["proposer_options"] = {**given.get("proposer_options", {}), **about}
    return given


def default_folder(problem: Path, settings: Settings, *, new: bool) -> Path:
    """Return ``runs/PROBLEM[-VARIANT][-sSEED]``, with the first free number behind it when
    ``new``.
    """
    name = problem.resolve().name + (f"-{settings.variant}" if settings.variant else "")
    folder = Path("runs") / (name + (f"-s{settings.seed}" if settings.seed else ""))
    if not new or not folder.exists():
        return folder
    number = 2
    while (other := folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    return other


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """Read KEY=VALUE texts; values stay text, and are read as the type that the option's owner
    declares.
    """
    for text in texts:
        if "=" not in text:
            raise ConfigError(f"{option} {text!r}: write KEY=VALUE")
    return {key: value for key, _, value in (text.partition("=") for text in texts)}


def observer_for(args: argparse.Namespace) -> Observer:
    """Return the display that fits: JSON lines, a live block on a terminal, plain lines
    otherwise.
    """
    from cladogen.display.lines import make_observer

    return make_observer(json=args.json, plain=args.plain)


def _asked(args: argparse.Namespace) -> bool:
    ignored = ("problem", "resume", "run", "new", "json", "plain", "command")
    return any(
        value not in (None, [], False) for name, value in vars(args).items() if name not in ignored
    )

"""``evolve run``: start a search, or go on with one; the same command does both."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, a_problem
from cladogen.cli.run_options import (
    add_budget,
    add_config,
    add_first,
    add_model,
    add_sandbox,
    add_search,
    configured,
    given_by,
)
from cladogen.errors import ConfigError

if TYPE_CHECKING:
    from cladogen.cli.last_seconds import LastSeconds
    from cladogen.events import Observer
    from cladogen.record.store import Store
    from cladogen.settings import Settings

EXIT_FAILING = 4
EXIT_INTERRUPTED = 130
EXIT_CODES = {
    "failing": EXIT_FAILING,
    "away": EXIT_FAILING,
    "interrupted": EXIT_INTERRUPTED,
}
NO_SETTINGS = (
    "problem",
    "resume",
    "run",
    "new",
    "json",
    "plain",
    "command",
    "origin",
    "output",
    "release_reserved",
    "track",
)


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "run",
        help="search for better programs; the same command resumes",
        description="Search for programs that score better than the seed program. The same command "
        "continues a stopped run; where the problem was edited so that scores cannot be compared, "
        "it begins another run and says so.",
    )
    parser.add_argument(
        "problem",
        nargs="?",
        type=a_problem,
        metavar="PROBLEM",
        help="a problem folder, the name of a shipped problem (evolve problems), a folder in "
        "another project's layout, or a run folder to continue",
    )
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
    parser.add_argument(
        "--from",
        dest="origin",
        action="append",
        default=[],
        metavar="RUN[@PROGRAM]",
        help="begin with the best programs of another run (or with one) beside the seed",
    )
    parser.add_argument(
        "--release-reserved",
        action="store_true",
        help="give back what is reserved for model calls in flight when the run was killed",
    )
    parser.add_argument("--variant", metavar="NAME", help="a variant of the problem")
    search_group = parser.add_argument_group("search")
    add_search(search_group)
    add_first(search_group)
    add_config(search_group)
    add_budget(parser.add_argument_group("budget (the run ends at the first that is reached)"))
    add_model(parser.add_argument_group("model (keys come from the environment only)"))
    add_sandbox(parser.add_argument_group("sandbox"))
    parser.add_argument(
        "--json", action="store_true", help="one JSON object a line instead of the display"
    )
    parser.add_argument(
        "--track",
        action="append",
        default=[],
        metavar="NAME",
        help="log curves to wandb, mlflow or tensorboard, too",
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, as without a terminal")


def run(args: argparse.Namespace) -> int:
    """Run the search; return the exit code: 0 ended as asked, 4 nothing worked, 130 interrupted."""
    from cladogen.cli.outlets import say
    from cladogen.cli.which_problem import problem_folder
    from cladogen.cli.which_run import named

    for name in args.track:  # one that is missing is said before anything is made
        from cladogen.trackers.base import tracker

        tracker(name)
    problem: Path | None = None
    resumed: Path | None = args.resume
    if args.problem is not None:
        problem, resumed = named(problem_folder(args.problem, say))
    _check_named(args, resumed)
    if problem is not None:
        return _begin(args, problem)
    assert resumed is not None
    return _continue(args, resumed)


def _check_named(args: argparse.Namespace, resumed: Path | None) -> None:
    """Raise ConfigError unless a problem or a run is named, and only one of them."""
    if args.problem is None and resumed is None:
        raise ConfigError(
            "evolve run: name a problem folder, or a run to continue with --resume RUN"
        )
    if args.problem is not None and args.resume is not None:
        raise ConfigError(
            f"evolve run: {args.problem} and --resume {args.resume}: name one of them"
        )
    if resumed is not None and args.origin:
        raise ConfigError(f"evolve run: {resumed} has begun already; --from is for another run")


def _continue(args: argparse.Namespace, folder: Path) -> int:
    """Continue a run by its folder; its settings hold, but for the caps and workers asked for."""
    from cladogen.run_folder import reopen_run

    settings = settings_over(folder, args) if _asked(args) else None
    store, settings = reopen_run(folder, settings)
    return _search(args, store, settings, Path(str(store.meta().get("problem", ""))))


def _begin(args: argparse.Namespace, problem: Path) -> int:
    """Continue the newest run of a problem, or begin one."""
    from cladogen.cli.from_runs import Origin
    from cladogen.cli.which_run import Which, nothing_left_when_refused, which_run
    from cladogen.problem import load
    from cladogen.run_folder import open_run
    from cladogen.settings import Settings

    defaults = load(problem, args.variant or "", seeds=False).defaults
    settings = Settings().over(defaults, str(problem / "problem.toml [defaults]"))
    settings = _asked_for(settings, args)
    origin = Origin.of(args.origin)
    which = Which(args.run) if args.run else None
    which = which or which_run(problem, settings, origin.words, new=args.new)
    with nothing_left_when_refused(which.folder):
        store, settings = open_run(which.folder, problem, settings, origin)
        return _search(args, store, settings, problem, which.note)


def _search(
    args: argparse.Namespace, store: Store, settings: Settings, problem: Path, note: str = ""
) -> int:
    """Search, and name the user's own files in whatever is said of the problem's. What is known
    already is shown before anything is loaded or started that takes time.
    """
    from cladogen.cli.last_seconds import last_seconds
    from cladogen.cli.refused_first import (
        closed_when_refused,
        refuse_first,
        refuse_idle_prices,
    )
    from cladogen.cli.until_done import until_done
    from cladogen.cli.user_paths import Renamed, UserPaths
    from cladogen.display.lines import make_observer
    from cladogen.events import opened
    from cladogen.first_lines import first_lines, starting
    from cladogen.problem import load

    rename = UserPaths(store.folder, problem)
    shown = tracked(make_observer(json=args.json, plain=args.plain), args.track, store)
    observer = Renamed(shown, rename)
    with closed_when_refused(store), rename.in_errors():
        copy = load(store.folder / "problem", settings.variant, seeds=False)
        refuse_first(copy, settings)
        refuse_idle_prices(args.price, copy, settings)
    known = first_lines(copy, settings, store.folder)
    opened(observer, [*known, starting(copy, settings)])
    if note:
        observer.notice(note)
    if args.release_reserved:
        observer.notice(_released(store))
    with rename.in_errors(), last_seconds() as limit:
        return until_done(search(store, settings, observer, limit))


def _released(store: Store) -> str:
    from cladogen.formatting import plural
    from cladogen.record.model_calls import StoredCalls

    calls = StoredCalls(store).release()
    return f"released what was reserved for {plural(len(calls), 'model call')}"


def tracked(shown: Observer, names: list[str], store: Store) -> Observer:
    """Return an observer that logs to the named trackers too."""
    if not names:
        return shown
    from cladogen.trackers.base import tracker
    from cladogen.trackers.observing import Tracking

    made = [(name, tracker(name)) for name in dict.fromkeys(names)]
    return Tracking(shown, made, begun=store.newest().result + 1)


async def search(store: Store, settings: Settings, observer: Observer, limit: LastSeconds) -> int:
    """Open a session on the store, search, and return the exit code. ``limit`` bounds how long
    closing may take.
    """
    from cladogen.cli.process_age import process_age_s
    from cladogen.session import open_session

    began = time.monotonic() - process_age_s()
    async with open_session(store, settings, observer, began=began) as run_:
        ending = await run_.search()
        code = EXIT_CODES.get(ending.stop.kind, 0)
        limit.begin(run_.budget.closing_s(), code)
    return code


def settings_over(folder: Path, args: argparse.Namespace) -> Settings:
    """Return a run's own settings under what the command line says."""
    from cladogen.record.store import Store
    from cladogen.settings import Settings

    store = Store.open(folder)
    settings = Settings.from_json(store.meta()["settings"])
    store.close()
    return _asked_for(settings, args)


def _asked_for(settings: Settings, args: argparse.Namespace) -> Settings:
    """Return settings under the files of ``--config``, then the options of the command line."""
    for values, name in configured(args):
        settings = settings.over(values, name)
    return settings.over(given_by(args), "evolve run").bounded()


def _asked(args: argparse.Namespace) -> bool:
    """Tell whether the command line names a setting."""
    return any(
        value not in (None, [], False)
        for name, value in vars(args).items()
        if name not in NO_SETTINGS
    )

"""``evolve view``: runs in a browser, live; served on this machine only."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cladogen.cli.choosing import a_path
from cladogen.errors import ConfigError, RunError


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "view",
        help="runs in a browser, live",
        description="Serve a page that shows runs while they go on and after. It is served to this "
        "machine only (127.0.0.1), to whoever has the address that is printed.",
    )
    parser.add_argument(
        "runs",
        nargs="*",
        type=a_path,
        metavar="RUN",
        help="run folders, or folders of runs (default: ./runs)",
    )
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port (default: a free one)"
    )
    parser.add_argument("--no-open", action="store_true", help="open no browser")


def run(args: argparse.Namespace) -> int:
    from cladogen.cli.until_done import until_done

    try:
        from cladogen.view.page.server import serve
    except ImportError as error:
        raise ConfigError(
            f"evolve view: {error.name} is not installed; get it with: pip install 'cladogen[view]'"
        ) from None
    folders = _folders(args.runs)

    def ready(address: str) -> None:
        print(f"{address}\n(this machine only; Ctrl-C ends it)")
        sys.stdout.flush()
        if not args.no_open and sys.stdout.isatty():
            import webbrowser

            webbrowser.open(address)

    until_done(serve(folders, args.port, ready))
    return 0


def _folders(named: list[Path]) -> list[Path]:
    """Return the runs that are meant, the one written to last first."""
    from cladogen.view.run_folders import RUNS, find_runs

    found = [run for path in named or [RUNS] for run in find_runs(path)]
    for path in named:
        if not find_runs(path):
            raise RunError(f"{path}: no run here (no run.db)")
    if not found:
        raise RunError("no run in ./runs: name a run folder, or start one with: evolve run PROBLEM")
    return list(dict.fromkeys(found))

"""``evolve replay``: make a recorded run again, without a model and for free, and say whether the
tree is the same.
"""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.cli.choosing import a_path, write_json
from cladogen.problem.defaults import SANDBOXES
from cladogen.view.run_folders import latest_run

DIFFERENT = 1


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "replay",
        help="run a recorded run again, without a model",
        description="Make a recorded run again in a new folder: recorded replies are read, "
        "applied and evaluated "
        "again, nobody is asked. Exit code 1: something came out differently.",
    )
    parser.add_argument(
        "run", nargs="?", type=a_path, metavar="RUN", help="a run folder (default: the latest)"
    )
    parser.add_argument(
        "--out", type=a_path, metavar="DIR", help="the new run folder (default: RUN-replay)"
    )
    parser.add_argument("--sandbox", default="", choices=("", *SANDBOXES),
                        help="another sandbox than the run had")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    from cladogen.cli.until_done import until_done
    from cladogen.events import Silent
    from cladogen.replay import replay

    source = args.run or latest_run()
    target = args.out or source.with_name(f"{source.resolve().name}-replay")
    done = until_done(replay(source, target, Silent(), args.sandbox))
    if args.json:
        write_json(
            {
                "run": str(source),
                "replay": str(target),
                "same": done.same,
                "programs": done.programs,
                "replies": done.replies,
                "differences": done.differences,
            }
        )
    else:
        print(
            f"{'the same tree' if done.same else 'not the same'}: {done.programs} programs made "
            f"again in {target}"
        )
        for difference in done.differences[:20]:
            print(difference)
    return 0 if done.same else DIFFERENT

"""``evolve export``: put a program on a new branch of your own git repository."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import add_words, open_run, write_json
from cladogen.errors import ConfigError

if TYPE_CHECKING:
    from cladogen.view.run_reader import RunReader


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "export",
        help="put a program on a branch of your own git repository",
        description="Commit a program (default: what ships, else the best) on a new branch of "
        "REPOSITORY. Neither its working copy nor the branch it is on is touched.",
    )
    add_words(parser, "[PROGRAM] REPOSITORY")
    parser.add_argument("--branch", required=True, metavar="NAME", help="the branch to make")
    parser.add_argument(
        "--onto",
        metavar="COMMIT",
        help="the parent (default: where the seed came from, else the repository's HEAD)",
    )
    parser.add_argument(
        "--path",
        metavar="PATH",
        help="which folder of the repository the program is (default: its top)",
    )
    parser.add_argument(
        "--force", action="store_true", help="move the branch when it exists already"
    )


def run(args: argparse.Namespace) -> int:
    from cladogen.git.commit_rows import message, rows_after
    from cladogen.git.export import Change, export

    reader, names = open_run(args.words, most=2)
    if not names:
        raise ConfigError("evolve export: name the REPOSITORY to put the program into")
    with reader:
        number = reader.find(names[0]) if len(names) == 2 else reader.chosen
        origin = seed_origin(reader)
        made = next(rows_after(reader.store, -1, [number]), None)
        text = f"Program #{number} of {reader.problem.name}\n" if made is None else message(made)
        commit = export(
            Path(names[-1]),
            Change(reader.program(number), reader.program(0), args.path or origin.get("path", "")),
            branch=args.branch,
            message=text,
            onto=args.onto or origin.get("commit", ""),
            force=args.force,
        )
    if args.json:
        write_json(
            {"number": number, "repository": names[-1], "branch": args.branch, "commit": commit}
        )
    else:
        print(f"#{number} is commit {commit[:12]} on branch {args.branch} of {names[-1]}")
    return 0


def seed_origin(reader: RunReader) -> dict[str, str]:
    """Return the repository, commit and path the seed came from, nothing when it was a folder."""
    values = tomllib.loads((reader.folder / "problem" / "problem.toml").read_text())
    seeds = values.get("seeds")
    git = seeds.get("git", {}) if isinstance(seeds, dict) else {}
    return {key: str(value) for key, value in git.items()}

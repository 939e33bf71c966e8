"""``evolve export``: a run as files for other programs, one file for people, or a program on a new
branch of your own git repository.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_target, add_words, open_run, write_json
from cladogen.errors import ConfigError
from cladogen.formatting import plural

if TYPE_CHECKING:
    from cladogen.display.progress_bar import ProgressBar
    from cladogen.view.run_reader import RunReader


PART = 500  # programs that are read at once


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "export",
        help="a run as files, or a program on a branch of your own git repository",
        description="Write a run as files for programs, or as one page. With --branch: commit "
        "a program (default: what ships, else the best) on a new branch of REPOSITORY; neither its "
        "working copy nor the branch it is on is touched.",
    )
    add_words(parser, "[PROGRAM] [REPOSITORY]")
    for name, (text, _) in FILES.items():
        parser.add_argument(f"--{name}", type=a_target, metavar="FILE", help=text)
    parser.add_argument("--branch", metavar="NAME", help="the branch to make in REPOSITORY")
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
    """Write the files that are asked for; with --branch, the commit; with --json alone, the rows
    on standard output.
    """
    if args.json:
        _rows_file(args)
    files = {name: getattr(args, name) for name in FILES if getattr(args, name) is not None}
    if files:
        _write(args, files)
    if args.branch is not None:
        return _commit(args)
    if not files and not args.json:
        named = ", ".join(f"--{name}" for name in FILES)
        raise ConfigError(f"evolve export: name what to write: {named}, or --branch NAME")
    return 0 if files else _print_rows(args)


def _rows_file(args: argparse.Namespace) -> None:
    """Take ``--json FILE.json`` as ``--rows FILE.json``."""
    named = [word for word in args.words if word.endswith(".json") and not Path(word).is_dir()]
    if args.rows is None and named:
        args.words.remove(named[-1])
        args.rows = _target(named[-1])


def _target(text: str) -> Path:
    try:
        return a_target(text)
    except argparse.ArgumentTypeError as error:
        raise ConfigError(f"evolve export: argument --json: {error}") from None


def _print_rows(args: argparse.Namespace) -> int:
    from cladogen.view.exports.table import rows
    from cladogen.view.reports.plain import plain

    reader, _ = open_run(args.words, most=0)
    with reader:
        write_json(plain(rows(reader)))
    return 0


def _write(args: argparse.Namespace, files: dict[str, Path]) -> None:
    """Write each file whole or not at all, and say what it holds."""
    from cladogen.display.progress_bar import ProgressBar

    reader, names = open_run(args.words, most=2)
    with reader, ProgressBar("export", "programs", quiet=args.json) as bar:
        number = reader.find(names[0]) if names else None
        if files.keys() - {"html", "patch"}:  # these read what they need themselves
            _read(reader, bar)
        for name, path in files.items():
            part = path.with_name(f"{path.name}.part")
            try:
                said = FILES[name][1](reader, number, part, bar)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            if args.json:
                write_json({"file": str(path), "kind": name, "holds": said})
            else:
                print(f"{path}: {said}")


def _read(reader: RunReader, bar: ProgressBar) -> None:
    """Read all programs in parts, which a large run takes a while for."""
    newest = reader.store.newest()
    bar.begin(newest.program + 1)
    while numbers := reader.read_on(PART, newest):
        bar.step(len(numbers))


def _html(reader: RunReader, number: int | None, path: Path, bar: ProgressBar) -> str:
    try:
        from cladogen.view.exports.html import write_html
    except ImportError as error:
        raise ConfigError(
            f"evolve export --html: {error.name} is not installed; get it with: pip install "
            "'cladogen[view]'"
        ) from None
    bar.begin(reader.size)
    return f"the whole run, {write_html(reader.folder, path, bar.step) / 1e6:.1f} MB"


def _table(kind: str) -> Writer:
    def write(reader: RunReader, number: int | None, path: Path, bar: ProgressBar) -> str:
        from cladogen.view.exports import table

        return plural(getattr(table, f"write_{kind}")(reader, path), "program")

    return write


def _trace(reader: RunReader, number: int | None, path: Path, bar: ProgressBar) -> str:
    from cladogen.view.exports.trace import write_trace

    bar.begin(0)  # of lines, nobody knows how many
    return plural(write_trace(reader, path), "line")


def _alphaevolve(reader: RunReader, number: int | None, path: Path, bar: ProgressBar) -> str:
    from cladogen.view.exports.alphaevolve import write_alphaevolve

    return plural(write_alphaevolve(reader, path), "program")


def _dot(reader: RunReader, number: int | None, path: Path, bar: ProgressBar) -> str:
    from cladogen.view.exports.dot import write_dot

    return plural(write_dot(reader, range(reader.size), path), "program")


def _graphml(reader: RunReader, number: int | None, path: Path, bar: ProgressBar) -> str:
    import networkx

    from cladogen.view.lineage_export import lineage

    networkx.write_graphml(lineage(reader, range(reader.size)), path)
    return plural(reader.size, "program")


def _patch(reader: RunReader, number: int | None, path: Path, bar: ProgressBar) -> str:
    from cladogen.patching.strict import make_diff

    chosen = reader.chosen if number is None else number
    if reader.program(chosen) == reader.program(0):
        raise ConfigError(
            f"evolve export --patch: #{chosen} is the seed program, so there is no difference; "
            "name another one (evolve list RUN)"
        )
    diff = make_diff(reader.program(0), reader.program(chosen))
    path.write_bytes(diff.encode("utf-8", "surrogateescape"))
    return (
        f"what turns the seed program into #{chosen}; apply it with git apply, from the root of a "
        "repository with --directory=FOLDER where the program is a folder of it"
    )


Writer = Callable[["RunReader", int | None, Path, "ProgressBar"], str]
FILES: dict[str, tuple[str, Writer]] = {
    "html": ("the whole run as one page: scores, tree, diffs, prompts", _html),
    "csv": ("a row for each program", _table("csv")),
    "parquet": ("a row for each program, as Parquet (needs pyarrow)", _table("parquet")),
    "rows": ("an object for each program, as JSON", _table("json")),
    "graphml": ("the lineage as GraphML", _graphml),
    "dot": ("the lineage for Graphviz", _dot),
    "trace": ("prompts, replies and rewards, a line of JSON each", _trace),
    "alphaevolve": (
        "experiment and programs in the JSON of Google Cloud's AlphaEvolve",
        _alphaevolve,
    ),
    "patch": ("the git diff from the seed program to PROGRAM (default: what ships)", _patch),
}


def _commit(args: argparse.Namespace) -> int:
    from cladogen.git.commit_rows import message, rows_after
    from cladogen.git.export import ExportedChange, export

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
            ExportedChange(
                reader.program(number), reader.program(0), args.path or origin.get("path", "")
            ),
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

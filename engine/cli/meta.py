"""``evolve meta``: a search over the engine's own choices, on several problems."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.cli.choosing import a_path, write_json
from cladogen.cli.run_options import add_budget, add_model, add_sandbox, add_search, given_by
from cladogen.errors import ConfigError

if TYPE_CHECKING:
    from cladogen.meta.choices import InnerModels
    from cladogen.meta.folder import MetaPlan
    from cladogen.record.store import Store
    from cladogen.settings import Settings

OUT = Path("runs/meta")
PROBLEM, RUN, FOUND = "problem", "run", "found"


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "meta",
        help="evolve the engine's own choices over several problems",
        description="Search for a configuration of the engine (archive and its options, odds of "
        "operators, a selection rule, prompts) that finds more than the defaults do on the "
        "PROBLEMs at the same budget; others, named with --held-out, give the verdict. The same "
        "command resumes.",
    )
    parser.add_argument("problem", nargs="+", metavar="PROBLEM[:VARIANT]", help="a problem folder")
    _add_plan(parser)
    group = parser.add_argument_group("search over configurations")
    add_search(group)
    add_budget(parser.add_argument_group("budget (an evaluation is one inner run)"))
    models = parser.add_argument_group("models that write configurations (none is needed)")
    add_model(models)
    models.add_argument(
        "--inner-model", action="append", default=[], metavar="NAME",
        help="a model that inner runs ask; may be given several times",
    )  # fmt: skip
    models.add_argument(
        "--inner-usd", type=float, metavar="D", help="the most that one inner run may cost"
    )
    add_sandbox(parser.add_argument_group("sandbox of the inner runs"))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--plain", action="store_true", help="plain lines, as without a terminal")


_NUMBERS: dict[str, tuple[type[int] | type[float], float, str, str]] = {
    "budget": (int, 200, "N", "evaluations of each inner run"),
    "seeds": (int, 3, "N", "random seeds of each problem"),
    "held-out-seeds": (int, 8, "N", "random seeds of each held-out problem"),
    "run-seconds": (float, 600.0, "S", "the most that an inner run may take"),
    "jobs": (int, 0, "N", "inner runs at the same time"),
}


def _add_plan(parser: Any) -> None:
    parser.add_argument(
        "--held-out", action="append", default=[], metavar="PROBLEM[:VARIANT]",
        help="a problem for the verdict alone; may be given several times",
    )  # fmt: skip
    for name, (kind, default, metavar, words) in _NUMBERS.items():
        said = "one for each CPU" if name == "jobs" else f"{default:g}"
        parser.add_argument(
            f"--{name}",
            type=kind,
            default=default,
            metavar=metavar,
            help=f"{words} (default {said})",
        )
    parser.add_argument(
        "--out", type=a_path, default=OUT, metavar="DIR",
        help=f"where problem, run and the configuration found are (default {OUT})",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Search and print the verdict; return the exit code of the search."""
    from cladogen.cli.last_seconds import last_seconds
    from cladogen.cli.run import search
    from cladogen.cli.until_done import until_done
    from cladogen.display.lines import make_observer
    from cladogen.meta.inner import JOBS

    JOBS.set(args.jobs)
    problem = _problem(_plan(args), args.out)
    store, settings = _opened(args, problem)
    observer = make_observer(json=args.json, plain=args.plain)
    with last_seconds() as limit:
        code = until_done(search(store, settings, observer, limit))
    _report(args)
    return code


def _plan(args: argparse.Namespace) -> MetaPlan:
    from cladogen.meta.folder import MetaPlan

    for name in ("budget", "seeds", "held_out_seeds", "run_seconds"):
        if not getattr(args, name) > 0:
            option = name.replace("_", "-")
            raise ConfigError(f"evolve meta: --{option} {getattr(args, name)}: must be more than 0")
    if args.jobs < 0:
        raise ConfigError(f"evolve meta: --jobs {args.jobs}: must be at least 1")
    return MetaPlan(
        tuple(args.problem), tuple(args.held_out), args.budget, args.seeds, args.held_out_seeds,
        args.sandbox or "auto", args.run_seconds, _inner_models(args), args.isolation or "",
        args.runtime or "",
    )  # fmt: skip


def _inner_models(args: argparse.Namespace) -> InnerModels:
    """Return what inner runs ask; raises ConfigError for a cap that caps nothing."""
    from cladogen.cli.run_options import about_models
    from cladogen.meta.choices import InnerModels

    if args.inner_usd is not None and not (args.inner_usd > 0 and args.inner_model):
        raise ConfigError("evolve meta: --inner-usd is more than 0, and beside --inner-model")
    if not args.inner_model:
        return InnerModels()
    options = about_models(args)
    return InnerModels(tuple(args.inner_model), args.inner_usd or 0.0, args.api_base or "", options)


def _problem(plan: MetaPlan, out: Path) -> Path:
    """Return the problem's folder, written now; raises ConfigError where another search has it."""
    from cladogen.meta.folder import same_search, write_problem

    target = out / PROBLEM
    with _part() as part:
        write_problem(plan, part)
        if not target.exists():
            _copy_whole(part, target)
        elif not same_search(part, target):
            raise ConfigError(
                f"evolve meta: {out} holds a search over other problems, at another budget or "
                "under other options of its inner runs; give those, or name another folder with "
                "--out"
            )
    return target


def _copy_whole(folder: Path, target: Path) -> None:
    """Copy a folder so that it is there whole, or not at all."""
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a command that was killed
    part.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder, part)
    part.rename(target)


@contextlib.contextmanager
def _part() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cladogen-meta-") as folder:
        path = Path(folder) / PROBLEM
        path.mkdir()
        yield path


def _opened(args: argparse.Namespace, problem: Path) -> tuple[Store, Settings]:
    from cladogen.cli.run_options import about_models
    from cladogen.problem import load
    from cladogen.run_folder import open_run
    from cladogen.settings import Settings

    given = given_by(args)
    for name in ("sandbox", "isolation", "runtime"):  # of the inner runs, and in the problem
        given.pop(name, None)
    if not args.model:
        options = given.get("proposer_options", {})
        given["proposer_options"] = {
            name: value for name, value in options.items() if name not in about_models(args)
        }
        given.pop("api_base", None)
    defaults = dict(load(problem, seeds=False).defaults)
    if args.model:
        defaults.pop("proposer")
    settings = Settings().over(defaults, str(problem / "problem.toml [defaults]"))
    return open_run(args.out / RUN, problem, settings.over(given, "evolve meta").bounded())


def _report(args: argparse.Namespace) -> None:
    """Print the verdict, and write the configuration that was found."""
    from cladogen.meta.found import write_found
    from cladogen.meta.verdict import verdict, verdict_lines
    from cladogen.view.run_reader import RunReader

    with RunReader(args.out / RUN) as reader:
        if reader.final is None:
            return
        found = verdict(reader)
        path = write_found(reader.program(found.number), args.out / FOUND)
    if args.json:
        write_json({"event": "verdict", **asdict(found), "config": str(path)}, args.output)
        return
    lines = ["", *verdict_lines(found)]
    lines.append(f"config    {path}: evolve run PROBLEM --config {path}")
    print("\n".join(lines), file=args.output)

"""The options of a search: how a parser takes them, and the settings that they make."""

from __future__ import annotations

import argparse
from typing import Any

from cladogen.errors import ConfigError
from cladogen.problem.defaults import APPROVALS, ISOLATIONS, SANDBOXES

MODEL_WORKERS = 8  # a call takes seconds of waiting, not of work
NAMED = (
    "variant", "seed", "workers", "ray_address", "share", "share_every", "archive", "proposer",
    "api_base", "first_programs", "sandbox", "isolation", "runtime", "usd_per_hour", "approve",
    "coevolve",
)  # fmt: skip


def add_search(group: Any) -> None:
    group.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="random seed: what every choice is drawn from (default 0)",
    )
    group.add_argument(
        "--workers",
        metavar="N|ray|slurm:N",
        help="tasks in flight at once; or the machines that evaluate (ray:N: at most N at once)",
    )
    group.add_argument(
        "--ray-address",
        metavar="HOST:PORT",
        help="the Ray cluster (default: the one that this machine belongs to, else a new one here)",
    )
    group.add_argument(
        "--share",
        metavar="REPOSITORY",
        help="a git repository (path or URL) through which several runs exchange their best",
    )
    group.add_argument(
        "--share-every", type=float, metavar="S", help="seconds between two looks (default 30)"
    )
    group.add_argument(
        "--archive", metavar="NAME", help="selection rule, or an import path module:Class"
    )
    group.add_argument("--archive-option", action="append", default=[], metavar="KEY=VALUE")
    group.add_argument(
        "--approve",
        choices=APPROVALS,
        help="let children wait for a person (evolve approve): all, or those with suspicious lines",
    )
    group.add_argument(
        "--coevolve",
        action="store_true",
        default=None,
        help="let cases evolve against the programs, where [coevolution] says what from",
    )
    add_proposer(group)


def add_config(group: Any) -> None:
    """Add what takes settings from a file."""
    group.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="FILE",
        help="settings in TOML, as in [defaults] (evolve meta writes such a file); options win",
    )


def add_first(group: Any) -> None:
    group.add_argument(
        "--first-programs",
        type=int,
        metavar="K",
        help="programs to ask for where the problem has no seed program (default 4)",
    )


def add_proposer(group: Any) -> None:
    group.add_argument(
        "--proposer",
        metavar="NAME",
        help="offline, model, mutate, tune, arrays, agent, or an import path",
    )
    group.add_argument("--proposer-option", action="append", default=[], metavar="KEY=VALUE")
    group.add_argument(
        "--specialist",
        action="append",
        default=[],
        metavar="'KIND KEY=VALUE ...'",
        help="several proposers in place of one, each given once more: 'model only=kernels/*'",
    )


def add_budget(group: Any) -> None:
    group.add_argument(
        "--max-evaluations", type=int, metavar="N", help="program x case evaluations"
    )
    group.add_argument("--max-proposals", type=int, metavar="N")
    group.add_argument(
        "--max-seconds", type=float, metavar="S", help="wall clock, all sessions of a run together"
    )
    add_caps_of_models(group)
    group.add_argument(
        "--max-failing",
        type=int,
        metavar="N",
        help="failures in a row that end the run (default 40, more with many workers)",
    )
    group.add_argument(
        "--max-away",
        type=float,
        metavar="S",
        help="how long a sandbox, a scorer or a full disk is waited for (default 900 seconds)",
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
    add_prices(group)
    group.add_argument(
        "--usd-per-hour", type=float, metavar="D", help="the price of an hour of evaluation"
    )


def add_prices(group: Any) -> None:
    """Add what models cost and which key they take."""
    price = (
        "dollars per million tokens of prompt, reply and cached prompt; over the prices that "
        "litellm knows"
    )
    group.add_argument("--price", action="append", default=[], metavar="NAME=P,R[,C]", help=price)
    group.add_argument(
        "--key", metavar="VARIABLE", help="the environment variable that holds the key"
    )


def add_caps_of_models(group: Any) -> None:
    """Add the caps on what models may cost."""
    group.add_argument(
        "--max-usd",
        type=float,
        metavar="D",
        help="hard: the most a call can cost is reserved first",
    )
    group.add_argument("--max-tokens", type=int, metavar="N")
    group.add_argument("--max-calls", type=int, metavar="N")


def add_sandbox(group: Any) -> None:
    group.add_argument("--sandbox", choices=SANDBOXES)
    group.add_argument(
        "--isolation", choices=ISOLATIONS, help="container: a fresh one for each candidate"
    )
    group.add_argument("--runtime", help="another OCI runtime for Docker, such as runsc")


def given_by(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that a command line names; a command without one of these options leaves
    it out.
    """
    from cladogen.settings import CAP_NAMES

    values = {name: getattr(args, name, None) for name in (*NAMED, *CAP_NAMES)}
    given = {name: value for name, value in values.items() if value is not None}
    if "workers" in given:
        given = _workers(given.pop("workers")) | given
    if args.model:
        from cladogen.models.model import split_weight

        given["models"] = tuple(map(split_weight, args.model))
        given.setdefault("workers", MODEL_WORKERS)
    archive = pairs(getattr(args, "archive_option", []), "--archive-option")
    proposer = pairs(args.proposer_option, "--proposer-option") | about_models(args)
    options: dict[str, Any] = {"archive_options": archive, "proposer_options": proposer}
    options["specialists"] = _specialists(getattr(args, "specialist", []))
    return given | {name: chosen for name, chosen in options.items() if chosen}


def configured(args: argparse.Namespace) -> list[tuple[dict[str, Any], str]]:
    """Return the settings of each file of ``--config``, and its name; raises ConfigError."""
    import tomllib

    found = []
    for name in args.config:
        try:
            with open(name, "rb") as file:  # noqa: PTH123
                values = tomllib.load(file)
        except OSError as error:
            raise ConfigError(f"--config {name}: cannot be read ({error.strerror})") from None
        except (ValueError, RecursionError) as error:
            text = " ".join(str(error).split())
            raise ConfigError(f"--config {name}: not readable as TOML: {text}") from None
        table = values.get("defaults", values)
        if not isinstance(table, dict):
            raise ConfigError(f"--config {name}: defaults must be a table of settings")
        found.append((table, f"--config {name}"))
    return found


def _specialists(texts: list[str]) -> list[dict[str, Any]]:
    """Return the tables of ``--specialist``."""
    if not texts:
        return []
    from cladogen.problem.specialist import parse_specialist

    return list(map(parse_specialist, texts))


def _workers(text: str) -> dict[str, Any]:
    """Return the settings of ``--workers``: a number of tasks here, or other machines. The cluster
    that a run was given before is for these machines no more, unless it is named again.
    """
    try:
        return {"workers": int(text), "machines": "", "ray_address": ""}
    except ValueError:
        return {"machines": text, **({"ray_address": ""} if text.startswith("slurm") else {})}


def about_models(args: argparse.Namespace) -> dict[str, str]:
    """Return the options of proposers that have options of the command line of their own."""
    about = {"price": ";".join(args.price), "key": args.key, "fallback": ";".join(args.fallback)}
    return {name: value for name, value in about.items() if value}


def pairs(texts: list[str], option: str) -> dict[str, str]:
    """Read KEY=VALUE texts; values stay text, and are read as the type that the option's owner
    declares.
    """
    for text in texts:
        if "=" not in text:
            raise ConfigError(f"{option} {text!r}: write KEY=VALUE")
    return {key: value for key, _, value in (text.partition("=") for text in texts)}

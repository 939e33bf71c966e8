"""Options of commands that judge programs which ask models, and what these programs spent."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cladogen.cli.run_options import add_caps_of_models, add_prices

if TYPE_CHECKING:
    from cladogen.ledger import Spend
    from cladogen.settings import Settings


def add_arguments(group: Any) -> None:
    """Add the options that name models, their prices, and caps."""
    group.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME",
        help="a model that programs may ask; may be given several times",
    )
    group.add_argument("--api-base", metavar="URL", help="an OpenAI-compatible server")
    add_prices(group)
    add_caps_of_models(group)


def settings_of(args: argparse.Namespace) -> Settings:
    """Return the settings of a judgement outside a run."""
    settings = asking_settings(args)
    given = {name: getattr(args, name) for name in ("sandbox", "isolation")}
    return replace(settings, runtime=args.runtime or "", **given)


def asking_settings(args: argparse.Namespace) -> Settings:
    """Return the settings that say which models programs may ask, and for how much."""
    from cladogen.models.model import split_weight
    from cladogen.settings import Settings

    about = {"price": ";".join(args.price), "key": args.key}
    given: dict[str, Any] = {
        "workers": 1,
        "models": tuple(map(split_weight, args.model)),
        "proposer_options": {name: value for name, value in about.items() if value},
    }
    for name in ("api_base", "max_usd", "max_tokens", "max_calls"):
        if getattr(args, name) not in (None, ""):
            given[name] = getattr(args, name)
    return Settings().over(given, f"evolve {args.command}")


def spent_words(spend: Spend) -> str:
    """Return what programs asked of models, in words."""
    from cladogen.formatting import plural

    return f"{plural(spend.calls, 'model call')}, {plural(spend.tokens, 'token')}, {spend}"


def spent_json(spend: Spend) -> dict[str, Any]:
    """Return the same as a JSON object; ``usd`` null where not all of it is priced."""
    usd = None if spend.unpriced else spend.usd
    return {"calls": spend.calls, "tokens": spend.tokens, "usd": usd}

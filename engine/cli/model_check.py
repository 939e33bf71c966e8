"""Models in ``evolve check``: what a call costs at most, and, when asked, one small call to
each.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cladogen.cli.run_options import add_caps_of_models
from cladogen.errors import ModelError

if TYPE_CHECKING:
    from cladogen.models.asking import Models

LONGEST_OUTAGE_S = 20.0  # a check waits for nobody who is away for longer


@dataclass(frozen=True)
class Line:
    """One line of what is said of models: its name, its text, and whether a call failed."""

    name: str
    text: str
    failed: bool = False


def add_arguments(group: Any) -> None:
    """Add the options that name models."""
    group.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="estimate what its calls cost"
    )
    group.add_argument("--api-base", default="", metavar="URL", help="an OpenAI-compatible server")
    group.add_argument(
        "--price",
        action="append",
        default=[],
        metavar="NAME=P,R[,C]",
        help="dollars per 1e6 tokens",
    )
    group.add_argument(
        "--key", default="", metavar="VARIABLE", help="the environment variable that holds the key"
    )
    group.add_argument(
        "--call",
        action="store_true",
        help="also call each model once, with a few words, and let seed programs ask them where "
        "the problem says that programs do",
    )
    add_caps_of_models(group)


def model_lines(args: argparse.Namespace) -> list[Line]:
    """Return what to print; makes a call only with ``--call``."""
    if not args.model:
        return []
    from cladogen.cli.until_done import until_done
    from cladogen.prompts.options import ModelOptions
    from cladogen.proposers.call_price import estimate_of

    options = ModelOptions.read({"price": ";".join(args.price), "key": args.key})
    models = options.models([(name, 1.0) for name in args.model], args.api_base)
    lines = [Line("estimate", estimate_of(model, options.context)) for model in models]
    return lines + (until_done(_called(models)) if args.call else [])


async def _called(models: list[Any]) -> list[Line]:
    from cladogen.models.asking import Models
    from cladogen.models.calls import MemoryLog
    from cladogen.models.limiter import Patience
    from cladogen.search.budget import Budget

    notices: list[str] = []
    asked = Models(
        [replace(model, output=256) for model in models],
        MemoryLog(),
        Budget(),
        patience=Patience(attempts=2, outage_s=LONGEST_OUTAGE_S),
        notify=notices.append,
    )
    try:
        await asked.prepare()
        lines = [await _line_of(asked, model.name) for model in models]
    except ModelError as error:  # nobody there
        lines = [Line("call", str(error), failed=True)]
    finally:
        await asked.close()
    return lines + [Line("notice", text) for text in notices]


async def _line_of(asked: Models, name: str) -> Line:
    """Return what came of one small call to a model."""
    from cladogen.models.calls import Message, Request

    words = (Message("user", "Answer with the word ready."),)
    try:
        call = await asked.ask(Request(0, 0, "check", name, words))
    except ModelError as error:
        return Line("call", f"{name}: {error}", failed=True)
    reply, cost = call.reply, call.cost
    assert reply is not None
    usd = "unpriced" if cost.usd is None else f"${cost.usd:.6f}"
    tokens = f"{cost.prompt_tokens} + {cost.completion_tokens} tokens"
    said = f"{name}: {reply.status.value} in {reply.seconds:.2f} s, {tokens}, {usd}"
    if reply.error:
        return Line("call", f"{said}: {reply.error}", failed=True)
    return Line("call", said)

"""What asking models costs, said and checked before anything is spent."""

from __future__ import annotations

from collections.abc import Iterable

from cladogen.archives.expected import CALL_PROMPT, CALL_REPLY
from cladogen.errors import ConfigError
from cladogen.ledger import UNPRICED, Ledger
from cladogen.models.model import Model
from cladogen.models.prices import price_of
from cladogen.models.routes import COMMAND


def estimate_of(model: Model, context: int) -> str:
    """Say what a call of a model costs at most; a proposal takes one call, a repaired one up to
    three.
    """
    prompt, price = min(model.prompt_tokens, context), price_of(model)
    tokens = f"{model.name}: at most {prompt:,} + {model.output:,} tokens a call"
    if model.name.startswith(COMMAND):
        return (
            f"{model.name}: what a call costs is unknown; the command runs here, outside of the "
            "sandbox, in an empty folder"
        )
    if price is None:
        return f"{tokens}, unpriced (give --price {model.name}=PROMPT,REPLY)"
    most = price.most(prompt, model.output)
    return f"{tokens}, ${most:.4f}; a hundred proposals ${100 * most:.2f} at most without repairs"


def usual_usd(models: Iterable[Model]) -> float | None:
    """Return what a usual call costs on average over models; None when a price is not known."""
    costs = []
    for model in models:
        price = price_of(model)
        if price is None:
            return None
        costs.append(price.usd(CALL_PROMPT, CALL_REPLY))
    return sum(costs) / len(costs) if costs else None


def check_priced(budget: Ledger | None, models: Iterable[Model]) -> None:
    """Raise ConfigError for a cap in dollars that meets a model without a price."""
    if budget is not None and budget.caps.usd is not None:
        refuse_unpriced(models)


def refuse_unpriced(models: Iterable[Model]) -> None:
    """Raise ConfigError for the first model without a price."""
    for model in models:
        if price_of(model) is None:
            raise ConfigError(f"model {model.name}: {UNPRICED}")

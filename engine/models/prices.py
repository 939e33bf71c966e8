"""What litellm ships of a model: prices, limits, whether it thinks. Read without importing litellm.

The table is a file of 3.5 MB in litellm's package; importing litellm to read it takes seconds and
200 MB. One row is read and kept, the rest is dropped.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cladogen.models.model import Model, Price

TABLE = "model_prices_and_context_window_backup.json"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def price_of(model: Model) -> Price | None:
    """Return a model's price: the user's, else the one litellm ships; None when neither knows it.

    litellm writes 0 for models it has no price of; that is unknown, not free. A price of 0 has to
    come from the user.
    """
    return model.price or _price(shipped_row(model.name))


def limits_of(name: str) -> tuple[int, int] | None:
    """Return (window, output) in tokens as litellm knows them, None for a model it does not
    know.
    """
    row = shipped_row(name)
    window, output = row.get("max_input_tokens"), row.get("max_output_tokens")
    return (int(window), int(output)) if window and output else None


def reads_pictures(name: str) -> bool:
    """Return whether litellm knows that a model reads pictures."""
    return bool(shipped_row(name).get("supports_vision"))


@functools.cache
def shipped_row(name: str) -> Mapping[str, Any]:
    """Return litellm's row for a model by its whole name, else without its first part; an empty one
    where there is none.
    """
    path = _table_path()
    if path is None:
        return _NOTHING
    table = json.loads(path.read_bytes())
    row = table.get(name) or table.get(name.partition("/")[2])
    return MappingProxyType(row) if isinstance(row, dict) else _NOTHING


def _table_path() -> Path | None:
    spec = importlib.util.find_spec("litellm")
    for folder in spec.submodule_search_locations or () if spec is not None else ():
        if (Path(folder) / TABLE).is_file():
            return Path(folder) / TABLE
    return None


def _price(row: Mapping[str, Any]) -> Price | None:
    prompt, completion = row.get("input_cost_per_token"), row.get("output_cost_per_token")
    if not prompt and not completion:
        return None
    return Price(
        1e6 * (prompt or 0.0),
        1e6 * (completion or 0.0),
        _millions(row.get("cache_read_input_token_cost")),
        _millions(row.get("cache_creation_input_token_cost")) or None,
    )


def _millions(rate: float | None) -> float | None:
    return None if rate is None else 1e6 * rate

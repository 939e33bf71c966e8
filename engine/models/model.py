"""Models: what the user names on the command line, and what their tokens cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cladogen.errors import ConfigError
from cladogen.proposal import Cost

OUTPUT_TOKENS = 16_384
WINDOW_TOKENS = 128_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens. ``cached`` None: cached prompt tokens cost what others do."""

    prompt: float
    completion: float
    cached: float | None = None

    def usd(self, prompt: int, completion: int, cached: int = 0) -> float:
        """Return the dollars for these tokens; ``cached`` of the ``prompt`` tokens are billed as
        cached.
        """
        rate = self.prompt if self.cached is None else self.cached
        return (
            (prompt - cached) * self.prompt + cached * rate + completion * self.completion
        ) / 1e6


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call, as the provider counted them, or an estimate where it did not say."""

    prompt: int
    completion: int
    cached: int = 0
    exact: bool = True

    def cost(self, usd: float | None) -> Cost:
        return Cost(usd if self.exact else None, self.prompt, self.completion, self.cached, 1)


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the user names it.

    ``api_base`` is the URL of an OpenAI-compatible server; without it the provider is found from
    the name. ``key`` names the environment variable that holds the key, "" for the provider's usual
    one. ``window`` and ``output`` are token limits of prompt plus reply and of the reply;
    ``parameters`` go into each request as they are.
    """

    name: str
    weight: float = 1.0
    api_base: str = ""
    key: str = ""
    price: Price | None = None
    window: int = WINDOW_TOKENS
    output: int = OUTPUT_TOKENS
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt_tokens(self) -> int:
        """How many tokens a prompt may have."""
        return max(1, self.window - self.output)


def read_model(
    text: str, *, api_base: str = "", key: str = "", prices: Mapping[str, Price] | None = None
) -> Model:
    """Read ``NAME`` or ``NAME=weight``; a name may hold ``=`` itself as long as what follows the
    last is no number.
    """
    name, _, weight = text.rpartition("=")
    try:
        share = float(weight) if name else 1.0
    except ValueError:
        name, share = text, 1.0
    name = name or text
    if not name.strip() or not math.isfinite(share) or share <= 0:
        raise ConfigError(f"--model {text}: write NAME or NAME=weight with a weight above 0")
    return Model(name, share, api_base, key, (prices or {}).get(name))


def read_price(text: str) -> tuple[str, Price]:
    """Read ``NAME=prompt,completion[,cached]``, dollars per million tokens."""
    name, _, numbers = text.rpartition("=")
    try:
        values = [float(number) for number in numbers.split(",")]
        valid = (
            name
            and len(values) in (2, 3)
            and all(math.isfinite(value) and value >= 0 for value in values)
        )
        if valid:
            return name, Price(*values)
    except ValueError:
        pass
    raise ConfigError(
        f"--price {text}: write NAME=prompt,completion[,cached] in dollars per million tokens"
    )


def read_price_table(path: Path) -> dict[str, Price]:
    """Read a TOML file of ``"NAME" = {prompt = .., completion = .., cached = ..}``, dollars per
    million tokens.
    """
    import tomllib

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return {
            name: Price(**{key: float(value) for key, value in row.items()})
            for name, row in table.items()
        }
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: not a table of prices ({error}); see docs/models.md") from error

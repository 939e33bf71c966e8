"""Models: what the user names on the command line, and what their tokens cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cladogen.errors import ConfigError

OUTPUT_TOKENS = 16_384
WINDOW_TOKENS = 128_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens. ``cached``, ``written`` (to the provider's cache) None: such
    prompt tokens cost what others do.
    """

    prompt: float
    completion: float
    cached: float | None = None
    written: float | None = None

    @property
    def free(self) -> bool:
        return not (self.prompt or self.completion)

    def usd(self, prompt: int, completion: int, cached: int = 0, written: int = 0) -> float:
        """Return the dollars for these tokens; ``cached`` and ``written`` of the ``prompt`` tokens
        have rates of their own.
        """
        read_rate = self.prompt if self.cached is None else self.cached
        write_rate = self.prompt if self.written is None else self.written
        plain = prompt - cached - written
        return (
            plain * self.prompt
            + cached * read_rate
            + written * write_rate
            + completion * self.completion
        ) / 1e6

    def most(self, prompt: int, completion: int) -> float:
        """Return the most that so many tokens can cost, whatever is read from or written to a
        cache.
        """
        dearest = max(self.prompt, self.written or 0.0)
        return (prompt * dearest + completion * self.completion) / 1e6


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the user names it.

    ``api_base`` is the URL of an OpenAI-compatible server; without it the provider is found from
    the name. ``key`` names the environment variable that holds the key, "" for the provider's usual
    one. ``window`` and ``output`` are token limits of prompt plus reply and of the reply;
    ``parameters`` go into each request as they are. ``silence_s`` is how long a call may bring
    nothing, ``at_once`` how many calls run side by side; 0: as usual.
    """

    name: str
    weight: float = 1.0
    api_base: str = ""
    key: str = ""
    price: Price | None = None
    window: int = WINDOW_TOKENS
    output: int = OUTPUT_TOKENS
    parameters: Mapping[str, Any] = field(default_factory=dict)
    silence_s: float = 0.0
    at_once: int = 0
    window_given: bool = False  # by the user; otherwise what the provider tells counts

    @property
    def prompt_tokens(self) -> int:
        """How many tokens a prompt may have."""
        return max(1, self.window - self.output)


def read_model(
    text: str, *, api_base: str = "", key: str = "", prices: Mapping[str, Price] | None = None
) -> Model:
    """Read ``NAME``, ``NAME=weight`` or ``NAME@URL``; a name may hold ``=`` itself as long as what
    follows the last is no number. A command (``cli:COMMAND``) is read whole.
    """
    name, share = split_weight(text)
    name, at, url = name.partition("@http")
    if not name.strip() or not math.isfinite(share) or share <= 0:
        raise ConfigError(f"--model {text}: write NAME or NAME=weight with a weight above 0")
    base = f"http{url}" if at else api_base
    return Model(name, share, base, key, (prices or {}).get(name))


def split_weight(text: str) -> tuple[str, float]:
    """Return the name and the weight in ``NAME=weight``; 1 where none is given."""
    name, _, weight = text.rpartition("=")
    if not name or text.startswith("cli:"):
        return text, 1.0
    try:
        return name, float(weight)
    except ValueError:
        return text, 1.0


def read_price(text: str) -> tuple[str, Price]:
    """Read ``NAME=prompt,completion[,cached[,written]]``, dollars per million tokens."""
    name, _, numbers = text.rpartition("=")
    values = _dollars(numbers)
    if not name.strip() or len(values) not in (2, 3, 4):
        raise ConfigError(
            f"--price {text}: write NAME=prompt,completion[,cached[,written]] in dollars per "
            "million tokens"
        )
    return name.strip(), Price(*values)


def _dollars(numbers: str) -> list[float]:
    """Return numbers between commas; none where one of them is no price."""
    try:
        values = list(map(float, numbers.split(",")))
    except ValueError:
        return []
    return values if all(math.isfinite(value) and value >= 0 for value in values) else []


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

"""Options of an agent proposer, from texts of the command line."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from typing import Any

from cladogen.errors import ConfigError
from cladogen.ledger import CallLimits


def words(command: str) -> tuple[str, ...]:
    """Return the words of a command; raises ConfigError when there are none."""
    try:
        found = tuple(shlex.split(command))
    except (ValueError, AttributeError, TypeError) as error:
        raise ConfigError(f"proposer agent: command={command!r}: {error}") from None
    if not found:
        raise ConfigError(
            "proposer agent: name its command with --proposer-option command='my-agent {task}'"
        )
    return found


def number(name: str, value: Any, *, least: float) -> float:
    """Return a number, at least ``least``; raises ConfigError."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if isinstance(value, bool) or not least <= found < 1e9:
        raise ConfigError(f"proposer agent: {name}={value!r}; it must be at least {least:g}")
    return found


def call_limits(calls: Any, tokens: Any, usd: float | None) -> CallLimits:
    """Return what one task may ask of models; 0 is no limit."""
    return CallLimits(
        int(number("calls_each", calls, least=0.0)) or None,
        int(number("tokens_each", tokens, least=0.0)) or None,
        usd,
    )


def filled(word: str, values: Mapping[str, str]) -> str:
    """Return a word of a command with what is put into it."""
    for name, value in values.items():
        word = word.replace(name, value)
    return word


def split(text: Any) -> tuple[str, ...]:
    """Return the parts of a comma-separated text, or a list's."""
    if isinstance(text, list | tuple):
        return tuple(map(str, text))
    return tuple(part.strip() for part in str(text).split(",") if part.strip())

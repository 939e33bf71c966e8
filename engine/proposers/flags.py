"""Options that are true or false, as a command line or a file gives them."""

from __future__ import annotations

from cladogen.errors import ConfigError


def flag(option: str, value: bool | str) -> bool:
    """Read a choice; raises ConfigError for what is none."""
    if str(value).lower() not in ("true", "false"):
        raise ConfigError(f"proposer option {option} = {value!r}: it must be true or false")
    return str(value).lower() == "true"

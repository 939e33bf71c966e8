"""Secrets: values of the environment that must never be written anywhere."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache

NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
SHORTEST = 8  # a shorter value is no secret, and would be cut out of innocent words


def redact(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return ``text`` without the secrets of the environment."""
    environment = os.environ if environment is None else environment
    for name in filter(_is_secret, environment) if text else ():
        for value in (environment[name], plain_key(environment[name])):
            if len(value) >= SHORTEST and value in text:
                text = text.replace(value, f"[{name}]")
    return text


def plain_key(value: str) -> str:
    """Return a key as it is sent: without the blanks, line feeds and quotes that files and shells
    leave around one, and without the word that goes before it.
    """
    key = value.strip()
    if len(key) > 1 and key[0] == key[-1] and key[0] in "\"'":
        key = key[1:-1].strip()
    return re.sub(r"(?i)^bearer\s+", "", key)


@lru_cache(maxsize=4096)  # each reply asks for the same names
def _is_secret(name: str) -> bool:
    return NAMES.search(name) is not None


def without_logins(text: str) -> str:
    """Return a message without user names and passwords in its URLs. Not for replies: programs may
    hold such URLs.
    """
    return re.sub(r"://[^/\s@]+@", "://", text)

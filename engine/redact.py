"""Secrets: values of the environment that must never be written anywhere."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
SHORTEST = 8  # a shorter value is no secret, and would be cut out of innocent words


def redact(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return ``text`` without the secrets of the environment, and without user names and passwords in URLs."""
    environment = os.environ if environment is None else environment
    for name, value in environment.items():
        if len(value) >= SHORTEST and value in text and NAMES.search(name):
            text = text.replace(value, f"[{name}]")
    return re.sub(r"(\w+://)[^/\s@]+@", r"\1", text) if "://" in text and "@" in text else text

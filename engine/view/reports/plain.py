"""Reports as plain data, ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

SCALARS = frozenset({str, int, bool, type(None)})


def plain(value: Any) -> Any:
    """Return a value without dataclasses and enumerations; numbers that are not finite are None."""
    if type(value) in SCALARS:
        return value
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(inside) for key, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return list(map(plain, value))
    return _finite(value.value if isinstance(value, Enum) else value)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value

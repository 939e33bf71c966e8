"""Programs as columns: one array for each thing that a chart, a tree or a map needs of a program.

They are kept up as programs come, so that those of a hundred thousand programs are sent in the time
of a copy. A text is a small number: its position in the column's list of names.
"""

from __future__ import annotations

import json
import math
import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from cladogen.view.program_row import ProgramRow

KINDS = {
    "parent": "i", "fitness": "d", "at": "d", "status": "H", "operator": "H", "model": "H",
    "kept": "B",
}  # fmt: skip
NAMED = {"status": "statuses", "operator": "operators", "model": "models"}
NOTHING: Mapping[str, Any] = MappingProxyType({})
ALIGNED = 8  # bytes: where a browser may lay an array over the answer


class Columns:
    """Arrays by program number. ``fitness`` is NaN and ``parent`` -1 where there is none."""

    def __init__(self) -> None:
        self._arrays: dict[str, array[Any]] = {name: array(kind) for name, kind in KINDS.items()}
        self._names: dict[str, dict[str, int]] = {name: {} for name in NAMED}
        self._others: dict[int, tuple[int, ...]] = {}  # second parents of crossovers

    def __len__(self) -> int:
        return len(self._arrays["parent"])

    def put(self, rows: Iterable[ProgramRow], made_at: Mapping[int, float]) -> None:
        """Add programs, or replace those that are known; new ones come in their order."""
        for row in rows:
            parents = row.node.parents
            parent = parents[0] if parents else -1
            fitness = math.nan if row.score.fitness is None else row.score.fitness
            values = (
                parent,
                fitness,
                made_at.get(row.number, 0.0),
                self._code("status", row.status),
                self._code("operator", row.operator),
                self._code("model", row.model),
                int(row.standing in ("new", "improved")),
            )
            for column, value in zip(self._arrays.values(), values, strict=True):
                if row.number == len(column):
                    column.append(value)
                else:
                    column[row.number] = value
            if len(parents) > 1:
                self._others[row.number] = parents[1:]

    def _code(self, column: str, name: str) -> int:
        """Return the number of a name; the last number stands for all that are too many."""
        known = self._names[column]
        return known.setdefault(name, min(len(known), 65535))

    def packed(
        self,
        sign: float,
        version: int,
        numbers: Sequence[int] | None = None,
        more: Mapping[str, Any] = NOTHING,
    ) -> bytes:
        """Return all programs, or those of ``numbers``, for a browser.

        Four bytes tell the length of what follows in JSON: the version, the names, and each
        column's name, type and length, and ``more``; the columns come after it, each at a
        multiple of eight bytes. ``sign`` times fitness is the objective's value.
        """
        columns = self._chosen(numbers)
        columns["value"] = sign * columns.pop("fitness")
        crossed = self._others if numbers is None else self._others.keys() & set(numbers)
        pairs = [(one, other) for one in crossed for other in self._others[one]]
        columns["cross"] = np.array(pairs, np.int32).reshape(-1)
        head: dict[str, Any] = {"version": version, "columns": [], **more}
        for name, listed in NAMED.items():
            head[listed] = list(self._names[name])
        for name, values in columns.items():
            head["columns"].append([name, values.dtype.str[1:], len(values)])
        text = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
        text += b" " * (-(len(text) + 4) % ALIGNED)
        return struct.pack("<I", len(text)) + text + b"".join(map(_aligned, columns.values()))

    def _chosen(self, numbers: Sequence[int] | None) -> dict[str, Any]:
        whole = {name: np.frombuffer(one, one.typecode) for name, one in self._arrays.items()}
        if numbers is None:
            return {"number": np.arange(len(self), dtype=np.int32), **whole}
        at = np.array(numbers, np.int32)
        return {"number": at, **{name: values[at] for name, values in whole.items()}}


def _aligned(values: Any) -> bytes:
    data: bytes = values.astype(values.dtype.newbyteorder("<")).tobytes()
    return data + b"\0" * (-len(data) % ALIGNED)

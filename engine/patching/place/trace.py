"""Follow the cost tables of an alignment back to which row lies on which line."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cladogen.kernels.alignment import Costs, Floats, Lines, Rows, match_costs

_TOLERANCE = 1e-3  # the tables are sums of 32-bit floats


@dataclass(frozen=True)
class Tracer:
    """The tables of one alignment, and what they were made of."""

    rows: Rows
    lines: Lines
    costs: Costs
    before: Floats
    after: Floats
    _pairs: dict[int, Floats] = field(default_factory=dict)

    def totals(self, row: int) -> Floats:
        """Return, for each line, the price of the best alignment that puts ``row`` there."""
        found: Floats = self.before[row, :-1] + self.pairs(row) + self.after[row + 1, 1:]
        return found

    def pairs(self, row: int) -> Floats:
        """Return what it costs to put ``row`` on each line."""
        if row not in self._pairs:
            self._pairs[row] = match_costs(self.rows, self.lines, self.costs, row)
        return self._pairs[row]

    def through(self, row: int, line: int) -> tuple[int, ...]:
        """Return the lines of all rows in the best alignment that puts ``row`` on ``line``; -1 for
        a row left out.
        """
        found = [-1] * len(self.rows.keys)
        found[row] = line
        self._back(row, line, found)
        self._on(row + 1, line + 1, found)
        return tuple(found)

    def _back(self, row: int, line: int, found: list[int]) -> None:
        table = self.before
        while row > 0:
            cost, above = table[row, line] + _TOLERANCE, row - 1
            if table[above, line] + self.rows.skip[above] <= cost:
                row = above
            elif line and table[above, line - 1] + self.pairs(above)[line - 1] <= cost:
                found[above] = line - 1
                row, line = above, line - 1
            elif self.rows.elided[above]:
                line = _last(table[above, : line + 1], cost - self.costs.elision)
                row = above
            else:
                line = self._line_before(row, line, cost)

    def _line_before(self, row: int, line: int, cost: float) -> int:
        """Return where a row goes on above a line on which none lies, or above several."""
        table = self.before
        if line and table[row, line - 1] + self._gap(row - 1, line - 1) <= cost:
            return line - 1
        return _last(table[row, :line], cost - self.costs.jump)

    def _on(self, row: int, line: int, found: list[int]) -> None:
        table, end = self.after, len(self.lines.keys)
        while row < len(found):
            cost = table[row, line] + _TOLERANCE
            if table[row + 1, line] + self.rows.skip[row] <= cost:
                row += 1
            elif line < end and table[row + 1, line + 1] + self.pairs(row)[line] <= cost:
                found[row] = line
                row, line = row + 1, line + 1
            elif self.rows.elided[row]:
                line = end - _last(table[row + 1, line:][::-1], cost - self.costs.elision)
                row += 1
            else:
                line = self._line_after(row, line, cost)

    def _line_after(self, row: int, line: int, cost: float) -> int:
        """Return where a row goes on below a line on which none lies, or below several."""
        table, end = self.after, len(self.lines.keys)
        if line < end and row and table[row, line + 1] + self._gap(row - 1, line) <= cost:
            return line + 1
        return end - _last(table[row, line + 1 :][::-1], cost - self.costs.jump)

    def _gap(self, row: int, line: int) -> float:
        if self.lines.blank[line] == 1:
            return self.costs.blank_gap
        return self.costs.gap if self.rows.may_skip[row] else np.inf


def _last(costs: Floats, wanted: float) -> int:
    """Return the last place that costs no more than ``wanted``."""
    return int(np.flatnonzero(costs <= wanted)[-1])

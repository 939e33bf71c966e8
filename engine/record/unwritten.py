"""Under which tickets nothing is recorded yet, so that nobody has to look.

The loop asks the record before each step whether the step was done before: that is how a killed run
goes on. Of a task that was asked for by this very process, and that nobody else can write to, the
answer is known.
"""

from __future__ import annotations

from collections.abc import Callable


class Unwritten:
    """The tables in which an open task of this session has no row. ``highest`` says which ticket is
    the highest with a row that came before its task.
    """

    def __init__(self, highest: Callable[[], int]) -> None:
        self._first, self._highest = highest, -1
        self._known = False
        self._written: dict[int, set[str]] = {}  # by open ticket: the tables that have a row

    def asked(self, ticket: int) -> None:
        """Note a task that is new in the record."""
        if not self._known:
            self._known, self._highest = True, max(self._highest, self._first())
        if ticket > self._highest:
            self._written[ticket] = set()

    def wrote(self, table: str, ticket: int) -> None:
        """Note that a row of a table may be there under a ticket from now on."""
        self._highest = max(self._highest, ticket)
        if (written := self._written.get(ticket)) is not None:
            written.add(table)

    def over(self, ticket: int) -> None:
        """Forget a task that has its last result."""
        self._written.pop(ticket, None)

    def nothing(self, table: str, ticket: int) -> bool:
        """Tell whether a table is known to have no row under a ticket."""
        written = self._written.get(ticket)
        return written is not None and table not in written

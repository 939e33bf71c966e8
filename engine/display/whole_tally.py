"""The tally of a run from its very beginning, also for whoever watches only the rest of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.record.credit import Tally

if TYPE_CHECKING:
    from cladogen.events import Progress, Told


class WholeTally:
    """Count what is told; what was recorded before is read from the run's folder, once."""

    def __init__(self) -> None:
        self._tally: Tally | None = None

    def add(self, event: Told, progress: Callable[[], Progress]) -> None:
        """Count a result, which is recorded already."""
        if self._tally is None:
            self._tally = _recorded(progress().folder) or Tally([event])
        else:
            self._tally.add(event)

    def tally(self, progress: Progress) -> Tally:
        """Return the tally of everything up to now."""
        if self._tally is None:
            self._tally = _recorded(progress.folder) or Tally()
        return self._tally


def _recorded(folder: Path) -> Tally | None:
    """Return the tally of what is recorded, None where nothing can be read."""
    import sqlite3

    from cladogen.errors import CladogenError
    from cladogen.view.recorded_events import tally_to_go_on
    from cladogen.view.run_reader import RunReader

    with contextlib.suppress(CladogenError, sqlite3.Error, OSError), RunReader(folder) as run:
        return tally_to_go_on(run)
    return None

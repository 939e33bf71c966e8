"""Messages that name the files a user edits, where the run reads its own copy of them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.errors import CladogenError
from cladogen.events import opened

if TYPE_CHECKING:
    from cladogen.events import Ending, Observer, Progress, Told


class UserPaths:
    """Names the problem's files in place of a run's copies, while the problem is still there; a
    copy that is lost keeps its name, for the user's own file is there.
    """

    def __init__(self, run: Path, problem: Path) -> None:
        copy = run / "problem"
        # The longer spelling first, for the other may be a part of it.
        self._copies = (str(copy.resolve()), str(copy)) if problem.is_dir() else ()
        self._problem = str(problem)

    def __call__(self, text: str) -> str:
        for copy in self._copies:
            text = re.sub(rf"{re.escape(copy)}(/[^\s:,;]*)?", self._named, text)
        return text

    def _named(self, found: re.Match[str]) -> str:
        own = self._problem + (found[1] or "")
        return found[0] if Path(own).exists() and not Path(found[0]).exists() else own

    @contextlib.contextmanager
    def in_errors(self) -> Iterator[None]:
        """Rename in the errors that the block raises."""
        try:
            yield
        except CladogenError as error:
            error.args = tuple(self(arg) if isinstance(arg, str) else arg for arg in error.args)
            raise


class Renamed:
    """An observer whose notices name the user's files."""

    def __init__(self, observer: Observer, rename: UserPaths) -> None:
        self._observer, self._rename = observer, rename

    def opening(self, header: list[tuple[str, str]]) -> None:
        opened(self._observer, header)

    def begin(self, header: list[tuple[str, str]]) -> None:
        self._observer.begin(header)

    def told(self, event: Told, progress: Callable[[], Progress]) -> None:
        self._observer.told(event, progress)

    def notice(self, text: str) -> None:
        self._observer.notice(self._rename(text))

    def end(self, ending: Ending, progress: Callable[[], Progress]) -> None:
        self._observer.end(ending, progress)

    def close(self) -> None:
        self._observer.close()

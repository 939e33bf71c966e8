"""The parent program, as the edits of a reply see it: its texts, cut into lines once, and what may
change.
"""

from __future__ import annotations

from collections.abc import Mapping

from cladogen.errors import PatchRefused
from cladogen.patching.place.text import Text
from cladogen.patching.policy import Policy


class Parent:
    """The files that edits are read against."""

    def __init__(self, texts: Mapping[str, str], policy: Policy) -> None:
        self.texts = texts
        self.policy = policy
        self._cut: dict[str, Text] = {}

    def text(self, path: str) -> Text:
        """Return a file as lines."""
        if path not in self._cut:
            self._cut[path] = Text.of(self.texts[path])
        return self._cut[path]

    def editable(self) -> list[str]:
        """Return the files that a reply may change."""
        return list(filter(self.policy.may_touch, self.texts))

    def listing(self) -> str:
        """Return the names of the files, for a message."""
        names = list(self.texts)
        return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")

    def no_such_file(self, path: str) -> PatchRefused:
        return PatchRefused(
            "removed-lines-not-found",
            f"{path} is not a file of the program; it has {self.listing()}",
        )

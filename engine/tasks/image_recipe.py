"""What a task's Dockerfile says of its files: the working folder, and what is copied where.

The image is not built. Other instructions, such as packages that are installed, are only counted:
what they bring must be in the sandbox.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cladogen.program import File
from cladogen.tasks.reading import text_of

WORKING = "/app"  # where a recipe names no folder


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """``copies`` are (sources, target, working folder then) of each COPY and ADD, in order;
    ``note`` says what is not done, "" where there is no recipe.
    """

    working: str = WORKING
    copies: tuple[tuple[tuple[str, ...], str, str], ...] = ()
    note: str = ""

    def copied(self, context: Mapping[str, File]) -> dict[str, File]:
        """Return the files that the working folder gets of the build's context."""
        found: dict[str, File] = {}
        for sources, target, working in self.copies:
            for source in sources:
                found |= self._placed(context, source, target, working, many=len(sources) > 1)
        return found

    def _placed(
        self, context: Mapping[str, File], source: str, target: str, working: str, *, many: bool
    ) -> dict[str, File]:
        source = source.strip("/").removeprefix("./").rstrip("/.") if source != "." else ""
        whole = posixpath.normpath(posixpath.join(working, target))
        into = (
            target.endswith(("/", "/.")) or target in (".", "./") or many or whole == self.working
        )
        found = {}
        for path, file in context.items():
            if path == source:
                to = posixpath.join(whole, posixpath.basename(path)) if into else whole
            elif not source or path.startswith(f"{source}/"):
                to = posixpath.join(whole, path.removeprefix(f"{source}/") if source else path)
            else:
                continue
            if to.startswith(f"{self.working.rstrip('/')}/"):
                found[posixpath.relpath(to, self.working)] = file
        return found


def read_recipe(path: Path) -> ImageRecipe:
    """Return what a Dockerfile says; an empty recipe where there is none."""
    if not path.is_file():
        return ImageRecipe()
    working, first, installs = "", "", 0
    copies: list[tuple[tuple[str, ...], str, str]] = []
    for line in text_of(path).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word.upper() == "FROM":
            first, copies = rest.strip(), []  # only the last stage is the image
        elif word.upper() == "WORKDIR":
            working = posixpath.join(working or "/", rest.strip())
        elif word.upper() == "RUN":
            installs += 1
        elif word.upper() in ("COPY", "ADD"):
            copies += _copy(rest, working or WORKING)
    what = f", {installs} RUN lines" if installs else ""
    note = f"its image is not built (FROM {first}{what}): what it brings must be in the sandbox"
    return ImageRecipe(working or WORKING, tuple(copies), note)


def _copy(rest: str, working: str) -> list[tuple[tuple[str, ...], str, str]]:
    """Return the sources and the target of a COPY, none for one from another stage."""
    try:
        words = shlex.split(rest.strip().strip("[]").replace('",', '" '))
    except ValueError:
        return []
    if any(word.startswith("--from") for word in words):
        return []
    paths = [word for word in words if not word.startswith("--")]
    return [(tuple(paths[:-1]), paths[-1], working)] if len(paths) > 1 else []

"""What lies below a folder that is no problem itself: a checkout of tasks, a level of KernelBench.
An error that names some of them tells what to type next.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from cladogen.importing.found import LEFT_OUT

DEEPEST = 4  # folders down
MOST_SEEN = 400  # folders and Python files that are looked at
NAMED = 3


def named_below(folder: Path, fits: Callable[[Path], bool]) -> str:
    """Return words that name some of what lies below a folder, of problems and of what ``fits``; ""
    where nothing does. Those of the fullest folder come first: a lone file may fit by chance.
    """
    if not folder.is_dir():
        return ""
    found: list[Path] = []
    level, left = [folder], MOST_SEEN
    for _ in range(DEEPEST):
        places = list(itertools.islice(_inside(level), left))
        left -= len(places)
        here = {place for place in places if _problem(place) or fits(place)}
        found += sorted(here)
        level = _folders_but(here, places)
    return _words(folder, _fullest_first(found), whole=left > 0) if found else ""


def _folders_but(these: Collection[Path], places: Iterable[Path]) -> list[Path]:
    return [place for place in places if place not in these and place.is_dir()]


def _fullest_first(places: list[Path]) -> list[Path]:
    """Return places in the order of how many of them are in one folder."""
    together = Counter(place.parent for place in places)
    return sorted(places, key=lambda place: -together[place.parent])


def _problem(place: Path) -> bool:
    return (place / "problem.toml").is_file()


def _inside(folders: list[Path]) -> Iterator[Path]:
    """Yield the folders and Python files of some folders, but for runs and hidden ones."""
    for folder in folders:
        yield from filter(_looked_at, _places(folder))


def _places(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _looked_at(place: Path) -> bool:
    if place.name in LEFT_OUT or place.name.startswith((".", "__")):
        return False
    return place.suffix == ".py" or (place.is_dir() and not _linked_or_run(place))


def _linked_or_run(place: Path) -> bool:
    return place.is_symlink() or (place / "run.db").is_file()


def _words(folder: Path, found: list[Path], *, whole: bool) -> str:
    names = ", ".join(str(place.relative_to(folder)) for place in found[:NAMED])
    if len(found) <= NAMED and whole:
        return f"below it are {names}: name one of them"
    more = f"{len(found)} that can be run" if whole else f"{len(found)} and perhaps more"
    return f"below it are {more}, such as {names}: name one of them"

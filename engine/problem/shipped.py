"""The problems that come with the package: ``evolve run cap_set`` needs no folder and no clone.

They are read where the package is installed and never written there: a run works on its own copy,
and `copy_to` makes one to change.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import cladogen
from cladogen.problem.spelling import closest

# Not resolved first: in a clone the package is a folder of links, and problems/ is beside it there.
SHIPPED = Path(cladogen.__file__).parent / "problems"


def names() -> tuple[str, ...]:
    """Return the names of all shipped problems, in order."""
    return tuple(sorted(path.parent.name for path in SHIPPED.glob("*/problem.toml")))


def named(text: str) -> Path:
    """Return the path that ``text`` is; where nothing is there, the folder of the shipped problem
    of that name.
    """
    if text not in names() or Path(text).exists():
        return Path(text)
    return (SHIPPED / text).resolve()


def hint(folder: Path) -> str:
    """Return what to say beside "no such problem": the shipped one that may be meant, or ""."""
    close = closest(folder.name, names())
    return f"; did you mean the shipped problem {close!r} (evolve problems)?" if close else ""


def copy_to(name: str, target: Path) -> list[Path]:
    """Copy a shipped problem into a folder, writable; return the files made."""
    folder = SHIPPED / name
    made = []
    for source in sorted(path for path in folder.rglob("*") if path.is_file()):
        inside = source.relative_to(folder)
        if "__pycache__" in inside.parts:  # an installer compiles what it installs
            continue
        place = target / inside
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        place.chmod(place.stat().st_mode | source.stat().st_mode & 0o111)
        made.append(place)
    return made

"""The program that a person means by a name."""

from __future__ import annotations

import contextlib

from cladogen.errors import RunError
from cladogen.view.readable import Named

PROGRAMS = "best, ships, seed, #12, 12, or the start of a tree's or a commit's id"
SHORTEST_PREFIX = 4


def find(run: Named, name: str) -> int:
    """Return the program that ``name`` means; raises RunError for none and for several."""
    size = run.size
    if name in ("best", "ships"):
        return _ranked(run, name)
    if name == "seed" and size:
        return 0
    bare = name.removeprefix("#")
    if bare.isdecimal() and int(bare) < size:
        return int(bare)
    found = _by_prefix(run, name.lower())
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"#{number}" for number in found[:5])
        raise RunError(
            f"{run.folder}: {name!r} fits {len(found)} programs ({listed}); give more of the id"
        )
    last = f"#0 to #{size - 1}" if size else "none yet"
    raise RunError(
        f"{run.folder}: no program {name!r}; there are best, ships, seed, {last}, or the start of "
        "an id"
    )


def chosen(run: Named) -> int:
    """Return the program that a command takes when none is named: what ships, else the best."""
    return find(run, "best" if run.ships is None else "ships")


def _ranked(run: Named, name: str) -> int:
    number = run.best if name == "best" else run.ships
    if number is not None:
        return number
    if run.best is None:
        raise RunError(
            f"{run.folder}: no program has a score yet; see: evolve list --proposals {run.folder}"
        )
    raise RunError(
        f"{run.folder}: what ships is not chosen yet (the run has not ended); name best, which is "
        f"#{run.best}"
    )


def _by_prefix(run: Named, prefix: str) -> list[int]:
    if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
        return []
    found = run.store.programs_by_tree(prefix)
    if not found and len(run.commits) < run.size:
        _project(run)
    found |= {number for number, commit in run.commits.items() if commit.startswith(prefix)}
    return sorted(found)


def _project(run: Named) -> None:
    """Bring ``programs.git`` level, so that a commit can be found that is not in it yet.

    Without git there are no commits to find.
    """
    from cladogen.git.projection import Projection

    with contextlib.suppress(RunError, OSError):
        Projection(run.folder).catch_up(run.store, run.heads())
        run.forget_commits()

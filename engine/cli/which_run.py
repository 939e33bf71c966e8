"""Which run folder a command means: one to continue, or a new one beside those there are."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.errors import CladogenError, ConfigError, ModelError
from cladogen.view.run_folders import RUNS, is_run, written_at

if TYPE_CHECKING:
    from cladogen.settings import Settings

PROBLEM_FILE = "problem.toml"


@dataclass(frozen=True, slots=True)
class Which:
    """A run folder, and what a person should know of the choice ("": nothing)."""

    folder: Path
    note: str = ""


def named(path: Path) -> tuple[Path | None, Path | None]:
    """Return (problem, None) for a problem folder or its problem.toml, (None, run) for a run."""
    if path.name == PROBLEM_FILE and path.is_file():
        path = path.parent
    if is_run(path):
        return None, path
    if path.is_file():
        raise ConfigError(f"{path}: a file; name a problem folder, or a run folder")
    return path, None


def which_run(
    problem: Path, settings: Settings, origin: tuple[str, ...] = (), *, new: bool = False
) -> Which:
    """Return the newest run of the problem as it is now, else the folder for another one. With an
    ``origin`` (what ``--from`` names) only runs that began with it are continued.

    A run in which no seed program has a score is begun anew, so it counts as one of any problem.
    """
    base = default_folder(problem, settings)
    known = [] if new else _runs_beside(base, origin)
    older = ""
    for folder in known:
        why = _outdated(folder, problem, settings.variant)
        if not why:
            return Which(folder)
        older = older or f"{folder} is of the problem before it was edited ({why})"
    if known and not origin and _nothing_scored(known[0]):
        return Which(known[0], f"{known[0]}: no seed program had a score; begun anew")
    folder = _free(base)
    return Which(folder, f"{older}; this run is begun in {folder}" if older else "")


def default_folder(problem: Path, settings: Settings) -> Path:
    """Return ``runs/PROBLEM[-VARIANT][-sSEED]``."""
    name = problem.resolve().name
    name += f"-{settings.variant}" if settings.variant else ""
    name += f"-s{settings.seed}" if settings.seed else ""
    return RUNS / name


@contextlib.contextmanager
def nothing_left_when_refused(folder: Path) -> Iterator[None]:
    """Remove a folder that the block made, when it raises before anything was found out. A model or
    an agent that cannot be asked is no refusal of ours: that run says why it ended, and goes on.
    One that a signal ended goes on, too, once there is a run.
    """
    existed = folder.exists()
    try:
        yield
    except ModelError:
        raise
    except CladogenError:
        from cladogen.run_folder import discard

        if not existed and discard(folder):
            with contextlib.suppress(OSError):
                folder.parent.rmdir()  # where it was the only one
        raise
    except BaseException:
        if not existed and not (folder / "run.db").exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def begun_from(run: Path) -> tuple[str, ...]:
    """Return what ``--from`` named when a run began."""
    from cladogen.record.store import Store

    try:
        with contextlib.closing(Store.open(run)) as store:
            return tuple(store.meta().get("from", ()))
    except CladogenError:
        return ()


def _beside(base: Path) -> Iterator[Path]:
    """Yield the base folder and those numbered after it."""
    yield base
    for path in base.parent.glob(f"{base.name}-*"):
        if path.name.removeprefix(f"{base.name}-").isdecimal():
            yield path


def _free(base: Path) -> Path:
    if not base.exists():
        return base
    number = 2
    while (other := base.with_name(f"{base.name}-{number}")).exists():
        number += 1
    return other


def _outdated(run: Path, problem: Path, variant: str) -> str:
    """Return why a run's scores are not those of the problem as it is now, "" when they are."""
    from cladogen.problem.edits import edits

    if not (run / "problem").is_dir():
        return "its copy of the problem is gone"
    try:
        return edits(run / "problem", problem, variant).why
    except CladogenError as error:
        return str(error)


def _nothing_scored(run: Path) -> bool:
    from cladogen.record.store import Store
    from cladogen.run_folder import nothing_scored

    try:
        with contextlib.closing(Store.open(run)) as store:
            return nothing_scored(store)
    except CladogenError:
        return False


def _runs_beside(base: Path, origin: tuple[str, ...]) -> list[Path]:
    """Return the runs of a problem, the newest first; with an origin those that began with it."""
    known = sorted(filter(is_run, _beside(base)), key=written_at, reverse=True)
    return [folder for folder in known if not origin or begun_from(folder) == origin]

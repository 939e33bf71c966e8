"""The folder of a run: made, opened again, and made anew where there is nothing to lose in it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import cladogen
from cladogen.archives.options import find_archive
from cladogen.errors import CladogenError, RunError, RunInUseError, in_words
from cladogen.evaluation import Evaluation
from cladogen.problem import Problem, load
from cladogen.problem.edits import edits, folder_hash
from cladogen.program import Program
from cladogen.proposers import find_proposer
from cladogen.record.store import Store
from cladogen.safety.seal import SEALED, digests
from cladogen.settings import Settings


class MoreSeeds(Protocol):
    """Programs that a run begins with beside its problem's; ``words`` say whose they are."""

    @property
    def words(self) -> tuple[str, ...]: ...

    def programs(self, problem: Problem) -> tuple[Program, ...]: ...


def create_run(
    folder: Path, problem: Path, settings: Settings, more: MoreSeeds | None = None
) -> Store:
    """Make a run folder: the settings, the version and a copy of the problem, so that it can be
    read years later.
    """
    _check_apart(folder, problem)
    read = load(problem, settings.variant)
    seeds = read.seeds if more is None else (*read.seeds, *more.programs(read))
    meta = _meta(problem, read, settings, more)
    made = (folder / "problem", folder / "seeds") if folder.exists() else (folder,)
    Store.claim(folder)
    ignore = shutil.ignore_patterns("__pycache__", ".git", "runs")
    try:
        shutil.copytree(problem, folder / "problem", ignore=ignore, dirs_exist_ok=True)
        for number, seed in enumerate(seeds):
            seed.write(folder / "seeds" / str(number))
        return Store.create(folder, meta)  # last: where there is a run.db, there is a whole run
    except RunInUseError:
        raise  # what lies there is another's
    except (OSError, RunError) as error:
        for path in made:
            shutil.rmtree(path, ignore_errors=True)
        why = in_words(error) if isinstance(error, OSError) else str(error)
        raise RunError(why) from None


def _check_apart(folder: Path, problem: Path) -> None:
    """Raise RunError for a run folder inside the problem's, but for one below its ``runs``."""
    place, own = folder.resolve(), problem.resolve()
    if place.is_relative_to(own) and "runs" not in place.relative_to(own).parts:
        raise RunError(
            f"{folder}: lies in the problem's own folder; name a place outside it, or below "
            f"{own / 'runs'}"
        )


def _meta(
    problem: Path, read: Problem, settings: Settings, more: MoreSeeds | None
) -> dict[str, Any]:
    """Return what a run is begun with, as its record says it."""
    meta: dict[str, Any] = {
        "settings": settings.to_json(),
        "version": cladogen.__version__,
        "problem": str(problem),
        "problem_hash": folder_hash(problem),
    }
    if more is not None and more.words:
        meta["from"] = list(more.words)
    if read.history:
        meta["history"] = read.history
    return meta


def problem_of(folder: Path, settings: Settings) -> Problem:
    """Return the problem of a run as it was when the run began; a seed's repository need not be
    there any more.
    """
    if not has_begun(folder):
        problem = load(folder / "problem", settings.variant).with_seed(settings.seed)
        return replace(problem, to_the_bit=settings.to_the_bit)
    problem = statement_of(folder, settings)
    places = sorted((folder / "seeds").iterdir(), key=lambda place: int(place.name))
    return replace(problem, seeds=tuple(map(Program.read, places))).with_seed(settings.seed)


def statement_of(folder: Path, settings: Settings) -> Problem:
    """Return the problem of a run as it was when the run began, without its seed programs."""
    problem = load(folder / "problem", settings.variant, seeds=False)
    return replace(problem, to_the_bit=settings.to_the_bit)


def has_begun(folder: Path) -> bool:
    """Tell whether a run has seed programs; without any, the first is still to be written."""
    return (folder / "seeds").is_dir()


def reopen_run(
    folder: Path,
    settings: Settings | None = None,
    problem: Path | None = None,
    *,
    exact: bool = False,
) -> tuple[Store, Settings]:
    """Open a run for writing; its own settings hold, with the caps and workers of ``settings``
    where given.

    Edits of ``problem`` that change no score are taken over, unless ``exact``; RunError for others.
    """
    store = Store.open(folder, write=True)
    meta = store.meta()
    own = Settings.from_json(meta["settings"])
    try:
        if settings is not None:  # a misspelt name is that, not another rule
            find_archive(settings.archive, folder / "problem")
            kinds = [each.kind for each in settings.specialists] or [settings.proposer_name]
            for kind in kinds:
                find_proposer(kind, folder / "problem")
        chosen = own if settings is None else own.continued(settings, str(folder))
        if problem is not None and folder_hash(problem) != meta["problem_hash"]:
            _take_over(store, problem, own.variant, exact=exact)
    except CladogenError:
        store.close()
        raise
    return store, chosen


def open_run(
    folder: Path, problem: Path, settings: Settings, more: MoreSeeds | None = None
) -> tuple[Store, Settings]:
    """Continue the run in a folder, or make it; one that has nothing to lose is made anew. ``more``
    seed programs belong to a run's beginning: RunError where it began without them.
    """
    if not (folder / "run.db").exists() or _cleared(folder):
        return create_run(folder, problem, settings, more), settings
    store, chosen = reopen_run(folder, settings, problem)
    if more is not None and more.words and tuple(store.meta().get("from", ())) != more.words:
        store.close()
        raise RunError(
            f"{folder}: this run was not begun with --from {' '.join(more.words)}; give another "
            "folder with --run"
        )
    return store, chosen


def discard(folder: Path) -> bool:
    """Remove a run folder in which nothing was found out; return whether that was so."""
    if not (folder / "run.db").exists() or not _cleared(folder, only_empty=True):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def nothing_scored(store: Store) -> bool:
    """Return whether a run has seed programs only, none of which has a score."""
    if store.asked_anybody():
        return False
    settings = Settings.from_json(store.meta()["settings"])
    problem = load(store.folder / "problem", settings.variant, seeds=False)
    rows: dict[int, list[Evaluation]] = {}
    for _, number, _, _, evaluation in store.evaluations():
        rows.setdefault(number, []).append(evaluation)
    return all(problem.score(each).fitness is None for each in rows.values())


def _cleared(folder: Path, *, only_empty: bool = False) -> bool:
    """Remove what is left of a start that failed (a misspelt archive, a seed program that crashes);
    False where there is more, and nothing was removed.
    """
    store = Store.open(folder, write=True)
    try:
        if store.found_out_anything() and (only_empty or not nothing_scored(store)):
            return False
        for path in folder.glob("run.db*"):
            path.unlink()
    finally:
        store.close()
    for name in ("problem", "seeds", "programs.git"):
        shutil.rmtree(folder / name, ignore_errors=True)
    return True


def _take_over(store: Store, problem: Path, variant: str, *, exact: bool) -> None:
    """Take over edits of the problem that change no score, as an event; raises RunError for
    others.
    """
    copy = store.folder / "problem"
    found = edits(copy, problem, variant)
    why = found.why or (f"{found.paths[0]} has changed" if exact and found.paths else "")
    if why:
        raise RunError(
            f"{store.folder}: {why} since this run began ({problem}), so scores cannot be "
            "compared; begin another run with --new"
        )
    for path in found.paths:
        _copy_file(problem / path, copy / path)
    store.set_meta(SEALED, digests(copy))
    store.add_event("edited", {"paths": list(found.paths)})
    store.set_meta("problem_hash", folder_hash(problem))


def _copy_file(source: Path, target: Path) -> None:
    """Bring one file level: whole, or not at all."""
    if not source.exists():
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    shutil.copy2(source, part)
    part.replace(target)

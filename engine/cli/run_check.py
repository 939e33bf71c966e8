"""``evolve check RUN``: verify a whole run, and tell what can be saved of a damaged one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.cli.choosing import write_json

if TYPE_CHECKING:
    from cladogen.git.projection import Projection
    from cladogen.record.store import Store
    from cladogen.record.verify import Verified

MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class RunCheck:
    """What was found of a run. ``git`` says how its ``programs.git`` is, "" when it is sound;
    ``saved`` are the commits there of programs that the record lost.
    """

    run: str
    record: Verified
    git: str
    saved: dict[int, str]

    @property
    def sound(self) -> bool:
        return self.record.sound and not self.git


def check_run(args: argparse.Namespace, folder: Path, faults: int) -> int:
    """Verify a run and print what was found; return 0, or ``faults`` where it is damaged."""
    import contextlib

    from cladogen.display.progress_bar import ProgressBar
    from cladogen.git.projection import Projection
    from cladogen.record.store import Store
    from cladogen.record.verify import verify

    bar = ProgressBar("check", "texts and programs", quiet=args.json)

    def begin(total: int) -> Callable[[], object]:
        bar.begin(total)
        return bar.step

    with contextlib.closing(Store.open(folder)) as store:
        with bar:
            found = verify(store, begin)
        projection = Projection(folder)
        git = _git_fault(projection)
        saved = _saved(store, projection, found.lost)
    checked = RunCheck(str(folder), found, git, saved)
    if args.json:
        write_json(asdict(checked) | {"sound": checked.sound})
    else:
        for name, text in _lines(checked):
            print(f"{name:<10} {text}")
    return 0 if checked.sound else faults


def _git_fault(projection: Projection) -> str:
    """Return what is wrong with ``programs.git``, "" when nothing is, or it is not there."""
    from cladogen.problem.repository import GitFailed, run_git

    if not projection.folder.exists():
        return ""
    where = f"--git-dir={projection.folder}"
    try:
        run_git(where, "fsck", "--full", "--no-dangling", "--no-progress")
    except GitFailed as failed:
        return str(failed)[:300]
    return ""


def _saved(store: Store, projection: Projection, lost: tuple[int, ...]) -> dict[int, str]:
    """Return the commits that hold programs which the record lost, as their ids say."""
    from cladogen.problem.repository import Repository

    if not lost or not projection.folder.exists():
        return {}
    repository, commits = Repository(projection.folder, bare=True), projection.commits()
    trees = {number: store.tree(number) for number in lost}
    return {
        number: commits[number]
        for number in lost
        if number in commits and repository.tree(commits[number]) == trees[number]
    }


def _lines(checked: RunCheck) -> list[tuple[str, str]]:
    found, run = checked.record, checked.run
    counts = ", ".join(f"{count:,} {table}" for table, count in found.counts.items())
    lines = [("run", run), ("record", counts or "cannot be read to its end")]
    lines += [("damaged", text) for text in found.damages[:MOST_LINES]]
    if found.damages[MOST_LINES:]:
        lines.append(("damaged", f"and {len(found.damages) - MOST_LINES} more (--json has all)"))
    lines.append(("git", checked.git or "programs.git is sound, or is made when it is needed"))
    if checked.sound:
        return [*lines, ("verdict", _said(found))]
    whole = found.programs - len(found.lost)
    lines.append(("saved", f"{whole} of {found.programs} programs are whole in the record"))
    for number, commit in checked.saved.items():
        show = f"git --git-dir {run}/programs.git archive {commit[:12]} | tar x"
        lines.append(("saved", f"#{number} from programs.git: {show}"))
    return [*lines, ("verdict", _advice(checked))]


def _said(found: Verified) -> str:
    if not found.unsummed:
        return "sound: texts, rows and programs are what their checksums say"
    return (
        "sound: texts and programs are what their checksums say, and rows agree; "
        f"{found.unsummed:,} rows have no checksum, for an earlier version wrote them"
    )


def _advice(checked: RunCheck) -> str:
    if checked.record.sound:
        return f"the record is sound; delete {checked.run}/programs.git, it is made again from it"
    if checked.record.lost:
        return "damaged: restore a copy; or begin a new run from what is whole: --from RUN@PROGRAM"
    return "damaged in what no program needs: evolve list, checkout, export and --from work"

"""What `evolve()` returns: how a run ended, the program that ships, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cladogen.errors import ConfigError, RunError
from cladogen.events import Ending
from cladogen.ledger import Stop
from cladogen.program import Program, matches

if TYPE_CHECKING:
    from cladogen.final import Final
    from cladogen.view.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run that has ended, in ``folder``. Whatever is asked of it is read from there, so that it
    can be asked years later: ``FinishedRun.read(folder)``.
    """

    folder: Path
    ending: Ending | None = None

    @staticmethod
    def read(folder: Path | str) -> FinishedRun:
        """Return the run in a folder; RunError when there is none."""
        if not (Path(folder) / "run.db").is_file():
            raise RunError(f"{folder}: no run here (no run.db)")
        return FinishedRun(Path(folder))

    @property
    def stop(self) -> Stop:
        """Why the run ended; of one that is read, "running" while it goes on, "stopped" when it was
        killed.
        """
        if self.ending is not None:
            return self.ending.stop
        with self._reader() as run:
            return Stop(run.ending, run.end_words)

    @property
    def final(self) -> Final | None:
        """The final choice as it was made; None when it was interrupted before."""
        return self._ended.final

    @property
    def shipped(self) -> Program | None:
        """The program that ships; None when there was no final choice."""
        if self.ending is not None:
            return self.ending.shipped
        with self._reader() as run:
            return None if run.ships is None else run.program(run.ships)

    @property
    def seed(self) -> Program | None:
        """The first seed program; None before there is one."""
        if self.ending is not None:
            return self.ending.seed
        with self._reader() as run:
            return run.program(0) if run.size else None

    @property
    def _ended(self) -> Ending:
        if self.ending is None:
            raise RunError(
                f"{self.folder}: was read from its folder, which has no final choice as a value; "
                "see .verdict and .shipped"
            )
        return self.ending

    @property
    def program(self) -> Program:
        """The program that ships, else the best by training score, else the seed program."""
        with self._reader() as run:
            return run.program(run.chosen)

    @property
    def files(self) -> dict[str, str]:
        """The files that may change, of the program that ships: path -> text."""
        with self._reader() as run:
            program, editable = run.program(run.chosen), run.problem.editable
        return {path: program.text(path) for path in program if matches(path, editable)}

    @property
    def text(self) -> str:
        """The text of the one file that may change; ConfigError when there are several."""
        found = self.files
        if len(found) != 1:
            raise ConfigError(f"{len(found)} files may change ({', '.join(found)}): see .files")
        return next(iter(found.values()))

    @property
    def score(self) -> float | None:
        """The objective of the program that ships, on the training cases; None without one."""
        with self._reader() as run:
            return _objective(run, run.best if run.ships is None else run.ships)

    @property
    def seed_score(self) -> float | None:
        """The objective of the first seed program, on the training cases; None before there is
        one.
        """
        with self._reader() as run:
            return _objective(run, 0 if run.size else None)

    @property
    def verdict(self) -> str:
        """What the final choice says: the held-out result and its test, "" when none was made."""
        with self._reader() as run:
            return "" if run.final is None else str(run.final["sentence"])

    @property
    def certified(self) -> bool:
        """Whether scores come from a process apart from every candidate."""
        with self._reader() as run:
            return not run.problem.reported

    @property
    def diff(self) -> str:
        """What ships as a git diff against the seed program."""
        from cladogen.patch import make_diff

        with self._reader() as run:
            return make_diff(run.program(0), run.program(run.chosen))

    @property
    def lineage(self) -> tuple[int, ...]:
        """The numbers of the programs from the seed program down to what ships."""
        with self._reader() as run:
            return tuple(run.descent(run.chosen))

    @property
    def cost_usd(self) -> float | None:
        """The dollars spent; None when the price of some call is not known."""
        from cladogen.view.reports.run import money

        with self._reader() as run:
            usd, unpriced = money(run)
        return None if unpriced else usd

    def rows(self) -> list[dict[str, Any]]:
        """Return a table of every program: number, parents, operator, status, fitness, metrics."""
        with self._reader() as run:
            return [_row(run, number) for number in range(run.size)]

    def frame(self) -> Any:
        """Return `rows` as a pandas DataFrame; needs pandas."""
        try:
            import pandas
        except ImportError:
            raise ConfigError(
                "frame() needs pandas: pip install pandas; rows() gives the same without it"
            ) from None
        return pandas.DataFrame(self.rows())

    def export(self, path: Path | str) -> Path:
        """Write the files that may change into a folder, or the one file to a path with an
        ending.
        """
        target, found = Path(path), self.files
        single = len(found) == 1 and target.suffix and not target.is_dir()
        for name, text in found.items():
            place = target if single else target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode("utf-8", "surrogateescape"))
        return target

    def _reader(self) -> RunReader:
        from cladogen.view.run_reader import RunReader

        return RunReader(self.folder)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the curve, what ships and its difference from the seed."""
        from cladogen.view.exports.notebook import run_html

        return run_html(self.folder)

    def __str__(self) -> str:
        words = self.stop.text
        ended = f"{words}; " if words else ""
        kind = "certified" if self.certified else "reported"
        return f"{self.folder}: {ended}score {self.score} ({kind}), seed {self.seed_score}"


def load_run(folder: Path | str) -> FinishedRun:
    """Return the run in a folder, one that goes on or one that has ended; RunError when there is
    none.
    """
    return FinishedRun.read(folder)


def _objective(run: RunReader, number: int | None) -> float | None:
    if number is None:
        return None
    return run.score(number).metrics.get(run.problem.objective.name)


def _row(run: RunReader, number: int) -> dict[str, Any]:
    entry = run.entries[number]
    metrics: Mapping[str, float] = entry.score.metrics
    return {
        "number": number,
        "tree": entry.node.program,
        "parents": list(entry.node.parents),
        "operator": entry.operator,
        "status": entry.score.status.value,
        "fitness": entry.score.fitness,
        **metrics,
    }

"""A run as read from its folder, also while it goes on: programs with their scores, proposals, the
best, the ending.

Opened read-only and built from few columns, so that looking at ten thousand programs takes well
under a second.
"""

from __future__ import annotations

import contextlib
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cladogen.errors import CladogenError, RunError
from cladogen.evaluation import Evaluation, Score, Status
from cladogen.git.heads import ELITES, heads
from cladogen.problem import Problem, load
from cladogen.program import Node, Program
from cladogen.record.lock import held
from cladogen.record.store import Store
from cladogen.settings import Settings

SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """A program in its place. ``standing`` and ``reason`` are "" while its first result is not told
    yet.
    """

    node: Node
    round: int
    operator: str
    model: str
    summary: str
    standing: str
    reason: str
    score: Score

    @property
    def number(self) -> int:
        return self.node.number


class RunReader:
    """Everything a person may ask of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store.open(folder)
        self.meta = self.store.meta()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> RunReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it was about

    @cached_property
    def settings(self) -> Settings:
        return Settings.from_json(self.meta["settings"])

    @cached_property
    def problem(self) -> Problem:
        """The problem as it was when the run began, without its seeds."""
        return load(self.folder / "problem", self.settings.variant, seeds=False)

    @cached_property
    def running(self) -> bool:
        """Whether somebody is writing to the run now."""
        return held(self.folder)

    @cached_property
    def ending(self) -> str:
        """Why the run ended, "running", or "stopped" when it was killed."""
        if self.running:
            return "running"
        ends = self.store.events("end")
        return str(ends[-1][2]["kind"]) if ends and ends[-1][0] >= self.last_told else "stopped"

    @cached_property
    def last_told(self) -> float:
        """When the last program was told (seconds since 1970), 0 when none was."""
        row = self.store.database.execute(
            "SELECT at FROM results WHERE outcome = 'accepted' ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return 0.0 if row is None else float(row[0])

    @cached_property
    def final(self) -> dict[str, Any] | None:
        """The final choice, unless programs came after it: number, sentence, shortlist."""
        finals = self.store.events("final")
        return finals[-1][2] if finals and finals[-1][0] >= self.last_told else None

    @cached_property
    def flags(self) -> list[str]:
        """Differences that were flagged."""
        return [str(body["text"]) for _, _, body in self.store.events("flag")]

    # -- programs

    @cached_property
    def entries(self) -> list[ProgramRow]:
        """Every program, by number."""
        rows = self.store.database.execute(
            "SELECT p.number, p.tree, p.parents, p.ticket, p.round, o.operator, o.model, "
            "json_extract(o.body, '$.summary'), r.standing, r.reason FROM programs p "
            "LEFT JOIN proposals o ON o.ticket = p.ticket AND o.round = p.round "
            "LEFT JOIN results r ON r.ticket = p.ticket AND r.round = p.round ORDER BY p.number"
        )
        scores = self._scores()
        return [
            ProgramRow(
                Node(number, tree, tuple(json.loads(parents)), ticket),
                round_,
                operator or "seed",
                model or "",
                summary or "",
                standing or "",
                reason or "",
                scores.get(number, Score(Status.INFRA)),
            )
            for (
                number,
                tree,
                parents,
                ticket,
                round_,
                operator,
                model,
                summary,
                standing,
                reason,
            ) in rows
        ]

    def _scores(self) -> dict[int, Score]:
        return {
            number: self.problem.score(rows) for number, rows in self.evaluations("train").items()
        }

    def evaluations(
        self, split: str = "train", number: int | None = None
    ) -> dict[int, list[Evaluation]]:
        """Return evaluations by program, with what a score needs of them."""
        rows = self.store.database.execute(
            "SELECT program, name, seed, status, metrics, feedback FROM evaluations "
            "WHERE split = ?1 AND (?2 IS NULL OR program = ?2) ORDER BY id",
            (split, number),
        )
        found: dict[int, list[Evaluation]] = {}
        for program, case, seed, status, metrics, feedback in rows:
            evaluation = Evaluation("", case, seed, Status(status), json.loads(metrics), feedback)
            found.setdefault(program, []).append(evaluation)
        return found

    @cached_property
    def children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for entry in self.entries:
            for parent in set(entry.node.parents):
                found.setdefault(parent, []).append(entry.number)
        return found

    @cached_property
    def ranking(self) -> list[int]:
        """The numbers of all programs that have a score, best first."""
        scored = [entry for entry in self.entries if entry.score.fitness is not None]
        return [
            entry.number
            for entry in sorted(
                scored, key=lambda entry: (-(entry.score.fitness or 0), entry.number)
            )
        ]

    @cached_property
    def best(self) -> int | None:
        """What the run ships; before its end, the best by fitness, or by an archive that measures
        case by case.
        """
        if self.final is not None:
            return int(self.final["number"])
        return next(iter(self._shortlist() or self.ranking), None)

    @cached_property
    def elites(self) -> list[int]:
        """The short list of the final choice, before it the best by fitness."""
        listed = list(self.final["shortlist"]) if self.final is not None else self.ranking
        return [number for number in listed if number != self.best][: ELITES - 1]

    def refs(self) -> dict[str, int]:
        """Return the heads of the projection: seed, best and elites."""
        return heads(self.best, self.elites)

    @cached_property
    def noise(self) -> float:
        """The standard deviation of the seed's fitness over its repeated measurements."""
        by_seed: dict[int, list[Evaluation]] = {}
        for row in self.evaluations("train", 0).get(0, []):
            by_seed.setdefault(row.seed, []).append(row)
        values = [
            score.fitness
            for score in map(self.problem.score, by_seed.values())
            if score.fitness is not None
        ]
        return statistics.stdev(values) if len(values) > 1 else 0.0

    def heldout(self, number: int) -> Score | None:
        """Return a program's held-out score, None when it was not measured there."""
        rows = self.evaluations("heldout", number).get(number)
        return self.problem.score(rows) if rows else None

    def program(self, number: int) -> Program:
        return self.store.program(number)

    def ancestors(self, numbers: Sequence[int]) -> set[int]:
        """Return the given programs and all they descend from."""
        found: set[int] = set()
        waiting = list(numbers)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting.extend(self.entries[number].node.parents)
        return found

    # -- names

    def find(self, name: str) -> int:
        """Return the program that a person means: best, seed, #12, 12, or the start of a tree's or
        a commit's id.
        """
        size = self.store.database.execute("SELECT COUNT(*) FROM programs").fetchone()[0]
        if name == "best":
            if self.best is None:
                raise RunError(
                    f"{self.folder}: no program has a score yet; see: evolve list --proposals "
                    f"{self.folder}"
                )
            return self.best
        if name == "seed" and size:
            return 0
        if name.removeprefix("#").isdecimal() and int(name.removeprefix("#")) < size:
            return int(name.removeprefix("#"))
        found = self._by_prefix(name.lower())
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(f"#{number}" for number in found[:5])
            raise RunError(
                f"{self.folder}: {name!r} fits {len(found)} programs ({listed}); give more of the "
                "id"
            )
        last = f"#0 to #{size - 1}" if size else "none yet"
        raise RunError(
            f"{self.folder}: no program {name!r}; there are best, seed, {last}, or the start of "
            "an id"
        )

    def _by_prefix(self, prefix: str) -> list[int]:
        if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
            return []
        rows = self.store.database.execute(
            "SELECT number FROM programs WHERE tree GLOB ? || '*'", (prefix,)
        )
        found = {number for (number,) in rows}
        if (
            not found
            and len(self.commits)
            < self.store.database.execute("SELECT COUNT(*) FROM programs").fetchone()[0]
        ):
            self._project()
        found |= {number for number, commit in self.commits.items() if commit.startswith(prefix)}
        return sorted(found)

    def _project(self) -> None:
        """Bring ``programs.git`` level, so that a commit can be found that is not in it yet; no
        git, no commits.
        """
        from cladogen.git.projection import Projection

        with contextlib.suppress(RunError, OSError):
            Projection(self.folder).catch_up(self.store, self.refs())
            del self.commits

    @cached_property
    def commits(self) -> dict[int, str]:
        """The commits of the programs that are in ``programs.git`` already."""
        from cladogen.git.projection import Projection

        return Projection(self.folder).commits()

    # -- proposals

    def attempts(self) -> Iterator[dict[str, Any]]:
        """Yield what came of every task, oldest first, with what is known of the proposal; without
        its texts.
        """
        names = (
            "ticket",
            "round",
            "at",
            "outcome",
            "program",
            "standing",
            "reason",
            "operator",
            "model",
            "body",
        )
        rows = self.store.database.execute(
            "SELECT r.ticket, r.round, r.at, r.outcome, r.program, r.standing, r.reason, "
            "o.operator, o.model, o.body "
            "FROM results r LEFT JOIN proposals o ON o.ticket = r.ticket AND o.round = r.round "
            "ORDER BY r.seq"
        )
        for row in rows:
            values = dict(zip(names, row, strict=True))
            yield values | {"body": json.loads(values["body"]) if values["body"] else {}}

    def _shortlist(self) -> Sequence[int]:
        """Return the choice of an archive that measures case by case; nothing for one that ranks by
        fitness.
        """
        from cladogen.archives.options import find_archive, make_archive
        from cladogen.record.memory import RunRecord, told

        try:
            if getattr(find_archive(self.settings.archive), "opening", None) is None:
                return ()
            names = self.store.database.execute(
                "SELECT DISTINCT name FROM evaluations WHERE split = 'train'"
            )
            space = self.problem.space(sorted(name for (name,) in names))
            archive = make_archive(self.settings.archive, space, self.settings.archive_options)
            record = RunRecord(self.store, self.problem.score)
            for result, round_, _ in told(self.store, record):
                archive.tell(result.scored(record.absorb(result, round_)))
            return archive.shortlist(ELITES)
        except (
            CladogenError,
            ValueError,
        ):  # an archive of the user's own that is gone, or a run that only begins
            return ()


def find_runs(folder: Path) -> list[Path]:
    """Return the run folders in ``folder`` (itself, if it is one), the one written to last
    first.
    """
    if (folder / "run.db").is_file():
        return [folder]
    found = [path.parent for path in folder.glob("*/run.db")] if folder.is_dir() else []
    return sorted(found, key=_written, reverse=True)


def _written(run: Path) -> float:
    return max(
        path.stat().st_mtime for path in (run / "run.db", run / "run.db-wal") if path.exists()
    )

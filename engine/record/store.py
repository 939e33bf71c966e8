"""The record of a run: ``run.db``, SQLite in WAL mode, append-only rows.

Everything else is derived from it: the archive and the bandits are folds over `results`,
``programs.git`` is a projection of `programs`. A row is on disk before anybody acts on it, so
``kill -9`` loses only work in flight, and a ticket without a result is work to take up again.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from cladogen.errors import RunError
from cladogen.evaluation import Evaluation
from cladogen.program import File, Node, Program
from cladogen.proposal import Proposal
from cladogen.record import blobs as texts
from cladogen.record.database import connect, lay_down
from cladogen.record.lock import WHOLE_RUN, RunLock
from cladogen.record.rows import as_evaluation, as_proposal, as_task, read_json
from cladogen.task import Propose, Task

FORMAT = 1


class Store:
    """The rows of one run folder. Made by `create` or `open_run`; one writer at a time, held by a
    lock file.
    """

    def __init__(self, folder: Path, *, write: bool, held_for: str = WHOLE_RUN) -> None:
        self.folder = folder
        self._lock = RunLock.take(folder, held_for) if write else None
        try:
            self.database = connect(folder / "run.db", write=write)
        except RunError:
            if self._lock is not None:
                self._lock.close()
            raise
        self.texts = texts.BlobStore(self.database)

    # -- opening and closing

    @staticmethod
    def create(folder: Path, meta: Mapping[str, Any]) -> Store:
        """Make a run folder that holds ``meta``; raises RunError where one is already.

        The database appears whole: a run killed while it was made is no run, and the same command
        makes it.
        """
        Store.claim(folder)
        whole = {"format": FORMAT, "started": time.time(), **meta}
        with RunLock.take(folder):
            lay_down(folder / "run.db", {key: json.dumps(value) for key, value in whole.items()})
        return Store(folder, write=True)

    @staticmethod
    def claim(folder: Path) -> None:
        """Make the folder of a new run; raises RunError where a run is already, or none can be."""
        if (folder / "run.db").exists():
            raise RunError(
                f"{folder}: a run is here already; continue it with: evolve run --resume {folder}"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{folder}: cannot be made ({error.strerror}); name another place with --run"
            ) from None

    @staticmethod
    def open(folder: Path, *, write: bool = False, held_for: str = WHOLE_RUN) -> Store:
        """Open a run; raises RunError when there is none, it is damaged, newer than this version,
        or in use.
        """
        if not (folder / "run.db").exists():
            raise RunError(
                f"{folder}: no run here (no run.db); start one with: evolve run PROBLEM --run "
                f"{folder}"
            )
        store = Store(folder, write=write, held_for=held_for)
        try:
            version = store.meta().get("format")
        except sqlite3.DatabaseError as error:
            store.close()
            raise RunError(
                f"{folder / 'run.db'}: damaged ({error}); restore a copy, or try: sqlite3 .recover"
            ) from error
        if not isinstance(version, int) or version > FORMAT:
            store.close()
            raise RunError(
                f"{folder}: written in format {version}, this version reads up to {FORMAT}; "
                "upgrade cladogen"
            )
        return store

    def close(self) -> None:
        self.database.close()
        if self._lock is not None:
            self._lock.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Group rows into one transaction; a full disk becomes a RunError and nothing of the group
        is kept.
        """
        if self.database.in_transaction:
            yield
            return
        try:
            with self.database:
                self.database.execute("BEGIN IMMEDIATE")
                yield
        except sqlite3.OperationalError as error:
            raise RunError(
                f"{self.folder}: cannot write the record ({error}); free space, then resume"
            ) from error

    @contextlib.contextmanager
    def durably(self) -> Iterator[None]:
        """A transaction that is on the disk itself when the block ends: for what was paid for."""
        self.database.execute("PRAGMA synchronous = FULL")
        try:
            with self.transaction():
                yield
        finally:
            self.database.execute("PRAGMA synchronous = NORMAL")

    # -- meta and events

    def meta(self) -> dict[str, Any]:
        return {
            key: json.loads(value)
            for key, value in self.database.execute("SELECT key, value FROM meta")
        }

    def set_meta(self, key: str, value: Any) -> None:
        self.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def add_event(self, kind: str, body: Mapping[str, Any]) -> None:
        with self.transaction():
            self.database.execute(
                "INSERT INTO events (at, kind, body) VALUES (?, ?, ?)",
                (time.time(), kind, json.dumps(body)),
            )

    def events(self, kind: str | None = None) -> list[tuple[float, str, dict[str, Any]]]:
        """Return (time, kind, body), oldest first."""
        rows = self.database.execute(
            "SELECT at, kind, body FROM events WHERE ? IS NULL OR kind = ? ORDER BY id",
            (kind, kind),
        )
        return [(at, name, json.loads(body)) for at, name, body in rows]

    def found_out_anything(self) -> bool:
        """Return whether a program was judged or a model asked: whether there is anything to
        lose.
        """
        ((anything,),) = self.database.execute(
            "SELECT EXISTS (SELECT 1 FROM evaluations WHERE status != 'infra') OR EXISTS (SELECT "
            "1 FROM calls)"
        )
        return bool(anything)

    def asked_anybody(self) -> bool:
        """Return whether anything was proposed, or a model asked."""
        ((anything,),) = self.database.execute(
            "SELECT EXISTS (SELECT 1 FROM proposals) OR EXISTS (SELECT 1 FROM calls)"
        )
        return bool(anything)

    def seconds(self) -> float:
        """Return how long the run took so far: every sitting from its begin to the last row it
        wrote, killed or not.
        """
        rows = self.database.execute(
            "SELECT at, 1 FROM events WHERE kind = 'begin' UNION ALL SELECT at, 0 FROM events "
            "WHERE kind != 'begin' "
            "UNION ALL SELECT at, 0 FROM tasks UNION ALL SELECT at, 0 FROM results ORDER BY at"
        )
        total, first, last = 0.0, None, 0.0
        for at, begins in rows:
            if begins:
                total += 0.0 if first is None else last - first
                first = at
            last = at
        return total if first is None else total + last - first

    # -- tasks

    def add_task(self, task: Task, asker: str = "") -> None:
        kind = "propose" if isinstance(task, Propose) else "measure"
        with self.transaction():
            self.database.execute(
                "INSERT OR IGNORE INTO tasks VALUES (?, ?, ?, ?, ?)",
                (task.ticket, time.time(), kind, asker, json.dumps(asdict(task))),
            )

    def task(self, ticket: int) -> Task | None:
        row = self.database.execute(
            "SELECT kind, body FROM tasks WHERE ticket = ?", (ticket,)
        ).fetchone()
        return None if row is None else as_task(*row)

    def tasks(self) -> Iterator[Task]:
        for row in self.database.execute("SELECT kind, body FROM tasks ORDER BY ticket"):
            yield as_task(*row)

    def open_tasks(self) -> list[tuple[Task, str, float]]:
        """Return tasks without a last result, with who asked and when: what was in flight at the
        end.
        """
        rows = self.database.execute(
            "SELECT kind, body, asker, at FROM tasks WHERE ticket NOT IN (SELECT ticket FROM "
            "results WHERE last = 1) "
            "ORDER BY ticket"
        )
        return [(as_task(kind, body), asker, at) for kind, body, asker, at in rows]

    def next_ticket(self) -> int:
        row = self.database.execute("SELECT COALESCE(MAX(ticket) + 1, 0) FROM tasks").fetchone()
        return int(row[0])

    # -- proposals

    def add_proposal(self, proposal: Proposal, round_: int) -> None:
        body = asdict(proposal)
        for key in ("prompt", "reply", "patch", "ticket", "operator", "model"):
            del body[key]
        put = self.texts.put_text
        with self.transaction():
            self.database.execute(
                "INSERT OR REPLACE INTO proposals (ticket, round, at, operator, model, prompt, "
                "reply, patch, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    proposal.ticket,
                    round_,
                    time.time(),
                    proposal.operator,
                    proposal.model,
                    put(proposal.prompt),
                    put(proposal.reply),
                    put(proposal.patch),
                    json.dumps(body),
                ),
            )

    def proposal(self, ticket: int, round_: int = 0) -> Proposal | None:
        return next(self._proposals("ticket = ? AND round = ?", (ticket, round_)), None)

    def proposal_summary(self, ticket: int, round_: int = 0) -> Proposal | None:
        """Return a proposal without its prompt, reply and patch, which are long: what a list of
        many shows.
        """
        row = self.database.execute(
            "SELECT operator, model, body FROM proposals WHERE ticket = ? AND round = ?",
            (ticket, round_),
        ).fetchone()
        return None if row is None else as_proposal(ticket, row[0], row[1], ["", "", ""], row[2])

    def proposals(self) -> Iterator[Proposal]:
        return self._proposals("1", ())

    def proposals_of(self, ticket: int) -> list[Proposal]:
        return list(self._proposals("ticket = ?", (ticket,)))

    def _proposals(self, where: str, values: tuple[Any, ...]) -> Iterator[Proposal]:
        rows = self.database.execute(
            "SELECT ticket, operator, model, prompt, reply, patch, body FROM proposals "
            f"WHERE {where} ORDER BY ticket, round",
            values,
        )
        for ticket, operator, model, prompt, reply, patch, body in rows:
            yield as_proposal(
                ticket,
                operator,
                model,
                [self.texts.get_text(i) for i in (prompt, reply, patch)],
                body,
            )

    # -- programs

    def add_program(
        self, program: Program, node: Node, round_: int = 0, canonical: bytes = b""
    ) -> None:
        """Store a program under its number; texts near to the first parent's are stored as
        differences from it.
        """
        before = self._files(node.parents[0]) if node.parents else {}
        with self.transaction():
            files = {
                path: [self.texts.put(file.data, before.get(path, [None])[0]), int(file.executable)]
                for path, file in program.files.items()
            }
            self.database.execute(
                "INSERT INTO programs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    node.number,
                    program.id,
                    json.dumps(node.parents),
                    node.ticket,
                    round_,
                    canonical,
                    json.dumps(files),
                ),
            )

    def program(self, number: int) -> Program:
        files = {
            path: File(self.texts.get(text), bool(flag))
            for path, (text, flag) in self._files(number).items()
        }
        row = self.database.execute(
            "SELECT tree FROM programs WHERE number = ?", (number,)
        ).fetchone()
        return Program(row[0], files)

    def nodes(self, after: int = -1) -> Iterator[Node]:
        rows = self.database.execute(
            "SELECT number, tree, parents, ticket FROM programs WHERE number > ? ORDER BY number",
            (after,),
        )
        for number, tree, parents, ticket in rows:
            yield Node(number, tree, tuple(read_json(parents)), ticket)

    def canonical(self) -> dict[bytes, int]:
        """Return the first program's number for each canonical form."""
        rows = self.database.execute(
            "SELECT canonical, MIN(number) FROM programs WHERE canonical != x'' GROUP BY canonical"
        )
        return dict(rows.fetchall())

    def program_of(self, ticket: int, round_: int) -> int | None:
        """Return the number of the program a ticket made in a round."""
        row = self.database.execute(
            "SELECT number FROM programs WHERE ticket = ? AND round = ?", (ticket, round_)
        ).fetchone()
        return None if row is None else int(row[0])

    def _files(self, number: int) -> dict[str, list[Any]]:
        row = self.database.execute(
            "SELECT files FROM programs WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            raise RunError(f"{self.folder}: no program #{number}")
        return json.loads(row[0])  # type: ignore[no-any-return]

    # -- evaluations

    def add_evaluations(
        self,
        number: int,
        ticket: int,
        evaluations: tuple[Evaluation, ...],
        *,
        split: str = "train",
        fresh: bool = False,
    ) -> None:
        now = time.time()
        rows = [
            (
                number,
                ticket,
                split,
                fresh,
                e.case,
                e.seed,
                e.status.value,
                json.dumps(dict(e.metrics)),
                e.feedback,
                e.log,
                e.output,
                *astuple(e.usage),
                e.cost_usd,
                now,
            )
            for e in evaluations
        ]
        with self.transaction():
            self.database.executemany(
                "INSERT INTO evaluations (program, ticket, split, fresh, name, seed, status, "
                "metrics, feedback, log, "
                "output, wall_s, cpu_s, peak_memory_mb, output_bytes, cost_usd, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._add_returned(evaluations)

    def returned(self, output: str) -> str:
        """Return the beginning of what a program returned, by its fingerprint; "" where it was not
        kept.
        """
        try:
            row = self.database.execute(
                "SELECT text FROM outputs WHERE output = ?", (output,)
            ).fetchone()
        except sqlite3.OperationalError:  # a run of an earlier version, opened for reading
            return ""
        return "" if row is None else self.texts.get_text(row[0])

    def _add_returned(self, evaluations: Sequence[Evaluation]) -> None:
        """Store what programs returned, each output once."""
        for output, text in {e.output: e.returned for e in evaluations if e.returned}.items():
            self.database.execute(
                "INSERT OR IGNORE INTO outputs VALUES (?, ?)", (output, self.texts.put_text(text))
            )

    def evaluations(
        self,
        number: int | None = None,
        *,
        split: str | None = "train",
        ticket: int | None = None,
        after: int = -1,
    ) -> Iterator[tuple[int, int, int, bool, Evaluation]]:
        """Yield (row, program number, ticket, fresh, evaluation), oldest first."""
        asked = {"program": number, "split": split, "ticket": ticket}
        given = {column: value for column, value in asked.items() if value is not None}
        # Only what was asked for is named: "? IS NULL OR" would keep SQLite from using its indexes.
        where = "".join(f"e.{column} = ? AND " for column in given)
        rows = self.database.execute(
            "SELECT e.id, e.program, e.ticket, e.fresh, p.tree, e.name, e.seed, e.status, "
            "e.metrics, e.feedback, "
            "e.log, e.output, e.wall_s, e.cpu_s, e.peak_memory_mb, e.output_bytes, e.cost_usd "
            f"FROM evaluations e JOIN programs p ON p.number = e.program WHERE {where}e.id > ? "
            "ORDER BY e.id",
            (*given.values(), after),
        )
        for row, program, made_by, fresh, tree, *rest in rows:
            yield row, program, made_by, bool(fresh), as_evaluation(tree, rest)

    def untold(self, ticket: int) -> int:
        """Return how many training evaluations of a task are on disk whose result is not."""
        ((count,),) = self.database.execute(
            "SELECT count(*) FROM evaluations e WHERE e.ticket = ? AND e.split = 'train' "
            "AND NOT EXISTS (SELECT 1 FROM results r WHERE r.ticket = e.ticket AND r.program = "
            "e.program)",
            (ticket,),
        )
        return int(count)

    # -- results

    def add_result(
        self,
        ticket: int,
        round_: int,
        outcome: str,
        program: int | None,
        standing: str,
        reason: str,
        *,
        last: bool,
    ) -> None:
        with self.transaction():
            self.database.execute(
                "INSERT INTO results (ticket, round, last, at, outcome, program, standing, reason) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (ticket, round_, last, time.time(), outcome, program, standing, reason),
            )

    def told(self) -> Iterator[tuple[dict[str, Any], Task, Proposal | None]]:
        """Yield result rows in the order the archive was told, each with its task and its proposal,
        one by one.
        """
        rows = self.database.execute(
            "SELECT r.round, r.last, r.outcome, r.program, r.reason, t.kind, t.body, r.ticket, "
            "p.operator, p.model, "
            "p.prompt, p.reply, p.patch, p.body FROM results r JOIN tasks t ON t.ticket = r.ticket "
            "LEFT JOIN proposals p ON p.ticket = r.ticket AND p.round = r.round ORDER BY r.seq"
        )
        for (
            round_,
            last,
            outcome,
            program,
            reason,
            kind,
            asked,
            ticket,
            operator,
            model,
            *long,
            body,
        ) in rows:
            row = {
                "round": round_,
                "last": last,
                "outcome": outcome,
                "program": program,
                "reason": reason,
            }
            read = [self.texts.get_text(ident) for ident in long]
            yield (
                row,
                as_task(kind, asked),
                None if body is None else as_proposal(ticket, operator, model, read, body),
            )

    def rounds_told(self, ticket: int) -> int:
        """Return how many rounds of a task (a proposal, then its repairs) the archive was told
        of.
        """
        ((count,),) = self.database.execute(
            "SELECT count(*) FROM results WHERE ticket = ?", (ticket,)
        )
        return int(count)

    def results(self, after: int = -1) -> list[dict[str, Any]]:
        """Return result rows in the order the archive was told."""
        names = ("seq", "ticket", "round", "last", "at", "outcome", "program", "standing", "reason")
        rows = self.database.execute(
            f"SELECT {', '.join(names)} FROM results WHERE seq > ? ORDER BY seq", (after,)
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

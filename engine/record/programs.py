"""Programs in the record: files, lineage, what made them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cladogen.errors import RunError
from cladogen.program import File, Node, Program, tree_hash
from cladogen.record.decode import read_json
from cladogen.record.tables import Tables

_LISTED = """
SELECT p.number, p.tree, p.parents, p.ticket, p.round, o.operator, o.model,
    json_extract(o.body, '$.summary'), r.standing, r.reason
FROM programs p
LEFT JOIN proposals o ON o.ticket = p.ticket AND o.round = p.round
LEFT JOIN results r ON r.ticket = p.ticket AND r.round = p.round
{where} ORDER BY p.number
"""


class StoredProgram(NamedTuple):
    """A program in its place, without its files.

    ``operator`` is "" for a seed program; ``standing`` and ``reason`` are "" while its first result
    is not recorded.
    """

    node: Node
    round: int
    operator: str
    model: str
    summary: str
    standing: str
    reason: str


class ProgramTable(Tables):
    """The table of programs."""

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
        """Return a program with its files; raises RunError when there is none of that number, or
        it is not what its id says any more.
        """
        files = {
            path: File(self.texts.get(text), bool(flag))
            for path, (text, flag) in self._files(number).items()
        }
        tree = self.value("SELECT tree FROM programs WHERE number = ?", (number,))
        if tree_hash(files) != tree:
            raise self._damaged(number)
        return Program(tree, files)

    def program_count(self) -> int:
        return int(self.value("SELECT COUNT(*) FROM programs"))

    def nodes(self, after: int = -1) -> Iterator[Node]:
        """Yield every program's place in the lineage, by number."""
        rows = self.database.execute(
            "SELECT number, tree, parents, ticket FROM programs WHERE number > ? ORDER BY number",
            (after,),
        )
        for number, tree, parents, ticket in rows:
            yield Node(number, tree, tuple(read_json(parents)), ticket)

    def stored_programs(self, numbers: Iterable[int] | None = None) -> Iterator[StoredProgram]:
        """Yield every program, or those of these numbers, with what made it and what the archive
        did with it, by number.
        """
        where, values = "", tuple[str, ...]()
        if numbers is not None:
            where = "WHERE p.number IN (SELECT value FROM json_each(?))"
            values = (json.dumps(list(numbers)),)
        rows = self.database.execute(_LISTED.format(where=where), values)
        for number, tree, parents, ticket, round_, *how in rows:
            node = Node(number, tree, tuple(read_json(parents)), ticket)
            yield StoredProgram(node, round_, *(text or "" for text in how))

    def canonical(self) -> dict[bytes, int]:
        """Return the first program's number for each canonical form."""
        rows = self.database.execute(
            "SELECT canonical, MIN(number) FROM programs WHERE canonical != x'' GROUP BY canonical"
        )
        return dict(rows.fetchall())

    def program_of(self, ticket: int, round_: int) -> int | None:
        """Return the number of the program that a ticket made in a round."""
        query = "SELECT number FROM programs WHERE ticket = ? AND round = ?"
        number: int | None = self.value(query, (ticket, round_))
        return number

    def makers(self) -> dict[tuple[int, int], int]:
        """Return the number of the program that each (ticket, round) made."""
        rows = self.database.execute("SELECT ticket, round, number FROM programs")
        return {(ticket, round_): number for ticket, round_, number in rows}

    def programs_by_tree(self, prefix: str) -> set[int]:
        """Return the programs whose id begins with ``prefix`` (hexadecimal digits)."""
        query = "SELECT number FROM programs WHERE tree GLOB ? || '*'"
        return {number for (number,) in self.database.execute(query, (prefix,))}

    def _files(self, number: int) -> dict[str, list[Any]]:
        files = self.value("SELECT files FROM programs WHERE number = ?", (number,))
        if files is None:
            raise RunError(f"{self.folder}: no program #{number}")
        try:
            return dict(json.loads(files))
        except ValueError:
            raise self._damaged(number) from None

    def _damaged(self, number: int) -> RunError:
        return RunError(
            f"{self.folder}: program #{number} is not what its id says: damaged record; see: "
            f"evolve check {self.folder}"
        )

"""Programs in the record: files, lineage, what made them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from cladogen.errors import RunError
from cladogen.program import File, Node, Program, tree_hash
from cladogen.record.checksums import insert
from cladogen.record.decode import read_json
from cladogen.record.schema import MANY_PARENTS, parent
from cladogen.record.tables import Tables

_NODE = "p.number, p.tree, p.parents, p.ticket"
_SUMMARY = "CASE WHEN json_valid(o.body) THEN json_extract(o.body, '$.summary') END"
_LISTED = f"{_NODE}, p.round, o.operator, o.model, {_SUMMARY}, r.standing, r.reason"
_WITH_MAKERS = """
FROM programs p
LEFT JOIN proposals o ON o.ticket = p.ticket AND o.round = p.round
LEFT JOIN results r ON r.ticket = p.ticket AND r.round = p.round
"""

_CHILDREN = f"""
SELECT number FROM programs WHERE {parent(0)} = ?
UNION SELECT number FROM programs WHERE {parent(1)} = ?
UNION SELECT number FROM programs, json_each(parents) WHERE {MANY_PARENTS} AND value = ?
"""
_DESCENT = f"""
WITH RECURSIVE line (number) AS (
    VALUES (?) UNION SELECT {parent(0)} FROM line JOIN programs USING (number)
    WHERE {parent(0)} IS NOT NULL
) SELECT number FROM line
"""
_ANCESTORS = """
WITH RECURSIVE known (number) AS (
    SELECT value FROM json_each(?)
    UNION SELECT parent.value FROM known JOIN programs USING (number),
    json_each(CASE WHEN json_valid(parents) THEN parents ELSE '[]' END) AS parent
) SELECT number FROM known
"""


Place = tuple[int, str, tuple[int, ...], int]  # what a `Node` is made of


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
            parents, listed = json.dumps(node.parents), json.dumps(files)
            row = (node.number, program.id, parents, node.ticket, round_, canonical, listed)
            self.unwritten.wrote("programs", node.ticket)
            insert(self.database, "programs", row)

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

    def some_texts(self, number: int, wanted: Callable[[str], bool]) -> dict[str, str]:
        """Return the wanted files of a program as texts, each compared with its own checksum; that
        they make the tree which the program is named after takes all of them.
        """
        source = "FROM programs p WHERE number = ?"
        (listed,) = self.select("p.files", source, (number,), read_json, p="programs")
        return {
            path: self.texts.get_text(text) for path, (text, _) in listed.items() if wanted(path)
        }

    def tree(self, number: int) -> str:
        """Return the id of a program's tree, without reading its files."""
        return str(self.value("SELECT tree FROM programs WHERE number = ?", (number,)))

    def program_count(self) -> int:
        return int(self.value("SELECT COUNT(*) FROM programs"))

    def nodes(self, after: int = -1) -> Iterator[Node]:
        """Yield every program's place in the lineage, by number."""
        columns, source = _NODE, "FROM programs p WHERE number > ? ORDER BY number"
        return self.select(columns, source, (after,), _as_node, p="programs")

    def places(self, after: int = -1) -> Iterator[Place]:
        """Yield number, tree, parents and ticket of every program after one, by number."""
        columns, source = _NODE, "FROM programs p WHERE number > ? ORDER BY number"
        return self.select(columns, source, (after,), _as_place, p="programs")

    def first_parents(self) -> list[int]:
        """Return the first parent of every program, by number; -1 for a seed program."""
        source = "FROM programs p ORDER BY number"
        rows = self.read_rows("p.number, p.parents", source, (), p="programs")
        try:
            return [
                int(listed[1:-1].partition(",")[0] or -1) for some in rows for _, listed in some
            ]
        except (ValueError, TypeError):
            raise RunError(
                f"{self.folder}: damaged record: parents of a program; see: evolve check "
                f"{self.folder}"
            ) from None

    def stored_programs(self, numbers: Iterable[int] | None = None) -> Iterator[StoredProgram]:
        """Yield every program, or those of these numbers, with what made it and what the archive
        did with it, by number.
        """
        where, values = "", tuple[str, ...]()
        if numbers is not None:
            where = "WHERE p.number IN (SELECT value FROM json_each(?))"
            values = (json.dumps(list(numbers)),)
        source = f"{_WITH_MAKERS} {where} ORDER BY p.number"
        tables = {"p": "programs", "o": "proposals", "r": "results"}
        return self.select(_LISTED, source, values, _as_stored, **tables)

    def children(self, number: int) -> list[int]:
        """Return the programs that have this one as a parent, by number."""
        return sorted(child for (child,) in self.database.execute(_CHILDREN, (number,) * 3))

    def descent(self, number: int) -> list[int]:
        """Return the line of first parents from a seed program down to this one."""
        return sorted(one for (one,) in self.database.execute(_DESCENT, (number,)))

    def ancestors(self, numbers: Iterable[int]) -> set[int]:
        """Return these programs and all that they descend from."""
        rows = self.database.execute(_ANCESTORS, (json.dumps(list(numbers)),))
        return {number for (number,) in rows}

    def parents(self, numbers: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Return the parents of these programs, of each first the one it is a child of."""
        query = (
            "SELECT number, parents FROM programs WHERE number IN (SELECT value FROM json_each(?))"
        )
        rows = self.database.execute(query, (json.dumps(list(numbers)),))
        return {number: tuple(read_json(listed)) for number, listed in rows}

    def original(self, tree: str, canonical: bytes = b"") -> int | None:
        """Return the number of the program with this id, else of the first one with this canonical
        form (b"" is nobody's); None when there is none.
        """
        number: int | None = self.value("SELECT number FROM programs WHERE tree = ?", (tree,))
        if number is None and canonical:
            query = "SELECT MIN(number) FROM programs WHERE canonical = ?"
            number = self.value(query, (canonical,))
        return number

    def program_of(self, ticket: int, round_: int) -> int | None:
        """Return the number of the program that a ticket made in a round."""
        if self.unwritten.nothing("programs", ticket):
            return None
        query = "SELECT number FROM programs WHERE ticket = ? AND round = ?"
        number: int | None = self.value(query, (ticket, round_))
        return number

    def operators(self) -> list[str]:
        """Return the operator that made each program, by number; "seed" where none did."""
        rows = self.database.execute(
            "SELECT COALESCE(o.operator, 'seed') FROM programs p LEFT JOIN proposals o "
            "ON o.ticket = p.ticket AND o.round = p.round ORDER BY p.number"
        )
        return [operator for (operator,) in rows]

    def makers(self) -> dict[tuple[int, int], int]:
        """Return the number of the program that each (ticket, round) made."""
        rows = self.database.execute("SELECT ticket, round, number FROM programs")
        return {(ticket, round_): number for ticket, round_, number in rows}

    def programs_by_tree(self, prefix: str) -> set[int]:
        """Return the programs whose id begins with ``prefix`` (hexadecimal digits)."""
        query = "SELECT number FROM programs WHERE tree >= ? AND tree < ?"
        return {number for (number,) in self.database.execute(query, (prefix, f"{prefix}g"))}

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


def _as_place(number: int, tree: str, parents: str, ticket: int) -> Place:
    return number, tree, tuple(read_json(parents)), ticket


def _as_node(number: int, tree: str, parents: str, ticket: int) -> Node:
    return Node(number, tree, tuple(read_json(parents)), ticket)


def _as_stored(
    number: int, tree: str, parents: str, ticket: int, round_: int, *how: str | None
) -> StoredProgram:
    made = (text or "" for text in how)
    return StoredProgram(_as_node(number, tree, parents, ticket), round_, *made)

"""Cases that evolved in a run: what they are made from, and how much they tell, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cladogen.formatting import one_line
from cladogen.search.coevolution import EVENT
from cladogen.search.generators import Generator
from cladogen.view.run_reader import RunReader

HEADINGS = ("case", "generation", "tells", "seed", "best", "judges", "state", "made from")


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case by its last judgement: the objective of the seed program on it and of the best of the
    programs that judged it (None: they failed), whether it is a champion, and of one that is not
    kept, why. ``by`` is "model" for one that a model wrote.
    """

    name: str
    generation: int
    quality: float
    seed: float | None
    best: float | None
    judges: int
    champion: bool
    verdict: str
    genes: Mapping[str, float]
    by: str = ""


def case_rows(run: RunReader) -> list[CaseRow]:
    """Return the cases that were made, champions first, then by how much they tell."""
    judged: dict[str, tuple[int, Generator]] = {}
    champions: set[str] = set()
    for event in run.store.events(EVENT):
        champions.update(event.body["champions"])
        for each in map(Generator.from_json, event.body["judged"]):
            born = judged.get(each.name, (event.body["generation"],))[0]
            judged[each.name] = born, each
    sign = run.problem.objective.sign
    rows = [_row(each, born, champions, sign) for born, each in judged.values()]
    return sorted(rows, key=lambda row: (not row.champion, -row.quality, row.generation))


def _row(one: Generator, born: int, champions: set[str], sign: float) -> CaseRow:
    values = {number: value for number, value in one.values.items() if value is not None}
    best = max(values.values(), default=None)
    return CaseRow(
        one.name,
        born,
        one.quality,
        sign * values[0] if 0 in values else None,
        best and sign * best,
        len(one.values),
        one.name in champions,
        one.verdict,
        one.genes,
        one.by,
    )


def case_table(rows: Sequence[CaseRow]) -> list[tuple[str, ...]]:
    """Return the rows as text, with their heading."""
    return [HEADINGS, *map(_texts, rows)]


def _texts(row: CaseRow) -> tuple[str, ...]:
    state = "champion" if row.champion else row.verdict or "told programs apart"
    state += ", written by a model" * bool(row.by)
    genes = ", ".join(f"{name} {value:.4g}" for name, value in row.genes.items() if name != "seed")
    return (
        row.name,
        str(row.generation),
        f"{row.quality:.4g}",
        _number(row.seed),
        _number(row.best),
        str(row.judges),
        one_line(state, 60),
        one_line(genes, 60),
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"

"""The verdict of a meta-search: the default configuration and the one that was found, problem by
problem, and the exact matched test on the held-out ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cladogen.evaluation import Evaluation, Status
from cladogen.formatting import named, number
from cladogen.search.matched_test import ALPHA, matched_test
from cladogen.view.run_reader import RunReader

LEAST = -1.0  # the gain of a run without a value


@dataclass(frozen=True, slots=True)
class Row:
    """A problem: mean values of what ships under the default and under what was found, the mean
    gain, on how many random seeds it is better and worse, and the exact p of the matched test (None
    on problems that chose, where it would say nothing). ``failed`` counts runs without a value; the
    gain of such a run is the least there is.
    """

    problem: str
    held_out: bool
    default: float | None
    found: float | None
    gain: float | None
    better: int
    worse: int
    runs: int
    failed: int
    p: float | None


@dataclass(frozen=True, slots=True)
class MetaVerdict:
    """All rows, those of training first; ``total`` is over all held-out problems; what ships, its
    choices, and a sentence.
    """

    rows: tuple[Row, ...]
    total: Row | None
    number: int
    sentence: str


def verdict(reader: RunReader) -> MetaVerdict:
    """Read the verdict of a run that has made its final choice."""
    shown = _shown(reader)
    rows = []
    held: list[Evaluation] = []
    for split in ("train", "heldout"):
        found = _last_of_each_case(reader, split, shown)
        by_problem: dict[str, list[Evaluation]] = {}
        for row in found:
            by_problem.setdefault(row.case.rpartition("/")[0], []).append(row)
        for name, own in by_problem.items():
            rows.append(_row(name, own, held_out=split == "heldout"))
        held += found if split == "heldout" else []
    total = _row("all held out", held, held_out=True) if held else None
    return MetaVerdict(tuple(rows), total, shown, _sentence(total, shown))


def _shown(reader: RunReader) -> int:
    """Return what ships; where that is the seed, the best in training, which it stands against."""
    shown = reader.ships if reader.ships is not None else reader.best or 0
    listed = list((reader.final or {}).get("shortlist", ()))
    return int(listed[0]) if listed and not shown else shown


def _last_of_each_case(reader: RunReader, split: str, number: int) -> list[Evaluation]:
    """Return the evaluations of a program without what the world spoilt, one a case: a best is
    measured twice.
    """
    measured = reader.evaluations(split, number).get(number, ())
    known = (row for row in measured if row.status is not Status.INFRA)
    return list({row.case: row for row in known}.values())


def _row(name: str, rows: Sequence[Evaluation], *, held_out: bool) -> Row:
    ok = [row for row in rows if row.status is Status.OK]
    failed = len(rows) - len(ok)
    gains = _gains(ok, failed)
    p = matched_test(np.array(gains), False)[1] if held_out else None
    in_units = ok if _are_of_one_problem(rows) else []  # the values of several have no mean
    return Row(
        name, held_out, _mean(in_units, "default"), _mean(in_units, "value"),
        sum(gains) / len(gains), sum(gain > 0 for gain in gains),
        sum(gain < 0 for gain in gains), len(rows), failed, p,
    )  # fmt: skip


def _gains(ok: Sequence[Evaluation], failed: int) -> list[float]:
    """Return what each run gained, and `LEAST` for each that failed."""
    return [row.metrics["gain"] for row in ok] + [LEAST] * failed


def _are_of_one_problem(rows: Sequence[Evaluation]) -> bool:
    return len({row.case.rpartition("/")[0] for row in rows}) == 1


def _mean(rows: Sequence[Evaluation], metric: str) -> float | None:
    return sum(row.metrics[metric] for row in rows) / len(rows) if rows else None


def _sentence(total: Row | None, shown: int) -> str:
    if not shown:
        return "nothing better than the defaults was found in training"
    if total is None or total.p is None:
        return f"#{shown} is the best in training; the held-out problems are not measured yet"
    facts = f"better on {total.better} and worse on {total.worse} of {total.runs} held-out runs"
    facts += f", p = {total.p:.2g}, exact"
    if _is_significant_gain(total.p, total.gain):
        return f"#{shown} is better than the defaults on problems that did not choose it: {facts}"
    few = "; too few held-out runs to show a gain" if 0.5**total.runs > ALPHA else ""
    return f"no significant improvement over the defaults: #{shown} is {facts}{few}"


def _is_significant_gain(p: float, gain: float | None) -> bool:
    return p <= ALPHA and (gain or 0.0) > 0


def verdict_lines(found: MetaVerdict) -> Iterator[str]:
    """Yield the table and the sentence."""
    rows: list[tuple[str, ...]] = [
        ("problem", "", "default", f"#{found.number}", "gain", "better", "worse", "p")
    ]
    both = (*found.rows, *((found.total,) if found.total is not None else ()))
    rows += list(map(_cells, both))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield named("verdict", found.sentence)


def _cells(row: Row) -> tuple[str, ...]:
    values = ["" if each is None else number(each, 5) for each in (row.default, row.found)]
    gain = "" if row.gain is None else f"{row.gain:+.3f}"
    split = "held out" if row.held_out else "training"
    p = "" if row.p is None else f"{row.p:.2g}"
    return (row.problem, split, *values, gain, f"{row.better} of {row.runs}", str(row.worse), p)

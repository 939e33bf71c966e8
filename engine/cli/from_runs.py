"""``--from RUN``: a run that begins with programs of other runs beside the problem's own seeds.

They are seed programs like any others: measured anew, under the problem as it is now. Only what may
be edited is taken from them, so that a scorer's or a library's change since then is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cladogen.errors import ConfigError, PatchRefused
from cladogen.program import Program, matches

if TYPE_CHECKING:
    from cladogen.problem import Problem
    from cladogen.view.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class Origin:
    """Where programs come from: ``words`` are RUN (its best ones) or RUN@PROGRAM, whole paths."""

    words: tuple[str, ...] = ()

    @staticmethod
    def of(words: Sequence[str]) -> Origin:
        """Return the origin that a command line names; its runs need not be there any more."""
        parts = list(map(_split, words))
        return Origin(tuple(f"{run.resolve()}{at}{program}" for run, at, program in parts))

    def programs(self, problem: Problem) -> tuple[Program, ...]:
        """Return the programs, each once, as they are with what the problem does not let be
        edited; raises ConfigError when there is none.
        """
        known, found = {seed.id for seed in problem.seeds}, []
        for word in self.words:
            for number, program in _named(word):
                own = fitted(program, problem, f"--from {word}: #{number}")
                if own.id not in known:
                    known.add(own.id)
                    found.append(own)
        if self.words and not found:
            raise ConfigError(f"--from {self.words[0]}: only what the seed is already")
        return tuple(found)


def _split(word: str) -> tuple[Path, str, str]:
    """Return the run, "@" or "", and the program that a word names; a run's path may hold "@"."""
    if (Path(word) / "run.db").is_file():
        return Path(word), "", ""
    run, at, program = word.rpartition("@")
    return (Path(run), at, program) if at else (Path(word), "", "")


def _named(word: str) -> Iterator[tuple[int, Program]]:
    from cladogen.cli.choosing import warn
    from cladogen.view.run_folders import is_run
    from cladogen.view.run_reader import RunReader

    run, _, name = _split(word)
    if not is_run(run):
        raise ConfigError(f"--from {word}: no run here (no run.db); write RUN, or RUN@best")
    with RunReader(run, warn=warn) as reader:
        for number in [reader.find(name)] if name else _best_of(reader):
            yield number, reader.program(number)


def _best_of(reader: RunReader) -> list[int]:
    """Return what the run ships, its best program and the other elites, the first of them first."""
    listed = [number for name, number in reader.heads().items() if name != "seed"]
    return [number for number in dict.fromkeys(listed) if number != 0]


def fitted(program: Program, problem: Problem, where: str) -> Program:
    """Return a program with everything that may not be edited as in the problem's seed."""
    seed = problem.begins_with[0]
    own = {path: file for path, file in program.files.items() if matches(path, problem.editable)}
    rest = {path: file for path, file in seed.files.items() if not matches(path, problem.editable)}
    whole = Program.of({**rest, **own})
    try:
        problem.policy.check(seed, whole)
    except PatchRefused as refusal:
        raise ConfigError(f"{where} does not fit {problem.name}: {refusal}") from None
    return whole

"""MAP-Elites of pyribs: python pyribs_archive.py PROGRAMS; prints CPU microseconds of a program: told alone, drawn
alone, told in batches."""

import sys

from archive_programs import BATCH, Clock, drawn
from ribs.archives import GridArchive

programs = int(sys.argv[1])
features, fitness = drawn(programs)


def archive() -> GridArchive:
    """Return an archive that has taken some programs: the first ones load code."""
    made = GridArchive(solution_dim=1, dims=(16, 16), ranges=[(0.0, 1.0)] * 2, seed=0)
    made.add([[0], [1]], [-99.0, -99.0], features[:2])
    return made


alone, clock = archive(), Clock(programs)
for number in range(programs):
    alone.add_single([number], float(fitness[number]), features[number])
told = clock.each()
for _ in range(programs):
    alone.sample_elites(1)
asked = clock.each()
batched, clock = archive(), Clock(programs)
for begin in range(0, programs, BATCH):
    some = slice(begin, begin + BATCH)
    batched.add([[number] for number in range(programs)[some]], fitness[some], features[some])
print(told, asked, clock.each())

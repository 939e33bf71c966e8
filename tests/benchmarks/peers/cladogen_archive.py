"""MAP-Elites of this build: python cladogen_archive.py PROGRAMS; prints CPU microseconds of a program: told alone,
drawn alone, and told alone once more, for it knows no batches."""

import sys

import numpy as np
from archive_programs import Clock, drawn

from cladogen.archives.base import Axis, Result, Space
from cladogen.archives.options import make_archive
from cladogen.evaluation import Score, Status
from cladogen.proposal import Outcome
from cladogen.task import Propose

programs = int(sys.argv[1])
features, fitness = drawn(programs)
axes = tuple(Axis(name, 16, "linear", 0.0, 1.0) for name in ("one", "other"))
archive = make_archive("map_elites", Space(axes, ("score",), ("case",)), {"depth": 1, "islands": 1})
results = [
    Result(
        Propose(number, (max(0, number - 1),) if number else ()), Outcome.ACCEPTED, number,
        score=Score(Status.OK, float(fitness[number]), features=tuple(features[number].tolist())),
    )
    for number in range(programs)
]  # fmt: skip
clock, rng = Clock(programs), np.random.default_rng(0)
for result in results:
    archive.tell(result)
told = clock.each()
for ticket in range(programs, 2 * programs):
    archive.ask(ticket, rng)
print(told, clock.each(), told)

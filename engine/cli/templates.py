"""The problems that ``evolve init`` makes: path -> text, ``NAME`` stands for the folder's name."""

from __future__ import annotations

_TOML = """\
name = "NAME"

[program]
editable = ["EDITABLE"]        # globs; every other file of the seed is read-only
ENTRY

[objective]
metric = "length"
# target = 0.8                 # the run ends when it is reached

[metrics.length]
direction = "minimize"
low = 0.7                      # with a range, values also count as successes in [0, 1]
high = 1.7

[metrics.size]
direction = "minimize"

[[features]]                   # what keeps programs different from one another in the archive
metric = "size"
bins = 10
scale = "log"
low = 20
high = 500

[[stages]]                     # cheap cases first; a program that is no good there is not run on the rest
cases = ["train-0"]
at_most = 1.5

[limits]
time_s = 5.0
memory_mb = 512

[parameters]                   # handed to the scorer, with the run's seed as "seed"
cities = 60
"""

_SCORER = '''\
"""Trusted: draws the cases, and measures each returned tour itself. The program never sees this
file.
"""

import numpy as np

from cladogen.scoring import Case, Invalid, Scored, integers, program_size


def cases(parameters):
    """Return the cases; held-out ones are run only for the final choice."""
    rng = np.random.default_rng(parameters["seed"])
    return [
        Case(f"{split}-{at}", {"points": rng.random((parameters["cities"], 2)).round(6).tolist()}, split)
        for split, count in (("train", 4), ("heldout", 8))
        for at in range(count)
    ]


def score(case, output):
    """Return the metrics of one output, or raise Invalid for one that is no tour."""
    points = np.array(case.input["points"])
    order = integers(output, (len(points),), 0, len(points) - 1, "the tour")
    if len(set(order.tolist())) < len(order):
        raise Invalid("the tour visits a point twice")
    steps = points[order] - points[np.roll(order, 1)]
    length = float(np.sqrt((steps**2).sum(axis=1)).sum() / np.sqrt(len(points)))
    return Scored({"length": length}, f"longest step {np.sqrt((steps**2).sum(axis=1)).max():.3f}")


def describe(texts):
    """Return metrics of the program's text."""
    return {"size": program_size(texts["EDITABLE"])}
'''

_STATEMENT = """\
# Short tours

Visit every point once and return to the first, by a short way. The input holds `points`, a list of [x, y] in the unit
square; return the order in which to visit them, as a list of indices. The score is the length of the closed tour, over
the square root of the number of points; lower is better. The shortest tours through many random points are about 0.71.
"""

_TOUR = '''\
"""Short tours through points in the unit square."""

import numpy as np


def run(case):
    """Return the order in which to visit the points: always on to the most attractive one that
    is left.
    """
    points = np.array(case["points"])
    order = [0]
    left = list(range(1, len(points)))
    while left:
        distance = np.sqrt(((points[left] - points[order[-1]]) ** 2).sum(axis=1))
        centre = np.sqrt(((points[left] - 0.5) ** 2).sum(axis=1))
        order.append(left.pop(int(np.argmax(attraction(distance, centre, len(left) / len(points))))))
    return order


def attraction(distance, centre, share):
    """Return how attractive each point left is, by its distance from here and from the middle,
    and the share left.
    """
    return -distance + 0.0 * centre * share
'''

_SOLVE = '''\
"""Reads the case as JSON on standard input, writes the tour as JSON on standard output. Any
language will do.
"""

import json
import math
import sys


def attraction(distance, centre, share):
    """Return how attractive a point is, by its distance from here and from the middle, and the
    share of points left.
    """
    return -distance + 0.0 * centre * share


points = json.load(sys.stdin)["points"]
order = [0]
left = list(range(1, len(points)))
while left:
    here = points[order[-1]]
    share = len(left) / len(points)
    best = max(left, key=lambda k: attraction(math.dist(points[k], here), math.dist(points[k], (0.5, 0.5)), share))
    left.remove(best)
    order.append(best)
json.dump(order, sys.stdout)
'''

_PYTHON_ENTRY = (
    'entry = "tour.py:run"          # called with the input of a case; what it '
    "returns is the output"
)
_COMMAND_ENTRY = """\
command = ["python3", "solve.py"]   # or, with a compiler in the sandbox:
# build = ["g++", "-O2", "-o", "solve", "solve.cpp"]
# command = ["./solve"]"""


def _files(editable: str, entry: str, program: str) -> dict[str, str]:
    return {
        "problem.toml": _TOML.replace("EDITABLE", editable).replace("ENTRY", entry),
        "statement.md": _STATEMENT,
        "scorer.py": _SCORER.replace("EDITABLE", editable),
        f"seed/{editable}": program,
    }


TEMPLATES = {
    "python": _files("tour.py", _PYTHON_ENTRY, _TOUR),
    "command": _files("solve.py", _COMMAND_ENTRY, _SOLVE),
}

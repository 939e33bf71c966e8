"""A program of several files, as a repository has them; what runs it may not change."""

from __future__ import annotations

from cladogen.cli.templates.tours import NODES, tour_files

_RUN = '''\
"""Calls the program, and may not change."""

from tour.improve import improved
from tour.order import first_order


def run(case):
    """Return the order in which to visit the points."""
    return improved(case["points"], first_order(case["points"]))
'''

_ORDER = '''\
"""A first tour: always on to the most attractive point that is left."""

import math


def first_order(points):
    """Return a first order in which to visit the points."""
    order, left = [0], set(range(1, len(points)))
    while left:
        here = points[order[-1]]
        best = max(left, key=lambda k: attraction(math.dist(here, points[k]), len(left)))
        left.remove(best)
        order.append(best)
    return order


def attraction(distance, left):
    """Return how attractive a point is, by its distance and how many are left."""
    return -distance + 0.0 * left
'''

_IMPROVE = '''\
"""What makes a tour shorter: a window of points is turned round where that helps."""

import math

WINDOW = 2
ROUNDS = 1


def improved(points, order):
    """Return the order after some rounds over all windows."""
    for _ in range(ROUNDS):
        for start in range(1, len(order) - WINDOW):
            order = shorter(points, order, start)
    return order


def shorter(points, order, start):
    """Return the order with one window turned round, if that is shorter."""
    end = start + WINDOW
    before, first, last, after = (points[order[k]] for k in (start - 1, start, end - 1, end))
    old = math.dist(before, first) + math.dist(last, after)
    new = math.dist(before, last) + math.dist(first, after)
    return order[:start] + order[start:end][::-1] + order[end:] if new < old else order
'''

_ENTRY = """\
entry = "run.py:run"           # called with the input of a case; what it returns is the output
protected = ["tour/__init__.py"]

# Or a repository of yours, at a commit, in place of the folder seed/:
# [seeds.git]
# repository = "../mine"
# commit = "3f2a9c1"
"""

REPOSITORY = tour_files(
    "tour/**",
    _ENTRY,
    {
        "run.py": _RUN,
        "tour/__init__.py": '"""The parts of the program."""\n',
        "tour/order.py": _ORDER,
        "tour/improve.py": _IMPROVE,
    },
    NODES,
)

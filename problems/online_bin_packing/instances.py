"""Instances that evolve against programs: made from a few numbers, and checked."""

import numpy as np

from cladogen.scoring import Case, Invalid, integers

INSTANCES, LENGTH = 5, 250
MOST_INSTANCES, LONGEST = 50, 5000


def generate(genes, parameters):
    """Return the items of some instances: sizes from ``smallest`` on, over ``width``, few large
    ones with a ``skew`` above 1; the share ``rising`` of each instance is in rising order.
    """
    rng = np.random.default_rng([genes["seed"], 0x67656E])
    low, high = bounds(parameters)
    smallest = min(genes["smallest"], high)
    width = min(genes["width"], high - smallest)
    found = []
    for _ in range(INSTANCES):
        items = smallest + width * rng.random(LENGTH) ** genes["skew"]
        items = np.clip(np.rint(items), low, high).astype(int)
        ordered = int(genes["rising"] * LENGTH)
        items[:ordered].sort()
        found.append(items.tolist())
    return found


def admit(data, parameters):
    """Return the case that instances make; raises Invalid for what is none."""
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_INSTANCES:
        raise Invalid(f"a case must be a list of 1 to {MOST_INSTANCES} instances")
    low, high = bounds(parameters)
    instances = []
    for at, items in enumerate(data):
        length = len(items) if isinstance(items, list | np.ndarray) else 0
        if not 1 <= length <= LONGEST:
            raise Invalid(f"instance {at} must be a list of 1 to {LONGEST} items")
        instances.append(integers(items, (length,), low, high, f"instance {at}"))
    seen = {"capacity": parameters["capacity"], "sizes": list(range(low, high + 1))}
    return Case("", seen, answer=instances)


def bounds(parameters):
    """Return the least and the largest size of an item, as programs are told them."""
    return (20, 100) if parameters["items"] == "uniform" else (1, 100)

"""Replay the tabulated decisions on instances the program has not seen, and count the bins."""

import json
from pathlib import Path

import numpy as np
from instances import admit, generate

from cladogen.kernels.bin_packing import RANKS, pack
from cladogen.scoring import Case, Scored, integers, program_size

__all__ = ["admit", "cases", "describe", "generate", "score"]
PUBLISHED = {"uniform": "OR3", "weibull": "Weibull 5k"}
TRAINING_CASES = 4


def cases(parameters):
    """Return four training cases of many instances each, and every published instance as a held-out
    case.
    """
    kind, capacity = parameters["items"], parameters["capacity"]
    if kind not in PUBLISHED:
        raise ValueError(f"items = {kind!r} is not one of {', '.join(PUBLISHED)}")
    sizes = list(range(20, 101)) if kind == "uniform" else list(range(1, 101))
    seen = {"capacity": capacity, "sizes": sizes}
    rng = np.random.default_rng([parameters.get("seed", 0), 0x62696E])
    train = [
        Case(
            f"train-{case}",
            seen,
            answer=[draw(parameters, rng) for _ in range(parameters["instances"])],
        )
        for case in range(TRAINING_CASES)
    ]
    heldout = [
        Case(
            f"{PUBLISHED[kind]}/{one['name']}".replace(" ", "-"),
            seen,
            "heldout",
            [np.array(one["items"])],
        )
        for one in json.loads(Path(__file__).with_name("published.json").read_text())["datasets"][
            PUBLISHED[kind]
        ]
    ]
    return train + heldout


def draw(parameters, rng):
    """Return the items of one fresh instance."""
    if parameters["items"] == "uniform":
        return rng.integers(20, 101, size=parameters["length"])
    return np.clip(np.rint(45.0 * rng.weibull(3.0, size=parameters["length"])), 1, 100).astype(int)


def score(case, output):
    """Pack every instance of the case by the returned ranks."""
    capacity, sizes = case.input["capacity"], case.input["sizes"]
    ranks = np.zeros((capacity + 1, capacity + 1), np.int32)
    ranks[sizes] = integers(output, (len(sizes), capacity + 1), 0, RANKS - 1, "the table of ranks")
    bins, opened = pack(ranks, case.answer).T
    bounds = np.array([-(-int(items.sum()) // capacity) for items in case.answer])
    excess = 100.0 * float(np.mean(bins / bounds - 1.0))
    openings = 100.0 * float(opened.sum()) / sum(map(len, case.answer))
    return Scored(
        {"excess": excess, "openings": openings},
        f"{wasted(bins, bounds, case.answer, capacity)}; "
        f"{openings:.2f} % of items opened a bin needlessly",
    )


def wasted(bins, bounds, instances, capacity):
    """Say how many bins are more than needed, and how much room is left in one on average."""
    beyond = bins - bounds
    filled = sum(int(items.sum()) for items in instances)
    left = capacity - filled / int(bins.sum())
    return (
        f"{int(bins.sum())} bins for {len(bins)} instances, {int(bounds.sum())} at the least; "
        f"{int(beyond.min())} to {int(beyond.max())} too many in one instance; "
        f"a bin has {left:.1f} of {capacity} left on average"
    )


def describe(texts):
    """Return the size of the function."""
    return {"size": program_size(texts["priority.py"])}

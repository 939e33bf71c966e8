"""Walk the returned route and measure it."""

from itertools import pairwise

import numpy as np

from cladogen.scoring import Case, Invalid, Scored, integers, token_count

DEPOT = (500, 500)


def cases(parameters):
    """Return fresh training and held-out cases of uniform places."""
    rng = np.random.default_rng([parameters.get("seed", 0), 0x636F75])
    return [
        Case(f"{split}-{at}", draw(parameters, rng), split)
        for split, count in (("train", parameters["training"]), ("heldout", parameters["heldout"]))
        for at in range(count)
    ]


def draw(parameters, rng):
    """Return what the program reads."""
    places = rng.integers(0, 1001, size=(2, parameters["parcels"], 2)).tolist()
    return {
        "capacity": parameters["capacity"],
        "depot": list(DEPOT),
        "from": places[0],
        "to": places[1],
    }


def score(case, output):
    """Return the length of the way and how full the courier was."""
    parcels = len(case.input["from"])
    stops = integers(output, (2 * parcels,), 0, 2 * parcels - 1, "the route").tolist()
    load = loads(stops, parcels, case.input["capacity"])
    places = [*map(tuple, case.input["from"]), *map(tuple, case.input["to"])]
    way = [DEPOT, *(places[stop] for stop in stops), DEPOT]
    length = sum(abs(a - c) + abs(b - d) for (a, b), (c, d) in pairwise(way))
    return Scored({"length": float(length), "load": sum(load) / len(load)})


def loads(stops, parcels, capacity):
    """Return how many parcels are on board after each stop, or raise Invalid."""
    if len(set(stops)) < len(stops):
        raise Invalid("a stop is made twice")
    on_board = set()
    result = []
    for at, stop in enumerate(stops):
        if stop < parcels:
            on_board.add(stop)
        elif stop - parcels in on_board:
            on_board.remove(stop - parcels)
        else:
            raise Invalid(f"stop {at}: parcel {stop - parcels} is brought before it is fetched")
        if len(on_board) > capacity:
            raise Invalid(f"stop {at}: {len(on_board)} parcels on board, at most {capacity} fit")
        result.append(len(on_board))
    return result


def describe(texts):
    """Return how many tokens the program has, comments not counted."""
    return {"size": token_count(texts["solve.cpp"])}

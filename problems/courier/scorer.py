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
    legs = [abs(a - c) + abs(b - d) for (a, b), (c, d) in pairwise(way)]
    return Scored(
        {"length": float(sum(legs)), "load": sum(load) / len(load)},
        walked(legs, [0, *load], stops, parcels, case.input["capacity"]),
    )


def walked(legs, load, stops, parcels, capacity):
    """Say where the length lies: in long legs, or in driving empty."""
    length = sum(legs)
    empty = share(legs, load, 0, length)
    full = share(legs, load, capacity, length)
    names = ["the depot", *(named(stop, parcels) for stop in stops), "the depot"]
    at = max(range(len(legs)), key=legs.__getitem__)
    many = sorted(legs, reverse=True)[: max(1, len(legs) // 10)]
    return (
        f"{length / parcels:.0f} per parcel, {length / len(legs):.0f} per leg; "
        f"longest leg {legs[at]}, leg {at} of {len(legs)}, from {names[at]} to {names[at + 1]}; "
        f"the longest tenth of the legs is {100 * sum(many) / max(1, length):.0f} % of the way; "
        f"{empty:.0f} % is driven with nothing on board, {full:.0f} % with {capacity} on board; "
        f"the first leg is {legs[0]}, the last one {legs[-1]}"
    )


def share(legs, load, count, length):
    """Return how many percent of the way are driven with so many parcels on board."""
    way = sum(leg for leg, on_board in zip(legs, load, strict=True) if on_board == count)
    return 100 * way / max(1, length)


def named(stop, parcels):
    """Return what a stop is for."""
    return f"fetching {stop}" if stop < parcels else f"bringing {stop - parcels}"


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

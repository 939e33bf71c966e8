"""Draw points of two spirals, and compare what a network says with the spiral that they are of."""

import numpy as np

from cladogen.scoring import Case, Scored, array

WORST = 10.0  # -log of the chance of one point, at most


def cases(parameters):
    """Return four training and six held-out cases, of points of their own."""
    rng = np.random.default_rng([parameters.get("seed", 0), 0x73706972])
    names = [("train", 4), ("heldout", 6)]
    return [
        draw(f"{split}-{at}", split, parameters, rng)
        for split, count in names
        for at in range(count)
    ]


def draw(name, split, parameters, rng):
    """Return a case: points, and which spiral each is of."""
    count = int(parameters["points"])
    spiral = rng.integers(0, 2, count)
    way = np.sqrt(rng.uniform(0.02, 1.0, count))
    angle = way * 2.0 * np.pi * parameters["turns"] + np.pi * spiral
    points = np.column_stack([way * np.cos(angle), way * np.sin(angle)])
    points += parameters["noise"] * rng.normal(size=points.shape)
    return Case(name, {"points": points}, split, spiral)


def score(case, output):
    """Return the loss and the accuracy; outputs are the log odds of the second spiral."""
    odds = array(output, (len(case.answer),), "the log odds")
    sign = np.where(case.answer == 1, odds, -odds)
    loss = float(np.minimum(np.logaddexp(0.0, -sign), WORST).mean())
    accuracy = float((sign > 0).mean())
    return Scored({"loss": loss, "accuracy": accuracy}, f"{accuracy:.0%} on the right side")

"""The laws to be found, with the ranges of their variables: inside (training) and outside."""

import numpy as np

SYSTEMS = {
    "oscillator": {
        "variables": {"x": (-2, 2), "v": (-2, 2), "t": (0, 10)},
        "outside": {"x": (-3, 3), "v": (-3, 3), "t": (10, 14)},
        "law": lambda x, v, t: (
            -1.3 * x
            - 0.25 * v
            - 0.4 * x**3
            + 0.15 * x * v
            - 0.1 * v * np.abs(v)
            + 0.8 * np.sin(1.7 * t)
            + 0.2 * x**2
        ),
    },
    "stress_strain": {
        "variables": {"e": (0, 0.3), "T": (280, 420)},
        "outside": {"e": (0.3, 0.4), "T": (420, 470)},
        "law": lambda e, T: (
            210 * e * (1 - 0.0012 * (T - 293))
            - 95 * e**2
            - 310 * e**3
            + 18 * np.tanh(40 * e)
            - 0.02 * (T - 293)
            + 4 * np.exp(-12 * e) * np.sqrt(T / 293)
        ),
    },
    "growth": {
        "variables": {"n": (0.1, 8), "s": (0, 5), "T": (5, 35)},
        "outside": {"n": (8, 11), "s": (5, 7), "T": (35, 42)},
        "law": lambda n, s, T: (
            0.9 * n * s / (0.7 + s) * np.exp(-(((T - 24) / 9) ** 2))
            - 0.08 * n**2
            - 0.15 * n
            - 0.05 * n * s
            + 0.3 * np.sqrt(n)
            - 0.01 * n * T
            + 0.2 * np.log(1 + s)
        ),
    },
    "kinetics": {
        "variables": {"a": (0.1, 3), "b": (0.1, 3), "T": (300, 400)},
        "outside": {"a": (3, 4), "b": (3, 4), "T": (400, 430)},
        "law": lambda a, b, T: (
            2.2 * np.exp(-8 * (300 / T - 0.75)) * a * b / (1 + 0.6 * a + 0.3 * b)
            - 0.4 * a**2
            + 0.12 * b * np.sqrt(a)
            - 0.05 * (T - 300) / 100 * b**2
            + 0.3 * np.log(1 + a)
            - 0.2
        ),
    },
}


def sample(system, count, rng, *, outside=False):
    """Return named columns of random points inside the range, or outside it."""
    ranges = SYSTEMS[system]["outside" if outside else "variables"]
    return {name: rng.uniform(low, high, size=count) for name, (low, high) in ranges.items()}


def law(system, columns):
    """Return the right values at the points."""
    return SYSTEMS[system]["law"](**columns)

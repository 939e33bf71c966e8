"""Fit a sum of terms to targets: the weights by least squares, the numbers within the terms by
Levenberg's and Marquardt's steps on what the best weights leave (variable projection: Golub,
Pereyra, SIAM J. Numer. Anal. 10, 1973), and which terms stay by Schwarz's criterion. Not editable.
"""

import numpy as np

MOST_TERMS = 30
MOST_NUMBERS = 12
MOST_SYMBOLS = 390  # the scorer reads 400
ROUNDS = 10
LARGEST = 1e100
ENOUGH = 1e-3  # of what is left: a round that gains less is the last


class Term:
    """A term of the sum, and its numbers; its values are computed again when a number moved."""

    def __init__(self, column):
        self.column, self.numbers = column, column.numbers()
        self._at = self._values = None

    def values(self):
        at = tuple(number.values for number in self.numbers)
        if self._values is None or at != self._at:
            self._at, self._values = at, self.column.computed()
        return self._values


def fitted(columns, targets):
    """Return the weighted sum of a constant and of the terms that are worth their weight, as
    text.
    """
    terms = [Term(column) for column in columns[:MOST_TERMS]]
    kept = [term for term in terms if _usable(term.values(), len(targets))]
    while True:
        _move(kept, targets)
        stayed = _worth(kept, targets)
        if len(stayed) == len(kept):
            break
        kept = stayed
    kept = _sayable(kept)
    weights, _ = _solved(_matrix(kept, len(targets)), targets)
    texts = [f"{weights[0]:.9g}"]
    texts += [
        f"({weight:.9g})*{term.column}" for weight, term in zip(weights[1:], kept, strict=True)
    ]
    return " + ".join(texts)


def _sayable(terms):
    """Return the terms that the scorer reads, with their weights: without the longest ones."""
    kept = list(terms)
    while sum(term.column.symbols() + 6 for term in kept) > MOST_SYMBOLS:
        kept.remove(max(kept, key=lambda term: term.column.symbols()))
    return kept


def _usable(values, count):
    return np.shape(values) == (count,) and _in_range(values) and np.ptp(values) > 0


def _in_range(values):
    """Tell whether values have squares that are numbers."""
    return bool((np.abs(values) < LARGEST).all())


def _matrix(terms, count):
    return np.column_stack([np.ones(count), *(term.values() for term in terms)])


def _solved(matrix, targets):
    """Return weights by least squares, and what they leave."""
    scale = np.sqrt(np.mean(matrix**2, axis=0))
    scale[scale == 0] = 1.0
    weights = np.linalg.lstsq(matrix / scale, targets, rcond=None)[0] / scale
    return weights, targets - matrix @ weights


def _left(terms, numbers, values, targets):
    """Return what the best weights leave with other numbers; None where a value is out of range."""
    for number, value in zip(numbers, values, strict=True):
        number.values = float(value)
    matrix = _matrix(terms, len(targets))
    return _solved(matrix, targets)[1] if _in_range(matrix) else None


def _move(terms, targets):
    """Move the numbers within the terms to where least is left."""
    numbers = list({id(each): each for term in terms for each in term.numbers}.values())
    numbers = numbers[:MOST_NUMBERS]
    if not numbers:
        return
    at, damping = np.array([each.values for each in numbers]), 1e-2
    left = _left(terms, numbers, at, targets)
    for _ in range(ROUNDS):
        slopes = _slopes(terms, numbers, at, left, targets)
        better = None
        while better is None and slopes is not None and damping < 1e3:
            better = _stepped(terms, numbers, at, left, slopes, damping, targets)
            damping *= 0.2 if better else 7.0
        if better is None:
            break
        gained = 1.0 - np.sum(better[1] ** 2) / np.sum(left**2)
        at, left = better
        if gained < ENOUGH:
            break
    _left(terms, numbers, [float(f"{value:.6g}") for value in at], targets)


def _slopes(terms, numbers, at, left, targets):
    """Return how what is left changes with each number, by differences."""
    columns = []
    for index, value in enumerate(at):
        step = 1e-5 * max(abs(value), 1e-2)
        moved = at.copy()
        moved[index] += step
        other = _left(terms, numbers, moved, targets)
        if other is None:
            return None
        columns.append((other - left) / step)
    return np.column_stack(columns)


def _stepped(terms, numbers, at, left, slopes, damping, targets):
    """Return numbers that leave less, with what they leave; None where the step does not."""
    square = slopes.T @ slopes
    square += damping * np.diag(np.diag(square) + 1e-12)
    step = np.linalg.lstsq(square, -slopes.T @ left, rcond=None)[0]
    other = _left(terms, numbers, at + step, targets)
    if other is None or np.sum(other**2) >= np.sum(left**2):
        return None
    return at + step, other


def _worth(terms, targets):
    """Return the terms that stay when the one that explains least is left out for as long as that
    lowers Schwarz's criterion (BIC).
    """
    kept, count = list(terms), len(targets)
    while kept:
        matrix = _matrix(kept, count)
        weights, left = _solved(matrix, targets)
        scale = np.sqrt(np.mean(matrix**2, axis=0))
        spread = np.diag(np.linalg.pinv((matrix / scale).T @ (matrix / scale)))[1:]
        explained = (weights * scale)[1:] ** 2 / np.maximum(spread, 1e-300)
        least = int(np.argmin(explained))
        fewer = kept[:least] + kept[least + 1 :]
        rest = _solved(_matrix(fewer, count), targets)[1]
        if _criterion(rest, fewer) > _criterion(left, kept):
            break
        kept = fewer
    return kept


def _criterion(left, terms):
    size = len(left)
    figures = sum(1 + len(term.numbers) for term in terms)
    return size * np.log(max(float(np.sum(left**2)), 1e-300)) + figures * np.log(size)

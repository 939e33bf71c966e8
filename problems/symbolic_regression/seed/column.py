"""Columns that know how they came to be: NumPy computes with one as with an array, and what comes
of it is an expression, as a tree that can be read as text and computed again with other numbers.
Not editable.
"""

import numpy as np

FUNCTIONS = {
    np.sin: "sin",
    np.cos: "cos",
    np.tan: "tan",
    np.tanh: "tanh",
    np.exp: "exp",
    np.log: "log",
    np.sqrt: "sqrt",
    np.absolute: "abs",
}
SIGNS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.power: "^"}
WRITTEN = {
    np.fabs: np.abs,
    np.float_power: lambda x, y: x**y,
    np.square: lambda x: x**2,
    np.cbrt: lambda x: x / np.abs(x) ** (2 / 3),
    np.reciprocal: lambda x: 1.0 / x,
    np.log1p: lambda x: np.log(1.0 + x),
    np.expm1: lambda x: np.exp(x) - 1.0,
    np.exp2: lambda x: 2.0**x,
    np.positive: lambda x: x + 0.0,
    np.sign: lambda x: x / np.abs(x),
    np.hypot: lambda x, y: np.sqrt(x**2 + y**2),
    np.minimum: lambda x, y: 0.5 * (x + y - np.abs(x - y)),
    np.maximum: lambda x, y: 0.5 * (x + y + np.abs(x - y)),
}
MOST_PARTS = 16  # of a product that is expanded
REDUCTIONS = (np.mean, np.std, np.var, np.max, np.min, np.median, np.ptp, np.sum, np.prod)


class Column(np.lib.mixins.NDArrayOperatorsMixin):
    """A variable, a number, or what ``ufunc`` makes of its ``sides``. ``values`` are a variable's,
    or the number.
    """

    def __init__(self, text="", values=None, ufunc=None, sides=()):
        self.text, self.values, self.ufunc, self.sides = text, values, ufunc, sides

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__" or options:
            return NotImplemented
        if ufunc in WRITTEN:
            return WRITTEN[ufunc](*inputs)
        if ufunc not in FUNCTIONS and ufunc not in SIGNS and ufunc is not np.negative:
            return NotImplemented
        sides = (each if isinstance(each, Column) else Column("", float(each)) for each in inputs)
        return Column(ufunc=ufunc, sides=tuple(sides))

    def __array_function__(self, function, kinds, given, options):
        """Return a number for what NumPy makes of all values: their mean, their range."""
        if function not in REDUCTIONS or options or len(given) != 1:
            return NotImplemented
        return float(function(given[0].computed()))

    def __len__(self):
        return len(self.computed())

    def mean(self):
        return np.mean(self)

    def std(self):
        return np.std(self)

    def max(self):
        return np.max(self)

    def min(self):
        return np.min(self)

    def sum(self):
        return np.sum(self)

    @property
    def is_number(self):
        return self.ufunc is None and not self.text

    def computed(self):
        """Return the values, with the numbers as they are now."""
        if self.ufunc is None:
            return self.values
        return self.ufunc(*(side.computed() for side in self.sides))

    def terms(self):
        """Return the parts of the sum that this is when its products are expanded, but for signs
        and factors.
        """
        return [part for part in self._parts() if not part.is_number]

    def _parts(self):
        if self.ufunc in (np.add, np.subtract, np.negative):
            return [part for side in self.sides for part in side._parts()]
        if self.ufunc is np.divide:
            left, right = self.sides
            return [_quotient(part, right) for part in left._parts()]
        if self.ufunc is np.multiply:
            left, right = (side._parts() for side in self.sides)
            if len(left) * len(right) <= MOST_PARTS:
                return [_product(one, two) for one in left for two in right]
        return [self]

    def numbers(self):
        """Return the numbers that may move: all but whole powers."""
        if self.is_number:
            return [self]
        sides = self.sides
        if self.ufunc is np.power and sides[1].is_number and sides[1].values % 1 == 0:
            sides = sides[:1]
        return [number for side in sides for number in side.numbers()]

    def symbols(self):
        """Return how many symbols the text has at most."""
        return 1 + (2 if self.sides else 0) + sum(side.symbols() for side in self.sides)

    def __str__(self):
        if self.ufunc is None:
            return self.text or (
                f"{self.values:.9g}" if self.values >= 0 else f"({self.values:.9g})"
            )
        parts = [str(side) for side in self.sides]
        if self.ufunc in FUNCTIONS:
            return f"{FUNCTIONS[self.ufunc]}({_bare(parts[0])})"
        if self.ufunc is np.negative:
            return f"(-{parts[0]})"
        return f"({parts[0]}{SIGNS[self.ufunc]}{parts[1]})"


def _product(left, right):
    """Return a product without a number as its factor."""
    if left.is_number:
        return right
    return left if right.is_number else Column(ufunc=np.multiply, sides=(left, right))


def _quotient(left, right):
    return left if right.is_number else Column(ufunc=np.divide, sides=(left, right))


def _bare(text):
    """Return a text without the brackets around all of it."""
    if not text.startswith("("):
        return text
    depth = 0
    for at, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return text[1:-1] if at == len(text) - 1 else text
    return text
